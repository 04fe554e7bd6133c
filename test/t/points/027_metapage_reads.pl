# An INSERT reads the metapage once: sessions that insert at the same time contend for it. Counted at a test point where the
# metapage is locked in shared mode, for groups of one node and of many, with and without a list.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use Vectors;

my $node = new_node('reads', <<'CONF');
fsync = off
autovacuum = off
vectidx.ef_construction = 40
vectidx.background_worker = off
CONF

# reads(STATEMENT): how often it locks the metapage in shared mode.
sub reads
{
	my ($statement) = @_;
	my ($code, $out, $err) = $node->psql('postgres', "SET vectidx.test_points = 'meta-read=notice:1'; $statement");
	is($code, 0, $statement);
	my $reads = () = $err =~ /test point "meta-read"/g;
	return $reads;
}

# pages(KIND): how many of them the index has.
sub pages { return $node->safe_psql('postgres', "SELECT pages -> '$_[0]' FROM vectidx_index_stats('t_v')") }

# Who adds a group of nodes, a page of TIDs or a page of the list looks once more, when the lock for extending is there.
my $rows = 200;
# Dimensions, pending_limit, and how many pages with links a group has.
for my $case ([ 3, 0, 1 ], [ 128, 0, 1 ], [ 1024, 0, 1 ], [ 3072, 0, 2 ], [ 128, 100000 ], [ 1024, 100000 ])
{
	my ($dims, $limit, $per_group) = @$case;
	my $what = "$dims dimensions, pending_limit = $limit";
	$node->safe_psql('postgres', <<SQL);
CREATE TABLE t (id int, v vector($dims));
INSERT INTO t SELECT i, near(i, $dims) FROM generate_series(1, 300) AS i;
CREATE INDEX t_v ON t USING vectidx (v vector_l2_ops) WITH (pending_limit = $limit);
INSERT INTO t VALUES (301, near(301, $dims));
SQL
	my $kind = $limit == 0 ? 'links' : 'pending';
	my $before = pages($kind);
	my $reads = reads("INSERT INTO t SELECT i, near(i, $dims) FROM generate_series(302, 301 + $rows) AS i");
	my $added = (pages($kind) - $before) / ($per_group // 1);
	cmp_ok($added, '>', 0, "$what: the index grew");
	cmp_ok($reads, '<=', $rows + $added, "$what: $rows rows locked it $reads times, and added $added groups or pages");
	$kind = 'tids' if $limit == 0;
	$before = pages($kind);
	$reads = reads("INSERT INTO t SELECT i, near(1, $dims) FROM generate_series(1, $rows) AS i");
	$added = pages($kind) - $before;
	cmp_ok($reads, '<=', $rows + $added, "$what: $rows rows with equal vectors locked it $reads times, and added $added pages");
	cmp_ok($reads, '>=', $rows, "$what: each of them did");
	$node->safe_psql('postgres', 'DROP TABLE t');
}
$node->stop;
done_testing();
