# The speed that a recall costs, from sql_bench's SET.dat:
#   gnuplot -e "data='SET.dat'; name='SET'" plot.gp > SET.svg
# The recall axis is logarithmic in what is missed, as the last percents cost the most.
set terminal svg size 860,560 font "sans-serif,14" background "white"
set title name noenhanced
set xlabel "recall\\@10"
set ylabel "queries per CPU second"
set key bottom left
set grid
set logscale y
set format y "%.0f"
smallest_miss = 0.0005
position(recall) = -log10(1.0 + smallest_miss - recall)
set xtics ("0.5" position(0.5))
do for [recall in "0.7 0.8 0.9 0.95 0.98 0.99 0.995 0.999 1"] {
    set xtics add (recall position(real(recall)))
}
stats data using (position($1)) nooutput
set xrange [STATS_min - 0.1 : position(1.0) + 0.1]
plot for [i = 0 : STATS_blocks - 1] data index i using (position($1)):2 \
    with linespoints linewidth 2 pointtype 7 pointsize 0.6 title columnheader(1)
