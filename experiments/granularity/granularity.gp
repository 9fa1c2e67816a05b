# Losses on test and validation images along the meta-iterations, means over the seeds; thin: the test loss of each seed. run draws it.
set title dataset.": ".finding
set grid
set key top right
set xlabel "meta-iterations"
set ylabel "cross-entropy (nats)"
set xtics 0,5
set for [x = 10:15:5] arrow from first x, graph 0 to first x, graph 1 nohead dashtype 3
set label 1 "one penalty" at first 0.2, graph 0.04
set label 2 "one a layer" at first 10.2, graph 0.04
set label 3 "one a unit" at first 15.2, graph 0.04
plot for [s = 5:4 + seeds] "table.txt" using 1:s with lines linecolor rgb "#d0d0d0" notitle, \
     "table.txt" using 1:3 with linespoints pointtype 6 linecolor rgb "#1f77b4" title "validation", \
     "table.txt" using 1:4 with linespoints pointtype 7 linecolor rgb "#d62728" title "test", \
     "more.txt" using 1:4 with points pointtype 4 pointsize 1.5 linecolor rgb "#2ca02c" title "test, had it stayed one a layer"
