#!/usr/bin/perl
# Drafts an upgrade script from two install scripts:
#   perl scripts/upgrade_script.pl OLD/build/vectidx--A.sql build/vectidx--B.sql > extension/updates/vectidx--A--B.sql
# where OLD is a checkout of version A in which make has run.
# It has the statements of B that A has not; a function that changed is replaced. What A has and B
# has not, or has otherwise, is left to a person: it is named on the standard error, and the exit
# status is 1. test/t/052_upgrade.pl tells whether the result is right.
use strict;
use warnings;

die "usage: upgrade_script.pl OLD NEW\n" if @ARGV != 2;

# The statements in order, without comments between them. Our scripts quote no semicolon.
sub statements
{
	my ($file) = @_;
	open(my $in, '<', $file) or die "$file: $!\n";
	my $text = do { local $/; <$in> };
	$text =~ s/^\\echo.*\n//m;
	$text =~ s/^--.*\n//mg;
	return map { s/\A\s+//r } grep { /\S/ } split(/;\n/, $text);
}

# What a statement makes: "FUNCTION l2_distance(vector, vector)".
sub subject
{
	my ($statement) = @_;
	return $1 if $statement =~ /\ACREATE ((?:FUNCTION|AGGREGATE) .*?\))/s;
	return "$1 $2" if $statement =~ /\ACREATE (OPERATOR) (\S+ \(\s*LEFTARG = [\w\[\]]+, RIGHTARG = [\w\[\]]+)/s;
	return $1 if $statement =~ /\ACREATE (OPERATOR CLASS \w+.*?USING \w+)/s;
	return $1 if $statement =~ /\A(?:CREATE|COMMENT ON) (\w+ .*?)(?: IS\b| TYPE\b|\n|\z)/s;
	die "a statement of an unknown kind: $statement\n";
}

my ($old_file, $new_file) = @ARGV;
my %old = map { $_ => 1 } statements($old_file);
my @new = statements($new_file);
my %new = map { $_ => 1 } @new;
my %old_subject = map { subject($_) => 1 } grep { /\ACREATE/ } keys %old;
my %new_subject = map { subject($_) => 1 } grep { /\ACREATE/ } @new;
my $left = 0;

my ($extension, $version) = $new_file =~ /(\w+)--([^-]+)\.sql\z/ or die "not an install script: $new_file\n";
print "-- complain if script is sourced in psql, rather than via ALTER EXTENSION\n",
	qq{\\echo Use "ALTER EXTENSION $extension UPDATE TO '$version'" to load this file. \\quit\n};
for my $statement (@new)
{
	next if $old{$statement};
	# A type is first a shell; that and what completes it go together.
	if ($statement =~ /\ACREATE/ && $old_subject{ subject($statement) })
	{
		if ($statement !~ s/\ACREATE FUNCTION/CREATE OR REPLACE FUNCTION/)
		{
			print STDERR 'changed: ', subject($statement), "\n";
			$left = 1;
			next;
		}
	}
	print "\n$statement;\n";
}
for my $subject (sort keys %old_subject)
{
	next if $new_subject{$subject};
	print STDERR "gone: $subject\n";
	$left = 1;
}
exit $left;
