# Left: what is minimised; right: test accuracy of every training. run draws it.
set multiplot layout 1,2 title dataset.", rare classes: what weights learned on balanced validation images make good"
set grid
set key top right
set offsets 0, 0, .2, 0
set xlabel "meta-iteration"
set ylabel "validation loss (nats)"
plot for [d in draws] "plain-".d.".dat" using 1:2 with lines linecolor "gray" title (d eq "1" ? "rate and penalty" : ""), \
     for [d in draws] "weighting-".d.".dat" using 1:2 with lines linecolor 7 title (d eq "1" ? "a network that weighs" : ""), \
     for [d in draws] "each-".d.".dat" using 1:2 with lines linecolor 2 title (d eq "1" ? "a weight each" : "")
unset key
set offsets 0, 0, .2, .2
unset xlabel
set ylabel "test accuracy (%)"
set xrange [.5:5.5]
set bmargin 4
set xtics ("plain" 1, "network" 2, "weight\neach" 3, "by\nfrequency" 4, "with\nvalid." 5)
array at[5] = [2, 5, 4, 3, 6]
array shade[5] = [0, 7, 2, 0, 0]
plot for [i = 1:5] "table.txt" using (i):at[i] every ::1 pointtype 7 linecolor shade[i]
unset multiplot
