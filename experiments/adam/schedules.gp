# Learned rate, beta1 and beta2 over the steps; run draws them.
finding = words (seeds) == 1 ? "what Adam's rate and decays become in 20 meta-iterations" : \
          "learned through Adam run backwards, the rate ends at half the best fixed one,\nbeta1 falls in the last steps, beta2 hardly moves"
set multiplot layout 3,1 margins .12,.82,.08,.89 spacing .02 title dataset.": ".finding font "sans,14"
set grid
set key at graph 1.02, graph 1 left top Left reverse
set format x ""
set xrange [1:*]
set ylabel "learning rate"
plot for [seed in seeds] "schedules-".seed.".rate" using ($0 + 1):1 with lines linewidth 2 title "seed ".seed, \
     best with lines dashtype 2 linecolor "black" title "best fixed"
set ylabel "beta1"
set ytics .1
set yrange [.65:1]
plot for [seed in seeds] "schedules-".seed.".beta1" using ($0 + 1):1 with lines linewidth 2 notitle, \
     .9 with lines dashtype 2 linecolor "black" title "default"
set format x "%g"
set xlabel "training step"
set ylabel "1 - beta2"
set ytics auto
set autoscale y
set logscale y
set format y "10^{%T}"
plot for [seed in seeds] "schedules-".seed.".beta2" using ($0 + 1):(1 - $1) with lines linewidth 2 notitle, \
     .001 with lines dashtype 2 linecolor "black" title "default"
unset multiplot
