-- The distances between bit strings.

SELECT hamming_distance(B'111', B'110'), B'10110' <~> B'00111' AS operator, B'1010' <~> B'1010' AS same;
SELECT jaccard_distance(B'1111', B'1110'), B'1100' <%> B'0110' AS operator, B'1010' <%> B'1010' AS same, B'1100' <%> B'0011' AS disjoint;

-- no bit at all, no bit set
SELECT B'' <~> B'' AS hamming, B'' <%> B'' AS jaccard;
SELECT B'000' <~> B'000' AS hamming, B'000' <%> B'000' AS jaccard, B'000' <%> B'001' AS one;

-- lengths around those of bytes, words and SIMD registers, and the longest that an index takes
WITH s AS (
    SELECT n, repeat('1', n)::varbit AS ones, repeat('0', n)::varbit AS zeros, rpad('', n, '110')::varbit AS two_thirds
    FROM (SELECT generate_series(1, 600) AS n UNION ALL SELECT 64000) AS t
)
SELECT count(*) AS lengths, bool_and(ones <~> zeros = n) AS all_differ, bool_and(ones <~> ones = 0) AS none_differ,
       bool_and(ones <~> two_thirds = n / 3) AS a_third_differs,
       bool_and(ones <%> two_thirds = 1 - (n - n / 3)::float8 / n) AS jaccard, bool_and(ones <%> zeros = 1) AS disjoint
FROM s;

-- in order
SELECT b, b <~> B'1100' AS hamming FROM unnest(ARRAY[B'0000', B'1111', B'1100', B'1110']) AS b ORDER BY b <~> B'1100', b;
SELECT b, b <%> B'1100' AS jaccard FROM unnest(ARRAY[B'0000', B'1111', B'1100', B'1110']) AS b ORDER BY b <%> B'1100', b;

-- with binary_quantize()
SELECT binary_quantize('[1,-1,2]'::vector) <~> binary_quantize('[1,1,-2]'::halfvec) AS hamming;

-- columns, stored with a short header and out of line
CREATE TABLE bits (id int, b bit(64000), short bit(3));
ALTER TABLE bits ALTER b SET STORAGE external;
INSERT INTO bits SELECT i, (repeat('1', i) || repeat('0', 64000 - i))::bit(64000), i::bit(3) FROM generate_series(1, 7) AS i;
SELECT id, b <~> (SELECT b FROM bits WHERE id = 7) AS hamming, short <~> B'111' AS short, short <%> B'111' AS jaccard FROM bits ORDER BY id;
DROP TABLE bits;

-- different lengths
SELECT hamming_distance(B'111', B'11');
SELECT jaccard_distance(B'111', B'11');
SELECT B'' <~> B'1';

-- NULL gives NULL
SELECT hamming_distance(NULL, B'1') IS NULL AS strict, B'1' <%> NULL::bit IS NULL AS strict;

\set VERBOSITY sqlstate
SELECT hamming_distance(B'111', B'11');
SELECT jaccard_distance(B'111', B'11');
\set VERBOSITY default
