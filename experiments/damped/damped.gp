# Share of iterations with a gradient above a size, plain against damped; run draws it.
set title "Damping the implicit derivative cuts the tail of the gradient (".words(seeds)." seeds of 10,000 iterations)"
set xlabel "|d loss / d σ|"
set ylabel "share of iterations above it"
set logscale xy
set xrange [1:1000]
set yrange [1e-4:1]
set format y "10^{%T}"
set grid
set key bottom left
plot for [k in "plain damped"] for [seed in seeds] k."-".seed.".dat.sorted" using 1:(1 - ($0 + .5) / 10000) with lines \
         linewidth 1.5 linecolor (k eq "plain" ? 4 : 1) \
         title (seed ne "1" ? "" : k eq "plain" ? "implicit (damping 0)" : "damping .1")
