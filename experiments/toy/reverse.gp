# One training run and its reversals; run draws them.
load here."/surface.gp"
set title "46 steps at decay .8 and back: the library returns to the bits of the start;\nnumbers of 16 bits without an entropy buffer leave the path and the picture"
set key outside top center horizontal
set label 1 "start" at 1.4, 3.9 offset -5,.6 point pointtype 3 pointsize 2 linewidth 2 front
plot $colours with image notitle, $contours with lines linecolor "grey" linewidth .5 notitle, \
     "reverse.dat" using 2:3 with lines linewidth 5 linecolor "#f4a582" title "way out", \
     "reverse.dat" using 4:5 with linespoints pointtype 7 pointsize .4 linewidth 1.5 linecolor "black" title "way back, library", \
     "reverse.dat" using 8:9 with linespoints pointtype 7 pointsize .4 linewidth 2 linecolor "#b2182b" title "way back, naive, 16 bits"
