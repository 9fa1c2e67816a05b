# Outer loss over hyper-steps, five splits a method; run draws it in the output folder.
set terminal svg size 760,460 font "sans,13" background "white"
set output "penalties.svg"
set title "More terms of the inverse Hessian overfit 50 validation images sooner; one global penalty cannot"
set xlabel "hyper-step"
set ylabel "validation cross-entropy (nats)"
set logscale y
set grid
set key outside right
names = "global K0 K1 K20 CG20"
plot for [i = 1:5] for [split = 0:4] word(names, i)."-".split.".dat" using 1:2 with lines linecolor i \
         linewidth 1.3 title (split == 0 ? word(names, i) : "")
