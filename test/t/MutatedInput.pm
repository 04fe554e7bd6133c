# Mutated text and binary input for a type. Each input is accepted, and then reads back as the same
# value, or refused with an SQLSTATE of class 22 or 54; the server survives. What must be accepted is
# known independently of the extension: each test brings its grammar and its reading of the bytes.
#
# VECTIDX_SEED repeats a run, VECTIDX_INPUTS is the number of inputs of each kind.
package MutatedInput;

use strict;
use warnings FATAL => 'all';

use Exporter 'import';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(pick splice_in mutate_text mutate_binary test_text test_binary start_server stop_server $space $number @tokens);

my $seed   = $ENV{VECTIDX_SEED}   // 20250607;
my $inputs = $ENV{VECTIDX_INPUTS} // 10_000;
srand($seed);
note("VECTIDX_SEED=$seed VECTIDX_INPUTS=$inputs");

# What may stand around every token, and what strtof() reads.
our $space  = qr/[ \t\n\x0b\f\r]*/;
our $number = qr/[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?
	|0x(?:[0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(?:p[+-]?\d+)?
	|inf|infinity|nan(?:\([0-9a-z_]*\))?)/xi;

# Pieces that a mutation puts somewhere.
our @tokens = (
	',', '[', ']', '-', '+', '.', 'e', 'e39', 'e-50', 'x', '0x', 'p', '_', '{', '}', '"', ' ', "\t",
	"\x0b", "\n", 'NaN', 'inf', 'Infinity', 'NULL', '1e400', '0' x 60, '9' x 60, "\xa0", "\xff", ':', '/', '1');

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

# Mutates a text up to three times; `others` are pieces to append.
sub mutate_text
{
	my ($text, @others) = @_;
	for (1 .. int(rand(4)))
	{
		my $kind = rand();
		if    ($kind < 0.5) { substr($text, int(rand(length($text) + 1)), 0) = pick(@tokens); }
		elsif ($kind < 0.7) { $text = splice_in($text, chr(1 + int(rand(255)))); }
		elsif ($kind < 0.8) { $text = substr($text, 0, int(rand(length($text) + 1))); }
		elsif ($kind < 0.9) { $text .= pick(@others); }
		else                { substr($text, int(rand(length($text) + 1)), 1) = ''; }
	}
	return $text;
}

# Mutates a binary value up to twice, of at least `header` bytes afterwards; `more` returns bytes to
# append, `field` overwrites one of the header.
sub mutate_binary
{
	my ($binary, $header, $more, $field) = @_;
	for (1 .. int(rand(3)))
	{
		my $kind = rand();
		if    ($kind < 0.3) { vec($binary, int(rand(8 * length($binary) + 8)), 1) ^= 1; }
		elsif ($kind < 0.5) { $binary = splice_in($binary, chr(int(rand(256)))); }
		elsif ($kind < 0.6) { $binary = substr($binary, 0, int(rand(length($binary) + 1))); }
		elsif ($kind < 0.7) { $binary .= $more->(); }
		else                { $field->(\$binary); }
	}
	continue
	{
		$binary .= "\0" x ($header - length($binary)) if length($binary) < $header;
	}
	return $binary;
}

my ($node, $postmaster);

sub postmaster_pid
{
	my ($pid) = split(/\n/, slurp_file($node->data_dir . '/postmaster.pid'));
	return $pid;
}

# Starts the server; returns its node.
sub start_server
{
	$node = PostgreSQL::Test::Cluster->new('inputs');
	$node->init(extra => [ '--encoding=UTF8', '--no-locale' ]);
	$node->start;
	$node->safe_psql('postgres', 'CREATE EXTENSION vectidx');
	$postmaster = postmaster_pid();
	return $node;
}

# Checks that it is still the same server, and stops it.
sub stop_server
{
	is(postmaster_pid(), $postmaster, 'the postmaster is the same');
	unlike(slurp_file($node->logfile), qr/PANIC|terminated by signal|exited with exit code|TRAP/, 'no process crashed');
	$node->stop;
}

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

# The tests that hold for both kinds of input.
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

# Tests the text input of a type.
#   type         its name
#   input        returns one input
#   grammar      what every accepted input matches, and no syntax error
#   known, known_type   SQL that reads input.string without the extension, and its type; it may fail
#   differs      SQL: whether `value` is not the `known`
sub test_text
{
	my (%arg) = @_;
	my $type = $arg{type};
	my @texts = map { $arg{input}->() } 1 .. $inputs;
	load("${type}_text", @texts);
	$node->safe_psql('postgres', <<"SQL");
CREATE TABLE ${type}_text_result (id int, outcome text, value $type, known $arg{known_type});
DO \$\$
DECLARE
	input record;
	v $type;
	k $arg{known_type};
BEGIN
	FOR input IN SELECT id, convert_from(bytes, 'LATIN1') AS string FROM ${type}_text LOOP
		BEGIN
			v := input.string::$type;
			k := NULL;
			BEGIN
				k := $arg{known};
			EXCEPTION WHEN others THEN
				NULL;
			END;
			INSERT INTO ${type}_text_result VALUES (input.id, 'accepted', v, k);
		EXCEPTION WHEN others THEN
			INSERT INTO ${type}_text_result VALUES (input.id, SQLSTATE);
		END;
	END LOOP;
END
\$\$;
SQL
	my @outcomes = outcomes("${type}_text");
	check_outcomes("$type text", \@texts, @outcomes);

	my @broken = grep {
		$texts[$_] =~ $arg{grammar} ? $outcomes[$_] eq '22P02' : $outcomes[$_] eq 'accepted'
	} 0 .. $#outcomes;
	is(scalar(@broken), 0, "$type text: only what follows the grammar is accepted, and none of it is a syntax error");
	diag("$outcomes[$_]: $texts[$_]") for grep { defined } @broken[ 0 .. 4 ];

	my ($not_same, $compared, $differ) = split(/\|/, $node->safe_psql('postgres', <<"SQL"));
SELECT count(*) FILTER (WHERE ${type}_send(value::text::$type) <> ${type}_send(value)),
	count(known), count(*) FILTER (WHERE $arg{differs})
FROM ${type}_text_result WHERE outcome = 'accepted'
SQL
	is($not_same, 0, "$type text: what was accepted reads back as the same value");
	cmp_ok($compared, '>', 0, "$type text: some of it is known from elsewhere, too");
	is($differ, 0, "$type text: as the same value");
}

# Tests the binary input of a type.
#   type      its name
#   input     returns one input
#   is_valid  (bytes, dimensions): whether a column of so many dimensions, 0 for any, must take them
sub test_binary
{
	my (%arg) = @_;
	my $type = $arg{type};
	my @values = map { $arg{input}->() } 1 .. $inputs;
	load("${type}_binary", @values);

	# One COPY file for each input, as nothing else lets any bytes reach the receive function.
	my $folder = PostgreSQL::Test::Utils::tempdir;
	for my $id (0 .. $#values)
	{
		my $header = pack('a11 N N', "PGCOPY\n\xff\r\n\0", 0, 0);
		append_to_file("$folder/$id", $header . pack('n N/a*', 1, $values[$id]) . pack('n', 0xffff));
	}
	$node->safe_psql('postgres', <<"SQL");
CREATE TABLE ${type}_binary_result (id int, outcome text);
CREATE TABLE ${type}_value (id int DEFAULT current_setting('test.id')::int, anything $type, three $type(3));
DO \$\$
DECLARE
	this int;
BEGIN
	FOR this IN SELECT id FROM ${type}_binary LOOP
		PERFORM set_config('test.id', this::text, true);
		BEGIN
			EXECUTE format('COPY ${type}_value (%s) FROM %L (FORMAT binary)',
				CASE this % 2 WHEN 0 THEN 'anything' ELSE 'three' END, '$folder/' || this);
			INSERT INTO ${type}_binary_result VALUES (this, 'accepted');
		EXCEPTION WHEN others THEN
			INSERT INTO ${type}_binary_result VALUES (this, SQLSTATE);
		END;
	END LOOP;
END
\$\$;
SQL
	my @outcomes = outcomes("${type}_binary");
	check_outcomes("$type binary", \@values, @outcomes);

	my @broken = grep {
		($outcomes[$_] eq 'accepted') != ($arg{is_valid}->($values[$_], $_ % 2 ? 3 : 0) ? 1 : 0)
	} 0 .. $#outcomes;
	is(scalar(@broken), 0, "$type binary: exactly the values are accepted");
	diag("$outcomes[$_]: " . unpack('H*', $values[$_])) for grep { defined } @broken[ 0 .. 4 ];

	is($node->safe_psql('postgres', <<"SQL"), 0, "$type binary: what was accepted is sent back byte by byte");
SELECT count(*) FROM ${type}_value JOIN ${type}_binary USING (id)
WHERE ${type}_send(coalesce(anything, three)) IS DISTINCT FROM bytes
SQL
}

1;
