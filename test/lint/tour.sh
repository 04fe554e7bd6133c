#!/usr/bin/env bash
# The SQL of the README's tour is what sql/tour.sql tests, word for word, and each block of SQL in
# docs/hybrid.md and docs/late-interaction.md stands in its test.
set -euo pipefail
cd "$(dirname "$0")/../.."

in_readme=$(sed -n '/^```sql$/,/^```$/p' README.md | sed '/^```/d')
in_test=$(sed '1d' sql/tour.sql)
if [ "$in_readme" != "$in_test" ]; then
    diff <(printf '%s\n' "$in_readme") <(printf '%s\n' "$in_test") || true
    echo "README.md's tour and sql/tour.sql differ" >&2
    exit 1
fi

perl -e '
use strict;
use warnings;
sub slurp { open(my $in, "<", $_[0]) or die "$_[0]: $!\n"; local $/; return <$in>; }
my %test_of = ("docs/hybrid.md" => "sql/hybrid.sql", "docs/late-interaction.md" => "sql/max_sim.sql");
my $bad = 0;
for my $document (sort keys %test_of)
{
    my $test = slurp($test_of{$document});
    my @blocks = slurp($document) =~ /^```sql\n(.*?)^```$/msg;
    die "$document has no SQL\n" if !@blocks;
    for my $missing (grep { index($test, $_) < 0 } @blocks)
    {
        print "not in $test_of{$document}, but in $document:\n$missing";
        $bad = 1;
    }
}
exit($bad);
'
