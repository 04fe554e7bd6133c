#!/usr/bin/env bash
# Rule: pages are changed and logged in one place, src/pg/pages/wal.{hpp,cpp}.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

find src \( -name '*.cpp' -o -name '*.hpp' \) ! -path 'src/pg/pages/wal.*' -print0 | sort -z |
    xargs -0 perl -ne '
        my $code = $_;
        $code =~ s{//.*}{};
        if ($code =~ /\b(MarkBufferDirty\w*|GenericXLog\w+|log_newpage\w*|XLog(Begin)?Insert|XLogRegister\w+|XLogSaveBufferForHint|smgr(write|extend)\w*|PageSetLSN|START_CRIT_SECTION)\b/) {
            print "$ARGV:$.: $1 outside of src/pg/pages/wal: $_";
            $bad = 1;
        }
        close ARGV if eof;
        END { $? = 1 if $bad }'
