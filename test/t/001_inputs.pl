# Mutated text and binary input for vector. Each input is accepted, and then reads back as the same
# value, or refused with an SQLSTATE of class 22 or 54; the server survives. What must be accepted is
# known independently of the extension: the grammar and real[] for text, the bytes for binary.
#
# VECTIDX_SEED repeats a run, VECTIDX_INPUTS is the number of inputs of each kind.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seed   = $ENV{VECTIDX_SEED}   // 20250607;
my $inputs = $ENV{VECTIDX_INPUTS} // 10_000;
srand($seed);
note("VECTIDX_SEED=$seed VECTIDX_INPUTS=$inputs");

my $space  = qr/[ \t\n\x0b\f\r]*/;
my $number = qr/[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?
	|0x(?:[0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(?:p[+-]?\d+)?
	|inf|infinity|nan(?:\([0-9a-z_]*\))?)/xi;
my $grammar = qr/\A$space\[$space$number$space(?:,$space$number$space)*\]$space\z/;

my @texts = (
	'[1,2,3]', '[1.23,-4.56e-7,7.89E+10]', ' [ 1 , 2 ] ', '[0]', '[3.4028235e38,1e-45,-0]',
	'[0x1F,0x.8p3,+5,.5,5.]', '[' . join(',', map { $_ / 7 } 1 .. 40) . ']');
my @tokens = (
	',', '[', ']', '-', '+', '.', 'e', 'e39', 'e-50', 'x', '0x', 'p', '_', '{', '}', '"', ' ', "\t",
	"\x0b", "\n", 'NaN', 'inf', 'Infinity', 'NULL', '1e400', '0' x 60, '9' x 60, "\xa0", "\xff");

sub pick { return $_[ int(rand(@_)) ]; }

# Replaces up to two bytes of a string at a random place.
sub splice_in
{
	my ($input, $replacement) = @_;
	substr($input, int(rand(length($input) + 1)), 0) = $replacement;
	my $at = int(rand(length($input)));
	substr($input, $at, int(rand(3))) = '';
	return $input;
}

sub mutated_text
{
	my $text = rand() < 0.995 ? pick(@texts) : '[' . '1,' x pick(15_998 .. 16_001) . '1]';
	for (1 .. int(rand(4)))
	{
		my $kind = rand();
		if    ($kind < 0.5) { substr($text, int(rand(length($text) + 1)), 0) = pick(@tokens); }
		elsif ($kind < 0.7) { $text = splice_in($text, chr(1 + int(rand(255)))); }
		elsif ($kind < 0.8) { $text = substr($text, 0, int(rand(length($text) + 1))); }
		elsif ($kind < 0.9) { $text .= pick(@texts); }
		else                { substr($text, int(rand(length($text) + 1)), 1) = ''; }
	}
	return $text;
}

sub binary
{
	my @bits = @_;
	return pack('n n N*', scalar(@bits), 0, @bits);
}

# Bit patterns of float4: any, NaNs, infinities, denormals, zeros.
sub bits
{
	return rand() < 0.9
	  ? (int(rand(2)) << 31) | int(rand(0x7f800000))
	  : pick(0x7fc00000, 0xffffffff, 0x7f800001, 0x7f800000, 0xff800000, 1, 0x807fffff, 0, 0x80000000);
}

sub mutated_binary
{
	my $binary = binary(map { bits() } 1 .. pick(1 .. 4, 3, 3, 3, 9));
	for (1 .. int(rand(3)))
	{
		my $kind = rand();
		if    ($kind < 0.3) { vec($binary, int(rand(8 * length($binary) + 8)), 1) ^= 1; }
		elsif ($kind < 0.5) { $binary = splice_in($binary, chr(int(rand(256)))); }
		elsif ($kind < 0.6) { $binary = substr($binary, 0, int(rand(length($binary) + 1))); }
		elsif ($kind < 0.7) { $binary .= pack('N', bits()); }
		elsif ($kind < 0.8) { substr($binary, 0, 2) = pack('n', pick(0, 1, 2, 3, 16000, 16001, 32768, 65535)); }
		else                { substr($binary, 2, 2) = pack('n', pick(0, 0, 1, 256, 65535)); }
	}
	continue
	{
		$binary .= "\0\0" if length($binary) < 2;
	}
	return $binary;
}

# What vector_recv() must accept into a column of `dim` dimensions, or of any when that is 0.
sub is_vector
{
	my ($binary, $dim) = @_;
	return 0 if length($binary) < 4;
	my ($n, $unused, @bits) = unpack('n n N*', $binary);
	return 0 if $n < 1 || $n > 16_000 || $unused != 0 || length($binary) != 4 + 4 * $n;
	return 0 if $dim != 0 && $n != $dim;
	return (grep { ($_ & 0x7f800000) == 0x7f800000 } @bits) ? 0 : 1;
}

my $node = PostgreSQL::Test::Cluster->new('inputs');
$node->init(extra => [ '--encoding=UTF8', '--no-locale' ]);
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION vectidx');
my ($postmaster) = split(/\n/, slurp_file($node->data_dir . '/postmaster.pid'));

# Loads the inputs into table `name`, as bytes.
sub load
{
	my ($name, @values) = @_;
	my $file = "$PostgreSQL::Test::Utils::tmp_check/$name.txt";
	my $id   = 0;
	append_to_file($file, join('', map { $id++ . "\t\\\\x" . unpack('H*', $_) . "\n" } @values));
	$node->safe_psql('postgres',
		"CREATE TABLE $name (id int PRIMARY KEY, bytes bytea); COPY $name FROM '$file'; ANALYZE $name");
	unlink($file);
}

# Returns the outcomes in the order of the inputs: 'accepted' or an SQLSTATE.
sub outcomes
{
	my ($name) = @_;
	return split(/\n/, $node->safe_psql('postgres', "SELECT outcome FROM ${name}_result ORDER BY id"));
}

# The tests that hold for both kinds of input. Returns how many were accepted and refused.
sub check_outcomes
{
	my ($kind, $values, @outcomes) = @_;
	is(scalar(@outcomes), $inputs, "$kind: every input has an outcome");
	my @odd = grep { $outcomes[$_] !~ /^(?:accepted|22...|54...)$/ } 0 .. $#outcomes;
	is(scalar(@odd), 0, "$kind: every refusal is of class 22 or 54");
	diag("$outcomes[$_]: " . unpack('H*', $values->[$_])) for grep { defined } @odd[ 0 .. 4 ];
	my %count;
	$count{$_}++ for @outcomes;
	note("$kind: " . join(', ', map { "$_ $count{$_}" } sort keys %count));
	cmp_ok($count{accepted} // 0, '>', 0, "$kind: some inputs were accepted");
	cmp_ok($inputs - ($count{accepted} // 0), '>', 0, "$kind: some inputs were refused");
}

# --- text
my @text_inputs = map { mutated_text() } 1 .. $inputs;
load('text_input', @text_inputs);
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE text_input_result (id int, outcome text, value vector, as_real real[]);
DO $$
DECLARE
	input record;
	v vector;
	a real[];
BEGIN
	FOR input IN SELECT id, convert_from(bytes, 'LATIN1') AS string FROM text_input LOOP
		BEGIN
			v := input.string::vector;
			a := NULL;
			BEGIN
				a := translate(input.string, '[]', '{}')::real[];
			EXCEPTION WHEN others THEN
				NULL;  -- real[] refuses underflow
			END;
			INSERT INTO text_input_result VALUES (input.id, 'accepted', v, a);
		EXCEPTION WHEN others THEN
			INSERT INTO text_input_result VALUES (input.id, SQLSTATE);
		END;
	END LOOP;
END
$$;
SQL
my @text_outcomes = outcomes('text_input');
check_outcomes('text', \@text_inputs, @text_outcomes);

my @broken = grep {
	my $well_formed = $text_inputs[$_] =~ $grammar;
	$well_formed ? $text_outcomes[$_] eq '22P02' : $text_outcomes[$_] eq 'accepted'
} 0 .. $#text_outcomes;
is(scalar(@broken), 0, 'text: only what follows the grammar is accepted, and none of it is a syntax error');
diag("$text_outcomes[$_]: $text_inputs[$_]") for grep { defined } @broken[ 0 .. 4 ];

my ($not_same, $compared, $differ) = split(/\|/, $node->safe_psql('postgres', <<'SQL'));
SELECT count(*) FILTER (WHERE vector_send(value::text::vector) <> vector_send(value)),
	count(as_real), count(*) FILTER (WHERE as_real <> value::real[])
FROM text_input_result WHERE outcome = 'accepted'
SQL
is($not_same, 0, 'text: what was accepted reads back as the same value');
cmp_ok($compared, '>', 0, 'text: real[] reads some of it, too');
is($differ, 0, 'text: as the same numbers');

# --- binary: one COPY file for each input, as nothing else lets any bytes reach vector_recv()
my @binary_inputs = map { mutated_binary() } 1 .. $inputs;
load('binary_input', @binary_inputs);
my $folder = PostgreSQL::Test::Utils::tempdir;
for my $id (0 .. $#binary_inputs)
{
	my $header = pack('a11 N N', "PGCOPY\n\xff\r\n\0", 0, 0);
	my $row = pack('n N/a*', 1, $binary_inputs[$id]);
	append_to_file("$folder/$id", $header . $row . pack('n', 0xffff));
}
$node->safe_psql('postgres', sprintf(<<'SQL', $folder));
CREATE TABLE binary_input_result (id int, outcome text);
CREATE TABLE binary_value (id int DEFAULT current_setting('test.id')::int, anything vector, three vector(3));
DO $$
DECLARE
	folder text := '%s';
	this int;
BEGIN
	FOR this IN SELECT id FROM binary_input LOOP
		PERFORM set_config('test.id', this::text, true);
		BEGIN
			EXECUTE format('COPY binary_value (%%s) FROM %%L (FORMAT binary)',
				CASE this %% 2 WHEN 0 THEN 'anything' ELSE 'three' END, folder || '/' || this);
			INSERT INTO binary_input_result VALUES (this, 'accepted');
		EXCEPTION WHEN others THEN
			INSERT INTO binary_input_result VALUES (this, SQLSTATE);
		END;
	END LOOP;
END
$$;
SQL
my @binary_outcomes = outcomes('binary_input');
check_outcomes('binary', \@binary_inputs, @binary_outcomes);

@broken = grep {
	($binary_outcomes[$_] eq 'accepted') != is_vector($binary_inputs[$_], $_ % 2 ? 3 : 0)
} 0 .. $#binary_outcomes;
is(scalar(@broken), 0, 'binary: exactly the vectors are accepted');
diag("$binary_outcomes[$_]: " . unpack('H*', $binary_inputs[$_])) for grep { defined } @broken[ 0 .. 4 ];

is( $node->safe_psql('postgres', <<'SQL'), 0, 'binary: what was accepted is sent back byte by byte');
SELECT count(*) FROM binary_value JOIN binary_input USING (id)
WHERE vector_send(coalesce(anything, three)) IS DISTINCT FROM bytes
SQL

# --- soft errors
SKIP:
{
	skip 'input errors as values came with PostgreSQL 16', 1 if $node->pg_version < 16;
	is( $node->safe_psql('postgres', <<'SQL'), 't', 'pg_input_error_info() sees what raising it would say');
SELECT bool_and(NOT pg_input_is_valid(input, 'vector(2)') AND message LIKE pattern)
FROM (VALUES ('[1,', '%syntax%'), ('[]', '%at least 1%'), ('[1,NaN]', 'NaN%'), ('[1,1e39]', '%out of range%'),
	('[1,2,3]', 'expected 2%')) AS t (input, pattern), pg_input_error_info(input, 'vector(2)')
SQL
}

# --- the server
my ($still) = split(/\n/, slurp_file($node->data_dir . '/postmaster.pid'));
is($still, $postmaster, 'the postmaster is the same');
unlike(slurp_file($node->logfile), qr/PANIC|terminated by signal|exited with exit code|TRAP/, 'no process crashed');

$node->stop;
done_testing();
