#!/usr/bin/env bash
# Rule: nothing that can raise is called while a page is locked (src/README.md, "Locks"). What is wrong
# is found out under the lock, and reported behind the release.
#
# It goes by the text. A buffer is locked from LockBuffer(), lock_page() or lock_unused() on, or behind
# `if (!lock...(..., &buffer)) return`, until UnlockReleaseBuffer(); a block that leaves takes its
# releases with it. What stands in a callback of a call that shows a page is under that page's lock.
# Not looked for, because changes of several pages in one record cannot do without them: ReadBuffer()
# and its like for a further page, and PageWrite.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

check() {
    perl - "$@" <<'PERL'
use strict;
use warnings;
my $raises = qr/\b(?:ereport|elog|report_corruption|report|palloc0?|psprintf|MemoryContextAlloc\w*|CHECK_FOR_INTERRUPTS|poll
    |lock_page|read_page|index_state|load_state|read_meta|refresh_state|refresh_extents|look_again|edit_meta|extend_relation
    |RelationGetNumberOfBlocks|LockRelationForExtension|LockPage|PG_DETOAST_DATUM)(?=\()|\balloc(?=<)/x;
my $shows = qr/\b(?:read_page|edit_meta|read_links|read_traversal|read_refinement|(?:pages_?|reader)\.read)(?=\()/;
my $bad = 0;

sub blanked {
    my ($text) = @_;
    $text =~ s{(//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Za-z_])\x27(?:\\.|[^\x27\\\n])+\x27)}
              {my $t = $1; $t =~ s/[^\n]/ /g; $t}gse;
    $text =~ s{^([ \t]*#(?:[^\n]*\\\n)*[^\n]*)}{my $t = $1; $t =~ s/[^\n]/ /g; $t}gme;
    return $text;
}

for my $file (@ARGV) {
    open(my $in, "<", $file) or die "$file: $!";
    my $text = blanked(do { local $/; <$in> });
    my ($line, $parens, $head, %locked, @blocks, @shown) = (1, 0, "");
    my $leaves = 0;    # the last statement of the block does not go on
    while ($text =~ /\G(?:(\n)|(\{)|(\})|($shows)|(if\s*\(!(?:\w+(?:\.|::))*\w*lock\w*\((?:[^;{}]*?[\s(])?(?:&(?=\w)|(?=\w*buffer\b))(\w+)\)\)\s*(?:return|continue|break)\b[^;]*;)|
        (LockBuffer\(\*?(\w+),\s*(BUFFER_LOCK_UNLOCK)?[^;]*;)|((\w+)\s*=\s*(?:lock_page|lock_unused)\([^;]*;)|
        (UnlockReleaseBuffer\(\*?(\w+)\))|($raises)|([()])|(\b(?:return|break|continue|report\w*)\b)|(;)|(\w+)|(.))/gcxs) {
        my $token = $&;
        if (defined $2) {
            # As in sizes.sh: a block in nothing but namespaces and classes is a function.
            my $scope = !@blocks || $blocks[-1]{scope};
            my $opens = $scope && $head =~ /\b(?:namespace|class|struct|union|enum)\b[^()=]*$|\bextern\s*$/;
            push(@blocks, { locked => {%locked}, scope => $opens, function => $scope && !$opens });
            $leaves = 0;
        } elsif (defined $3) {
            my $block = pop(@blocks) // { locked => {} };
            %locked = %{ $block->{locked} } if $leaves;
            %locked = () if $block->{function};
            $leaves = 0;
        } elsif (defined $4) {
            complain($file, $line, $token) if %locked && $token =~ $raises;
            push(@shown, $parens);
        } elsif (defined $5) {
            $locked{$6} = $line;
        } elsif (defined $7) {
            if (defined $9) { delete $locked{$8} } else { $locked{$8} = $line }
        } elsif (defined $10) {
            my $name = $11;
            complain($file, $line, $token) if %locked && $token =~ /lock_page/;
            $locked{$name} = $line;
        } elsif (defined $12) {
            delete $locked{$13};
        } elsif (defined $14) {
            complain($file, $line, $token) if %locked || @shown;
            $leaves = 1 if $token =~ /^report/;
        } elsif (defined $15) {
            $parens += $token eq "(" ? 1 : -1;
            pop(@shown) if $token eq ")" && @shown && $parens == $shown[-1];
        } elsif (defined $16) {
            $leaves = 1;
        } elsif (defined $17) {
            $leaves = $text =~ /\G\s*\}/ ? $leaves : 0;
        }
        $head = $token =~ /[;{}]/ ? "" : "$head$token";
        $line += ($token =~ tr/\n//);
    }
}

sub complain {
    my ($file, $at, $call) = @_;
    $call =~ s/\s+/ /g;
    print "$file:$at: $call while a page is locked\n";
    $bad = 1;
}
exit $bad;
PERL
}

# It has to find what it looks for, and nothing else.
planted=$(mktemp -d)
trap 'rm -rf "$planted"' EXIT
plant() {
    printf '%s\n' "void f(Relation rel, BlockNumber block) {" "$@" "}" >"$planted/code.cpp"
}
expect_found() {
    plant "$@"
    if check "$planted/code.cpp" >/dev/null; then
        printf 'this is not found:\n' && cat "$planted/code.cpp" && exit 1
    fi
}
expect_clean() {
    plant "$@"
    check "$planted/code.cpp" || { printf 'this is taken for a fault:\n' && cat "$planted/code.cpp" && exit 1; }
}
expect_found '    LockBuffer(buffer, BUFFER_LOCK_SHARE);' '    if (bad) report_corruption(rel, block, "x");' '    UnlockReleaseBuffer(buffer);'
expect_found '    const Buffer a = lock_page(rel, 1, id, X);' '    const Buffer b = lock_page(rel, 2, id, X);'
expect_found '    if (!pages.lock(1, id, X, &a)) return;' '    if (bad) {' '        UnlockReleaseBuffer(a);' '        return;' '    }' '    palloc(1);'
expect_found '    edit_meta(rel, block, mode, [&](char*, MetaPage& meta) {' '        if (bad) ereport(ERROR, (errmsg("x")));' '    });'
expect_clean '    LockBuffer(buffer, BUFFER_LOCK_SHARE);' '    UnlockReleaseBuffer(buffer);' '    report_corruption(rel, block, "x");'
expect_clean '    LockBuffer(buffer, BUFFER_LOCK_SHARE);' '    if (bad) {' '        UnlockReleaseBuffer(buffer);' '        report_corruption(rel, block, "x");' '    }' '    UnlockReleaseBuffer(buffer);'

find src/pg \( -name '*.cpp' -o -name '*.hpp' \) -print0 | sort -z >"$planted/files"
mapfile -d '' -t files <"$planted/files"
check "${files[@]}"
