#!/usr/bin/perl
# Makes a script of the extension `vector` out of that of `vectidx`, the install script by
#   perl vector_script.pl access_methods.sql < vectidx--VERSION.sql
# and an upgrade script to version TO by
#   perl vector_script.pl --update TO < vectidx--A--B.sql
# It is the same script. The install script adds the access methods hnsw and ivfflat, and each script adds copies of the
# operator classes of the access method vectidx for them: all for hnsw; for ivfflat those that pgvector has,
# of which one is a default.
use strict;
use warnings;

my %ivfflat = map { $_ => 1 } qw(
	vector_l2_ops vector_ip_ops vector_cosine_ops
	halfvec_l2_ops halfvec_ip_ops halfvec_cosine_ops bit_hamming_ops);
my $ivfflat_default = 'vector_l2_ops';

# Copies of statements for another access method.
sub copies
{
	my ($method, @statements) = @_;
	for my $statement (@statements)
	{
		my ($name) = $statement =~ /^(?:CREATE OPERATOR CLASS|ALTER OPERATOR FAMILY) (\w+)/;
		next if $method eq 'ivfflat' && !$ivfflat{$name};
		(my $copy = $statement) =~ s/USING vectidx/USING $method/;
		$copy =~ s/FOR TYPE/DEFAULT FOR TYPE/ if $method eq 'ivfflat' && $name eq $ivfflat_default && $copy =~ /^CREATE/;
		print "\n$copy";
	}
	return;
}

my ($mode, $to) = @ARGV;
my $update = $mode eq '--update';
my $script = do { local $/; <STDIN> };
if ($update)
{
	$script =~ s/"ALTER EXTENSION vectidx UPDATE TO '[^']*'"/"ALTER EXTENSION vector UPDATE TO '$to'"/
		or die "no guard against being run by hand\n";
	print $script;
}
else
{
	$script =~ s/"CREATE EXTENSION vectidx"/"CREATE EXTENSION vector"/
		or die "no guard against being run by hand\n";
	print $script, do { local $/; <> };
}

my @statements = $script =~ /^(CREATE OPERATOR CLASS \w+\s+FOR TYPE [\w\[\]]+ USING vectidx AS\n.*?;\n|ALTER OPERATOR FAMILY \w+ USING vectidx .*?;\n)/msg;
die "no operator class\n" if !@statements && !$update;
die "a statement of another form\n" if @statements != (() = $script =~ /\bUSING vectidx\b/g);

for my $method ('hnsw', 'ivfflat')
{
	print "\n-- operator classes of $method\n";
	copies($method, @statements);
}
