"""What the tests of Python's clients share: results in TAP, and where the server is."""

import os
import sys

number = 0
failures = 0


def ok(passed, name, why=""):
    global number, failures
    number += 1
    failures += not passed
    print(f"{'ok' if passed else 'not ok'} {number} - {name}", flush=True)
    if not passed:
        print("\n".join(f"# {line}" for line in str(why).splitlines()), flush=True)


def equal(got, expected, name):
    ok(got == expected, name, f"got {got!r}\nexpected {expected!r}")


def used(plan, index, name):
    """Whether the lines of EXPLAIN have a scan of the index, in its order."""
    plan = "\n".join(plan)
    ok(f"Index Scan using {index} on items" in plan and "Order By: " in plan, name, plan)


def nearest(found, exact, name):
    """Whether the distances found are the exact ones."""
    same = len(found) == 5 and all(abs(a - b) < 1e-6 for a, b in zip(found, exact))
    ok(same, name, f"got {found}\nexpected {exact}")


def done():
    print(f"1..{number}")
    sys.exit(failures > 0)


host = os.environ["PGHOST"]
port = int(os.environ["PGPORT"])
user = os.environ["PGUSER"]
database = os.environ["PGDATABASE"]

# The rows of the view `source`, in the order of the table's columns; the searches.
SOURCE = "SELECT id, embedding, half, sparse, bits FROM source ORDER BY id"
SEARCHES = "SELECT name, create_index, query, target FROM searches ORDER BY name"
EXACT = "SELECT exact FROM exact('{}')"
WALK = "SELECT id, embedding <-> CAST($1 AS vector) AS distance FROM items ORDER BY embedding <-> CAST($1 AS vector)"
CURSOR_INDEX = "items_embedding_l2"


def walked(distances, batches, name):
    """Whether a cursor gave all 300 rows in the order of distance, in several batches."""
    sorted_by_distance = all(a <= b + 1e-6 for a, b in zip(distances, distances[1:]))
    ok(len(distances) == 300 and sorted_by_distance and batches > 1, name, f"{len(distances)} rows in {batches} batches")
