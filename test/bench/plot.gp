# The speed a recall costs, from sql_bench's SET.dat:
#   gnuplot -e "data='SET.dat'; name='SET'" plot.gp > SET.svg
# Both axes are drawn so that a constant factor is a constant distance: queries by their logarithm,
# recall by the logarithm of what is missed.
set terminal svg size 860,560 font "sans-serif,14" background "white"
set title name noenhanced
set xlabel "recall\\@10"
set ylabel "queries per CPU second"
set key bottom left
set grid
set logscale y
smallest_miss = 0.0005
set nonlinear x via -log10(1.0 + smallest_miss - x) inverse 1.0 + smallest_miss - 10**(-x)
set xtics (0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 1)
stats data using 1 nooutput
set xrange [STATS_min - 0.02 : 1]
plot for [i = 0 : STATS_blocks - 1] data index i using 1:2 with linespoints linewidth 2 \
    title columnheader(1)
