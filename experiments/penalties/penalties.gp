# Outer loss over hyper-steps, a line a split; run draws it.
set title "More terms of the inverse Hessian overfit 50 validation images sooner; one global penalty cannot"
set xlabel "hyper-step"
set ylabel "validation cross-entropy (nats)"
set logscale y
set grid
set key outside right
plot for [i = 1:words(names)] for [split in splits] word(names, i)."-".split.".dat" using 1:2 with lines linecolor i \
         linewidth 1.3 title (split eq word(splits, 1) ? word(names, i) : "")
