# Outer loss over hyper-steps, a line a split; run draws it.
set title dataset.": more terms of the inverse Hessian overfit\n50 validation images sooner; one global penalty cannot"
set xlabel "hyper-step"
set ylabel "validation cross-entropy (nats)"
set logscale y
set grid
set key outside right
label (name) = name eq "global" ? "one penalty" : name eq "CG20" ? "20 of CG" : "K = ".name[2:*]
plot for [i = 1:words(names)] for [split in splits] word(names, i)."-".split.".dat" using 1:2 with lines linecolor i \
         linewidth 1.3 title (split eq word(splits, 1) ? label (word(names, i)) : "")
