# shellcheck shell=bash
# Messages to the person who runs a script. Sourced, not run.

say() {
    printf '%s\n' "$*"
}

# step TEXT: begins a part of the work.
step() {
    if [[ -t 1 ]]; then
        printf '\n\033[1m==> %s\033[0m\n' "$*"
    else
        printf '\n==> %s\n' "$*"
    fi
}

warn() {
    printf 'warning: %s\n' "$*" >&2
}

die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# quietly LOG COMMAND...: runs the command with its output in the file LOG; when it fails, shows the
# end of that output and returns its exit status.
quietly() {
    local log=$1 status=0
    shift
    "$@" >"$log" 2>&1 || status=$?
    if ((status != 0)); then
        printf -- '--- the end of %s\n' "$log" >&2
        tail -n 40 "$log" >&2
        printf -- '--- exit status %d of: %s\n' "$status" "$*" >&2
    fi
    return "$status"
}
