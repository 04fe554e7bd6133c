#!/usr/bin/env bash
# The SQL of the README's tour is what sql/tour.sql tests, word for word, and each block of SQL in
# docs/hybrid.md stands in sql/hybrid.sql.
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
my $test = slurp("sql/hybrid.sql");
my @blocks = slurp("docs/hybrid.md") =~ /^```sql\n(.*?)^```$/msg;
die "docs/hybrid.md has no SQL\n" if !@blocks;
my @missing = grep { index($test, $_) < 0 } @blocks;
print "not in sql/hybrid.sql, but in docs/hybrid.md:\n$_" for @missing;
exit(@missing ? 1 : 0);
'
