# A table that is partitioned by hash over two servers with postgres_fdw, as docs/scale-out.md sets it up: inserts are routed, each shard
# answers by its index with all options at their defaults, the ten nearest rows of both are those of one table, conditions go to the
# shards. Then a shard is down, another server takes its place, and a third shard takes half of its rows.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Vectors;

my $dims = 24;
my $rows = 4000;
# The logs show the plans that the shards really used.
my $configuration = <<'CONF';
fsync = off
autovacuum = off
session_preload_libraries = 'auto_explain'
auto_explain.log_min_duration = 0
CONF
my ($libraries) = run_command([ 'pg_config', '--pkglibdir' ]);
plan skip_all => 'this PostgreSQL comes without postgres_fdw, dblink or auto_explain'
  if grep { !-e "$libraries/$_.so" } qw(postgres_fdw dblink auto_explain);
my $front = new_node('front', $configuration);
my $major = int($front->safe_psql('postgres', 'SHOW server_version_num') / 10000);
my $back = new_node('back', $configuration, allows_streaming => 1);
my $shard_sql = <<SQL;
CREATE EXTENSION vectidx;
CREATE TABLE items (id bigint PRIMARY KEY, tenant int, v vector($dims));
CREATE INDEX items_v ON items USING vectidx (v vector_l2_ops);
CREATE FUNCTION nearest_here(query vector, k int) RETURNS TABLE (id bigint, distance float8) LANGUAGE plpgsql STABLE AS \$\$
#variable_conflict use_column
BEGIN
	RETURN QUERY SELECT id, v <-> query FROM items ORDER BY v <-> query LIMIT k;
END
\$\$;
SQL
$front->safe_psql('postgres', 'CREATE DATABASE shard0');
$front->safe_psql('shard0', $shard_sql);
$back->safe_psql('postgres', 'CREATE DATABASE shard1');
$back->safe_psql('shard1', $shard_sql);
$back->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($back, 'base', has_streaming => 1);
$standby->start;

# The second server has two addresses: libpq takes the one that accepts writes.
my $parallel = $major >= 15 ? ", parallel_commit 'true'" : '';
sub server_options
{
	my ($database, @nodes) = @_;
	return sprintf("host '%s', port '%s', dbname '%s', target_session_attrs 'read-write', extensions 'vectidx', async_capable 'true', batch_size '500'%s",
		join(',', map { $_->host } @nodes), join(',', map { $_->port } @nodes), $database, $parallel);
}
my ($first, $second) = (server_options('shard0', $front), server_options('shard1', $back, $standby));
$front->safe_psql('postgres', <<SQL);
CREATE EXTENSION postgres_fdw;
CREATE EXTENSION dblink;
CREATE SERVER shard0 FOREIGN DATA WRAPPER postgres_fdw OPTIONS ($first);
CREATE SERVER shard1 FOREIGN DATA WRAPPER postgres_fdw OPTIONS ($second);
CREATE USER MAPPING FOR CURRENT_USER SERVER shard0;
CREATE USER MAPPING FOR CURRENT_USER SERVER shard1;
CREATE TABLE items (id bigint, tenant int, v vector($dims)) PARTITION BY HASH (id);
CREATE FOREIGN TABLE items_0 PARTITION OF items FOR VALUES WITH (MODULUS 2, REMAINDER 0) SERVER shard0 OPTIONS (table_name 'items');
CREATE FOREIGN TABLE items_1 PARTITION OF items FOR VALUES WITH (MODULUS 2, REMAINDER 1) SERVER shard1 OPTIONS (table_name 'items');

CREATE FUNCTION nearest_items(query vector) RETURNS TABLE (id bigint, distance float8) LANGUAGE plpgsql STABLE AS \$\$
#variable_conflict use_column
BEGIN
	RETURN QUERY WITH nearest AS MATERIALIZED (
			(SELECT id, v <-> query AS distance FROM items_0 ORDER BY v <-> query LIMIT 10)
		UNION ALL
			(SELECT id, v <-> query AS distance FROM items_1 ORDER BY v <-> query LIMIT 10))
		SELECT * FROM nearest ORDER BY distance LIMIT 10;
END
\$\$;

CREATE FUNCTION nearest_quick(query vector, k int) RETURNS TABLE (id bigint, distance float8) LANGUAGE plpgsql AS \$\$
#variable_conflict use_column
DECLARE
	shards text[] := '{shard0,shard1}';
	shard text;
	command text := format('SELECT * FROM nearest_here(%L, %s)', query, k);
BEGIN
	FOREACH shard IN ARRAY shards LOOP
		IF shard = ANY (dblink_get_connections()) IS NOT TRUE THEN
			PERFORM dblink_connect(shard, shard);
		END IF;
		PERFORM dblink_send_query(shard, command);
	END LOOP;
	RETURN QUERY SELECT n.id, n.distance FROM unnest(shards) AS s, dblink_get_result(s) AS n (id bigint, distance float8)
		ORDER BY n.distance LIMIT k;
	-- The end of each answer, so that the connection takes the next question.
	PERFORM FROM unnest(shards) AS s, dblink_get_result(s) AS n (id bigint, distance float8);
EXCEPTION WHEN OTHERS OR query_canceled THEN
	FOREACH shard IN ARRAY shards LOOP
		IF shard = ANY (dblink_get_connections()) THEN
			PERFORM dblink_disconnect(shard);
		END IF;
	END LOOP;
	RAISE;
END
\$\$;

-- The same rows in one table without an index, for the exact answers.
CREATE TABLE single AS SELECT i AS id, i % 10 AS tenant, near(i, $dims) AS v FROM generate_series(1::bigint, $rows) AS i;
CREATE TABLE queries AS SELECT i AS id, near(1000000 + i, $dims) AS q FROM generate_series(1, 50) AS i;
INSERT INTO items SELECT * FROM single;
SQL

# What the logs of both servers say of a statement that this runs at the front.
sub logged
{
	my ($sql) = @_;
	my @starts = map { -s $_->logfile } $front, $back;
	$front->safe_psql('postgres', $sql);
	return map { slurp_file($_->logfile, shift @starts) } $front, $back;
}

# --- inserts
my @counts = ($front->safe_psql('shard0', 'SELECT count(*) FROM items'), $back->safe_psql('shard1', 'SELECT count(*) FROM items'));
is($counts[0] + $counts[1], $rows, 'each row is on one shard');
cmp_ok($_, '>', 0.45 * $rows, 'a shard has about half of the rows') for @counts;
is($back->safe_psql('postgres', 'SELECT 1'), 1, 'the second server is one of its own');

# --- the plans
my $target = "(SELECT q FROM queries WHERE id = 7)";
my $legs = join(' UNION ALL ', map { "(SELECT id, v <-> \$1 AS d FROM items_$_ ORDER BY v <-> \$1 LIMIT 10)" } 0, 1);
my %forms = (
	plain => 'SELECT id FROM items ORDER BY v <-> $1 LIMIT 10',
	union => "WITH nearest AS MATERIALIZED ($legs) SELECT id FROM nearest ORDER BY d LIMIT 10",
	filter => 'SELECT id FROM items WHERE tenant = 3 ORDER BY v <-> $1 LIMIT 10');
for my $mode (qw(force_custom_plan force_generic_plan))
{
	for my $form (sort keys %forms)
	{
		my $prepared = "SET plan_cache_mode = $mode; PREPARE p (vector) AS $forms{$form};";
		my $plan = $front->safe_psql('postgres', "$prepared EXPLAIN (VERBOSE, COSTS off) EXECUTE p (near(77, $dims))");
		my @remote = $plan =~ /Remote SQL: (.*)/g;
		my $ordered = grep { /ORDER BY \(v OPERATOR\(public\.<->\)/ } @remote;
		is($ordered, 2, "$form, $mode: both shards sort by distance") or diag($plan);
		is(scalar(grep { /LIMIT 10::bigint$/ } @remote), 2, "$form, $mode: LIMIT goes to the shards") or diag($plan) if $form eq 'union';
		is(scalar(grep { /WHERE \(\(tenant = 3\)\)/ } @remote), 2, "$form, $mode: the condition goes to the shards") or diag($plan)
		  if $form eq 'filter';
		# PostgreSQL 14 waits for one shard after the other below a subquery's LIMIT.
		is(scalar(() = $plan =~ /Async Foreign Scan/g), 2, "$form, $mode: the shards work at the same time") or diag($plan)
		  if $form eq 'union' && $major >= 15;
		my @logs = logged("$prepared EXECUTE p (near(77, $dims))");
		for my $shard (0, 1)
		{
				like($logs[$shard], qr/Index Scan using items_v on items/, "$form, $mode: shard $shard uses its index") or diag($logs[$shard]);
			unlike($logs[$shard], qr/Seq Scan on items\b/, "$form, $mode: shard $shard does not read its table");
		}
	}
}
my @logs = logged("SELECT * FROM nearest_quick(near(77, $dims), 10)");
like($logs[1], qr/nearest_here/, 'the quick form asks the function of the shard');

# --- the answers
my $recall = <<SQL;
SELECT avg((SELECT count(*) FROM (SELECT id FROM %s AS found) AS found WHERE id = ANY (exact))) / 10
FROM (SELECT q, array(SELECT id FROM single ORDER BY v <-> q LIMIT 10) AS exact FROM queries OFFSET 0) AS asked
SQL
my %answers = (plain => '(SELECT id FROM items ORDER BY v <-> q LIMIT 10)', union => 'nearest_items(q)', quick => 'nearest_quick(q, 10)');
for (sort keys %answers)
{
	cmp_ok($front->safe_psql('postgres', sprintf($recall, $answers{$_})), '>=', 0.95, "recall\@10 of the form $_");
}
is($front->safe_psql('postgres', <<SQL), '50|500|0', 'conditions: ten rows of each query, all of which satisfy it');
SELECT count(DISTINCT asked.id), count(*), count(*) FILTER (WHERE tenant <> 3)
FROM queries AS asked, LATERAL (SELECT tenant FROM items WHERE tenant = 3 ORDER BY v <-> q LIMIT 10) AS found
SQL
@logs = logged('SELECT v FROM items WHERE id = 5');
is(scalar(grep { /DECLARE c\d+ CURSOR/ } @logs), 1, 'a condition on the key asks one shard');

# --- updates and deletes
$front->safe_psql('postgres', <<SQL);
UPDATE items SET v = near(-1 * id, $dims), tenant = 11 WHERE id % 100 = 1;
DELETE FROM items WHERE id % 100 = 2;
INSERT INTO items SELECT i, 12, near(7, $dims) FROM generate_series(100001, 100010) AS i;
SQL
is($front->safe_psql('postgres', "SELECT count(*) FROM nearest_items(near(7, $dims)) WHERE distance = 0"), 10,
	'inserted rows of both shards are found');
is($front->safe_psql('postgres', "SELECT distance FROM nearest_items(near(-101, $dims)) LIMIT 1"), 0, 'so are changed ones');
is($front->safe_psql('postgres', "SELECT count(*) FROM nearest_items(near(102, $dims)) WHERE id % 100 = 2"), 0, 'deleted ones are not');

my $session = session($front);
my $expected = run_in($session, "SELECT * FROM nearest_items(near(500, $dims))");
is(run_in($session, "SELECT * FROM nearest_quick(near(500, $dims), 10)"), $expected, 'both forms agree');
# --- a search that is canceled while a shard works: its late answer is not taken for that of the next search
my $locker = session($back, 'shard1');
run_in($locker, 'BEGIN; LOCK TABLE items');
run_in($session, 'SET statement_timeout = 300');
$locker->{in} .= "SELECT pg_sleep(1); COMMIT;\n";
$locker->{handle}->pump_nb;
run_in($session, "SELECT * FROM nearest_quick(near(900, $dims), 10)");
like($session->{err}, qr/canceling statement due to statement timeout/, 'a search is canceled');
run_in($session, 'RESET statement_timeout');
is(run_in($session, "SELECT * FROM nearest_quick(near(500, $dims), 10)"), $expected, 'the next search has its own answer');
quit($locker);
my $here = $front->safe_psql('postgres', 'SELECT min(id) FROM items_0');
my $there = $front->safe_psql('postgres', 'SELECT min(id) FROM items_1');
# --- a shard that is down
$back->wait_for_catchup($standby);
$back->stop('immediate');
for ("SELECT * FROM nearest_items(near(500, $dims))", "SELECT * FROM nearest_quick(near(500, $dims), 10)",
	"SELECT id FROM items ORDER BY v <-> near(500, $dims) LIMIT 10", 'INSERT INTO items SELECT i, 0, NULL FROM generate_series(-10, -1) AS i')
{
	is(run_in($session, $_), '', 'a search of a shard that is down gives no rows');
	like($session->{err}, qr/ERROR:  .*"shard1"/s, 'it reports which shard');
}
is(run_in($session, "SELECT id FROM items WHERE id = $here"), $here, 'a row of the other shard can be read');
is(run_in($session, 'SELECT count(*) FROM items_0 WHERE id < 0'), 0, 'nothing of the failed INSERT stays on the other shard');

# --- its standby takes over, and the sessions find it
$standby->promote;
is(run_in($session, "SELECT * FROM nearest_items(near(500, $dims))"), $expected, 'after a promotion the same session gets the same answer')
  or diag($session->{err});
is(run_in($session, "SELECT * FROM nearest_quick(near(500, $dims), 10)"), $expected, 'in the quick form, too') or diag($session->{err});
run_in($session, "UPDATE items SET tenant = 77 WHERE id = $there");
is($standby->safe_psql('shard1', "SELECT tenant FROM items WHERE id = $there"), 77, 'writes go to the server that was promoted');
quit($session);

# --- another shard takes half of the rows of shard1
$standby->safe_psql('postgres', 'CREATE DATABASE shard3');
$standby->safe_psql('shard3', $shard_sql);
my $third = server_options('shard3', $standby);
my $before = $front->safe_psql('postgres', 'SELECT id, tenant, v FROM items ORDER BY id');
my $moved = $front->safe_psql('postgres', <<SQL);
CREATE SERVER shard3 FOREIGN DATA WRAPPER postgres_fdw OPTIONS ($third);
CREATE USER MAPPING FOR CURRENT_USER SERVER shard3;
CREATE FOREIGN TABLE items_3 (id bigint, tenant int, v vector($dims)) SERVER shard3 OPTIONS (table_name 'items');
BEGIN;
LOCK TABLE items IN ACCESS EXCLUSIVE MODE;
-- OFFSET keeps the function here, which the shard would ask for a table that it does not have.
INSERT INTO items_3 SELECT * FROM (SELECT * FROM items_1 OFFSET 0) AS old WHERE satisfies_hash_partition('items'::regclass, 4, 3, id);
DELETE FROM items_1 WHERE id IN (SELECT id FROM items_3);
ALTER TABLE items DETACH PARTITION items_1;
ALTER TABLE items ATTACH PARTITION items_1 FOR VALUES WITH (MODULUS 4, REMAINDER 1);
ALTER TABLE items ATTACH PARTITION items_3 FOR VALUES WITH (MODULUS 4, REMAINDER 3);
COMMIT;
SELECT count(*) FROM items_3;
SQL
cmp_ok($moved, '>', 0.2 * $rows, 'the new shard has a quarter of the rows');
is($standby->safe_psql('shard3', 'SELECT count(*) FROM items'), $moved, 'they are on it');
is($front->safe_psql('postgres', 'SELECT id, tenant, v FROM items ORDER BY id'), $before, 'no row was lost or changed');
is($front->safe_psql('postgres', 'SELECT count(*) FROM items_1 JOIN items_3 USING (id)'), 0,
	'none is in two places');
is($front->safe_psql('postgres', "SELECT id FROM items ORDER BY v <-> near(500, $dims) LIMIT 10"),
	join("\n", map { (split(/\|/))[0] } split(/\n/, $expected)), 'a search over three shards gives the same rows');

# --- a dump of the front has the shape of the table, and no rows
$front->safe_psql('postgres', 'CREATE DATABASE again');
my $dump = $front->backup_dir . '.sql';
command_ok([ 'pg_dump', '--schema-only', '--file', $dump, $front->connstr('postgres') ], 'the front is dumped');
command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-o', $dump . '.out', '-d', $front->connstr('again'), '-f', $dump ], 'and restored');
is($front->safe_psql('again', 'SELECT id, tenant, v FROM items ORDER BY id'), $before, 'the restored table has all rows of the shards');
done_testing();
