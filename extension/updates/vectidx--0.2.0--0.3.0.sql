-- complain if script is sourced in psql, rather than via ALTER EXTENSION
\echo Use "ALTER EXTENSION vectidx UPDATE TO '0.3.0'" to load this file. \quit

CREATE OR REPLACE FUNCTION halfvec_combine(double precision[], double precision[]) RETURNS double precision[]
    AS 'MODULE_PATHNAME', 'vectidx_halfvec_combine' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

-- The functions themselves check that their caller owns the index or has pg_stat_scan_tables.
GRANT EXECUTE ON FUNCTION vectidx_check(regclass, boolean), vectidx_index_stats(regclass),
    vectidx_prewarm(regclass) TO PUBLIC;
REVOKE EXECUTE ON FUNCTION vectidx_check(regclass, boolean), vectidx_index_stats(regclass),
    vectidx_prewarm(regclass) FROM pg_stat_scan_tables;

DROP FUNCTION vectidx_recall(regclass, integer, integer);
CREATE FUNCTION vectidx_recall(
    index regclass, samples integer DEFAULT 100, k integer DEFAULT 10, queries text DEFAULT 'rows'
) RETURNS double precision
    AS 'MODULE_PATHNAME', 'vectidx_recall' LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION vectidx_recall(regclass, integer, integer, text) IS
    'recall of a vectidx index with the current settings: the share of the k nearest rows that it returns, the mean over queries; queries: rows of its table, each without itself (rows), such rows moved at random (perturbed), the middle of two (between), or those in a table, which is named; NULL without a query';

CREATE FUNCTION vectidx_recall_stats(
    index regclass, samples integer DEFAULT 100, k integer DEFAULT 10, queries text DEFAULT 'rows',
    OUT measured bigint, OUT recall double precision, OUT worst_tenth double precision
) RETURNS record
    AS 'MODULE_PATHNAME', 'vectidx_recall_stats' LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION vectidx_recall_stats(regclass, integer, integer, text) IS
    'recall of a vectidx index as vectidx_recall measures it: the number of queries, their mean recall, and the mean of the tenth with the lowest';

COMMENT ON FUNCTION subvector(vector, integer, integer) IS
    'subvector(v, start, count): elements start to start + count - 1, counted from 1; elements outside of v are omitted; an error if none is left';
COMMENT ON FUNCTION vector_combine(double precision[], double precision[]) IS
    'combine function of avg: adds up two states';
COMMENT ON FUNCTION vector_avg(double precision[]) IS
    'final function of avg: the mean, NULL for no vectors';
COMMENT ON AGGREGATE avg(vector) IS
    'elementwise mean; all vectors must have the same dimensions; NULL for no rows';
COMMENT ON AGGREGATE sum(vector) IS
    'elementwise sum; all vectors must have the same dimensions; NULL for no rows; overflow is an error';
COMMENT ON FUNCTION vector(vector, integer, boolean) IS
    'cast to vector(n): returns the vector, which must have n dimensions';
COMMENT ON FUNCTION subvector(halfvec, integer, integer) IS
    'subvector(v, start, count): elements start to start + count - 1, counted from 1; elements outside of v are omitted; an error if none is left';
COMMENT ON FUNCTION halfvec_combine(double precision[], double precision[]) IS
    'combine function of avg: adds up two states';
COMMENT ON FUNCTION halfvec_avg(double precision[]) IS
    'final function of avg: the mean, NULL for no vectors';
COMMENT ON AGGREGATE avg(halfvec) IS
    'elementwise mean; all vectors must have the same dimensions; NULL for no rows';
COMMENT ON AGGREGATE sum(halfvec) IS
    'elementwise sum; all vectors must have the same dimensions; NULL for no rows; overflow is an error';
COMMENT ON FUNCTION halfvec(halfvec, integer, boolean) IS
    'cast to halfvec(n): returns the vector, which must have n dimensions';
COMMENT ON FUNCTION jaccard_distance(bit, bit) IS
    'for two bit strings of equal length: 1 - (bits set in both) / (bits set in at least one); 1 when no bit is set in both';
COMMENT ON FUNCTION sparsevec(sparsevec, integer, boolean) IS
    'cast to sparsevec(n): returns the vector, which must have n dimensions';
COMMENT ON ACCESS METHOD vectidx IS 'graph index (HNSW) for nearest-neighbor search';
COMMENT ON FUNCTION vectidx_merge(regclass) IS
    'vectidx: merges the pending list of an index into its graph; returns the number of rows';
COMMENT ON FUNCTION vectidx_check(regclass, boolean) IS
    'checks a vectidx index; returns one row per problem; with heapallindexed, also checks that the index has every row of its table';
COMMENT ON FUNCTION vectidx_index_stats(regclass) IS
    'statistics of a vectidx index, counted page by page; rows: in the graph and pending; merging: a merge is in progress or was interrupted, so that rows may be counted twice; degrees[n]: nodes with n neighbors';

-- postgres_fdw sends LIMIT only where the sort is not much dearer than the rows.
ALTER FUNCTION l2_distance(vector, vector) COST 1;
ALTER FUNCTION inner_product(vector, vector) COST 1;
ALTER FUNCTION cosine_distance(vector, vector) COST 1;
ALTER FUNCTION l1_distance(vector, vector) COST 1;
ALTER FUNCTION vector_l2_squared_distance(vector, vector) COST 1;
ALTER FUNCTION vector_negative_inner_product(vector, vector) COST 1;
ALTER FUNCTION vector_spherical_distance(vector, vector) COST 1;
ALTER FUNCTION l2_distance(halfvec, halfvec) COST 1;
ALTER FUNCTION inner_product(halfvec, halfvec) COST 1;
ALTER FUNCTION cosine_distance(halfvec, halfvec) COST 1;
ALTER FUNCTION l1_distance(halfvec, halfvec) COST 1;
ALTER FUNCTION halfvec_l2_squared_distance(halfvec, halfvec) COST 1;
ALTER FUNCTION halfvec_negative_inner_product(halfvec, halfvec) COST 1;
ALTER FUNCTION halfvec_spherical_distance(halfvec, halfvec) COST 1;
ALTER FUNCTION hamming_distance(bit, bit) COST 1;
ALTER FUNCTION jaccard_distance(bit, bit) COST 1;
ALTER FUNCTION l2_distance(sparsevec, sparsevec) COST 1;
ALTER FUNCTION inner_product(sparsevec, sparsevec) COST 1;
ALTER FUNCTION cosine_distance(sparsevec, sparsevec) COST 1;
ALTER FUNCTION l1_distance(sparsevec, sparsevec) COST 1;
ALTER FUNCTION sparsevec_l2_squared_distance(sparsevec, sparsevec) COST 1;
ALTER FUNCTION sparsevec_negative_inner_product(sparsevec, sparsevec) COST 1;

-- bounds of distances, which the planner derives from what a query says

CREATE FUNCTION vectidx_distance_bound(value float8, scale float8, "offset" float8) RETURNS float8
    AS 'MODULE_PATHNAME', 'vectidx_distance_bound' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vectidx_distance_bound(float8, float8, float8) IS
    'vectidx: the largest distance for which scale * distance + offset may be on the near side of value';

CREATE FUNCTION vector_l2_within(vector, record) RETURNS boolean
    AS 'MODULE_PATHNAME', 'vectidx_vector_l2_within' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_l2_within(vector, record) IS
    'implementation of operator @<->: whether the Euclidean distance from the first part of the row is at most its second part';

CREATE OPERATOR @<-> (
    LEFTARG = vector, RIGHTARG = record, FUNCTION = vector_l2_within
);
COMMENT ON OPERATOR @<-> (vector, record) IS 'within a Euclidean distance: ROW(value, distance)';

CREATE FUNCTION vector_ip_within(vector, record) RETURNS boolean
    AS 'MODULE_PATHNAME', 'vectidx_vector_ip_within' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_ip_within(vector, record) IS
    'implementation of operator @<#>: whether the negative inner product from the first part of the row is at most its second part';

CREATE OPERATOR @<#> (
    LEFTARG = vector, RIGHTARG = record, FUNCTION = vector_ip_within
);
COMMENT ON OPERATOR @<#> (vector, record) IS 'within a negative inner product: ROW(value, distance)';

CREATE FUNCTION vector_cosine_within(vector, record) RETURNS boolean
    AS 'MODULE_PATHNAME', 'vectidx_vector_cosine_within' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_cosine_within(vector, record) IS
    'implementation of operator @<=>: whether the cosine distance from the first part of the row is at most its second part';

CREATE OPERATOR @<=> (
    LEFTARG = vector, RIGHTARG = record, FUNCTION = vector_cosine_within
);
COMMENT ON OPERATOR @<=> (vector, record) IS 'within a cosine distance: ROW(value, distance)';

CREATE FUNCTION vector_l1_within(vector, record) RETURNS boolean
    AS 'MODULE_PATHNAME', 'vectidx_vector_l1_within' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_l1_within(vector, record) IS
    'implementation of operator @<+>: whether the taxicab distance from the first part of the row is at most its second part';

CREATE OPERATOR @<+> (
    LEFTARG = vector, RIGHTARG = record, FUNCTION = vector_l1_within
);
COMMENT ON OPERATOR @<+> (vector, record) IS 'within a taxicab distance: ROW(value, distance)';

CREATE FUNCTION halfvec_l2_within(halfvec, record) RETURNS boolean
    AS 'MODULE_PATHNAME', 'vectidx_halfvec_l2_within' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_l2_within(halfvec, record) IS
    'implementation of operator @<->: whether the Euclidean distance from the first part of the row is at most its second part';

CREATE OPERATOR @<-> (
    LEFTARG = halfvec, RIGHTARG = record, FUNCTION = halfvec_l2_within
);
COMMENT ON OPERATOR @<-> (halfvec, record) IS 'within a Euclidean distance: ROW(value, distance)';

CREATE FUNCTION halfvec_ip_within(halfvec, record) RETURNS boolean
    AS 'MODULE_PATHNAME', 'vectidx_halfvec_ip_within' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_ip_within(halfvec, record) IS
    'implementation of operator @<#>: whether the negative inner product from the first part of the row is at most its second part';

CREATE OPERATOR @<#> (
    LEFTARG = halfvec, RIGHTARG = record, FUNCTION = halfvec_ip_within
);
COMMENT ON OPERATOR @<#> (halfvec, record) IS 'within a negative inner product: ROW(value, distance)';

CREATE FUNCTION halfvec_cosine_within(halfvec, record) RETURNS boolean
    AS 'MODULE_PATHNAME', 'vectidx_halfvec_cosine_within' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_cosine_within(halfvec, record) IS
    'implementation of operator @<=>: whether the cosine distance from the first part of the row is at most its second part';

CREATE OPERATOR @<=> (
    LEFTARG = halfvec, RIGHTARG = record, FUNCTION = halfvec_cosine_within
);
COMMENT ON OPERATOR @<=> (halfvec, record) IS 'within a cosine distance: ROW(value, distance)';

CREATE FUNCTION halfvec_l1_within(halfvec, record) RETURNS boolean
    AS 'MODULE_PATHNAME', 'vectidx_halfvec_l1_within' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_l1_within(halfvec, record) IS
    'implementation of operator @<+>: whether the taxicab distance from the first part of the row is at most its second part';

CREATE OPERATOR @<+> (
    LEFTARG = halfvec, RIGHTARG = record, FUNCTION = halfvec_l1_within
);
COMMENT ON OPERATOR @<+> (halfvec, record) IS 'within a taxicab distance: ROW(value, distance)';

CREATE FUNCTION sparsevec_l2_within(sparsevec, record) RETURNS boolean
    AS 'MODULE_PATHNAME', 'vectidx_sparsevec_l2_within' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sparsevec_l2_within(sparsevec, record) IS
    'implementation of operator @<->: whether the Euclidean distance from the first part of the row is at most its second part';

CREATE OPERATOR @<-> (
    LEFTARG = sparsevec, RIGHTARG = record, FUNCTION = sparsevec_l2_within
);
COMMENT ON OPERATOR @<-> (sparsevec, record) IS 'within a Euclidean distance: ROW(value, distance)';

CREATE FUNCTION sparsevec_ip_within(sparsevec, record) RETURNS boolean
    AS 'MODULE_PATHNAME', 'vectidx_sparsevec_ip_within' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sparsevec_ip_within(sparsevec, record) IS
    'implementation of operator @<#>: whether the negative inner product from the first part of the row is at most its second part';

CREATE OPERATOR @<#> (
    LEFTARG = sparsevec, RIGHTARG = record, FUNCTION = sparsevec_ip_within
);
COMMENT ON OPERATOR @<#> (sparsevec, record) IS 'within a negative inner product: ROW(value, distance)';

CREATE FUNCTION sparsevec_cosine_within(sparsevec, record) RETURNS boolean
    AS 'MODULE_PATHNAME', 'vectidx_sparsevec_cosine_within' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sparsevec_cosine_within(sparsevec, record) IS
    'implementation of operator @<=>: whether the cosine distance from the first part of the row is at most its second part';

CREATE OPERATOR @<=> (
    LEFTARG = sparsevec, RIGHTARG = record, FUNCTION = sparsevec_cosine_within
);
COMMENT ON OPERATOR @<=> (sparsevec, record) IS 'within a cosine distance: ROW(value, distance)';

CREATE FUNCTION sparsevec_l1_within(sparsevec, record) RETURNS boolean
    AS 'MODULE_PATHNAME', 'vectidx_sparsevec_l1_within' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sparsevec_l1_within(sparsevec, record) IS
    'implementation of operator @<+>: whether the taxicab distance from the first part of the row is at most its second part';

CREATE OPERATOR @<+> (
    LEFTARG = sparsevec, RIGHTARG = record, FUNCTION = sparsevec_l1_within
);
COMMENT ON OPERATOR @<+> (sparsevec, record) IS 'within a taxicab distance: ROW(value, distance)';

CREATE FUNCTION bit_hamming_within(bit, record) RETURNS boolean
    AS 'MODULE_PATHNAME', 'vectidx_bit_hamming_within' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION bit_hamming_within(bit, record) IS
    'implementation of operator @<~>: whether the Hamming distance from the first part of the row is at most its second part';

CREATE OPERATOR @<~> (
    LEFTARG = bit, RIGHTARG = record, FUNCTION = bit_hamming_within
);
COMMENT ON OPERATOR @<~> (bit, record) IS 'within a Hamming distance: ROW(value, distance)';

CREATE FUNCTION bit_jaccard_within(bit, record) RETURNS boolean
    AS 'MODULE_PATHNAME', 'vectidx_bit_jaccard_within' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION bit_jaccard_within(bit, record) IS
    'implementation of operator @<%>: whether the Jaccard distance from the first part of the row is at most its second part';

CREATE OPERATOR @<%> (
    LEFTARG = bit, RIGHTARG = record, FUNCTION = bit_jaccard_within
);
COMMENT ON OPERATOR @<%> (bit, record) IS 'within a Jaccard distance: ROW(value, distance)';

ALTER OPERATOR FAMILY vector_l2_ops USING vectidx ADD OPERATOR 2 @<-> (vector, record);
ALTER OPERATOR FAMILY vector_ip_ops USING vectidx ADD OPERATOR 2 @<#> (vector, record);
ALTER OPERATOR FAMILY vector_cosine_ops USING vectidx ADD OPERATOR 2 @<=> (vector, record);
ALTER OPERATOR FAMILY vector_l1_ops USING vectidx ADD OPERATOR 2 @<+> (vector, record);
ALTER OPERATOR FAMILY halfvec_l2_ops USING vectidx ADD OPERATOR 2 @<-> (halfvec, record);
ALTER OPERATOR FAMILY halfvec_ip_ops USING vectidx ADD OPERATOR 2 @<#> (halfvec, record);
ALTER OPERATOR FAMILY halfvec_cosine_ops USING vectidx ADD OPERATOR 2 @<=> (halfvec, record);
ALTER OPERATOR FAMILY halfvec_l1_ops USING vectidx ADD OPERATOR 2 @<+> (halfvec, record);
ALTER OPERATOR FAMILY sparsevec_l2_ops USING vectidx ADD OPERATOR 2 @<-> (sparsevec, record);
ALTER OPERATOR FAMILY sparsevec_ip_ops USING vectidx ADD OPERATOR 2 @<#> (sparsevec, record);
ALTER OPERATOR FAMILY sparsevec_cosine_ops USING vectidx ADD OPERATOR 2 @<=> (sparsevec, record);
ALTER OPERATOR FAMILY sparsevec_l1_ops USING vectidx ADD OPERATOR 2 @<+> (sparsevec, record);
ALTER OPERATOR FAMILY bit_hamming_ops USING vectidx ADD OPERATOR 2 @<~> (bit, record);
ALTER OPERATOR FAMILY bit_jaccard_ops USING vectidx ADD OPERATOR 2 @<%> (bit, record);

CREATE FUNCTION max_sim(vector[], vector[]) RETURNS float8
    AS 'MODULE_PATHNAME', 'vectidx_max_sim' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION max_sim(vector[], vector[]) IS
    'MaxSim of a document and a query: the sum over the vectors of the query of the largest inner product with a vector of the document; NULL when one of the arrays is empty; an error for NULL elements, different dimensions of the vectors, or an array with more than one dimension';

CREATE FUNCTION max_sim_cosine(vector[], vector[]) RETURNS float8
    AS 'MODULE_PATHNAME', 'vectidx_max_sim_cosine' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION max_sim_cosine(vector[], vector[]) IS
    'MaxSim of a document and a query whose vectors are all scaled to norm 1 first: the sum over the vectors of the query of the largest cosine of the angle to a vector of the document; the zero vector counts 0; NULL and errors as max_sim';

CREATE FUNCTION vector_negative_max_sim(vector[], vector[]) RETURNS float8
    AS 'MODULE_PATHNAME', 'vectidx_vector_negative_max_sim' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION vector_negative_max_sim(vector[], vector[]) IS
    'implementation of operator @#: max_sim, negated, so that ORDER BY gives the best document first';

CREATE FUNCTION vector_negative_max_sim_cosine(vector[], vector[]) RETURNS float8
    AS 'MODULE_PATHNAME', 'vectidx_vector_negative_max_sim_cosine' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION vector_negative_max_sim_cosine(vector[], vector[]) IS
    'implementation of operator @=: max_sim_cosine, negated, so that ORDER BY gives the best document first';

CREATE OPERATOR @# (
    LEFTARG = vector[], RIGHTARG = vector[], FUNCTION = vector_negative_max_sim
);
COMMENT ON OPERATOR @# (vector[], vector[]) IS 'negative MaxSim of a document and a query';

CREATE OPERATOR @= (
    LEFTARG = vector[], RIGHTARG = vector[], FUNCTION = vector_negative_max_sim_cosine
);
COMMENT ON OPERATOR @= (vector[], vector[]) IS 'negative MaxSim of a document and a query, by the cosine';

CREATE FUNCTION max_sim(halfvec[], halfvec[]) RETURNS float8
    AS 'MODULE_PATHNAME', 'vectidx_halfvec_max_sim' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION max_sim(halfvec[], halfvec[]) IS
    'MaxSim of a document and a query: the sum over the vectors of the query of the largest inner product with a vector of the document; NULL when one of the arrays is empty; an error for NULL elements, different dimensions of the vectors, or an array with more than one dimension';

CREATE FUNCTION max_sim_cosine(halfvec[], halfvec[]) RETURNS float8
    AS 'MODULE_PATHNAME', 'vectidx_halfvec_max_sim_cosine' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION max_sim_cosine(halfvec[], halfvec[]) IS
    'MaxSim of a document and a query whose vectors are all scaled to norm 1 first: the sum over the vectors of the query of the largest cosine of the angle to a vector of the document; the zero vector counts 0; NULL and errors as max_sim';

CREATE FUNCTION halfvec_negative_max_sim(halfvec[], halfvec[]) RETURNS float8
    AS 'MODULE_PATHNAME', 'vectidx_halfvec_negative_max_sim' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION halfvec_negative_max_sim(halfvec[], halfvec[]) IS
    'implementation of operator @#: max_sim, negated, so that ORDER BY gives the best document first';

CREATE FUNCTION halfvec_negative_max_sim_cosine(halfvec[], halfvec[]) RETURNS float8
    AS 'MODULE_PATHNAME', 'vectidx_halfvec_negative_max_sim_cosine' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION halfvec_negative_max_sim_cosine(halfvec[], halfvec[]) IS
    'implementation of operator @=: max_sim_cosine, negated, so that ORDER BY gives the best document first';

CREATE OPERATOR @# (
    LEFTARG = halfvec[], RIGHTARG = halfvec[], FUNCTION = halfvec_negative_max_sim
);
COMMENT ON OPERATOR @# (halfvec[], halfvec[]) IS 'negative MaxSim of a document and a query';

CREATE OPERATOR @= (
    LEFTARG = halfvec[], RIGHTARG = halfvec[], FUNCTION = halfvec_negative_max_sim_cosine
);
COMMENT ON OPERATOR @= (halfvec[], halfvec[]) IS 'negative MaxSim of a document and a query, by the cosine';

CREATE FUNCTION vectidx_vector_maxsim_support(internal) RETURNS internal
    AS 'MODULE_PATHNAME', 'vectidx_vector_maxsim_support' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vectidx_vector_maxsim_support(internal) IS
    'vectidx: support function of vector_maxsim_ops';

CREATE FUNCTION vectidx_vector_maxsim_cosine_support(internal) RETURNS internal
    AS 'MODULE_PATHNAME', 'vectidx_vector_maxsim_cosine_support' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vectidx_vector_maxsim_cosine_support(internal) IS
    'vectidx: support function of vector_maxsim_cosine_ops';

CREATE FUNCTION vectidx_halfvec_maxsim_support(internal) RETURNS internal
    AS 'MODULE_PATHNAME', 'vectidx_halfvec_maxsim_support' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vectidx_halfvec_maxsim_support(internal) IS
    'vectidx: support function of halfvec_maxsim_ops';

CREATE FUNCTION vectidx_halfvec_maxsim_cosine_support(internal) RETURNS internal
    AS 'MODULE_PATHNAME', 'vectidx_halfvec_maxsim_cosine_support' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vectidx_halfvec_maxsim_cosine_support(internal) IS
    'vectidx: support function of halfvec_maxsim_cosine_ops';

CREATE OPERATOR CLASS vector_maxsim_ops
    FOR TYPE vector[] USING vectidx AS
    OPERATOR 1 @# (vector[], vector[]) FOR ORDER BY float_ops,
    FUNCTION 1 vectidx_vector_maxsim_support(internal);

CREATE OPERATOR CLASS vector_maxsim_cosine_ops
    FOR TYPE vector[] USING vectidx AS
    OPERATOR 1 @= (vector[], vector[]) FOR ORDER BY float_ops,
    FUNCTION 1 vectidx_vector_maxsim_cosine_support(internal);

CREATE OPERATOR CLASS halfvec_maxsim_ops
    FOR TYPE halfvec[] USING vectidx AS
    OPERATOR 1 @# (halfvec[], halfvec[]) FOR ORDER BY float_ops,
    FUNCTION 1 vectidx_halfvec_maxsim_support(internal);

CREATE OPERATOR CLASS halfvec_maxsim_cosine_ops
    FOR TYPE halfvec[] USING vectidx AS
    OPERATOR 1 @= (halfvec[], halfvec[]) FOR ORDER BY float_ops,
    FUNCTION 1 vectidx_halfvec_maxsim_cosine_support(internal);
