# A rebuild, a merge or a build is held up where its pages are not logged yet, and the power fails: of the file,
# what was written since the last checkpoint is torn, missing, or as it was. Recovery repairs what was logged;
# what was not must harm nobody: rows are found and taken, the checker finds no error, and after one VACUUM
# every page of the relation has its checksum, so that pg_checksums and pg_basebackup go through.
use strict;
use warnings FATAL => 'all';

use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep time);
use Campaign;
use Vectors;

# Few buffers, so that pages go to the disk as they are made.
my $node = new_node('torn', <<'CONF', allows_streaming => 1, extra => [ '--encoding=UTF8', '--no-locale', '--data-checksums' ]);
vectidx.ef_construction = 40
autovacuum = off
checkpoint_timeout = 1h
max_wal_size = 4GB
shared_buffers = 1MB
bgwriter_lru_maxpages = 1000
bgwriter_delay = 10ms
full_page_writes = on
maintenance_work_mem = 256MB
CONF

# Reading it by its key goes through all buffers, which a sequential scan would not.
$node->safe_psql('postgres', q{CREATE TABLE other (id int PRIMARY KEY, filler text);
	INSERT INTO other SELECT i, repeat('x', 1000) FROM generate_series(1, 6000) AS i; VACUUM ANALYZE other});
my $push_out = 'SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_seqscan = off; SELECT count(filler) FROM generate_series(1, 6000) AS i JOIN other ON id = i * 7 % 6000 + 1';

# What leads to the point: the table's rows, its options, statements before and the one that is held up there.
my $half = 'DELETE FROM t WHERE id % 2 = 0';
my $many = 'INSERT INTO t SELECT i, i, near(i, 16) FROM generate_series(1, 900) AS i';
my $more = 'INSERT INTO t SELECT i, i, near(i, 16) FROM generate_series(1, 2000) AS i';
my @cases = (
	[ 'rebuild-built', 3000, 'tombstone_rebuild_pct = 20', $half, 'VACUUM t' ],
	[ 'rebuild-logged', 3000, 'tombstone_rebuild_pct = 20', $half, 'VACUUM t' ],
	[ 'batch-inserted', 2500, 'pending_limit = 100000', $many, q{SELECT vectidx_merge('t_v')} ],
	[ 'batch-appended', 2500, 'pending_limit = 100000', $many, q{SELECT vectidx_merge('t_v')} ],
	[ 'batch-linked', 2500, 'pending_limit = 100000', $many, q{SELECT vectidx_merge('t_v')} ],
	[ 'merge-inserted', 2500, 'pending_limit = 100000', $many, q{SELECT vectidx_merge('t_v')} ],
	# More rows than the graph has: a rebuild takes them in.
	[ 'rebuild-built', 600, 'pending_limit = 100000', $more, q{SELECT vectidx_merge('t_v')} ],
	[ 'compact-moved', 3000, 'tombstone_rebuild_pct = 20', $half, 'VACUUM t' ]);

sub write_file
{
	my ($path, $bytes) = @_;
	open(my $file, '>:raw', $path) or die "$path: $!";
	print $file $bytes;
	close($file) or die;
	return;
}

# damaged(OLD, NEW, HOW): the file as the disk may have it: of each page that changed since OLD, at a sector's
# bound, one part of either; with zeros where OLD had no page; `cut`: and the end is missing, back to OLD's.
sub damaged
{
	my ($old, $new, $how) = @_;
	my ($result, $torn) = ('', 0);
	for (my $at = 0; $at < length($new); $at += 8192)
	{
		my $page = substr($new, $at, 8192);
		my $before = $at < length($old) ? substr($old, $at, 8192) : "\0" x 8192;
		if ($page ne $before)
		{
			my $cut = 512 * (1 + int(rand(15)));
			my @states = rand() < 0.5 ? ($before, $page) : ($page, $before);
			my $made = substr($states[0], 0, $cut) . substr($states[1], $cut);
			++$torn if $made ne $before && $made ne $page;
			$page = $made;
		}
		$result .= $page;
	}
	if ($how eq 'cut' && length($new) > length($old))
	{
		my $blocks = int(rand((length($new) - length($old)) / 8192));
		$result = substr($result, 0, length($old) + 8192 * $blocks);
	}
	return ($result, $torn);
}

# bad_pages(NUMBER): of the file, those without their checksum. The server must be down.
sub bad_pages
{
	my ($filenode) = @_;
	my ($out, $err) = run_command([ 'pg_checksums', '--check', '--filenode', $filenode, '-D', $node->data_dir ]);
	return scalar(() = $err =~ /checksum verification failed in file/g);
}

my ($rounds, $bad_before) = (0, 0);
for my $case (map { my $case = $_; map { [ @$case, $_ ] } ('torn', 'cut') } (@cases) x scale())
{
	my ($point, $rows, $options, $before, $statement, $how) = @$case;
	my $what = "$point, $how, $statement";
	++$rounds;
	$node->safe_psql('postgres', 'DROP TABLE IF EXISTS t');
	make_table($node, 't', $rows, $options);
	$node->safe_psql('postgres', "$_; CHECKPOINT") for $before;
	my $path = $node->data_dir . '/' . $node->safe_psql('postgres', q{SELECT pg_relation_filepath('t_v')});
	my $filenode = $node->safe_psql('postgres', q{SELECT pg_relation_filenode('t_v')});
	my $old = slurp_file($path);
	my $expected = $node->safe_psql('postgres', 'SELECT count(*) FROM t');

	my $holder = session($node);
	run_in($holder, 'SELECT pg_advisory_lock(77)');
	my $held = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', "SET vectidx.test_points = '$point=wait:77'", '-c', $statement ],
		'>', \my $out, '2>', \my $err, IPC::Run::timeout(120));
	my $deadline = time() + 60;
	usleep(50_000) while time() < $deadline && $node->safe_psql('postgres', q{SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted}) eq '0';
	cmp_ok(time(), '<', $deadline, "$what: it is held up there");
	$node->safe_psql('postgres', $push_out) for 1, 2;
	usleep(300_000);
	my $torn = 0;
	crash($node, 'immediate', $what, sub {
		my $new = slurp_file($path);
		(my $bytes, $torn) = damaged($old, $new, $how);
		write_file($path, $bytes);
	});
	$held->finish;
	quit($holder);
	# A batch is first made in memory, and what it changes may still be in buffers.
	$point =~ /^batch|^merge/ ? note("$what: $torn pages are torn") : cmp_ok($torn, '>', 3, "$what: $torn pages are torn") if $how eq 'torn';

	# Without a VACUUM.
	check_index($node, 't', $what);
	check_pages($node, 't', $what);
	my ($code, $said, $errors) = $node->psql('postgres', 'INSERT INTO t SELECT 50000 + i, i, near(800000 + i, 16) FROM generate_series(1, 60) AS i');
	is($errors, '', "$what: it takes rows");
	is($node->safe_psql('postgres', 'SELECT count(*) FROM t'), $expected + 60, "$what: the table has its rows");
	$node->stop;
	$bad_before += bad_pages($filenode);
	$node->start;
	# With one; half of them do not try the rebuild again, which would fill the same blocks, and are not alone: a
	# transaction that used the index is still open, though it sees nothing old.
	my $open = session($node);
	if ($how eq 'torn')
	{
		$node->safe_psql('postgres', 'ALTER INDEX t_v SET (tombstone_rebuild_pct = 100)');
		run_in($open, 'SET enable_seqscan = off; BEGIN; SELECT FROM t ORDER BY v <-> near(1, 16) LIMIT 1');
	}
	($code, $said, $errors) = $node->psql('postgres', 'VACUUM t');
	is($errors, '', "$what: VACUUM");
	quit($open);
	check_index($node, 't', "$what, after VACUUM");
	check_pages($node, 't', "$what, after VACUUM");
	$node->stop;
	is(bad_pages($filenode), 0, "$what: after VACUUM every page has its checksum");
	$node->start;
	my $copy = $node->backup_dir . "/copy_$rounds";
	my ($bout, $berr) = run_command([ 'pg_basebackup', '--no-sync', '-c', 'fast', '-X', 'none', '-D', $copy, '-h', $node->host, '-p', $node->port ]);
	unlike($berr, qr/checksum/, "$what: pg_basebackup goes through");
	ok(-e "$copy/PG_VERSION", "$what: and has made its copy");
	system_log('rm', '-rf', $copy);
}
cmp_ok($bad_before, '>', 0, "some pages were torn for good before VACUUM: $bad_before");
note("$rounds power cuts, $bad_before pages torn that no record repaired");
$node->stop;
done_testing();
