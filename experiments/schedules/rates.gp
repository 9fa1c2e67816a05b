# Learned rates and decays of the weights of each layer over the steps, seed 1; run draws them.
finding = drawn[1:5] eq "short" ? "learned schedules of each layer's weights" : \
          "the top layer's rate is high first, then the first layer's; all fall at the end"
set multiplot layout 2,1 margins .1,.8,.09,.88 spacing .03 \
    title dataset.": ".finding."\n(".(drawn[1:5] eq "short" ? "50" : "100")." steps, seed 1)" font "sans,14"
set grid
set key at graph 1.02, graph 1 left top Left reverse
set format x ""
set ylabel "learning rate"
plot for [k = 1:4] drawn.".rates" using ($0 + 1):(column (2 * k - 1)) with lines linewidth 2 \
         title "layer ".k.(k == 4 ? " (top)" : "")
set format x "%g"
set xlabel "training step"
set ylabel "momentum decay"
plot for [k = 1:4] drawn.".decays" using ($0 + 1):(column (2 * k - 1)) with lines linewidth 2 notitle
unset multiplot
