# Mutated text and binary input for the vector types (MutatedInput.pm).
use strict;
use warnings FATAL => 'all';

use MutatedInput;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_server();

# --- vector and halfvec: a list of numbers

my $dense_grammar = qr/\A$space\[$space$number$space(?:,$space$number$space)*\]$space\z/;
my @dense = (
	'[1,2,3]', '[1.23,-4.56e-7,7.89E+10]', ' [ 1 , 2 ] ', '[0]', '[3.4028235e38,1e-45,-0]', '[65519,6e-8]',
	'[0x1F,0x.8p3,+5,.5,5.]', '[' . join(',', map { $_ / 7 } 1 .. 40) . ']');

sub dense_text
{
	my $text = rand() < 0.995 ? pick(@dense) : '[' . '1,' x pick(15_998 .. 16_001) . '1]';
	return mutate_text($text, @dense);
}

# real[] refuses underflow.
my $as_real = q{translate(input.string, '[]', '{}')::real[]};

# Bit patterns of a number with `digits` bits of mantissa: any, NaNs, infinities, denormals, zeros.
sub number_bits
{
	my ($infinity, $sign) = @_;
	return rand() < 0.9
	  ? pick(0, $sign) | int(rand($infinity))
	  : pick(map { ($_, $_ | $sign) } $infinity, $infinity + 1, $infinity | $infinity >> 1, 1, 0);
}

# Binary forms: a header of two int16, then numbers by the template `pack`.
sub dense_binary
{
	my ($pack, $infinity, $sign) = @_;
	my @bits = map { number_bits($infinity, $sign) } 1 .. pick(1 .. 4, 3, 3, 3, 9);
	return mutate_binary(
		pack("n n $pack*", scalar(@bits), 0, @bits), 2,
		sub { pack($pack, number_bits($infinity, $sign)) },
		sub {
			my ($binary) = @_;
			if (rand() < 0.4) { substr($$binary, 0, 2) = pack('n', pick(0, 1, 2, 3, 16000, 16001, 32768, 65535)); }
			elsif (length($$binary) >= 4) { substr($$binary, 2, 2) = pack('n', pick(0, 0, 1, 256, 65535)); }
		});
}

sub is_dense
{
	my ($pack, $infinity, $binary, $dim) = @_;
	return 0 if length($binary) < 4;
	my ($n, $unused, @bits) = unpack("n n $pack*", $binary);
	return 0 if $n < 1 || $n > 16_000 || $unused != 0;
	return 0 if length($binary) != 4 + length(pack($pack, 0)) * $n || ($dim != 0 && $n != $dim);
	return (grep { ($_ & $infinity) == $infinity } @bits) ? 0 : 1;
}

test_text(
	type => 'vector', input => \&dense_text, grammar => $dense_grammar,
	known => $as_real, known_type => 'real[]', differs => 'known <> value::real[]');
test_binary(
	type => 'vector', input => sub { dense_binary('N', 0x7f800000, 0x80000000) },
	is_valid => sub { is_dense('N', 0x7f800000, @_) });

# The nearest half has 11 bits, or is a multiple of 2^-24.
test_text(
	type => 'halfvec', input => \&dense_text, grammar => $dense_grammar,
	known => $as_real, known_type => 'real[]', differs => <<'SQL');
vector_dims(value) <> cardinality(known) OR EXISTS (
	SELECT FROM unnest(value::real[], known) AS u (x, y)
	WHERE abs(x::float8 - y::float8) > greatest(abs(y::float8) * 2::float8 ^ -11, 2::float8 ^ -25))
SQL
test_binary(
	type => 'halfvec', input => sub { dense_binary('n', 0x7c00, 0x8000) },
	is_valid => sub { is_dense('n', 0x7c00, @_) });

# --- sparsevec: numbers with their indices

my $integer = qr/[+-]?\d+/;
my $element = qr/$integer$space:$space$number/;
my $sparse_grammar =
  qr/\A$space\{$space(?:$element$space(?:,$space$element$space)*)?\}$space\/$space$integer$space\z/;
my @sparse = (
	'{1:1,3:2}/3', '{3:1.5,1:-2e-7}/5', ' { 1 : 1 } / 3 ', '{}/3', '{1:0,2:1e-45}/2', '{1000000000:3e38}/1000000000',
	'{+1:+1,02:0x1F}/+3', '{' . join(',', map { "$_:" . $_ / 7 } 1 .. 40) . '}/40');

sub sparse_text
{
	my $n = pick(15_999 .. 16_001);
	my $text = rand() < 0.995 ? pick(@sparse) : '{' . join(',', map { "$_:1" } 1 .. $n) . "}/$n";
	return mutate_text($text, @sparse);
}

# Three int32, indices, numbers.
sub sparse_binary
{
	my $dim = pick(3, 3, 3, 5, 1000000000);
	my %indices = map { int(rand($dim)) => 1 } 1 .. pick(0 .. 4);
	my @indices = sort { $a <=> $b } keys %indices;
	my @bits = map { number_bits(0x7f800000, 0x80000000) } @indices;
	return mutate_binary(
		pack('N*', $dim, scalar(@indices), 0, @indices, @bits), 4,
		sub { pack('N', number_bits(0x7f800000, 0x80000000)) },
		sub {
			my ($binary) = @_;
			my $field = int(rand(4));
			my $value = pick(0, 0, 1, 2, 3, 4, 16000, 16001, 1000000000, 1000000001, 0x7fffffff, 0x80000000, 0xffffffff);
			substr($$binary, 4 * $field, 4) = pack('N', $value) if length($$binary) >= 4 * $field + 4;
		});
}

sub is_sparse
{
	my ($binary, $dim) = @_;
	return 0 if length($binary) < 12 || length($binary) % 4 != 0;
	my ($n, $count, $unused, @words) = unpack('N*', $binary);
	return 0 if $n < 1 || $n > 1_000_000_000 || $count > 16_000 || $count > $n || $unused != 0;
	return 0 if @words != 2 * $count || ($dim != 0 && $n != $dim);
	my @indices = @words[ 0 .. $count - 1 ];
	my @bits = @words[ $count .. 2 * $count - 1 ];
	return 0 if grep { $_ >= $n } @indices;
	return 0 if grep { $indices[$_] <= $indices[ $_ - 1 ] } 1 .. $#indices;
	return (grep { ($_ & 0x7f800000) == 0x7f800000 || ($_ & 0x7fffffff) == 0 } @bits) ? 0 : 1;
}

test_text(
	type => 'sparsevec', input => \&sparse_text, grammar => $sparse_grammar, known_type => 'text',
	known => <<'SQL', differs => 'known <> value::text');
(SELECT format('{%s}/%s', string_agg(format('%s:%s', part[1]::int, part[2]::real), ',' ORDER BY part[1]::int),
	split_part(input.string, '/', 2)::int)
 FROM regexp_matches(input.string, '([^{,:]+):([^},]+)', 'g') AS part WHERE part[2]::real <> 0)
SQL
test_binary(type => 'sparsevec', input => \&sparse_binary, is_valid => \&is_sparse);

# --- soft errors
SKIP:
{
	skip 'input errors as values came with PostgreSQL 16', 1 if $node->safe_psql('postgres', 'SHOW server_version_num') < 160000;
	is( $node->safe_psql('postgres', <<'SQL'), 't', 'pg_input_error_info() sees what raising it would say');
SELECT bool_and(NOT pg_input_is_valid(input, type) AND message LIKE pattern)
FROM (VALUES ('vector(2)', '[1,', '%syntax%'), ('vector(2)', '[]', '%at least 1%'), ('vector(2)', '[1,NaN]', 'NaN%'),
	('vector(2)', '[1,1e39]', '%out of range%'), ('vector(2)', '[1,2,3]', 'expected 2%'),
	('halfvec(2)', '[1,', '%syntax%'), ('halfvec(2)', '[1,65520]', '%out of range%'), ('halfvec(2)', '[1]', 'expected 2%'),
	('sparsevec(2)', '{1:1', '%syntax%'), ('sparsevec(2)', '{1:NaN}/2', 'NaN%'), ('sparsevec(2)', '{1:1e39}/2', '%out of range%'),
	('sparsevec(2)', '{3:1}/2', '%out of bounds'), ('sparsevec(2)', '{1:1,1:1}/2', '%duplicates'),
	('sparsevec(2)', '{}/0', '%at least 1%'), ('sparsevec(2)', '{}/3', 'expected 2%')) AS t (type, input, pattern),
	pg_input_error_info(input, type)
SQL
}

stop_server();
done_testing();
