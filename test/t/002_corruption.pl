# Damaged index files: whatever the bytes say, a statement gives an answer or a clean error, no
# process crashes or hangs, and vectidx_check() finds the damage.
#
# A database with small indexes is made and copied many times; the server is stopped, and each
# index's file is damaged once, within the bytes that are in use. VECTIDX_CORRUPTIONS says how many
# (500), VECTIDX_SEED repeats a run.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Vectors;

my $count = $ENV{VECTIDX_CORRUPTIONS} || 500;
my $seed = $ENV{VECTIDX_SEED} || time;
srand($seed);
note("VECTIDX_SEED=$seed");

use constant { PAGE => 8192, HEADER => 24 };

my $node = PostgreSQL::Test::Cluster->new('damaged');
$node->init(extra => [ no_checksums() ]);
$node->append_conf('postgresql.conf', <<'CONF');
fsync = off
autovacuum = off
jit = off
max_wal_size = 4GB
max_parallel_maintenance_workers = 0
log_min_messages = fatal
CONF
$node->start;

# --- the indexes: each form of the own vector and of its storage, with and without codes, each type,
# each metric, chains of TIDs, tombstones, nodes of the build and of inserts; in two of five, rows that
# wait on the pending list.
my @shapes = (
	{ type => 'vector(24)', rows => 120, class => 'vector_l2_ops', operator => '<->' },
	{ type => 'vector(100)', rows => 80, class => 'vector_ip_ops', operator => '<#>' },
	{ type => 'vector(200)', rows => 60, class => 'vector_cosine_ops', operator => '<=>' },
	{ type => 'vector(768)', rows => 30, class => 'vector_l2_ops', operator => '<->' },
	{ type => 'vector(5000)', rows => 8, class => 'vector_cosine_ops', operator => '<=>' },
	{ type => 'vector(70)', rows => 60, class => 'vector_l1_ops', operator => '<+>' },
	{ type => 'vector(100)', rows => 60, class => 'vector_l2_ops', operator => '<->', options => 'codes = off, storage = sq8' },
	{ type => 'vector(200)', rows => 60, class => 'vector_ip_ops', operator => '<#>', options => 'codes = off, storage = half' },
	{ type => 'vector(200)', rows => 50, class => 'vector_l2_ops', operator => '<->', options => 'storage = full' },
	{ type => 'halfvec(300)', rows => 40, class => 'halfvec_cosine_ops', operator => '<=>' },
	{ type => 'halfvec(200)', rows => 80, class => 'halfvec_ip_ops', operator => '<#>', options => 'codes = off, storage = full' },
	{ type => 'sparsevec(2000)', rows => 30, class => 'sparsevec_l2_ops', operator => '<->' },
	{ type => 'bit(200)', rows => 100, class => 'bit_hamming_ops', operator => '<~>' },
	{ type => 'bit(1000)', rows => 60, class => 'bit_jaccard_ops', operator => '<%>' },
	{ type => 'bit(8000)', rows => 30, class => 'bit_jaccard_ops', operator => '<%>' },
	{ type => 'bit(64000)', rows => 40, class => 'bit_hamming_ops', operator => '<~>' });
my $per_database = 5 * @shapes;
my $databases = int(($count + $per_database - 1) / $per_database);
$node->safe_psql('postgres', 'CREATE DATABASE original');
$node->safe_psql('original', <<'SQL');
CREATE EXTENSION vectidx;
CREATE FUNCTION some_vector(seed int, dims int) RETURNS vector LANGUAGE sql IMMUTABLE AS $$
	SELECT array_agg((hashint4extended(i, seed) % 1000)::real / 1000 + 0.3)::vector
	FROM generate_series(1, dims) i
$$;
CREATE FUNCTION some_sparse(seed int, dims int) RETURNS sparsevec LANGUAGE sql IMMUTABLE AS $$
	SELECT format('{%s}/%s', string_agg(format('%s:%s', i, (hashint4extended(i, seed) % 1000)::real / 1000 + 1.3), ','), dims)::sparsevec
	FROM generate_series(1 + seed % 20, dims, 20) i
$$;
CREATE FUNCTION some_bits(seed int, dims int) RETURNS bit varying LANGUAGE sql IMMUTABLE AS $$
	SELECT string_agg(hashint4extended(i, seed)::bit(64)::text, '')::bit varying FROM generate_series(1, dims / 64 + 1) i
$$;
CREATE TABLE outcome (id int, step text, state text, rows int, message text);
SQL
for my $s (0 .. $#shapes)
{
	my ($type, $dims) = $shapes[$s]{type} =~ /^(\w+)\((\d+)\)$/;
	my $some = $type eq 'bit' ? 'some_bits' : $type eq 'sparsevec' ? 'some_sparse' : 'some_vector';
	$node->safe_psql('original', "CREATE TABLE source$s AS SELECT i AS id, $some(i, $dims)::$shapes[$s]{type} AS v "
		. "FROM generate_series(1, 2 * $shapes[$s]{rows}) i");
}
my $build = '';
for my $id (0 .. $per_database - 1)
{
	my $s = $id % @shapes;
	my %shape = %{ $shapes[$s] };
	my $half = $shape{rows} / 2;
	my $options = join(', ', 'ef_construction = 40', $shape{options} // ());
	$build .= <<"SQL";
CREATE TABLE t$id (id int, v $shape{type});
INSERT INTO t$id SELECT id, v FROM source$s WHERE id <= $half;
INSERT INTO t$id SELECT i, v FROM source$s, generate_series(1, 30) i WHERE id = 2;
CREATE INDEX i$id ON t$id USING vectidx (v $shape{class}) WITH ($options);
INSERT INTO t$id SELECT id, v FROM source$s WHERE id BETWEEN $half + 1 AND $shape{rows};
INSERT INTO t$id SELECT i, v FROM source$s, generate_series(1, 30) i WHERE id = 3;
DELETE FROM t$id WHERE id % 9 = 0;
VACUUM (INDEX_CLEANUP on) t$id;
SQL
	$build .= <<"SQL" if int($id / @shapes) % 2 == 1;
ALTER INDEX i$id SET (pending_limit = 1000);
INSERT INTO t$id SELECT id, v FROM source$s WHERE id BETWEEN $shape{rows} + 1 AND 1.25 * $shape{rows};
SQL
}
$node->safe_psql('original', $build);
is($node->safe_psql('original', "SELECT sum((SELECT count(*) FROM vectidx_check(oid::regclass, true))) "
	. "FROM pg_class WHERE relname ~ '^i[0-9]+\$'"), 0, 'the checker finds nothing in indexes that are in order');
is($node->safe_psql('original', "SELECT count(*) FROM pg_class, vectidx_index_stats(oid::regclass) WHERE relname ~ '^i[0-9]+\$' AND pending_rows > 0"),
	2 * @shapes, 'some have rows that wait');
$node->safe_psql('postgres', "CREATE DATABASE copy$_ TEMPLATE original") for 0 .. $databases - 1;
# Index $id is i(id mod per_database) of copy(id / per_database).
sub database { return 'copy' . int($_[0] / $per_database); }
my @files = map {
	split(/\n/, $node->safe_psql("copy$_",
		"SELECT pg_relation_filepath('i' || i) FROM generate_series(0, $per_database - 1) i"))
} 0 .. $databases - 1;
$node->stop;

# --- the damage
sub slurp_pages
{
	my ($path) = @_;
	open(my $in, '<:raw', $path) or die "$path: $!";
	local $/;
	my $bytes = <$in>;
	return unpack('(a' . PAGE . ')*', $bytes);
}

# Where the data of a page end.
sub used { return unpack('v', substr($_[0], 12, 2)); }

# Changes 1 to 16 bytes at random places of one page.
sub change_bytes
{
	my (@pages) = @_;
	my ($p) = pick_used(@pages);
	my %places;
	$places{ int(rand(used($pages[$p]))) } = 1 for 1 .. 1 + int(rand(16));
	substr($pages[$p], $_, 1) ^= chr(1 + int(rand(255))) for keys %places;
	return (join('', @pages), "page $p: bytes " . join(' ', sort { $a <=> $b } keys %places));
}

sub change_one_byte
{
	my (@pages) = @_;
	my ($p) = pick_used(@pages);
	my $place = int(rand(used($pages[$p])));
	substr($pages[$p], $place, 1) ^= chr(1 + int(rand(255)));
	return (join('', @pages), "page $p: byte $place");
}

# A byte of a page of the directory, or of its map, behind the page header: the kinds 9 and 10. An index without a directory gets
# what change_one_byte() does, under another name.
sub change_directory_byte
{
	my (@pages) = @_;
	my @directory = grep { used($pages[$_]) > HEADER && ord(substr($pages[$_], 28, 1)) =~ /^(9|10)$/ } 1 .. $#pages;
	return (change_one_byte(@pages), 'one byte') if not @directory;
	my $p = $directory[ rand @directory ];
	# Most entries are not in use.
	my $place;
	do { $place = HEADER + int(rand(used($pages[$p]) - HEADER)) } while (rand() < 0.8 && substr($pages[$p], $place, 1) eq "\0");
	substr($pages[$p], $place, 1) ^= chr(1 + int(rand(255)));
	return (join('', @pages), "page $p: byte $place");
}

sub zero_page
{
	my (@pages) = @_;
	my ($p) = pick_used(@pages);
	$pages[$p] = "\0" x PAGE;
	return (join('', @pages), "page $p");
}

# Zeroes a piece of a page that has something else than zeros.
sub zero_bytes
{
	my (@pages) = @_;
	my ($p, $from, $length);
	do
	{
		($p) = pick_used(@pages);
		$from = int(rand(used($pages[$p])));
		$length = 1 + int(rand(used($pages[$p]) - $from));
	} while (substr($pages[$p], $from, $length) !~ /[^\0]/);
	substr($pages[$p], $from, $length) = "\0" x $length;
	return (join('', @pages), "page $p: $length bytes from $from");
}

sub swap_pages
{
	my (@pages) = @_;
	my ($p, $q);
	do { ($p, $q) = (pick_used(@pages), pick_used(@pages)) } while ($p == $q);
	@pages[ $p, $q ] = @pages[ $q, $p ];
	return (join('', @pages), "pages $p and $q");
}

# Cuts the file off, in the middle of a page or between two, so that something in use is lost.
sub truncate_file
{
	my (@pages) = @_;
	my ($p) = pick_used(@pages);
	my $keep = $p * PAGE + (rand() < 0.5 ? 0 : int(rand(used($pages[$p]))));
	return (substr(join('', @pages), 0, $keep), "$keep bytes left");
}

sub pick_used
{
	my @used = grep { used($_[$_]) > HEADER } 0 .. $#_;
	return $used[ rand @used ];
}

my @kinds = (
	[ 'one byte', \&change_one_byte ],
	[ 'directory byte', \&change_directory_byte ],
	[ 'bytes', \&change_bytes ],
	[ 'zeroed bytes', \&zero_bytes ],
	[ 'zeroed page', \&zero_page ],
	[ 'swapped pages', \&swap_pages ],
	[ 'truncated file', \&truncate_file ]);
my (@kind_of, @what, $unchanged);
for my $id (0 .. $count - 1)
{
	my ($kind, $damage) = @{ $kinds[ int(rand(@kinds)) ] };
	my @pages = slurp_pages($node->data_dir . "/$files[$id]");
	my $before = join('', @pages);
	my ($after, $what, $instead) = $damage->(@pages);
	$unchanged++ if $after eq $before;
	open(my $out, '>:raw', $node->data_dir . "/$files[$id]") or die $!;
	print $out $after;
	close $out;
	$kind_of[$id] = $kind = $instead // $kind;
	my %shape = %{ $shapes[$id % @shapes] };
	$what[$id] = join(', ', $kind, $what, $shape{type}, $shape{class}, $shape{options} // ());
}
is($unchanged // 0, 0, "$count files are damaged");

# --- the statements
$node->start;
my $postmaster = (split(/\n/, slurp_file($node->data_dir . '/postmaster.pid')))[0];

# One statement as a step of its own; the state is its SQLSTATE.
sub step
{
	my ($id, $step, $statement) = @_;
	return "\\set message \n$statement;\n\\if :ERROR\n\\set message :LAST_ERROR_MESSAGE\n\\endif\n"
		. "INSERT INTO outcome VALUES ($id, '$step', :'SQLSTATE', :ROW_COUNT, :'message');\n";
}
my @scripts;
for my $id (0 .. $count - 1)
{
	my $s = $id % @shapes;
	my %shape = %{ $shapes[$s] };
	my $next = 2 * $shape{rows};
	my $table = 't' . $id % $per_database;
	my $index = 'i' . $id % $per_database;
	my $script = step($id, 'check', "SELECT * FROM vectidx_check('$index', true)");
	for my $q (1 .. 4)
	{
		$script .= step($id, 'select', "SELECT id FROM $table ORDER BY v $shape{operator} "
			. "(SELECT v FROM source$s WHERE id = " . ($q * 5) . ') LIMIT ' . ($q == 4 ? 1000 : 10));
	}
	$script .= step($id, 'insert', "INSERT INTO $table SELECT id, v FROM source$s WHERE id = $_")
		for ($next, $next - 1, $next - 2, 2, 3);
	$script .= step($id, 'delete', "DELETE FROM $table WHERE id % 2 = 0");
	$script .= step($id, 'vacuum', "VACUUM (INDEX_CLEANUP on) $table");
	$script .= step($id, 'insert', "INSERT INTO $table SELECT id, v FROM source$s WHERE id = " . ($next - 4));
	push(@scripts, $script);
}

# Two sessions at a time share the work. A crash would end both.
my @sessions;
for my $session (0, 1)
{
	my $script = '';
	for my $database (grep { $_ % 2 == $session } 0 .. $databases - 1)
	{
		$script .= "\\c copy$database\nSET enable_seqscan = off;\nSET statement_timeout = '10s';\n";
		$script .= join('', grep { defined } @scripts[ $database * $per_database .. ($database + 1) * $per_database - 1 ]);
	}
	my $file = PostgreSQL::Test::Utils::tempdir . "/session$session.sql";
	append_to_file($file, $script);
	my ($out, $err) = ('', '');
	push(@sessions, IPC::Run::start(
		[ 'psql', '-XAtq', '-o', '/dev/null', '-d', $node->connstr('postgres'), '-f', $file ],
		'>', \$out, '2>', \$err, IPC::Run::timeout(600)));
}
$_->finish for @sessions;

# Rows of all databases: what a query gives, in lines.
sub all_outcomes
{
	my ($query) = @_;
	return grep { $_ ne '' } map { split(/\n/, $node->safe_psql("copy$_", $query)) } 0 .. $databases - 1;
}

is($node->safe_psql('postgres', 'SELECT 1'), 1, 'the server answers');
my ($still) = split(/\n/, slurp_file($node->data_dir . '/postmaster.pid'));
is($still, $postmaster, 'the postmaster is the same');
unlike(slurp_file($node->logfile), qr/PANIC|terminated by signal|exited with exit code|TRAP|recovery/, 'no process crashed');
is(scalar(all_outcomes('SELECT id FROM outcome')), 13 * $count, 'every statement came to an end');

# XX001 and XX002: damaged data, a damaged index. 0A000: a format from the future. Two errors are
# PostgreSQL's own: the executor sees an order that is none, and a damaged heap TID leads to a
# segment that the table's file does not have.
my %states;
$states{$_}++ for all_outcomes("SELECT step || ' ' || state FROM outcome");
note("$_: $states{$_}") for sort keys %states;
my @odd = all_outcomes(<<'SQL');
SELECT id, step, state, message FROM outcome WHERE state NOT IN ('00000', 'XX001', 'XX002', '0A000')
	AND message <> 'index returned tuples in wrong order'
	AND message !~ '^could not open file .* .target block [0-9]+.: previous segment' ORDER BY 1
SQL
is(join("\n", @odd), '', 'each gave an answer or an error that says that the index is damaged');
diag("$_ $what[$_]") for map { /^(\d+)/ } @odd;

# --- what the checker found: rows, or an error that says where the damage is
my %found = map { $_ => 1 } all_outcomes("SELECT id FROM outcome WHERE step = 'check' AND (rows > 0 OR state <> '00000')");
my (%total, %hits);
for my $id (0 .. $count - 1)
{
	$total{ $kind_of[$id] }++;
	$found{$id} ? $hits{ $kind_of[$id] }++ : note("not found: $what[$id]");
}
note(sprintf('%s: %d of %d', $_->[0], $hits{ $_->[0] } // 0, $total{ $_->[0] } // 0)) for @kinds;
note(sprintf('all: %d of %d', scalar(keys %found), $count));
is($hits{'directory byte'} // 0, $total{'directory byte'}, 'among it all in the directory');
cmp_ok(scalar(keys %found), '>=', 0.95 * $count, 'the checker finds at least 95 % of the damage');

$node->stop;
done_testing();
