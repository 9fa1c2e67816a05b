# Left: the learned weights; right: test accuracy of every training. run draws it.
set multiplot layout 1,2 title dataset.": examples with wrong labels lose their weight"
set key bottom right
set bmargin 4
set grid
set xlabel "learned weight of an example"
set ylabel "share of the examples with at most this weight"
set yrange [0:1]
set xrange [-.02:1]
weights = "noise-".first."/weights.txt"
stats weights using 2 nooutput
bad = STATS_sum
good = STATS_records - bad
plot weights using 1:($2 == 0 ? 1./good : 0) smooth cumulative linewidth 2 linecolor 2 title "label right", \
     weights using 1:($2 == 1 ? 1./bad : 0) smooth cumulative linewidth 2 linecolor 7 title "label wrong"
unset key
unset xlabel
set ylabel "test accuracy (%)"
set yrange [*:*]
set xrange [.5:5.5]
set xtics ("all\nlabels" 1, "valid.\nalone" 2, "inner\nmodel" 3, "cleaned\n+ valid." 4, "right\n+ valid." 5)
plot for [i = 2:6] "table.txt" using (i - 1):i every ::1 pointtype 7 linecolor (i == 5 ? 7 : 2)
unset multiplot
