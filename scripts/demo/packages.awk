# Makes rows for COPY out of apt's lists: name, source package, section, summary, description.
#
# Input: apt's Translation-en stanzas (the long descriptions, by the checksum of their text), then
# its Packages stanzas. A package of several versions gives one row.
BEGIN {
    RS = ""
    FS = "\n"
    OFS = "\t"
}

# Returns `text` as COPY reads it.
function escaped(text) {
    gsub(/\\/, "&&", text)
    gsub(/\t/, " ", text)
    return text
}

{
    name = source = section = summary = checksum = body = ""
    in_body = 0
    gap = ""
    for (i = 1; i <= NF; i++) {
        if (substr($i, 1, 1) == " ") {
            if (!in_body) continue
            line = substr($i, 2)
            if (line == ".") {
                body = body "\\n"
                gap = ""
            } else {
                body = body gap escaped(line)
                gap = " "
            }
            continue
        }
        in_body = 0
        colon = index($i, ":")
        key = substr($i, 1, colon - 1)
        value = substr($i, colon + 2)
        if (key == "Package") name = value
        else if (key == "Source") source = value
        else if (key == "Section") section = value
        else if (key == "Description-md5") checksum = value
        else if (key == "Description" || key == "Description-en") {
            summary = value
            in_body = 1
        }
    }
}

# Translation-en names no section.
section == "" {
    long_text[checksum] = body
    next
}

name != "" && summary != "" && !(name in seen) {
    seen[name] = 1
    sub(/ .*/, "", source)
    if (source == "") source = name
    sub(/.*\//, "", section)
    if (body == "") body = long_text[checksum]
    print escaped(name), escaped(source), escaped(section), escaped(summary), escaped(summary) "\\n" body
}
