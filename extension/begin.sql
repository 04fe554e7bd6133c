-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION vectidx" to load this file. \quit

-- Every C symbol is the SQL name behind the prefix vectidx_: another extension with functions of the
-- same names may be loaded in the same server. The comments are the reference: shapes and errors.
-- Overflow is the error numeric_value_out_of_range; vectors of different dimensions, where they must
-- be equal, are the error data_exception.
