#!/usr/bin/env bash
# Rule: committed text names no path and no host of the machine that it was written on, and every
# relative link of a Markdown file leads to a file or a heading.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
bad=0

# The files of the repository: git's list, or what a tarball has.
files() {
    git -c safe.directory='*' ls-files -z --cached --others --exclude-standard 2>/dev/null ||
        find . -type f ! -path './.git/*' ! -path './build/*' ! -name '*.o' ! -name '*.d' ! -name '*.so' -print0
}

# This file must name what it looks for.
if files | grep -zv 'test/lint/docs\.sh$' |
    xargs -0 grep -nIE '(^|[^A-Za-z0-9_.$}/-])/(tmp|work|root|home/[a-z]+|mnt|workspace)/[A-Za-z0-9_.]|snapshot\.debian\.org|(registry|proxy|mirror|artifact)[a-z-]*\.[a-z.-]+\.(internal|local|corp)|localhost:[0-9]+' --; then
    printf 'the lines above name a path or a host of one machine\n'
    bad=1
fi

if files | grep -z '\(^\|/\)package-lock\.json$' | xargs -0 -r grep -nHE '"resolved"|registry[.]' --; then
    printf 'a lock file names no registry: npm install --omit-lockfile-registry-resolved\n'
    bad=1
fi

while IFS= read -r -d '' file; do
    perl -e '
        use strict;
        use warnings;
        my ($file) = @ARGV;
        my ($folder) = $file =~ m{^(.*/)} ? $1 : "";
        sub slurp { open(my $in, "<", $_[0]) or return ""; local $/; return <$in> // ""; }
        sub headings {
            my %slug;
            for my $title ($_[0] =~ /^#+[ \t]+(.+?)[ \t]*$/mg) {
                my $slug = lc $title;
                $slug =~ s/[^\w\- ]//g;
                $slug =~ tr/ /-/;
                $slug{$slug} = 1;
            }
            return \%slug;
        }
        my $text = slurp($file);
        (my $prose = $text) =~ s/^```.*?^```//msg;
        my $bad = 0;
        for my $link ($prose =~ /\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g, $prose =~ /^\[[^\]]+\]:\s+(\S+)/mg) {
            next if $link =~ /^(?:https?|mailto):/;
            my ($path, $heading) = split(/#/, $link, 2);
            my $target = $path eq "" ? $file : $folder . $path;
            if (!-e $target) { print "$file: no such file: $link\n"; $bad = 1; next; }
            if (defined $heading && !headings(slurp($target))->{$heading}) {
                print "$file: no such heading: $link\n";
                $bad = 1;
            }
        }
        exit $bad;' "$file" || bad=1
done < <(files | grep -z '\.md$')
exit "$bad"
