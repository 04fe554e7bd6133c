-- What every test of the SQL surface of a type begins with: tables for what is expected.
\ir session.sql

-- Every function: name, arguments, result, and the C symbol where it is not vectidx_name. All are C,
-- immutable, strict and parallel safe.
CREATE TEMP TABLE expected_function (name name, args name[], result text, symbol text) ON COMMIT DROP;
CREATE TEMP VIEW listed_function AS
    SELECT *, to_regprocedure(format('%I(%s)', name, array_to_string(args, ','))) AS proc
    FROM expected_function;

-- Every operator between two values of the type.
CREATE TEMP TABLE expected_operator (name name, result name, func name, commutator name, negator name,
                                     restrict_sel text, join_sel text) ON COMMIT DROP;

-- Every cast from or to the type: i for implicit, a for assignment.
CREATE TEMP TABLE expected_cast (source name, target name, context "char", func text) ON COMMIT DROP;

-- Every aggregate of the type: its name and what it is made of.
CREATE TEMP TABLE expected_aggregate (name name, made_of text) ON COMMIT DROP;
