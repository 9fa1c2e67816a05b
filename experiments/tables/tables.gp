# Test errors of the splits, ours against scikit-learn's; run draws it.
set multiplot layout 1,2
set grid
set key off
set xlabel "scikit-learn"
set ylabel "tuned, trained on training and validation examples"
set title "breast cancer: test error (%)"
plot "cancer.dat" using (100 * $4):(100 * $3) with points pointtype 7, x with lines linecolor "gray"
set title "diabetes: test RMSE"
plot "diabetes.dat" using 4:3 with points pointtype 7, x with lines linecolor "gray"
unset multiplot
