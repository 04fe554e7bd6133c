# shellcheck shell=bash
# The descriptions of all Debian packages that apt knows, as rows for COPY. Sourced after say.sh.

# apt_with LISTS PROGRAM ARGUMENT...: runs an apt program over the lists in that folder, in English.
apt_with() {
    local lists=$1 program=$2
    shift 2
    "$program" -o Dir::State::Lists="$lists" -o Dir::Cache="$lists.cache" -o Acquire::Languages=en \
        -o Debug::NoLocking=1 -o APT::Sandbox::User=root "$@"
}

# list_files LISTS KIND: prints the names of apt's list files that exist.
list_files() {
    local file
    apt_with "$1" apt-get indextargets --format '$(FILENAME)' "Created-By: $2" |
        while read -r file; do
            [[ ! -f $file ]] || printf '%s\n' "$file"
        done
}

# fetch_lists LISTS LOG: package lists and long descriptions into a folder of our own. Without root,
# and without a change to the system's lists, which often lack the long descriptions.
fetch_lists() {
    mkdir -p -- "$1/partial" "$1.cache"
    quietly "$2" apt_with "$1" apt-get -q update -o APT::Update::Post-Invoke::= \
        -o APT::Update::Post-Invoke-Success::= -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false
}

# write_descriptions FILTER OUTPUT SCRATCH: makes the rows by the awk program FILTER.
write_descriptions() {
    local filter=$1 output=$2 scratch=$3 lists=/var/lib/apt/lists packages translations
    if [[ -z $(list_files "$lists" Translations) || -z $(list_files "$lists" Packages) ]]; then
        say "Fetching the package descriptions from the Debian archive (about 16 MB)"
        lists=$scratch/lists
        fetch_lists "$lists" "$scratch/apt.log" || warn "apt could not fetch all lists"
    fi
    mapfile -t packages < <(list_files "$lists" Packages)
    mapfile -t translations < <(list_files "$lists" Translations)
    ((${#packages[@]} > 0)) || die "apt has no package lists: is there a network?"
    ((${#translations[@]} > 0)) || warn "no long descriptions: using the summaries alone"
    /usr/lib/apt/apt-helper cat-file "${translations[@]}" "${packages[@]}" |
        LC_ALL=C awk -f "$filter" >"$output"
    rm -rf -- "$scratch/lists" "$scratch/lists.cache"
}
