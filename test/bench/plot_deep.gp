# What LIMIT n costs, and a filter that rejects n rows, from deep_bench's --plot FILE:
#   gnuplot -e "data='FILE'; name='sift'" plot_deep.gp > deep.svg
set terminal svg size 860,560 font "sans-serif,14" background "white"
set title name noenhanced
set xlabel "n"
set ylabel "CPU per query, ms"
set key top left
set grid
set logscale xy
stats data using 1:2 nooutput
plot for [i = 0 : STATS_blocks - 1] data index i using 1:2 \
    with linespoints linewidth 2 pointtype 7 pointsize 0.6 title columnheader(1)
