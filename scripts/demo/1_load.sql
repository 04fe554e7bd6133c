-- Loads the packages from standard input (made by packages.awk).
\echo 'Loading the packages'
CREATE UNLOGGED TABLE staged_package (
    id int GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    source text NOT NULL,       -- the source package: vim, vim-gtk3 and vim-doc have the same
    section text NOT NULL,
    summary text NOT NULL,
    description text NOT NULL
);
\copy staged_package (name, source, section, summary, description) FROM pstdin
ANALYZE staged_package;
SELECT format('%s packages, %s of text', to_char(count(*), 'FM999,999'),
              pg_size_pretty(sum(octet_length(description)))) AS line
FROM staged_package;
