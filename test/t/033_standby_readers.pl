# Cursors of a standby go on while the primary rebuilds, moves and reuses what they read, and across a
# promotion: each gives every row once. Damage of the standby's file is called damage, with its block.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Vectors;

my $primary = new_node('primary', <<'CONF', allows_streaming => 1, extra => [ '--encoding=UTF8', '--no-locale', no_checksums() ]);
fsync = off
autovacuum = off
hot_standby_feedback = off
max_standby_streaming_delay = 60s
wal_keep_size = 1GB
CONF
$primary->safe_psql('postgres', <<'SQL');
CREATE TABLE items (id int, v vector(3));
INSERT INTO items SELECT i, '[1,1,1]' FROM generate_series(1, 600) AS i;
CREATE INDEX items_v ON items USING vectidx (v vector_l2_ops) WITH (m = 4, ef_construction = 16, pending_limit = 100000);
INSERT INTO items SELECT 10000 + i, near(i, 3) FROM generate_series(1, 300) AS i;
SQL
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;

# Exchanges the graph and fills what its pages had, by merges of more rows than it has. No row of
# the table goes away, which would come into conflict with the standby's snapshots and pins.
sub churn
{
	my ($node, $round) = @_;
	for my $part (1 .. ($round == 1 ? 3 : 1))
	{
		my $rows = $node->safe_psql('postgres', 'SELECT count(*) FROM items');
		$node->safe_psql('postgres', <<SQL);
INSERT INTO items SELECT 100000 * $round + 10000 * $part + i, near(i, 3) FROM generate_series(1, 400 + $rows / 2) AS i;
INSERT INTO items SELECT 100000 * $round + 10000 * $part + 8000 + i, '[1,1,1]' FROM generate_series(1, 200) AS i;
SELECT vectidx_merge('items_v');
SQL
		$node->safe_psql('postgres', 'SELECT txid_current()') for 1 .. 3;
	}
	return;
}

$primary->wait_for_catchup($standby);
# Of many equal rows, or of the others.
my @cursors = map { open_cursor($standby, 'items', "v <-> '$_'", 40) } '[1,1,1]', '[0,0,0]';
churn($primary, 1);
$primary->wait_for_catchup($standby);
read_on($_, 'after the primary rebuilt and reused') for @cursors;

@cursors = map { open_cursor($standby, 'items', "v <-> '$_'", 40) } '[1,1,1]', '[0,0,0]';
churn($primary, 2);
read_on($_, 'while the standby replays') for @cursors;
$primary->wait_for_catchup($standby);

# --- damage, of pages that replay does not write once more
$primary->safe_psql('postgres', 'CHECKPOINT');
$primary->wait_for_catchup($standby);
$standby->safe_psql('postgres', 'CHECKPOINT');
my $file = $standby->data_dir . '/' . $standby->safe_psql('postgres', "SELECT pg_relation_filepath('items_v')");
my $blocks = $standby->safe_psql('postgres', "SELECT pg_relation_size('items_v') / 8192");
$standby->stop;
my $sound = slurp_file($file);
my $damaged = $sound;
substr($damaged, 8192 * $_ + 24, 4) = "\xde\xad\xbe\xef" for 2 .. $blocks - 1;
open(my $out, '>:raw', $file) or die "$file: $!";
print $out $damaged;
close($out);
$standby->start;
my ($rc, $stdout, $stderr) = $standby->psql('postgres',
	"\\set VERBOSITY verbose\nSET enable_seqscan = off; SELECT count(*) FROM (SELECT id FROM items ORDER BY v <-> '[0,0,0]') AS t");
like($stderr, qr/ERROR:  XX002: index "items_v" contains corrupted page at block \d+\nDETAIL:  \w.*\.$/m, 'damage on a standby is called so');
$standby->stop;
open($out, '>:raw', $file) or die "$file: $!";
print $out $sound;
close($out);
$standby->start;

# --- promotion
$primary->wait_for_catchup($standby);
@cursors = map { open_cursor($standby, 'items', "v <-> '$_'", 40) } '[1,1,1]', '[0,0,0]';
$primary->stop;
$standby->promote;
churn($standby, 3);
read_on($_, 'after a promotion') for @cursors;
is($standby->safe_psql('postgres', "SELECT count(*) FROM vectidx_check('items_v', true) WHERE severity <> 'info'"), 0, 'the index is sound');
unlike(slurp_file($standby->logfile), qr/leak|was rebuilt/, 'nothing leaked, and nobody was told to try again');
$standby->stop;
done_testing();
