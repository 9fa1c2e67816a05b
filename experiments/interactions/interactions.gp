# Left: test accuracy of each draw, and the means; right: the learned strengths, averaged over the draws.
set multiplot layout 1,2 title "Strengths learned for each pair of tasks beat one for all pairs (".dataset.", 10 draws of 100 images)"
set ylabel "test accuracy (%)"
set xlabel "draw"
set xrange [-.7:9.7]
set xtics 1
set grid y
set key bottom right box opaque
plot "table.txt" every ::1 using 1:2 with points pt 4 lc rgb "#888888" title "alone", \
     "" every ::1 using 1:3 with points pt 6 lc rgb "#1f77b4" title "one strength", \
     "" every ::1 using 1:4 with points pt 7 lc rgb "#d62728" title "one a pair", \
     "" every ::1 using 1:5 with points pt 1 lw 2 lc rgb "#2ca02c" title "one a pair, budget"
reset
set xlabel "task"
set ylabel "task" offset 1
set cblabel "mean strength C_{jk}"
set size ratio -1
set xrange [-.5:9.5]
set yrange [9.5:-.5]
set palette defined (0 "#ffffff", 1 "#08306b")
set cbrange [0:*]
unset key
set for [i=0:9] xtics ()
set xtics rotate by 60 right scale 0
set ytics scale 0
plot "pairs.txt" using 1:2:5:xtic(3) with image notitle
unset multiplot
