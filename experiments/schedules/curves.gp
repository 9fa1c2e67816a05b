# Training loss at the end of training over the meta-iterations; run draws them.
set title dataset.": tuning rates, decays and initial scales lowers the loss that training ends with"
set xlabel "meta-iteration"
set ylabel "training loss after the last step (nats)"
set logscale y
set grid
plot for [i = 1:words (kinds)] for [seed in seeds] word (kinds, i)."-".seed.".dat" using 1:2 with lines linewidth 2 \
         linecolor i title (seed eq word (seeds, 1) ? (word (kinds, i) eq "short" ? "50 steps, 2,000 images" : "100 steps, 10,000 images") : "")
