# Perl's DBI with DBD::Pg: numbered placeholders, prepared statements, a cursor.
use strict;
use warnings FATAL => 'all';

use DBI;
use DBD::Pg;
use List::Util qw(all);
use Test::More;

my $dbh = DBI->connect("dbi:Pg:dbname=$ENV{PGDATABASE};host=$ENV{PGHOST};port=$ENV{PGPORT}", $ENV{PGUSER}, '',
	{ RaiseError => 1, AutoCommit => 1, PrintError => 0 });
my $rows = $dbh->selectall_arrayref('SELECT id, embedding, half, sparse, bits FROM source ORDER BY id');
my $insert = $dbh->prepare('INSERT INTO items VALUES ($1, $2, $3, $4, $5)');
$insert->execute(@$_) for @$rows;
is($dbh->selectrow_array('SELECT count(*) FROM items'), 300, 'a prepared INSERT inserts the rows');
is_deeply($dbh->selectrow_arrayref('SELECT * FROM items WHERE id = 43'), $rows->[42], 'every type comes back as its text');

sub plan_of
{
	my ($statement, @parameters) = @_;
	return join("\n", @{ $dbh->selectcol_arrayref("EXPLAIN (COSTS off) $statement", undef, @parameters) });
}

for (@{ $dbh->selectall_arrayref('SELECT name, create_index, query, target FROM searches ORDER BY name') })
{
	my ($name, $create, $query, $target) = @$_;
	$dbh->do($create);
	like(plan_of($query, $target), qr/Index Scan using $name on items\n.*Order By: /, "$name: EXPLAIN shows the index");
	my $exact = $dbh->selectcol_arrayref('SELECT * FROM exact($1)', undef, $name);
	my $statement = $dbh->prepare($query);
	# More often than the five times after which PostgreSQL may take a generic plan.
	my $found;
	for (1 .. 7)
	{
		$statement->execute($target);
		$found = $statement->fetchall_arrayref;
	}
	ok(@$found == 5 && (all { abs($found->[$_][1] - $exact->[$_]) < 1e-6 } 0 .. 4), "$name: the nearest rows") or diag(explain($found, $exact));
}

# DBD::Pg has no cursor of its own for SELECT: DECLARE and FETCH are what its documents recommend.
my $walk = "SELECT embedding <-> '$rows->[42][1]' FROM items ORDER BY embedding <-> '$rows->[42][1]'";
like(plan_of("DECLARE c CURSOR FOR $walk"), qr/Index Scan using items_embedding_l2 on items\n.*Order By: /, 'EXPLAIN of a cursor shows the index');
$dbh->begin_work;
$dbh->do("DECLARE c CURSOR FOR $walk");
my @distances;
while (my @batch = @{ $dbh->selectcol_arrayref('FETCH 50 FROM c') })
{
	push(@distances, @batch);
}
$dbh->commit;
ok(@distances == 300 && (all { $distances[ $_ - 1 ] <= $distances[$_] + 1e-6 } 1 .. 299), 'a cursor reads by fifties') or diag("@distances");
done_testing();
