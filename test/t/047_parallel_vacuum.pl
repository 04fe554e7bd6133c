# VACUUM in parallel mode of a table with several indexes: no subtransaction can be started there, so a background
# worker rebuilds and merges. The space is given back, by VACUUM itself; where no worker is free, the next VACUUM does
# what is left.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep time);
use Vectors;

my $rows = 3000;
my $node = new_node('parallel', <<'CONF');
fsync = off
autovacuum = off
max_worker_processes = 8
max_parallel_maintenance_workers = 2
min_parallel_index_scan_size = 0
vectidx.ef_construction = 40
CONF
my @ours = ('items_l2', 'items_cosine');
$node->safe_psql('postgres', <<SQL);
CREATE TABLE items (id int, v vector(16), w vector(16));
INSERT INTO items SELECT i, near(i, 16), vec(i, 16) FROM generate_series(1, $rows) AS i;
CREATE INDEX ON items (id);
CREATE INDEX ON items ((id + 1));
CREATE INDEX items_l2 ON items USING vectidx (v vector_l2_ops);
CREATE INDEX items_cosine ON items USING vectidx (w vector_cosine_ops) WITH (pending_limit = 1000);
SQL

sub sizes { return map { $node->safe_psql('postgres', "SELECT pg_relation_size('$_')") } @ours }

# vacuum(OPTIONS): what it said.
sub vacuum
{
	my ($options) = @_;
	my ($code, $out, $err) = $node->psql('postgres', "VACUUM ($options) items");
	is($code, 0, "VACUUM ($options) succeeds");
	unlike($err, qr/WARNING|ERROR/, 'without a warning');
	return $err;
}

sub is_tended { return $node->safe_psql('postgres', "SELECT bool_and(tombstones = 0 AND pending_rows = 0) FROM unnest('{@{[ join(',', @ours) ]}}'::regclass[]) AS i, vectidx_index_stats(i)") eq 't' }

sub check
{
	my ($what) = @_;
	for my $index (@ours)
	{
		is($node->safe_psql('postgres', "SELECT count(*) FROM vectidx_check('$index', true) WHERE severity <> 'info'"), 0, "$what: $index is sound");
	}
	my $count = $node->safe_psql('postgres', 'SELECT count(*) FROM items');
	for my $order ("v <-> near(1, 16)", "w <=> vec(1, 16)")
	{
		is($node->safe_psql('postgres', <<SQL), "$count|$count", "$what: it gives each row once, by $order");
SET enable_seqscan = off; SET enable_sort = off;
SELECT count(*), count(DISTINCT id) FROM (SELECT id FROM items ORDER BY $order) AS t
SQL
	}
	return;
}

# A part of the rows goes, and others come, some of them onto a list.
my $next = $rows + 1;

sub exchange
{
	my ($which) = @_;
	my $last = $next + 299;
	$node->safe_psql('postgres', "DELETE FROM items WHERE $which; INSERT INTO items SELECT i, near(i, 16), vec(i, 16) FROM generate_series($next, $last) AS i");
	$next = $last + 1;
	return;
}

my @built = sizes();
exchange('id % 10 <> 0');
my $log = -s $node->logfile;
my $said = vacuum('PARALLEL 2, VERBOSE');
like($said, qr/launched \d+ parallel vacuum workers? for index vacuuming/, 'it was in parallel mode');
check('after VACUUM');
my $end = time() + 60;
usleep(100_000) while !is_tended() && time() < $end;
ok(is_tended(), 'background workers rebuilt the graphs, and merged the list');
my $rebuilds = () = slurp_file($node->logfile, $log) =~ /rebuilt the graph of index "items_(?:l2|cosine)"/g;
is($rebuilds, 2, 'of both indexes');
$node->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'vectidx worker'");
check('after the workers');
# A row that is dead, so that the indexes are vacuumed, in parallel mode again.
$node->safe_psql('postgres', "DELETE FROM items WHERE id = $rows");
like(vacuum('PARALLEL 2, VERBOSE'), qr/launched \d+ parallel vacuum workers? for index/, 'the next one was, too');
my @cut = sizes();
cmp_ok($cut[$_], '<', 0.5 * $built[$_], "$ours[$_]: it cut the file from $built[$_] to $cut[$_] bytes") for 0, 1;
check('after the cut');

# No slot for any worker.
$node->append_conf('postgresql.conf', 'max_worker_processes = 0');
$node->restart;
exchange("id > $rows");
$said = vacuum('PARALLEL 2, VERBOSE');
like($said, qr/no background worker was free for index "items_$_"/, "without a slot it says so: items_$_") for 'l2', 'cosine';
check('without a worker');
ok(!is_tended(), 'what is optional was left undone');
vacuum('PARALLEL 0');
ok(is_tended(), 'and done by the next VACUUM that is not in parallel mode');
check('in the end');
unlike(slurp_file($node->logfile, $log), qr/WARNING|ERROR|terminated by signal|TRAP/, 'nothing else was reported');
$node->stop;
done_testing();
