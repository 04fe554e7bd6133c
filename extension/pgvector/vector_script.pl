#!/usr/bin/perl
# Makes the install script of the extension `vector` out of that of `vectidx`:
#   perl vector_script.pl access_methods.sql < vectidx--VERSION.sql
# It is the same script, followed by the access methods hnsw and ivfflat and, for them, copies of the
# operator classes of the access method vectidx: all for hnsw; for ivfflat those that pgvector has,
# of which one is a default.
use strict;
use warnings;

my %ivfflat = map { $_ => 1 } qw(
	vector_l2_ops vector_ip_ops vector_cosine_ops
	halfvec_l2_ops halfvec_ip_ops halfvec_cosine_ops bit_hamming_ops);
my $ivfflat_default = 'vector_l2_ops';

my $script = do { local $/; <STDIN> };
$script =~ s/"CREATE EXTENSION vectidx"/"CREATE EXTENSION vector"/
	or die "no guard against being run by hand\n";
print $script, do { local $/; <> };

my @classes = $script =~ /^(CREATE OPERATOR CLASS \w+\s+FOR TYPE \w+ USING vectidx AS\n.*?;\n)/msg;
die "no operator class\n" if !@classes;
die "an operator class of another form\n" if @classes != (() = $script =~ /\bUSING vectidx\b/g);

for my $method ('hnsw', 'ivfflat')
{
	print "\n-- operator classes of $method\n";
	for my $class (@classes)
	{
		my ($name) = $class =~ /^CREATE OPERATOR CLASS (\w+)/;
		next if $method eq 'ivfflat' && !$ivfflat{$name};
		(my $copy = $class) =~ s/USING vectidx/USING $method/;
		$copy =~ s/FOR TYPE/DEFAULT FOR TYPE/ if $method eq 'ivfflat' && $name eq $ivfflat_default;
		print "\n$copy";
	}
}
