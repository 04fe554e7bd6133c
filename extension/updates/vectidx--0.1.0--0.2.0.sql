-- complain if script is sourced in psql, rather than via ALTER EXTENSION
\echo Use "ALTER EXTENSION vectidx UPDATE TO '0.2.0'" to load this file. \quit

CREATE FUNCTION vectidx_vector_l1_support(internal) RETURNS internal
    AS 'MODULE_PATHNAME', 'vectidx_vector_l1_support' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION vectidx_vector_l1_support(internal) IS
    'vectidx: support function of vector_l1_ops';

CREATE OPERATOR CLASS vector_l1_ops
    FOR TYPE vector USING vectidx AS
    OPERATOR 1 <+> (vector, vector) FOR ORDER BY float_ops,
    FUNCTION 1 vectidx_vector_l1_support(internal);

CREATE FUNCTION vectidx_halfvec_l1_support(internal) RETURNS internal
    AS 'MODULE_PATHNAME', 'vectidx_halfvec_l1_support' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION vectidx_halfvec_l1_support(internal) IS
    'vectidx: support function of halfvec_l1_ops';

CREATE OPERATOR CLASS halfvec_l1_ops
    FOR TYPE halfvec USING vectidx AS
    OPERATOR 1 <+> (halfvec, halfvec) FOR ORDER BY float_ops,
    FUNCTION 1 vectidx_halfvec_l1_support(internal);

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
    FUNCTION 1 vectidx_sparsevec_l2_support(internal);

CREATE OPERATOR CLASS sparsevec_ip_ops
    FOR TYPE sparsevec USING vectidx AS
    OPERATOR 1 <#> (sparsevec, sparsevec) FOR ORDER BY float_ops,
    FUNCTION 1 vectidx_sparsevec_ip_support(internal);

CREATE OPERATOR CLASS sparsevec_cosine_ops
    FOR TYPE sparsevec USING vectidx AS
    OPERATOR 1 <=> (sparsevec, sparsevec) FOR ORDER BY float_ops,
    FUNCTION 1 vectidx_sparsevec_cosine_support(internal);

CREATE OPERATOR CLASS sparsevec_l1_ops
    FOR TYPE sparsevec USING vectidx AS
    OPERATOR 1 <+> (sparsevec, sparsevec) FOR ORDER BY float_ops,
    FUNCTION 1 vectidx_sparsevec_l1_support(internal);

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
    FUNCTION 1 vectidx_bit_hamming_support(internal);

CREATE OPERATOR CLASS bit_jaccard_ops
    FOR TYPE bit USING vectidx AS
    OPERATOR 1 <%> (bit, bit) FOR ORDER BY float_ops,
    FUNCTION 1 vectidx_bit_jaccard_support(internal);
