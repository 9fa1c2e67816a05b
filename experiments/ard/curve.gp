# Outer loss and its cross-entropy over the meta-iterations; run draws it.
set title dataset.": a learned penalty for each weight lowers the validation cross-entropy by ".fall
set xlabel "meta-iteration"
set ylabel "nats"
set grid
plot for [seed in seeds] seed.".dat" using 1:2 with lines linewidth 2 dashtype 2 linecolor int (seed) \
         title "outer loss, .01 Σ (penalty)^2 included, seed ".seed, \
     for [seed in seeds] seed.".dat" using 1:3 with lines linewidth 2 linecolor int (seed) \
         title "validation cross-entropy, seed ".seed
