-- access method

CREATE FUNCTION vectidx_handler(internal) RETURNS index_am_handler
    AS 'MODULE_PATHNAME', 'vectidx_handler' LANGUAGE C;
COMMENT ON FUNCTION vectidx_handler(internal) IS
    'vectidx: handler of the index access method, an HNSW graph with the neighbors'' codes inside each node';

CREATE ACCESS METHOD vectidx TYPE INDEX HANDLER vectidx_handler;
COMMENT ON ACCESS METHOD vectidx IS 'graph index (HNSW) for nearest-neighbor search';

CREATE FUNCTION vectidx_distance_bound(value float8, scale float8, "offset" float8) RETURNS float8
    AS 'MODULE_PATHNAME', 'vectidx_distance_bound' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vectidx_distance_bound(float8, float8, float8) IS
    'vectidx: the largest distance for which scale * distance + offset may be on the near side of value';

-- access method: operator classes of vector

CREATE FUNCTION vectidx_vector_l2_support(internal) RETURNS internal
    AS 'MODULE_PATHNAME', 'vectidx_vector_l2_support' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vectidx_vector_l2_support(internal) IS
    'vectidx: support function of vector_l2_ops';

CREATE FUNCTION vectidx_vector_ip_support(internal) RETURNS internal
    AS 'MODULE_PATHNAME', 'vectidx_vector_ip_support' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vectidx_vector_ip_support(internal) IS
    'vectidx: support function of vector_ip_ops';

CREATE FUNCTION vectidx_vector_cosine_support(internal) RETURNS internal
    AS 'MODULE_PATHNAME', 'vectidx_vector_cosine_support' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vectidx_vector_cosine_support(internal) IS
    'vectidx: support function of vector_cosine_ops';

CREATE FUNCTION vectidx_vector_l1_support(internal) RETURNS internal
    AS 'MODULE_PATHNAME', 'vectidx_vector_l1_support' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vectidx_vector_l1_support(internal) IS
    'vectidx: support function of vector_l1_ops';

CREATE OPERATOR CLASS vector_l2_ops
    FOR TYPE vector USING vectidx AS
    OPERATOR 1 <-> (vector, vector) FOR ORDER BY float_ops,
    OPERATOR 2 @<-> (vector, record),
    FUNCTION 1 vectidx_vector_l2_support(internal);

CREATE OPERATOR CLASS vector_ip_ops
    FOR TYPE vector USING vectidx AS
    OPERATOR 1 <#> (vector, vector) FOR ORDER BY float_ops,
    OPERATOR 2 @<#> (vector, record),
    FUNCTION 1 vectidx_vector_ip_support(internal);

CREATE OPERATOR CLASS vector_cosine_ops
    FOR TYPE vector USING vectidx AS
    OPERATOR 1 <=> (vector, vector) FOR ORDER BY float_ops,
    OPERATOR 2 @<=> (vector, record),
    FUNCTION 1 vectidx_vector_cosine_support(internal);

CREATE OPERATOR CLASS vector_l1_ops
    FOR TYPE vector USING vectidx AS
    OPERATOR 1 <+> (vector, vector) FOR ORDER BY float_ops,
    OPERATOR 2 @<+> (vector, record),
    FUNCTION 1 vectidx_vector_l1_support(internal);

-- access method: operator classes of halfvec

CREATE FUNCTION vectidx_halfvec_l2_support(internal) RETURNS internal
    AS 'MODULE_PATHNAME', 'vectidx_halfvec_l2_support' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vectidx_halfvec_l2_support(internal) IS
    'vectidx: support function of halfvec_l2_ops';

CREATE FUNCTION vectidx_halfvec_ip_support(internal) RETURNS internal
    AS 'MODULE_PATHNAME', 'vectidx_halfvec_ip_support' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vectidx_halfvec_ip_support(internal) IS
    'vectidx: support function of halfvec_ip_ops';

CREATE FUNCTION vectidx_halfvec_cosine_support(internal) RETURNS internal
    AS 'MODULE_PATHNAME', 'vectidx_halfvec_cosine_support' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vectidx_halfvec_cosine_support(internal) IS
    'vectidx: support function of halfvec_cosine_ops';

CREATE FUNCTION vectidx_halfvec_l1_support(internal) RETURNS internal
    AS 'MODULE_PATHNAME', 'vectidx_halfvec_l1_support' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vectidx_halfvec_l1_support(internal) IS
    'vectidx: support function of halfvec_l1_ops';

CREATE OPERATOR CLASS halfvec_l2_ops
    FOR TYPE halfvec USING vectidx AS
    OPERATOR 1 <-> (halfvec, halfvec) FOR ORDER BY float_ops,
    OPERATOR 2 @<-> (halfvec, record),
    FUNCTION 1 vectidx_halfvec_l2_support(internal);

CREATE OPERATOR CLASS halfvec_ip_ops
    FOR TYPE halfvec USING vectidx AS
    OPERATOR 1 <#> (halfvec, halfvec) FOR ORDER BY float_ops,
    OPERATOR 2 @<#> (halfvec, record),
    FUNCTION 1 vectidx_halfvec_ip_support(internal);

CREATE OPERATOR CLASS halfvec_cosine_ops
    FOR TYPE halfvec USING vectidx AS
    OPERATOR 1 <=> (halfvec, halfvec) FOR ORDER BY float_ops,
    OPERATOR 2 @<=> (halfvec, record),
    FUNCTION 1 vectidx_halfvec_cosine_support(internal);

CREATE OPERATOR CLASS halfvec_l1_ops
    FOR TYPE halfvec USING vectidx AS
    OPERATOR 1 <+> (halfvec, halfvec) FOR ORDER BY float_ops,
    OPERATOR 2 @<+> (halfvec, record),
    FUNCTION 1 vectidx_halfvec_l1_support(internal);

-- access method: operator classes of vector[] and halfvec[]

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

-- access method: operator classes of sparsevec

CREATE FUNCTION vectidx_sparsevec_l2_support(internal) RETURNS internal
    AS 'MODULE_PATHNAME', 'vectidx_sparsevec_l2_support' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vectidx_sparsevec_l2_support(internal) IS
    'vectidx: support function of sparsevec_l2_ops';

CREATE FUNCTION vectidx_sparsevec_ip_support(internal) RETURNS internal
    AS 'MODULE_PATHNAME', 'vectidx_sparsevec_ip_support' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vectidx_sparsevec_ip_support(internal) IS
    'vectidx: support function of sparsevec_ip_ops';

CREATE FUNCTION vectidx_sparsevec_cosine_support(internal) RETURNS internal
    AS 'MODULE_PATHNAME', 'vectidx_sparsevec_cosine_support' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vectidx_sparsevec_cosine_support(internal) IS
    'vectidx: support function of sparsevec_cosine_ops';

CREATE FUNCTION vectidx_sparsevec_l1_support(internal) RETURNS internal
    AS 'MODULE_PATHNAME', 'vectidx_sparsevec_l1_support' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vectidx_sparsevec_l1_support(internal) IS
    'vectidx: support function of sparsevec_l1_ops';

CREATE OPERATOR CLASS sparsevec_l2_ops
    FOR TYPE sparsevec USING vectidx AS
    OPERATOR 1 <-> (sparsevec, sparsevec) FOR ORDER BY float_ops,
    OPERATOR 2 @<-> (sparsevec, record),
    FUNCTION 1 vectidx_sparsevec_l2_support(internal);

CREATE OPERATOR CLASS sparsevec_ip_ops
    FOR TYPE sparsevec USING vectidx AS
    OPERATOR 1 <#> (sparsevec, sparsevec) FOR ORDER BY float_ops,
    OPERATOR 2 @<#> (sparsevec, record),
    FUNCTION 1 vectidx_sparsevec_ip_support(internal);

CREATE OPERATOR CLASS sparsevec_cosine_ops
    FOR TYPE sparsevec USING vectidx AS
    OPERATOR 1 <=> (sparsevec, sparsevec) FOR ORDER BY float_ops,
    OPERATOR 2 @<=> (sparsevec, record),
    FUNCTION 1 vectidx_sparsevec_cosine_support(internal);

CREATE OPERATOR CLASS sparsevec_l1_ops
    FOR TYPE sparsevec USING vectidx AS
    OPERATOR 1 <+> (sparsevec, sparsevec) FOR ORDER BY float_ops,
    OPERATOR 2 @<+> (sparsevec, record),
    FUNCTION 1 vectidx_sparsevec_l1_support(internal);

-- bit: the support functions say which distance an operator class is for

CREATE FUNCTION vectidx_bit_hamming_support(internal) RETURNS internal
    AS 'MODULE_PATHNAME', 'vectidx_bit_hamming_support' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vectidx_bit_hamming_support(internal) IS
    'vectidx: support function of bit_hamming_ops';

CREATE FUNCTION vectidx_bit_jaccard_support(internal) RETURNS internal
    AS 'MODULE_PATHNAME', 'vectidx_bit_jaccard_support' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vectidx_bit_jaccard_support(internal) IS
    'vectidx: support function of bit_jaccard_ops';

CREATE OPERATOR CLASS bit_hamming_ops
    FOR TYPE bit USING vectidx AS
    OPERATOR 1 <~> (bit, bit) FOR ORDER BY float_ops,
    OPERATOR 2 @<~> (bit, record),
    FUNCTION 1 vectidx_bit_hamming_support(internal);

CREATE OPERATOR CLASS bit_jaccard_ops
    FOR TYPE bit USING vectidx AS
    OPERATOR 1 <%> (bit, bit) FOR ORDER BY float_ops,
    OPERATOR 2 @<%> (bit, record),
    FUNCTION 1 vectidx_bit_jaccard_support(internal);

CREATE FUNCTION vectidx_merge(index regclass) RETURNS bigint
    AS 'MODULE_PATHNAME', 'vectidx_merge' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION vectidx_merge(regclass) IS
    'vectidx: merges the pending list of an index into its graph; returns the number of rows';
