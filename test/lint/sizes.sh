#!/usr/bin/env bash
# Rule: a header has at most 250 lines, a source (or bodies of templates, _inl.hpp) 400, a function
# 60; no file is called utils. A source may have up to 600 lines when it says why in a line
# `// long: ...`. Tests may be longer.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

find src test/bench \( -name '*.cpp' -o -name '*.hpp' \) ! -name '*_test.cpp' -print0 | sort -z |
    xargs -0 perl -e '
use strict;
use warnings;
my $bad = 0;
sub complain { print "@_\n"; $bad = 1; }

# Returns the text with comments, strings and characters blanked, lines kept.
sub blanked {
    my ($text) = @_;
    $text =~ s{(//[^\n]*|/\*.*?\*/|R"\((?:.*?)\)"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Za-z_])\x27(?:\\.|[^\x27\\\n])+\x27)}
              {my $t = $1; $t =~ s/[^\n]/ /g; $t}gse;
    # A macro is a function of its own kind; its braces need not balance.
    $text =~ s{^([ \t]*#(?:[^\n]*\\\n)*[^\n]*)}{my $t = $1; $t =~ s/[^\n]/ /g; $t}gme;
    return $text;
}

for my $file (@ARGV) {
    open(my $in, "<", $file) or die "$file: $!";
    my $text = do { local $/; <$in> };
    my $lines = ($text =~ tr/\n//);
    my $limit = $file =~ /(?<!_inl)\.hpp$/ ? 250 : $text =~ m{^// long: \S}m ? 600 : 400;
    complain("$file: $lines lines, more than $limit") if $lines > $limit;
    complain("$file: a name that says nothing") if $file =~ m{/utils?\.};

    # Every brace is matched. One that opens after a parameter list, in a scope of namespaces and
    # classes, is the body of a function.
    my ($line, @open, $head, $head_line) = (1);
    $head = "";
    for my $token (split(/([{};\n])/, blanked($text))) {
        if ($token eq "\n") {
            $line++;
            $head .= " " if $head ne "";
        } elsif ($token eq "{") {
            my $scope = @open ? $open[-1]{kind} : "scope";
            my $kind = $scope ne "scope" ? "inner"
                : $head =~ /^\s*(?:inline\s+)?namespace\b|\b(?:class|struct|union|enum)\b[^()=]*$|^\s*extern\s*$/ ? "scope"
                : $head =~ /\)/ ? "function" : "inner";
            push(@open, { kind => $kind, line => $head eq "" ? $line : $head_line, head => $head });
            $head = "";
        } elsif ($token eq "}") {
            my $block = pop(@open);
            if (!defined $block) { complain("$file:$line: a } too many"); last; }
            my $length = $line - $block->{line} + 1;
            if ($block->{kind} eq "function" && $length > 60) {
                $block->{head} =~ s/\s+/ /g;
                complain("$file:$block->{line}: $length lines, more than 60:$block->{head}");
            }
            $head = "";
        } elsif ($token eq ";") {
            # Not the end of what stands before a body when it is within parentheses.
            $head = "";
        } else {
            $head_line = $line if $head =~ /^\s*$/ && $token =~ /\S/;
            $head = "" if $head =~ /^\s*$/;
            $head .= $token;
        }
    }
    complain("$file: a { too many") if @open;
}
exit $bad;
'
