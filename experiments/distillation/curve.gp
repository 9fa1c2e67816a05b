# Validation error over the meta-iterations; run draws it.
set title dataset.": ten learned images teach most of what they can within 20 meta-iterations"
set xlabel "meta-iteration"
set ylabel "validation error (%)"
set yrange [0:*]
set grid
plot for [seed in seeds] seed.".dat" using 1:(100 * $3) with lines linewidth 2 title "seed ".seed
