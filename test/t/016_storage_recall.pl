# Recall@10 of bit strings, of sketches, of indexes without codes and of every storage (TypeRecall.pm).
use strict;
use warnings FATAL => 'all';

use Test::More;
use TypeRecall;

# 300 queries tell a recall to about .006; where it is nearer to .95, more are asked.
my %all = (l2 => '<->', ip => '<#>', cosine => '<=>', l1 => '<+>');
my %more = (ip => 1_500);
check_types(
	{ type => 'sparsevec', dims => 1_000_000, value => 'text_of(%s, 1000000)', classes => \%all,
		queries => { map { $_ => 150 } keys %all } },
	{ type => 'bit', dims => 256, value => 'binary_quantize(point(%s, 256))', classes => { hamming => '<~>', jaccard => '<%>' } },
	{ type => 'vector', dims => 48, value => 'point(%s, 48)', classes => \%all, with => 'codes = off, storage = sq8' },
	{ type => 'vector', dims => 130, value => 'point(%s, 130)', classes => { l2 => '<->' }, with => 'codes = off' },
	{ type => 'vector', dims => 130, value => 'point(%s, 130)', classes => { cosine => '<=>' }, with => 'storage = sq8' },
	{ type => 'halfvec', dims => 48, value => 'point(%s, 48)::halfvec', classes => { ip => '<#>', l1 => '<+>' }, with => 'storage = full',
		queries => \%more });
done_testing();
