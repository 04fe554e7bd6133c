# vectidx_check() beside inserts, deletes, merges of the pending list and VACUUM with its rebuilds: it reports nothing that
# is not so.
# VECTIDX_SECONDS says how long (10).
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seconds = $ENV{VECTIDX_SECONDS} || 10;
my $node = PostgreSQL::Test::Cluster->new('busy');
$node->init;
$node->append_conf('postgresql.conf', "autovacuum = off\njit = off\nfsync = off\n");
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION vectidx;
CREATE TABLE item (id bigserial, v vector(16));
CREATE FUNCTION any_vector() RETURNS vector LANGUAGE sql VOLATILE AS $$
	SELECT array_agg(round(random()::numeric, CASE WHEN random() < 0.3 THEN 0 ELSE 3 END))::vector FROM generate_series(1, 16)
$$;
INSERT INTO item (v) SELECT any_vector() FROM generate_series(1, 500);
CREATE INDEX item_l2 ON item USING vectidx (v vector_l2_ops) WITH (ef_construction = 40);
CREATE INDEX item_ip ON item USING vectidx (v vector_ip_ops) WITH (ef_construction = 40);
CREATE INDEX item_pending ON item USING vectidx (v vector_l2_ops)
	WITH (ef_construction = 40, pending_limit = 20, tombstone_rebuild_pct = 5);
CREATE SEQUENCE checks;
CREATE SEQUENCE rows_waited;
SQL
# Half of the vectors are among a few, so that chains of TIDs grow and shrink.
my %scripts = (
	insert => "INSERT INTO item (v) SELECT any_vector() FROM generate_series(1, 3);\n"
		. "INSERT INTO item (v) SELECT array_fill(id % 3, ARRAY[16])::vector FROM generate_series(1, 4) id;\n",
	delete => "DELETE FROM item WHERE id IN (SELECT id FROM item WHERE id % 3 <> 0 ORDER BY random() LIMIT 6);\n",
	vacuum => "VACUUM (INDEX_CLEANUP on) item;\n\\sleep 50 ms\n",
	check => <<'SQL');
DO $$
DECLARE found text;
BEGIN
	SELECT string_agg(f::text, E'\n') INTO found FROM (
		SELECT 'l2', c.* FROM vectidx_check('item_l2', true) c UNION ALL SELECT 'ip', c.* FROM vectidx_check('item_ip', true) c
		UNION ALL SELECT 'pending', c.* FROM vectidx_check('item_pending', true) c) f
	WHERE severity <> 'info';
	IF found IS NOT NULL THEN RAISE EXCEPTION 'false alarm: %', found; END IF;
	PERFORM nextval('checks');
	PERFORM nextval('rows_waited') FROM vectidx_index_stats('item_pending') WHERE pending_rows > 0;
END $$;
SQL
my $folder = PostgreSQL::Test::Utils::tempdir;
my @runs;
for my $name (sort keys %scripts)
{
	append_to_file("$folder/$name", $scripts{$name});
	my ($out, $err) = ('', '');
	push(@runs, { name => $name, out => \$out, err => \$err, run => IPC::Run::start(
		[ 'pgbench', '-n', '-c', $name eq 'vacuum' ? 1 : 2, '-T', $seconds, '-f', "$folder/$name", $node->connstr('postgres') ],
		'>', \$out, '2>', \$err, IPC::Run::timeout(60 + 2 * $seconds)) });
}
for my $run (@runs)
{
	$run->{run}->finish;
	is($run->{run}->full_result(0), 0, "$run->{name} goes on without an error");
	diag(${ $run->{err} }) if $run->{run}->full_result(0) != 0;
}
cmp_ok($node->safe_psql('postgres', 'SELECT last_value FROM checks'), '>=', 3, 'the index was checked meanwhile');
note($node->safe_psql('postgres', 'SELECT last_value FROM checks'), ' checks, ', $node->safe_psql('postgres', 'SELECT count(*) FROM item'), ' rows');
cmp_ok($node->safe_psql('postgres', 'SELECT last_value FROM rows_waited'), '>=', 2, 'rows waited meanwhile');
cmp_ok($node->safe_psql('postgres', "SELECT generation FROM vectidx_index_stats('item_pending')"), '>', 2, 'and the graph was rebuilt');
cmp_ok($node->safe_psql('postgres', "SELECT pages ->> 'tids' FROM vectidx_index_stats('item_l2')"), '>', 0, 'there are chains of TIDs');
is($node->safe_psql('postgres', "SELECT string_agg(c::text, ' ') FROM vectidx_check('$_', true) c WHERE severity <> 'info'"), '', "$_ is in order")
	for qw(item_l2 item_ip item_pending);
$node->stop;
done_testing();
