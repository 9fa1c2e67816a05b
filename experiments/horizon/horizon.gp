# Left: validation loss of runs by schedules tuned for one horizon; right: norm of the hypergradient over the rate. run draws it.
set multiplot layout 1,2 title dataset.": schedules tuned over the whole run win the long run;\nwhere rates are large, the hypergradient of a long run drowns in chaos"
set grid
set logscale x
set xlabel "steps of the run"
set ylabel "validation loss over that of the untuned run"
steps(k) = word(horizons, k) + 0
set xrange [steps(1) / 1.6 : steps(3) * 1.6]
set xtics (word(horizons, 1) steps(1), word(horizons, 2) steps(2), word(horizons, 3) steps(3))
set key bottom right
plot for [k = 1:3] "< awk 'NR == ".k." { for (i = 2; i <= 4; i++) print i - 1, $i }' transfer.dat | paste -d ' ' - untuned.dat" \
         using (steps(int($1))):($2 / $3) with linespoints linewidth 2 pointtype 7 linecolor k \
         title "tuned for ".word(horizons, k)." steps"
set xrange [*:*]
set xtics autofreq
set xlabel "rate, constant over the run"
set ylabel "norm of the hypergradient"
set logscale y
set format y "10^{%T}"
set key top left
plot for [k = 1:3] "sweep-".word(horizons, k).".dat" using 1:3 with linespoints linewidth 2 pointtype 7 linecolor k \
         title word(horizons, k)." steps"
unset multiplot
