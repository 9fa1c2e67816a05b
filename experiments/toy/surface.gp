# The warped valley as colours and contours; tune.gp and reverse.gp load it.
valley (x, y) = 100 * (y - x**2)**2 + (1 - x)**2 + 200 * x
warped (x, y) = 800 / (1 + exp (-valley (x, y) / 500))
set xrange [-1.3:2.5]
set yrange [-.6:4.3]
set samples 200
set isosamples 200
set table $colours
splot warped (x, y)
unset table
set contour base
set cntrparam levels discrete 300, 350, 400, 450, 500, 550, 600, 650, 700, 750
unset surface
set table $contours
splot warped (x, y)
unset table
set palette defined (0 "#2c7fb8", .5 "#c7e9b4", 1 "#ffffe5")
set cblabel "loss"
set xlabel "weight 1"
set ylabel "weight 2"
