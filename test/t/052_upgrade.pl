# An older version, updated, is what the newest version installs: every object of the extension with
# all that the catalogs say of it, its comment and its privileges. For each version that has a path
# to the newest, of vectidx and of vector; first, that the comparison sees what may go wrong.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', 'fsync = off');
$node->start;

# One line for each object, and for each entry of an operator family. Privileges are those in force:
# no GRANT brings back the list that says nothing, of a function that was made without one.
sub catalog_query
{
	my ($extension) = @_;
	return qq{
WITH member AS (
	SELECT classid, objid FROM pg_depend
	WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
	  AND refobjid = (SELECT oid FROM pg_extension WHERE extname = '$extension')),
object AS (
	SELECT classid, objid, to_jsonb(p) - '{oid,pronamespace,proowner,prorettype,proargtypes,proargdefaults,proacl}'::text[]
		|| jsonb_build_object('result', pg_get_function_result(objid), 'may', (
			SELECT jsonb_agg(concat(grantee::regrole, ' ', privilege_type, ' ', is_grantable) ORDER BY grantee, privilege_type)
			FROM aclexplode(coalesce(proacl, acldefault('f', proowner))))) AS says
	FROM member JOIN pg_proc p ON p.oid = objid WHERE classid = 'pg_proc'::regclass
	UNION ALL
	SELECT 'pg_proc'::regclass, objid, to_jsonb(a) - '{aggfnoid,aggtranstype,aggmtranstype}'::text[]
		|| jsonb_build_object('state', format_type(aggtranstype, NULL))
	FROM member JOIN pg_aggregate a ON a.aggfnoid = objid WHERE classid = 'pg_proc'::regclass
	UNION ALL
	SELECT classid, objid, to_jsonb(t) - '{oid,typnamespace,typowner,typelem,typarray,typrelid,typbasetype,typcollation}'::text[]
		|| jsonb_build_object('element', format_type(typelem, NULL))
	FROM member JOIN pg_type t ON t.oid = objid WHERE classid = 'pg_type'::regclass
	UNION ALL
	SELECT classid, objid, to_jsonb(o) - '{oid,oprnamespace,oprowner,oprleft,oprright,oprresult,oprcom,oprnegate}'::text[]
		|| jsonb_build_object('result', format_type(oprresult, NULL), 'commutator', oprcom::regoperator, 'negator', oprnegate::regoperator)
	FROM member JOIN pg_operator o ON o.oid = objid WHERE classid = 'pg_operator'::regclass
	UNION ALL
	SELECT classid, objid, jsonb_build_object('function', castfunc::regprocedure, 'context', castcontext, 'method', castmethod)
	FROM member JOIN pg_cast ON pg_cast.oid = objid WHERE classid = 'pg_cast'::regclass
	UNION ALL
	SELECT classid, objid, jsonb_build_object('default', opcdefault, 'key', format_type(opckeytype, NULL),
		'family', pg_describe_object('pg_opfamily'::regclass, opcfamily, 0), 'type', format_type(opcintype, NULL))
	FROM member JOIN pg_opclass c ON c.oid = objid WHERE classid = 'pg_opclass'::regclass
	UNION ALL
	SELECT 'pg_opfamily'::regclass, amopfamily, jsonb_build_object('operator', amopopr::regoperator, 'strategy', amopstrategy,
		'purpose', amoppurpose, 'left', format_type(amoplefttype, NULL), 'right', format_type(amoprighttype, NULL),
		'sort', pg_describe_object('pg_opfamily'::regclass, NULLIF(amopsortfamily, 0), 0))
	FROM member JOIN pg_amop ON amopfamily = objid WHERE classid = 'pg_opfamily'::regclass
	UNION ALL
	SELECT 'pg_opfamily'::regclass, amprocfamily, jsonb_build_object('function', amproc::regprocedure, 'number', amprocnum,
		'left', format_type(amproclefttype, NULL), 'right', format_type(amprocrighttype, NULL))
	FROM member JOIN pg_amproc ON amprocfamily = objid WHERE classid = 'pg_opfamily'::regclass
	UNION ALL
	SELECT classid, objid, to_jsonb(m) - 'oid' FROM member JOIN pg_am m ON m.oid = objid WHERE classid = 'pg_am'::regclass
	UNION ALL
	SELECT classid, objid, NULL FROM member)
SELECT pg_describe_object(classid, objid, 0), says, obj_description(objid, classid::regclass::name)
FROM object
UNION ALL
SELECT 'extension', to_jsonb(e) - '{oid,extowner,extnamespace}'::text[], obj_description(oid, 'pg_extension')
FROM pg_extension e WHERE extname = '$extension'
ORDER BY 1, 2, 3;};
}

my $databases = 0;

# A new database with the extension in that version.
sub install
{
	my ($extension, $version) = @_;
	my $database = 'd' . ++$databases;
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql($database, "CREATE EXTENSION $extension VERSION '$version'");
	return $database;
}

sub catalog { return $node->safe_psql($_[0], catalog_query($_[1])); }

# The lines that only one of the two has.
sub difference
{
	my ($got, $wanted) = @_;
	my (%got, %wanted);
	$got{$_}++    for split(/\n/, $got);
	$wanted{$_}++ for split(/\n/, $wanted);
	return join("\n", (map { "+ $_" } grep { !$wanted{$_} } sort keys %got), (map { "- $_" } grep { !$got{$_} } sort keys %wanted));
}

for my $extension ('vectidx', 'vector')
{
	my $newest = $node->safe_psql('postgres', "SELECT default_version FROM pg_available_extensions WHERE name = '$extension'");
	if ($newest eq '')
	{
		is($extension, 'vector', 'vectidx is installed');
		note('vector is not: see make install-compat');
		next;
	}
	my $database = install($extension, $newest);
	my $fresh    = catalog($database, $extension);
	cmp_ok(scalar split(/\n/, $fresh), '>', 100, "$extension $newest has objects");

	# What an upgrade script can forget or do wrong.
	my @mistakes = (
		'ALTER FUNCTION l2_distance(vector, vector) COST 7',
		'ALTER FUNCTION l2_distance(vector, vector) PARALLEL UNSAFE',
		q{COMMENT ON OPERATOR <-> (vector, vector) IS 'something else'},
		'ALTER OPERATOR < (vector, vector) SET (RESTRICT = NONE)',
		'ALTER TYPE vector SET (STORAGE = extended)',
		"DELETE FROM pg_amop WHERE amopopr = '<(vector,vector)'::regoperator",
		"UPDATE pg_amop SET amopstrategy = 2 WHERE amopopr = '<->(vector,vector)'::regoperator",
		"DELETE FROM pg_amproc WHERE amproc = 'vectidx_vector_l2_support(internal)'::regprocedure",
		"ALTER EXTENSION $extension DROP AGGREGATE avg(vector)",
		"ALTER EXTENSION $extension DROP CAST (vector AS real[])",
		'REVOKE EXECUTE ON FUNCTION l1_distance(vector, vector) FROM PUBLIC',
		"UPDATE pg_cast SET castcontext = 'e' WHERE castsource = 'vector'::regtype AND casttarget = 'real[]'::regtype",
		"UPDATE pg_opclass SET opcdefault = false WHERE opcname = 'vector_ops'",
		"UPDATE pg_aggregate SET aggcombinefn = 0 WHERE aggfnoid = 'avg(vector)'::regprocedure");
	for my $mistake (@mistakes)
	{
		my $with = $node->safe_psql($database, "BEGIN; $mistake; " . catalog_query($extension) . ' ROLLBACK;');
		isnt(difference($with, $fresh), '', "$extension: the comparison sees $mistake");
	}
	is(difference(catalog($database, $extension), $fresh), '', "$extension: and nothing else");

	my $method = $extension eq 'vector' ? 'hnsw' : 'vectidx';
	my @older = split(/\n/, $node->safe_psql('postgres',
		"SELECT source FROM pg_extension_update_paths('$extension') JOIN pg_available_extension_versions ON name = '$extension' AND version = source
		 WHERE target = '$newest' AND path IS NOT NULL ORDER BY 1"));
	note("$extension: versions with a path to $newest: @older");
	# make install brings the newest install script alone; scripts/test.sh adds test/releases.
	SKIP:
	{
		skip 'no script of an older version is installed: copy test/releases into SHAREDIR/extension', 1 if !@older;
	}
	for my $version (@older)
	{
		my $updated = install($extension, $version);
		$node->safe_psql($updated, qq{CREATE TABLE t (id serial, v vector(2)); CREATE INDEX ON t USING $method (v vector_l2_ops);
			INSERT INTO t (v) SELECT ARRAY[i, i]::vector FROM generate_series(1, 100) i});
		$node->safe_psql($updated, 'ALTER EXTENSION ' . $extension . ' UPDATE');
		is(difference(catalog($updated, $extension), $fresh), '', "$extension: $version updated is $newest");
		is($node->safe_psql($updated, q{SET enable_seqscan = off; SELECT id FROM t ORDER BY v <-> '[7,7.1]' LIMIT 1}),
			'7', "$extension: an index of $version answers");
		# Bounds of distances came with 0.3.0, the first update of vector.
		like($node->safe_psql($updated, q{SET enable_seqscan = off; EXPLAIN (COSTS off) SELECT id FROM t WHERE v <-> '[7,7.1]' < 1}),
			qr/Index Cond: \(v @<-> /, "$extension: and has what $newest brought");
	}
}

# An index of format 1, of vectidx 0.1.0, may have old TIDs where none are in use: VACUUM left them.
# With format 2 that is damage. Formats before 3 have no directory; its place on the metapage is that of the last of 384
# extents. The format stands at byte 56 of block 0, a page's kind at byte 28.
my $file;

sub change_file
{
	my ($change) = @_;
	$node->stop;
	open(my $handle, '+<:raw', $file) or die "$file: $!";
	my $bytes = do { local $/; <$handle> };
	$change->(\$bytes);
	seek($handle, 0, 0);
	print $handle $bytes;
	close($handle) or die;
	$node->start;
}

sub format_of
{
	open(my $handle, '<:raw', $file) or die "$file: $!";
	read($handle, my $bytes, 58);
	return unpack('v', substr($bytes, 56, 2));
}
my $database = install('vectidx', $node->safe_psql('postgres', q{SELECT default_version FROM pg_available_extensions WHERE name = 'vectidx'}));
my $check    = q{SELECT message FROM vectidx_check('t_v', true) WHERE severity <> 'info'};
$file = $node->data_dir . '/' . $node->safe_psql($database, q{CREATE TABLE t (id serial, v vector(2));
	INSERT INTO t (v) SELECT ARRAY[i, i]::vector FROM generate_series(1, 100) i;
	CREATE INDEX t_v ON t USING vectidx (v vector_l2_ops) WITH (tombstone_rebuild_pct = 10);
	SELECT pg_relation_filepath('t_v')});
is($node->safe_psql($database, $check), '', 'nothing is wrong with an index');
change_file(sub {
	my ($bytes) = @_;
	for (my $at = 0; $at < length($$bytes); $at += 8192)
	{
		next if unpack('C', substr($$bytes, $at + 28, 1)) != 3;
		# The last byte in use is the end of a node, behind its TIDs.
		substr($$bytes, $at + unpack('v', substr($$bytes, $at + 12, 2)) - 1, 1) = "\x5a";
		return;
	}
	die 'no page of nodes';
});
is(format_of(), 3, 'its format is 3');
is($node->safe_psql($database, $check), 'the node has TIDs beyond their count', 'where TIDs are that are not in use, it is damaged');
my $directory = q{SELECT pages ->> 'directory', pages ->> 'directory_map' FROM vectidx_index_stats('t_v')};
is($node->safe_psql($database, $directory), '1|1', 'it has a directory');
# Makes the index one of an older format: without a directory, whose pages are unused then. Directory and map are the blocks with the
# kinds 9 and 10; the metapage names the map's block and that there is one page.
sub change_format
{
	my ($format) = @_;
	change_file(sub {
		my ($bytes) = @_;
		my ($map) = grep { unpack('C', substr($$bytes, $_ * 8192 + 28, 1)) == 10 } 0 .. length($$bytes) / 8192 - 1;
		my $at = index(substr($$bytes, 0, 8192), pack('VV', $map, 1));
		die 'no place of a directory' if $at < 0;
		substr($$bytes, 56, 2) = pack('v', $format);
		substr($$bytes, $at, 8) = "\0" x 8;
	});
}
change_format(1);
is(format_of(), 1, 'its format is 1');
is($node->safe_psql($database, $check), '', 'there, that is no damage');
is($node->safe_psql($database, q{SET enable_seqscan = off; INSERT INTO t (v) VALUES ('[7,7.1]');
	SELECT id FROM t ORDER BY v <-> '[7,7.1]' LIMIT 2}), "101\n7", 'it answers, and takes rows');
$node->safe_psql($database, 'DELETE FROM t WHERE id <= 50');
$node->safe_psql($database, 'VACUUM t');
$node->safe_psql($database, 'CHECKPOINT');
is($node->safe_psql($database, q{SELECT generation FROM vectidx_index_stats('t_v')}), 2, 'VACUUM rebuilt its graph');
is(format_of(), 3, 'with format 3');
is($node->safe_psql($database, $directory), '1|1', 'and a directory');

# An index of format 2 works as it did: it has no directory and gets none, but by REINDEX.
$node->safe_psql($database, 'CREATE INDEX t_id ON t (id); ANALYZE t');
my $codes = q{SET enable_seqscan = off; SET enable_sort = off; SET vectidx.filter = codes;
	SELECT array_agg(id) FROM (SELECT id FROM t WHERE id < 60 ORDER BY v <-> '[52,52.1]' LIMIT 3) AS near;
	EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off) SELECT id FROM t WHERE id < 60 ORDER BY v <-> '[52,52.1]' LIMIT 3};
like($node->safe_psql($database, $codes), qr/^\{52,53,51\}\n.*Used: codes \(9 rows/s, 'a filter uses it');
change_format(2);
is($node->safe_psql($database, $check), '', 'in an index of format 2 nothing is wrong');
is($node->safe_psql($database, $directory), '0|0', 'without a directory');
like($node->safe_psql($database, $codes), qr/^\{52,53,51\}\n.*Used: brute force 9 rows/s, 'a filter does without');
$node->safe_psql($database, q{INSERT INTO t (v) SELECT ARRAY[i, -i]::vector FROM generate_series(1, 500) i; INSERT INTO t (v) VALUES ('[52,52.1]')});
$node->safe_psql($database, 'DELETE FROM t WHERE id % 20 = 1');
$node->safe_psql($database, 'VACUUM t');
$node->safe_psql($database, 'CHECKPOINT');
is(format_of(), 2, 'it takes rows, and VACUUM takes them away, in that format');
is($node->safe_psql($database, "$check; $directory"), '0|0', 'without damage, and without a directory');
is($node->safe_psql($database, q{SET enable_seqscan = off; SELECT count(*) = (SELECT count(*) FROM t) FROM (SELECT id FROM t ORDER BY v <-> '[1,2]') AS t}), 't', 'it gives all rows');
$node->safe_psql($database, 'REINDEX INDEX t_v; CHECKPOINT');
$file = $node->data_dir . '/' . $node->safe_psql($database, q{SELECT pg_relation_filepath('t_v')});
is(format_of(), 3, 'REINDEX makes format 3');
is($node->safe_psql($database, "$check; $directory"), '2|1', 'with a directory');
like($node->safe_psql($database, $codes), qr/^\{52,53,51\}\n.*Used: codes \(/s, 'which a filter uses');
is($node->safe_psql($database, $check), '', 'and without damage');

# No version is left behind: each install script can be updated to the newest.
is( $node->safe_psql('postgres', q{
	SELECT string_agg(a.version, ' ') FROM pg_available_extension_versions a JOIN pg_available_extensions e USING (name)
	WHERE name IN ('vectidx', 'vector') AND version <> default_version AND NOT EXISTS (
		SELECT FROM pg_extension_update_paths(name) WHERE source = a.version AND target = default_version AND path IS NOT NULL)}),
	'', 'every version has a path to the newest');

$node->stop;
done_testing();
