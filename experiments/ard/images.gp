# The penalties of each class's weights, seed 1; run draws them.
set multiplot layout 2,5 margins .02,.86,.04,.8 spacing .012,.09 \
    title dataset.": a learned penalty for each weight (seed 1)\nPixels whose strokes tell a class are set free: dark, a low penalty" font "sans,14"
set palette defined (0 "#08306b", .35 "#2b8cbe", .7 "#bae4bc", 1 "#ffffe5")
set logscale cb
set cbrange [.0005:.05]
set format cb "10^{%T}"
set size ratio -1
unset tics
unset key
set xrange [-.5:27.5]
set yrange [27.5:-.5]
do for [k = 0:9] {
    set title word (classes, k + 1) offset 0,-.7
    if (k == 9) {
        set colorbox user origin .89,.06 size .02,.7
        set cbtics
        set cblabel "penalty (coefficient of the squared weight)"
    } else { unset colorbox }
    plot "1.penalties" every ::0::783 using (int ($0) % 28):(int ($0) / 28):(column (k + 1)) with image
}
unset multiplot
