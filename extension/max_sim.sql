-- vector[]: late interaction

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

-- halfvec[]: late interaction

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
