<?php
// PHP's pgsql functions and PDO: parameters, prepared statements, cursors.
$number = 0;
$failed = false;

function ok(bool $passed, string $name, string $why = ''): void
{
    global $number, $failed;
    $number++;
    echo $passed ? 'ok' : 'not ok', " $number - $name\n";
    if (!$passed) {
        $failed = true;
        echo '# ', str_replace("\n", "\n# ", $why), "\n";
    }
}

function used(array $plan, string $index, string $name): void
{
    $text = implode("\n", $plan);
    ok(str_contains($text, "Index Scan using $index on items") && str_contains($text, 'Order By: '), $name, $text);
}

function nearest(array $found, array $exact, string $name): void
{
    $same = count($found) == 5;
    foreach ($found as $i => $distance) {
        $same = $same && abs($distance - $exact[$i]) < 1e-6;
    }
    ok($same, $name, implode(' ', $found) . "\n" . implode(' ', $exact));
}

function walked(array $distances, string $name): void
{
    $sorted = $distances;
    sort($sorted);
    ok(count($distances) == 300 && max(array_map(fn ($a, $b) => abs($a - $b), $distances, $sorted)) < 1e-6, $name, implode(' ', $distances));
}

$connection = pg_connect('');
$rows = pg_fetch_all(pg_query($connection, 'SELECT id, embedding, half, sparse, bits FROM source ORDER BY id'), PGSQL_NUM);
pg_prepare($connection, 'insert', 'INSERT INTO items VALUES ($1, $2, $3, $4, $5)');
foreach ($rows as $row) {
    pg_execute($connection, 'insert', $row);
}
ok(pg_fetch_all(pg_query($connection, 'SELECT * FROM items ORDER BY id'), PGSQL_NUM) == $rows, 'pgsql: every row comes back as its text');
$searches = pg_fetch_all(pg_query($connection, 'SELECT name, create_index, query, target FROM searches ORDER BY name'), PGSQL_NUM);
$all_exact = [];
foreach ($searches as [$name, $create, $query, $target]) {
    pg_query($connection, $create);
    used(pg_fetch_all_columns(pg_query_params($connection, "EXPLAIN (COSTS off) $query", [$target])), $name, "pgsql: $name: EXPLAIN shows the index");
    $all_exact[$name] = pg_fetch_all_columns(pg_query_params($connection, 'SELECT * FROM exact($1)', [$name]));
    pg_prepare($connection, $name, $query);
    // More often than the five times after which PostgreSQL may take a generic plan.
    for ($i = 0; $i < 7; $i++) {
        $found = pg_fetch_all_columns(pg_execute($connection, $name, [$target]), 1);
    }
    nearest($found, $all_exact[$name], "pgsql: $name: the nearest rows");
}

$walk = 'SELECT embedding <-> $1 FROM items ORDER BY embedding <-> $1';
$target = [$rows[42][1]];
used(pg_fetch_all_columns(pg_query_params($connection, "EXPLAIN (COSTS off) DECLARE c CURSOR FOR $walk", $target)), 'items_embedding_l2',
    'pgsql: EXPLAIN of a cursor shows the index');
pg_query($connection, 'BEGIN');
pg_query_params($connection, "DECLARE c CURSOR FOR $walk", $target);
$distances = [];
while ($batch = pg_fetch_all_columns(pg_query($connection, 'FETCH 50 FROM c'))) {
    array_push($distances, ...$batch);
}
pg_query($connection, 'COMMIT');
walked($distances, 'pgsql: a cursor reads by fifties');

$pdo = new PDO(sprintf('pgsql:host=%s;port=%s;dbname=%s', getenv('PGHOST'), getenv('PGPORT'), getenv('PGDATABASE')), getenv('PGUSER'));
$pdo->setAttribute(PDO::ATTR_ERRMODE, PDO::ERRMODE_EXCEPTION);
$pdo->exec('DELETE FROM items');
foreach ([false, true] as $emulated) {
    $pdo->setAttribute(PDO::ATTR_EMULATE_PREPARES, $emulated);
    $insert = $pdo->prepare('INSERT INTO items VALUES (?, ?, ?, ?, ?)');
    foreach ($rows as $row) {
        if ($row[0] % 2 == (int) $emulated) {
            $insert->execute($row);
        }
    }
}
ok($pdo->query('SELECT count(*) FROM items')->fetchColumn() == 300, 'PDO: the rows are inserted');
foreach ([false, true] as $emulated) {
    $pdo->setAttribute(PDO::ATTR_EMULATE_PREPARES, $emulated);
    $how = $emulated ? 'emulated' : 'prepared';
    foreach ($searches as [$name, $create, $query, $target]) {
        $explain = $pdo->prepare('EXPLAIN (COSTS off) ' . str_replace('$1', '?', $query));
        $explain->execute([$target, $target]);
        used($explain->fetchAll(PDO::FETCH_COLUMN), $name, "PDO, $how: $name: EXPLAIN shows the index");
        $statement = $pdo->prepare(str_replace('$1', '?', $query));
        $statement->execute([$target, $target]);
        nearest($statement->fetchAll(PDO::FETCH_COLUMN, 1), $all_exact[$name], "PDO, $how: $name: the nearest rows");
    }
}
$pdo->setAttribute(PDO::ATTR_EMULATE_PREPARES, false);
$pdo->beginTransaction();
$cursor = $pdo->prepare("SELECT embedding <-> '{$rows[42][1]}' FROM items ORDER BY embedding <-> '{$rows[42][1]}'", [PDO::ATTR_CURSOR => PDO::CURSOR_SCROLL]);
$cursor->execute();
$distances = [];
while (($distance = $cursor->fetchColumn()) !== false) {
    $distances[] = $distance;
}
walked($distances, 'PDO: a scrollable cursor reads row by row');
$pdo->commit();
echo "1..$number\n";
exit($failed ? 1 : 0);
