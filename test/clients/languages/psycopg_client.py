"""psycopg 3: parameters, executemany, prepared statements, binary results, named cursors."""

import psycopg
import tap

connection = psycopg.connect(host=tap.host, port=tap.port, user=tap.user, dbname=tap.database, autocommit=True)
rows = connection.execute(tap.SOURCE).fetchall()
with connection.cursor() as cursor:
    cursor.executemany("INSERT INTO items VALUES (%s, %s, %s, %s, %s)", rows)
tap.equal(connection.execute("SELECT count(*) FROM items").fetchone()[0], 300, "executemany inserts the rows")
tap.equal(connection.execute("SELECT * FROM items WHERE id = 43").fetchone()[1], rows[42][1], "a vector comes back as its text")

copied = "COPY (SELECT embedding FROM items WHERE id = 43) TO STDOUT (FORMAT binary)"
with connection.cursor().copy(copied) as copy:
    copy.set_types(["bytea"])
    tap.equal([value[:4] for (value,) in copy.rows()], [b"\0\3\0\0"], "COPY gives vectors in binary")


def placed(query):
    return query.replace("%", "%%").replace("$1", "%(target)s")


for name, create, query, target in connection.execute(tap.SEARCHES).fetchall():
    connection.execute(create)
    parameters = {"target": target}
    plan = [line for (line,) in connection.execute("EXPLAIN (COSTS off) " + placed(query), parameters)]
    tap.used(plan, name, f"{name}: EXPLAIN shows the index")
    exact = [distance for (distance,) in connection.execute(tap.EXACT.format(name))]
    for prepare in (False, True):
        found = [row[1] for row in connection.execute(placed(query), parameters, prepare=prepare, binary=prepare)]
        tap.nearest(found, exact, f"{name}: the nearest rows, {'prepared' if prepare else 'as text'}")

parameters = {"target": rows[42][1]}
walk = placed(tap.WALK)
with connection.transaction():
    plan = [line for (line,) in connection.execute("EXPLAIN (COSTS off) DECLARE c CURSOR FOR " + walk, parameters)]
    tap.used(plan, tap.CURSOR_INDEX, "EXPLAIN of a cursor shows the index")
    distances, batches = [], 0
    with connection.cursor("named") as cursor:
        cursor.execute(walk, parameters)
        while batch := cursor.fetchmany(50):
            distances += [row[1] for row in batch]
            batches += 1
    tap.walked(distances, batches, "a named cursor reads by fifties")
tap.done()
