#!/usr/bin/env bash
# Rule: META.json is what the PGXN Meta Spec 1.0.0 asks for, the files that it names exist, and one
# version stands in it, in vectidx.control and in debian/changelog.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

perl -MJSON::PP -e '
use strict;
use warnings;
my $bad = 0;
sub complain { print "META.json: @_\n"; $bad = 1; }
sub slurp { open(my $in, "<", $_[0]) or die "$_[0]: $!\n"; local $/; return <$in>; }

my $meta = decode_json(slurp("META.json"));
my $version = qr/\A(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-?[A-Za-z][0-9A-Za-z-]*)?\z/;
my $term = qr/\A[^\s\/\\\x00-\x1f\x7f]{2,}\z/;
my %type = (
    name => $term, version => $version, abstract => qr/\A.+\z/s, description => qr/\A.+\z/s, generated_by => qr/\A.+\z/s,
    release_status => qr/\A(?:stable|testing|unstable)\z/);
my %reference = (maintainer => "ARRAY", license => "ARRAY HASH", provides => "HASH", "meta-spec" => "HASH",
    prereqs => "HASH", tags => "ARRAY", resources => "HASH", no_index => "HASH");
for my $key (qw(name version abstract maintainer license provides meta-spec)) {
    complain("no $key") if !exists $meta->{$key};
}
for my $key (sort keys %$meta) {
    next if $key =~ /\A[Xx]_/;
    my $value = $meta->{$key};
    if (exists $type{$key}) { complain("$key: $value") if ref $value || $value !~ $type{$key}; }
    elsif (!exists $reference{$key}) { complain("an unknown key $key"); }
    elsif (ref $value) { complain("$key is of a wrong type") if $reference{$key} !~ /\b@{[ref $value]}\b/; }
    elsif ($key !~ /\A(?:maintainer|license)\z/) { complain("$key is of a wrong type"); }
}
complain("meta-spec") if ($meta->{"meta-spec"}{version} // "") !~ /\A1\.0\.\d+\z/;
if (ref $meta->{license} eq "HASH") {
    $meta->{license}{$_} =~ m{\Ahttps?://} or complain("license $_ has no address") for sort keys %{$meta->{license}};
}
complain("no extension is provided") if !%{$meta->{provides}};
for my $name (sort keys %{$meta->{provides}}) {
    my $extension = $meta->{provides}{$name};
    complain("an extension $name") if $name !~ $term;
    complain("$name has a wrong version") if ($extension->{version} // "") !~ $version;
    for my $key ("file", "docfile") {
        next if $key eq "docfile" && !exists $extension->{$key};
        complain("$name: no $key " . ($extension->{$key} // "")) if !defined $extension->{$key} || !-f $extension->{$key};
    }
}
for my $phase (sort keys %{$meta->{prereqs} // {}}) {
    complain("prereqs of $phase") if $phase !~ /\A(?:configure|build|test|runtime|develop)\z/;
    for my $relation (sort keys %{$meta->{prereqs}{$phase}}) {
        complain("prereqs: $relation") if $relation !~ /\A(?:requires|recommends|suggests|conflicts)\z/;
        for my $needed (values %{$meta->{prereqs}{$phase}{$relation}}) {
            complain("prereqs: version $needed") if $needed ne "0" && $needed !~ $version;
        }
    }
}

my ($control) = slurp("vectidx.control") =~ /^default_version = \x27(.*)\x27$/m;
my ($changelog) = slurp("debian/changelog") =~ /\Avectidx \(([^)]*)\)/;
for ($meta->{version}, $meta->{provides}{vectidx}{version}, $changelog) {
    complain("version $_, but $control in vectidx.control") if $_ ne $control;
}
complain("file is not a part of the install script")
    if $meta->{provides}{vectidx}{file} !~ m{\Aextension/\w+\.sql\z};
exit $bad;
'
