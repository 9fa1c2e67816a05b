# Losses below those with one penalty, at the same initial weights and batches, means over the seeds. run draws it.
set multiplot layout 1,2 title dataset.": finer penalties go on gaining on validation images, hardly on test images"
set grid
set key below
set xlabel "meta-iterations since the penalty was split"
set ylabel "CE minus that with one penalty (nats)"
name (s) = "one a ".s
set title "validation: what is minimised"
plot 0 with lines linecolor "gray" notitle, \
     for [i = 1:words(scopes)] word(scopes, i).".dat" using 1:2 with linespoints pointtype 7 linecolor i title name (word(scopes, i))
set title "test"
plot 0 with lines linecolor "gray" notitle, \
     for [i = 1:words(scopes)] word(scopes, i).".dat" using 1:3 with linespoints pointtype 7 linecolor i title name (word(scopes, i))
unset multiplot
