# Left: what is minimised; right: test accuracy of every training. run draws it.
set multiplot layout 1,2 title dataset.": second networks fit the validation images, not the test images"
set grid
set key top right
set offsets 0, 0, .2, 0
set xlabel "meta-iteration"
set ylabel "validation loss (nats)"
plot for [d in draws] "augmentation-".d.".dat" using 1:2 with lines linecolor 7 title (d eq "1" ? "augmentation" : ""), \
     for [d in draws] "weighting-".d.".dat" using 1:2 with lines linecolor 2 title (d eq "1" ? "weighting" : ""), \
     for [d in draws] "plain-".d.".dat" using 1:2 with lines linecolor "gray" title (d eq "1" ? "rate and penalty" : "")
unset key
set offsets 0, 0, .2, .2
unset xlabel
set ylabel "test accuracy (%)"
set xrange [.5:5.5]
set bmargin 4
set xtics ("plain" 1, "random\naugm." 2, "learned\nweights" 3, "augm." 4, "all\nimages" 5)
plot for [i = 2:6] "table.txt" using (i - 1):i every ::1 pointtype 7 linecolor (i == 5 ? 7 : i == 4 ? 2 : 0)
unset multiplot
