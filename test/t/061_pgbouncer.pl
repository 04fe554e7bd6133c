# pgbouncer in transaction mode in front of the server, as docs/scale-out.md describes it: many clients share two connections, settings
# of roles and databases apply, SET LOCAL stays in its transaction, and prepared statements work where pgbouncer keeps them.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);
use Vectors;

my ($program) = grep { -x } map { "$_/pgbouncer" } split(/:/, $ENV{PATH}), '/usr/sbin', '/usr/local/sbin';
plan skip_all => 'there is no pgbouncer (Debian package pgbouncer)' unless defined $program;
my ($major, $minor) = `$program --version` =~ /^PgBouncer (\d+)\.(\d+)/;
# It keeps the prepared statements of clients since 1.21.
my $keeps_statements = $major > 1 || $minor >= 21;

my $dims = 24;
my $node = new_node('behind', "fsync = off\nlog_connections = on\n");
$node->safe_psql('postgres', <<SQL);
CREATE ROLE careful LOGIN;
CREATE ROLE quick LOGIN;
CREATE TABLE items AS SELECT i AS id, near(i, $dims) AS v FROM generate_series(1, 3000) AS i;
ALTER TABLE items ALTER v TYPE vector($dims);
CREATE INDEX items_v ON items USING vectidx (v vector_l2_ops);
CREATE TABLE queries AS SELECT i AS id, near(1000000 + i, $dims) AS q, ARRAY[0::bigint] AS exact FROM generate_series(1, 50) AS i;
SET enable_indexscan = off;
UPDATE queries SET exact = array(SELECT id FROM items ORDER BY v <-> q LIMIT 10);
GRANT SELECT ON items, queries TO careful, quick;
ALTER DATABASE postgres SET vectidx.target_recall = 0.9;
ALTER ROLE careful SET vectidx.target_recall = 0.99;
VACUUM ANALYZE;
SQL

my $port = PostgreSQL::Test::Cluster::get_free_port();
my $folder = PostgreSQL::Test::Utils::tempdir;
my $socket = $node->host;
my $statements = $keeps_statements ? 'max_prepared_statements = 100' : '';
append_to_file("$folder/users", join('', map { "\"$_\" \"\"\n" } qw(careful quick)));
append_to_file("$folder/pgbouncer.ini", <<INI);
[databases]
postgres = host=$socket port=${\$node->port} dbname=postgres
[pgbouncer]
listen_addr =
unix_socket_dir = $socket
listen_port = $port
auth_type = trust
auth_file = $folder/users
admin_users = careful
pool_mode = transaction
default_pool_size = 2
max_client_conn = 100
logfile = $folder/log
pidfile = $folder/pid
$statements
INI
my $bouncer = IPC::Run::start([ $program, '-q', "$folder/pgbouncer.ini" ], '>', '/dev/null', '2>&1', IPC::Run::timeout(300));

END
{
	my $status = $?;
	$bouncer->kill_kill if defined $bouncer;
	$? = $status;
}

# through(ROLE, STATEMENT...): what psql prints of statements that it sends one by one through pgbouncer; its errors after them.
sub through
{
	my ($role, @statements) = @_;
	my ($out, $err) = ('', '');
	IPC::Run::run([ 'psql', '-XAtq', '-d', "host=$socket port=$port user=$role dbname=postgres", map { ('-c', $_) } @statements ],
		'>', \$out, '2>', \$err, IPC::Run::timeout(60));
	chomp($out);
	return $out . $err;
}
for (1 .. 100)
{
	last if through('quick', 'SELECT 1') eq '1';
	usleep(100_000);
}
is(through('quick', 'SELECT current_user'), 'quick', 'clients reach the server through pgbouncer') or diag(slurp_file("$folder/log"));

# --- settings
is(through('quick', 'SHOW vectidx.target_recall'), '0.9', 'ALTER DATABASE applies');
is(through('careful', 'SHOW vectidx.target_recall'), '0.99', 'ALTER ROLE applies');
# SHOW of a connection that has not loaded the library yet would say nothing instead of 0.
is(through('quick', "SELECT '[1]'::vector"), '[1]', 'a vector loads the library');
is(through('quick', "BEGIN; SET LOCAL vectidx.ef_search = 77; SHOW vectidx.ef_search; COMMIT", 'SHOW vectidx.ef_search'), "77\n0",
	'SET LOCAL ends with its transaction');
my $first = session($node);
run_in($first, "\\c \"host=$socket port=$port user=quick dbname=postgres\"");
run_in($first, 'SET vectidx.ef_search = 78');
is(through('quick', 'SHOW vectidx.ef_search'), '78', 'SET reaches other clients of the same connection, as the document warns');
run_in($first, 'RESET vectidx.ef_search');
$node->safe_psql('postgres', 'ALTER ROLE quick SET vectidx.target_recall = 0.8');
is(through('quick', 'SHOW vectidx.target_recall'), '0.9', 'ALTER ROLE does not reach connections that are open');
IPC::Run::run([ 'psql', '-XAtq', '-d', "host=$socket port=$port user=careful dbname=pgbouncer", '-c', 'RECONNECT' ], '>', \my $ignored);
is(run_in($first, 'SHOW vectidx.target_recall'), '0.8', 'RECONNECT of pgbouncer brings it to clients that stay connected')
  or diag($first->{err});
quit($first);
like(through('quick', "EXPLAIN (COSTS off) SELECT id FROM items ORDER BY v <-> near(7, $dims) LIMIT 10"), qr/Index Scan using items_v/,
	'the index is used');

# --- many clients over two connections
append_to_file("$folder/script", <<'PGBENCH');
\set i random(1, 50)
SELECT 1 / (cardinality(array(SELECT unnest(exact) FROM queries WHERE id = :i INTERSECT
	SELECT id FROM (SELECT id FROM items ORDER BY v <-> (SELECT q FROM queries WHERE id = :i) LIMIT 10) AS found)) / 8);
PGBENCH
for my $protocol (qw(simple extended prepared))
{
	my $before = () = slurp_file($node->logfile) =~ /connection authorized: user=careful/g;
	my ($out, $err) = ('', '');
	IPC::Run::run([ 'pgbench', '-n', '-h', $socket, '-p', $port, '-U', 'careful', '-M', $protocol, '-c', 20, '-j', 2, '-t', 20,
			'-f', "$folder/script", 'postgres' ],
		'>', \$out, '2>', \$err, IPC::Run::timeout(120));
	if ($protocol eq 'prepared' && !$keeps_statements)
	{
		like($err, qr/prepared statement "\w+" (already exists|does not exist)/, "before 1.21, prepared statements fail over shared connections");
		next;
	}
	# A query that finds fewer than 8 of 10 rows divides by zero.
	like($out, qr{transactions actually processed: 400/400}, "$protocol: 20 clients find their rows over shared connections") or diag($err);
	my $after = () = slurp_file($node->logfile) =~ /connection authorized: user=careful/g;
	cmp_ok($after - $before, '<=', 2, "$protocol: the server has two connections at most");
}

# --- PREPARE and cursors of SQL live in one transaction
is(through('careful', <<SQL), '7', 'PREPARE within a transaction');
BEGIN; PREPARE p (vector) AS SELECT id FROM items ORDER BY v <-> \$1 LIMIT 1; EXECUTE p (near(7, $dims)); DEALLOCATE p; COMMIT
SQL
is(through('careful', <<SQL), "7\n3000", 'a cursor within a transaction');
BEGIN; DECLARE c CURSOR FOR SELECT id FROM items ORDER BY v <-> near(7, $dims); FETCH 1 FROM c; SELECT count(*) FROM items; COMMIT
SQL
done_testing();
