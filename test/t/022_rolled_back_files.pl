# What is on the disk after a crash may be older than the last write, page by page and sector by sector.
# The index's file is put back to its state at the last checkpoint, or each page gets one half of it and
# the other half of the newest; recovery must repair both. Finds every write that is not in the WAL.
# Page checksums would find a torn page that recovery left.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);
use Campaign;
use Vectors;

my $rounds = $ENV{VECTIDX_ROLLBACKS} // 5 * scale();
my $node = new_node('rolled_back', <<'CONF', extra => [ '--encoding=UTF8', '--no-locale', '--data-checksums' ]);
vectidx.ef_construction = 40
vectidx.tombstone_rebuild_pct = 10
autovacuum = off
checkpoint_timeout = 1h
max_wal_size = 4GB
shared_buffers = 2MB
full_page_writes = on
log_statement = none
CONF
make_table($node, 'direct', 600, 'pending_limit = 0');
make_table($node, 'listed', 600, 'pending_limit = 100');
my @tables = ('direct', 'listed');

sub path_of
{
	my ($table) = @_;
	return $node->data_dir . '/' . $node->safe_psql('postgres', "SELECT pg_relation_filepath('${table}_v')");
}

# The pages of a file: the first half of one state, the second of the other, at random which. What only one
# state has stays as the disk would have it: there, or cut off.
sub torn
{
	my ($old, $new) = @_;
	my ($result, $torn) = ('', 0);
	for (my $at = 0; $at < length($new); $at += 8192)
	{
		my $page = substr($new, $at, 8192);
		if ($at < length($old) && (my $before = substr($old, $at, 8192)) ne $page)
		{
			my $cut = 512 * (1 + int(rand(15)));
			my @states = rand() < 0.5 ? ($before, $page) : ($page, $before);
			$page = substr($states[0], 0, $cut) . substr($states[1], $cut);
			++$torn if $page ne $before && $page ne substr($new, $at, 8192);
		}
		$result .= $page;
	}
	return ($result, $torn);
}

# Pages that both states have and that differ.
sub changed
{
	my ($old, $new) = @_;
	my $length = length($old) < length($new) ? length($old) : length($new);
	return scalar grep { substr($old, 8192 * $_, 8192) ne substr($new, 8192 * $_, 8192) } 0 .. $length / 8192 - 1;
}

sub write_file
{
	my ($path, $bytes) = @_;
	open(my $file, '>:raw', $path) or die "$path: $!";
	print $file $bytes;
	close($file) or die;
	return;
}

my ($changed_pages, $torn_pages) = (0, 0);
for my $round (1 .. $rounds)
{
	my $tear = $round % 2;
	$node->safe_psql('postgres', "DELETE FROM $_ WHERE id > 0") for $round % 10 == 0 ? @tables : ();
	$node->safe_psql('postgres', 'CHECKPOINT');
	my %path = map { $_ => path_of($_) } @tables;
	my %old = map { $_ => slurp_file($path{$_}) } @tables;
	my @clients = map { client($node, $tables[$_ % 2], $_, $round, 9900) } 1 .. 3;
	my $caretaker = caretaker($node, "caretaker_$round", 'VACUUM direct', "SELECT vectidx_merge('listed_v')", 'VACUUM listed');
	usleep(20_000) while grep { acked($_) < 150 } @clients;
	# Only what the server has written can be torn.
	for my $table (@tables)
	{
		my $tries = 0;
		usleep(50_000) while changed($old{$table}, slurp_file($path{$table})) < 20 && ++$tries < 600;
	}
	usleep(rand(500_000));
	crash($node, 'immediate', "round $round", sub {
		for my $table (@tables)
		{
			my $new = slurp_file($path{$table});
			my ($bytes, $torn) = $tear ? torn($old{$table}, $new) : ($old{$table}, 0);
			isnt(substr($bytes, 0, length($new)), $new, "round $round: $table: the file is not what the server left");
			cmp_ok($torn, '>', 3, "round $round: $table: $torn pages are torn") if $tear;
			$torn_pages += $torn;
			$changed_pages += grep { $_ * 8192 >= length($bytes) || substr($bytes, $_ * 8192, 8192) ne substr($new, $_ * 8192, 8192) } 0 .. length($new) / 8192 - 1;
			write_file($path{$table}, $bytes);
		}
	});
	end_clients(@clients, $caretaker);
	check_rows($node, "round $round", @clients);
	check_index($node, $_, "round $round, $_") for @tables;
	# Blocks that nothing refers to may be torn for good; they are filled again without being read.
	my ($code, $out, $err) = $node->psql('postgres', "VACUUM direct, listed; SELECT vectidx_merge('listed_v'); VACUUM direct, listed");
	is($code, 0, "round $round: VACUUM and a merge go on") or diag($err);
	check_index($node, $_, "round $round, $_ after VACUUM") for @tables;
	check_pages($node, $_, "round $round, $_ after VACUUM") for @tables;
}
note("$rounds rounds, $changed_pages pages put back or torn, $torn_pages of them torn");

# A block behind the last, torn while it was written for the first time: nothing refers to it.
my $path = path_of('direct');
$node->stop;
write_file($path, slurp_file($path) . ("\0" x 4096) . ("torn" x 1024));
$node->start;
my $log_size = -s $node->logfile;
check_pages($node, 'direct', 'a torn block that nothing refers to');
like(slurp_file($node->logfile, $log_size), qr/WARNING: .*invalid page in block \d+ of relation .*zeroing out page/, 'PostgreSQL takes it for damaged');
is($node->safe_psql('postgres', "SELECT vectidx_prewarm('direct_v') < pg_relation_size('direct_v') / 8192"), 't', 'vectidx_prewarm leaves it out');
$node->stop;
done_testing();
