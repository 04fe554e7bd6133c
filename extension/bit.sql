-- bit: functions

CREATE FUNCTION hamming_distance(bit, bit) RETURNS float8
    AS 'MODULE_PATHNAME', 'vectidx_hamming_distance' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION hamming_distance(bit, bit) IS
    'number of bits that differ in two bit strings of equal length';

CREATE FUNCTION jaccard_distance(bit, bit) RETURNS float8
    AS 'MODULE_PATHNAME', 'vectidx_jaccard_distance' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION jaccard_distance(bit, bit) IS
    'for two bit strings of equal length: 1 - (bits set in both) / (bits set in at least one); 1 when no bit is set in both';

-- bit: operators

CREATE OPERATOR <~> (
    LEFTARG = bit, RIGHTARG = bit, FUNCTION = hamming_distance,
    COMMUTATOR = <~>
);
COMMENT ON OPERATOR <~> (bit, bit) IS 'Hamming distance';

CREATE OPERATOR <%> (
    LEFTARG = bit, RIGHTARG = bit, FUNCTION = jaccard_distance,
    COMMUTATOR = <%>
);
COMMENT ON OPERATOR <%> (bit, bit) IS 'Jaccard distance';

-- bit: bounds of distances, which the planner derives from what a query says

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
