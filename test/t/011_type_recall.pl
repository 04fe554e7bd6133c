# Recall@10 of every operator class of vector, halfvec and sparsevec (TypeRecall.pm).
use strict;
use warnings FATAL => 'all';

use Test::More;
use TypeRecall;

# 300 queries tell a recall to about .006; where it is nearer to .95, more are asked.
my %all = (l2 => '<->', ip => '<#>', cosine => '<=>', l1 => '<+>');
my %more = (ip => 1_500);
check_types(
	{ type => 'vector', dims => 48, value => 'point(%s, 48)', classes => \%all, queries => \%more },
	{ type => 'halfvec', dims => 48, value => 'point(%s, 48)::halfvec', classes => \%all, queries => \%more },
	{ type => 'sparsevec', dims => 700, value => 'text_of(%s, 700)', classes => \%all, queries => { l2 => 600 } });
done_testing();
