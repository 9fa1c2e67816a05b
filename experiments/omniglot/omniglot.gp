# The three learned matrices, the mean of the partings; run draws them.
set multiplot layout 1,3 margins .07,.88,.2,.74 spacing .045,0 \
    title "Learned sharing: the bottom layer with all tasks alike, the top layer with the same alphabet turned.\nTest cross-entropy ".learned."; bottom layer tied ".tied.", separate ".separate font "sans,13"
set palette defined (0 "white", .1 "#deebf7", .3 "#6baed6", .5 "#2171b5", .8 "#08306b")
set cbrange [0:.8]
set size ratio -1
unset key
set xrange [-.5:9.5]
set yrange [9.5:-.5]
set xlabel "trained weights z of task\n(5 to 9: alphabets 0 to 4, turned)"
set xtics 1 scale .5
set ytics 1 scale .5
do for [k = 0:2] {
    set title word ("bottom middle top", k + 1)." layer"
    if (k == 0) { set ylabel "network of task" } else { unset ylabel }
    if (k == 2) {
        set colorbox user origin .9,.2 size .015,.54
        set cblabel "share T"
    } else { unset colorbox }
    plot "matrices.dat" matrix every :::10*k::10*k + 9 using 1:($2 - 10*k):3 with image
}
unset multiplot
