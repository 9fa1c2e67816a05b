# Three training runs, an outer step between each two; run draws them.
load here."/surface.gp"
set title "Three runs of 50 steps: two outer steps on the rate and decay of each step\nlower the last loss from ".first." to ".last
set key outside top center horizontal
set label 1 "start" at 1.4, 3.9 offset .8,.6 point pointtype 3 pointsize 2 linewidth 2 front
plot $colours with image notitle, $contours with lines linecolor "grey" linewidth .5 notitle, \
     for [i = 0:2] "tune.dat" index i using 3:4 with linespoints pointtype 7 pointsize .4 linewidth 2 \
         linecolor (i == 0 ? 7 : i == 1 ? 1 : 8) title "run ".(i + 1), \
     for [i = 0:2] "tune.dat" index i using 3:($2 == 50 ? $4 : NaN) with points pointtype 7 pointsize 1.6 \
         linecolor (i == 0 ? 7 : i == 1 ? 1 : 8) notitle
