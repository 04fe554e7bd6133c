# A power cut under wal_level = minimal. What one transaction makes and fills is not logged as it is written:
# PostgreSQL logs at its commit the pages that are not empty, or syncs the file. So what a file of the first
# kind had is lost in part, or all of it, and blocks that no record names with it. Every index must have all
# the blocks that its metapage counts after recovery, take rows, and give those that it had.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use Campaign;
use Vectors;

my $node = new_node('minimal', <<'CONF');
wal_level = minimal
max_wal_senders = 0
wal_skip_threshold = 1GB
shared_buffers = 1MB
bgwriter_lru_maxpages = 1000
bgwriter_delay = 10ms
autovacuum = off
checkpoint_timeout = 1h
max_wal_size = 4GB
vectidx.ef_construction = 40
CONF

# A table that is truncated in it would be synced at its commit instead, as one over wal_skip_threshold.
# What is made and filled in one transaction: the table's name, its dimensions, rows before the index and
# after it, its options, and what comes last.
my @cases = (
	[ 'grown', 64, 700, 12, 'pending_limit = 0', '' ],
	[ 'grown_twice', 16, 100, 900, 'pending_limit = 0', '' ],
	[ 'from_nothing', 24, 0, 300, 'pending_limit = 0', '' ],
	[ 'empty', 8, 0, 0, 'pending_limit = 0', '' ],
	[ 'split', 768, 60, 9, 'pending_limit = 0', '' ],
	[ 'out_of_line', 5000, 12, 3, 'pending_limit = 0', '' ],
	[ 'bare', 100, 300, 40, 'codes = off, storage = sq8', '' ],
	[ 'listed', 32, 200, 150, 'pending_limit = 1000', '' ],
	[ 'merged', 32, 200, 400, 'pending_limit = 1000', q{SELECT vectidx_merge('merged_v');} ],
	[ 'equal', 16, 300, 40, 'pending_limit = 0', 'INSERT INTO equal SELECT 10000 + i, 1, near(1, 16) FROM generate_series(1, 500) AS i;' ],
	[ 'again', 16, 400, 60, 'pending_limit = 0', 'REINDEX INDEX again_v; INSERT INTO again SELECT 20000 + i, i, near(-i, 16) FROM generate_series(1, 90) AS i;' ]);

sub make_case
{
	my ($name, $dims, $before, $after, $options, $last) = @_;
	return <<SQL;
BEGIN;
CREATE TABLE $name (id bigint PRIMARY KEY, seed bigint, v vector($dims));
INSERT INTO $name SELECT -i, i, near(i, $dims) FROM generate_series(1, $before) AS i;
CREATE INDEX ${name}_v ON $name USING vectidx (v vector_l2_ops) WITH ($options);
INSERT INTO $name SELECT i, i, near($before + i, $dims) FROM generate_series(1, $after) AS i;
$last
COMMIT;
SQL
}

sub write_file
{
	my ($path, $bytes) = @_;
	open(my $file, '>:raw', $path) or die "$path: $!";
	print $file $bytes;
	close($file) or die;
	return;
}

# What the disk may have of a file that nobody synced.
my %cuts = (
	'the empty blocks at its end are gone' => sub { my ($bytes) = @_; $bytes =~ s/\0+\z//; return $bytes . "\0" x (-length($bytes) % 8192); },
	'the file is empty'                    => sub { '' },
	'half of it is gone'                   => sub { substr($_[0], 0, 8192 * int(length($_[0]) / 16384)) },
	'every page is torn'                   => sub { join('', map { substr($_, 0, 512) . "\0" x 7680 } unpack('(a8192)*', $_[0])) });

for my $cut (sort keys %cuts)
{
	$node->safe_psql('postgres', "DROP TABLE IF EXISTS $_->[0]") for @cases;
	$node->safe_psql('postgres', 'CHECKPOINT');
	$node->safe_psql('postgres', make_case(@$_)) for @cases;
	my %path = map { $_->[0] => $node->data_dir . '/' . $node->safe_psql('postgres', "SELECT pg_relation_filepath('$_->[0]_v')") } @cases;
	my %rows = map { $_->[0] => $node->safe_psql('postgres', "SELECT count(*) FROM $_->[0]") } @cases;
	my $hit = 0;
	crash($node, 'immediate', $cut, sub {
		for my $name (sort keys %path)
		{
			my $found = slurp_file($path{$name});
			my $left = $cuts{$cut}->($found);
			++$hit if $left ne $found;
			write_file($path{$name}, $left);
		}
	});
	# Not every file ends with empty blocks.
	$cut =~ /empty blocks/ ? note("$cut: of $hit files") : cmp_ok($hit, '>', @cases / 2, "$cut: $hit files lost something");
	for my $case (@cases)
	{
		my ($name, $dims) = @$case;
		my $what = "$cut: $name";
		is($node->safe_psql('postgres', "SELECT count(*) FROM $name"), $rows{$name}, "$what: the table has its rows");
		is($node->safe_psql('postgres', "SELECT string_agg(concat_ws(' ', block, message), ', ') FROM vectidx_check('${name}_v', true) WHERE severity = 'error'"),
			'', "$what: the checker finds nothing");
		my ($code, $out, $err) = $node->psql('postgres', "INSERT INTO $name SELECT 30000 + i, i, near(700000 + i, $dims) FROM generate_series(1, 100) AS i");
		is($err, '', "$what: it takes rows");
		($code, $out, $err) = $node->psql('postgres', "DELETE FROM $name WHERE id % 2 = 0");
		($code, $out, $err) = $node->psql('postgres', "VACUUM $name");
		is($err, '', "$what: VACUUM");
		($code, $out, $err) = $node->psql('postgres', "SELECT scanned('<->', '$name', $dims) - (SELECT count(*) FROM $name)");
		is("$out$err", '0', "$what: the index gives every row");
		($code, $out, $err) = $node->psql('postgres', "SELECT message FROM vectidx_check('${name}_v', true) WHERE severity = 'error'");
		is("$out$err", '', "$what: nor does the checker find anything then");
	}
}
$node->stop;
done_testing();
