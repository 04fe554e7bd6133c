"""psycopg2: parameters, execute_values, named cursors with itersize."""

import psycopg2
import psycopg2.extras
import tap

connection = psycopg2.connect(host=tap.host, port=tap.port, user=tap.user, dbname=tap.database)
cursor = connection.cursor()
cursor.execute(tap.SOURCE)
rows = cursor.fetchall()
psycopg2.extras.execute_values(cursor, "INSERT INTO items VALUES %s", rows[:200])
cursor.executemany("INSERT INTO items VALUES (%s, %s, %s, %s, %s)", rows[200:])
connection.commit()
cursor.execute("SELECT count(*) FROM items")
tap.equal(cursor.fetchone()[0], 300, "execute_values and executemany insert the rows")
cursor.execute("SELECT sparse FROM items WHERE id = %s", (43,))
tap.equal(cursor.fetchone()[0], rows[42][3], "a sparse vector comes back as its text")


def placed(query):
    return query.replace("%", "%%").replace("$1", "%(target)s")


cursor.execute(tap.SEARCHES)
for name, create, query, target in cursor.fetchall():
    cursor.execute(create)
    parameters = {"target": target}
    cursor.execute("EXPLAIN (COSTS off) " + placed(query), parameters)
    tap.used([line for (line,) in cursor], name, f"{name}: EXPLAIN shows the index")
    cursor.execute(tap.EXACT.format(name))
    exact = [distance for (distance,) in cursor]
    cursor.execute(placed(query), parameters)
    tap.nearest([row[1] for row in cursor], exact, f"{name}: the nearest rows")

parameters = {"target": rows[42][1]}
walk = placed(tap.WALK)
cursor.execute("EXPLAIN (COSTS off) DECLARE c CURSOR FOR " + walk, parameters)
tap.used([line for (line,) in cursor], tap.CURSOR_INDEX, "EXPLAIN of a cursor shows the index")
with connection.cursor("named") as named:
    named.itersize = 50
    named.execute(walk, parameters)
    tap.walked([row[1] for row in named], 300 // named.itersize, "a named cursor reads by fifties")
connection.commit()
tap.done()
