# The ten learned images of seed 1; run draws them.
set multiplot layout 2,5 margins .02,.86,.04,.8 spacing .012,.09 \
    title dataset.": ten learned training images (seed 1). Trained on these alone, a linear\nclassifier errs on ".error." % of the real test images" font "sans,14"
set palette defined (-1 "#2166ac", -.5 "#92c5de", 0 "white", .5 "#f4a582", 1 "#b2182b")
stats "1.images" matrix nooutput
size = abs (STATS_min) > STATS_max ? abs (STATS_min) : STATS_max
set cbrange [-size:size]
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
        set cblabel "pixel less the mean of the real images\n(1 is white)"
    } else { unset colorbox }
    plot "1.images" matrix every :::28*k::28*k + 27 using 1:($2 - 28*k):3 with image
}
unset multiplot
