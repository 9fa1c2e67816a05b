# Validation error over the steps of training, fixed against tuned; run draws it.
set title dataset.": tuned as it goes, training recovers\nfrom a rate that is 100 times too small (seed 1)"
set xtics 500
set xlabel "training step"
set ylabel "validation error (%)"
set logscale y
set yrange [4:100]
set ytics (5, 10, 20, 40, 80)
set grid
set key outside right
plot for [r in rates] "fixed-".r."-1.dat" with lines dashtype 2 linewidth 1.5 \
         linecolor (r eq "0.001" ? 1 : r eq "0.01" ? 2 : 4) title "fixed, rate ".r, \
     for [r in rates] "tuned-".r."-1.dat" with lines linewidth 2 \
         linecolor (r eq "0.001" ? 1 : r eq "0.01" ? 2 : 4) title "tuned from ".r
