# Left: what each step gains in test accuracy, draw by draw, and in the mean; right: the learned strengths, averaged over the draws. run
# draws them.
set multiplot title dataset.": ".finding font "sans,13"
set lmargin at screen .09
set rmargin at screen .47
set bmargin at screen .27
set tmargin at screen .9
set ylabel "gain in test accuracy (points)"
set xrange [.5:3.5]
set xtics scale 0 ("one strength\nover none" 1, "one a pair\nover one" 2, "on a budget\nover without" 3)
set xzeroaxis linetype 1 linecolor rgb "#777777"
set grid y
set key at screen .28,.07 center center maxrows 1 samplen 1
spread (n) = .3 * (2 * ((n * .618) - floor (n * .618)) - 1)
plot "table.txt" every ::1 using (1 + spread ($0)):($3 - $2) with points pt 7 ps .6 lc rgb "#9ecae1" title "a draw", \
     "" every ::1 using (2 + spread ($0)):($4 - $3) with points pt 7 ps .6 lc rgb "#9ecae1" notitle, \
     "" every ::1 using (3 + spread ($0)):($5 - $4) with points pt 7 ps .6 lc rgb "#9ecae1" notitle, \
     "gains.txt" using 1:2:(2 * $3) with yerrorbars pt 7 ps 1.2 lw 2 lc rgb "#d62728" title "mean, and two standard errors"
reset
set lmargin at screen .56
set rmargin at screen .84
set bmargin at screen .27
set tmargin at screen .9
set palette defined (0 "white", 1 "#08306b")
set cbrange [0:*]
set cblabel "mean strength C_{jk} of two classes" offset 1
set colorbox user origin .85,.27 size .015,.63
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
