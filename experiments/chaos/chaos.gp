# Loss and its derivative by the log learning rate (cut at .5, as in the paper), point by point; then what each bin of .25 holds.
# run draws them.
bin (left) = sprintf ("%g … %g", left, left + .25)
layers (size) = size eq "small" ? "784-50-50-10" : "784-200-50-10, the paper's weights"
colour (size) = size eq "small" ? 7 : 2
set multiplot layout 3,1 margins .11,.97,.08,.9 spacing .03 title dataset.": the log learning rate's derivative first changes sign in ".bin (edge).",\nthe least mean loss lies in ".bin (best)."; beyond 2 derivatives explode" font "sans,14"
set grid
set xrange [-1:3]
set xtics .5
set object 1 rectangle from edge, graph 0 to edge + .25, graph 1 behind fillcolor "grey90" fillstyle solid noborder
set format x ""
set key bottom left Left reverse
set ylabel "training loss (nats)"
set logscale y
set yrange [2e-4:10]
plot for [seed in seeds] "seed-".seed.".dat" using 1:2 with points pointtype 7 pointsize .3 linecolor 1 \
         title (seed eq word (seeds, 1) ? sprintf ("loss after 50 steps, %d initial weights", words (seeds)) : ""), \
     for [size in sizes] size.".bins" using 1:2:(.25):(0) with vectors nohead linewidth 3 linecolor colour (size) title "mean of a bin, ".layers (size)
unset logscale y
set key top left Left reverse
set ylabel "derivative (nats)"
set yrange [-.5:.5]
plot "seed-".word (seeds, 1).".dat" using 1:3 with lines linewidth 2 linecolor 1 title "hypergradient, seed ".word (seeds, 1), \
     "differences.dat" using 1:3 with points pointtype 6 pointsize .7 linecolor 2 title "central differences"
set format x "%g"
set xlabel "log learning rate (grey: the first bin in which the derivative changes its sign)"
set ylabel "sign changes (%)"
set yrange [0:65]
plot for [size in sizes] size.".bins" using 1:(100 * $3 / $5):(.25):(0) with vectors nohead linewidth 3 linecolor colour (size) title layers (size)
unset multiplot
