"""asyncpg: prepared statements and binary values throughout, cursors with prefetch."""

import asyncio
import struct

import asyncpg
import tap


def to_binary(text):
    numbers = [float(number) for number in text.strip("[]").split(",")]
    return struct.pack(f">hh{len(numbers)}f", len(numbers), 0, *numbers)


def from_binary(data):
    (count,) = struct.unpack(">h", data[:2])
    return list(struct.unpack(f">{count}f", data[4:]))


async def main():
    connection = await asyncpg.connect(host=tap.host, port=tap.port, user=tap.user, database=tap.database)
    # `vector` goes over the wire in binary, the other types as text.
    await connection.set_type_codec("vector", schema="public", encoder=to_binary, decoder=from_binary, format="binary")
    for name in ("halfvec", "sparsevec"):
        await connection.set_type_codec(name, schema="public", encoder=str, decoder=str, format="text")
    rows = [tuple(row) for row in await connection.fetch(tap.SOURCE)]
    await connection.executemany(
        "INSERT INTO items VALUES ($1, $2, $3, $4, $5)",
        [row[:4] + (asyncpg.BitString(row[4]),) for row in rows],
    )
    tap.equal(await connection.fetchval("SELECT count(*) FROM items"), 300, "executemany inserts the rows")
    got = await connection.fetchval("SELECT embedding FROM items WHERE id = $1", 43)
    tap.equal(got, from_binary(to_binary(rows[42][1])), "a vector comes back in binary")
    for name, create, query, target in await connection.fetch(tap.SEARCHES):
        await connection.execute(create)
        value = asyncpg.BitString(target) if "bits" in name else target
        plan = await connection.fetch("EXPLAIN (COSTS off) " + query, value)
        tap.used([line for (line,) in plan], name, f"{name}: EXPLAIN shows the index")
        exact = [distance for (distance,) in await connection.fetch(tap.EXACT.format(name))]
        statement = await connection.prepare(query)
        # More often than the five times after which PostgreSQL may take a generic plan.
        for _ in range(7):
            found = [row["distance"] for row in await statement.fetch(value)]
        tap.nearest(found, exact, f"{name}: the nearest rows")
    async with connection.transaction():
        plan = await connection.fetch("EXPLAIN (COSTS off) " + tap.WALK, rows[42][1])
        tap.used([line for (line,) in plan], tap.CURSOR_INDEX, "EXPLAIN of the cursor's query shows the index")
        cursor = await connection.cursor(tap.WALK, rows[42][1])
        distances, batches = [], 0
        while batch := await cursor.fetch(50):
            distances += [row["distance"] for row in batch]
            batches += 1
        tap.walked(distances, batches, "a cursor reads by fifties")
    await connection.close()


asyncio.run(main())
tap.done()
