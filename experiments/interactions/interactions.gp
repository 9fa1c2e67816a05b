# Left: test accuracy of each draw; right: the learned strengths, averaged over the draws. run draws them.
set multiplot title "A strength learned for each pair of tasks beats one for all pairs (".dataset.", ten draws of 100 images)" font "sans,13"
set lmargin at screen .07
set rmargin at screen .47
set bmargin at screen .27
set tmargin at screen .9
set ylabel "test accuracy (%)"
set xlabel "draw"
set xrange [-.7:9.7]
set xtics 1
set grid y
set key at screen .27,.07 center center maxrows 2 samplen 1
plot "table.txt" every ::1 using 1:2 with points pt 4 ps 1.3 lc rgb "#777777" title "no interaction", \
     "" every ::1 using 1:3 with points pt 6 ps 1.3 lc rgb "#1f77b4" title "one strength for all pairs", \
     "" every ::1 using 1:4 with points pt 7 ps 1.3 lc rgb "#d62728" title "one a pair", \
     "" every ::1 using 1:5 with points pt 2 ps 1.3 lw 1.5 lc rgb "#2ca02c" title "one a pair, on a budget"
reset
set lmargin at screen .57
set rmargin at screen .87
set bmargin at screen .27
set tmargin at screen .9
set palette defined (0 "white", 1 "#08306b")
set cbrange [0:*]
set cblabel "mean strength C_{jk}" offset 1
set colorbox user origin .88,.27 size .015,.63
set xrange [-.5:9.5]
set yrange [9.5:-.5]
unset key
set xtics rotate by 45 right scale 0 ()
set ytics scale 0 ()
do for [k = 1:10] {
    set xtics add (word (names, k) k - 1)
    set ytics add (word (names, k) k - 1)
}
plot "matrix.dat" matrix with image
unset multiplot
