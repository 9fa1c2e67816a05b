# Loss, its derivative by the log learning rate (cut at .5, as in the paper), and growth of the adjoint; run draws them.
set multiplot layout 3,1 margins .11,.97,.08,.9 spacing .02 \
    title dataset.": the hypergradient is that of the loss up to the edge of chaos,\nwhere the best rates are; beyond, the adjoint explodes" font "sans,14"
set grid
set xrange [-1:3]
set key top left
set arrow from sign, graph 0 to sign, graph 1 nohead dashtype 2
set format x ""
set ylabel "training loss (nats)"
set logscale y
plot "sweep.dat" using 1:2 with points pointtype 7 pointsize .4 title "loss after 50 steps", \
     "sweep.dat" using 1:7 with lines linewidth 2 title "median of five points"
unset logscale y
set key bottom left
set ylabel "d loss / d log rate"
set yrange [-.5:.5]
plot "sweep.dat" using 1:3 with lines linewidth 2 title "hypergradient", \
     "sweep.dat" using 1:4 with points pointtype 6 pointsize .7 title "central differences"
set key top left
set format x "%g"
set xlabel "log learning rate (dashed: the first change of sign)"
set ylabel "growth a step back"
set autoscale y
plot "sweep.dat" using 1:(exp ($6)) with lines linewidth 2 title "factor of the norm of the adjoint", 1 with lines dashtype 3 linecolor "black" notitle
unset multiplot
