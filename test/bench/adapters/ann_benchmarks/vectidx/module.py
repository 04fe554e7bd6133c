"""vectidx for ann-benchmarks: one table with one index in a PostgreSQL server on this machine.

VECTIDX_CONNINFO names a server that runs (test/bench/adapters/README.md). Without it, that of the container is started.
"""

import os
import subprocess
import threading

import numpy
import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format
from psycopg.types import TypeInfo

from ..base.module import BaseANN

OPERATORS = {"angular": ("vector_cosine_ops", "<=>"), "euclidean": ("vector_l2_ops", "<->")}


def binary_vector(array):
    """The binary format of a vector: its dimensions and 0 as int16, then float4, all big-endian."""
    return len(array).to_bytes(2, "big") + b"\0\0" + numpy.asarray(array).astype(">f4").tobytes()


class Vectidx(BaseANN):
    def __init__(self, metric, options):
        if metric not in OPERATORS:
            raise NotImplementedError(f"vectidx has no index for the metric {metric}")
        self.opclass, self.operator = OPERATORS[metric]
        self.options = dict(options)
        self.recall = None
        self.name = self.label()
        self.queries = 0
        self.cpu_before = None
        self.sessions = threading.local()
        self.connections = []
        self.conninfo = os.environ.get("VECTIDX_CONNINFO")
        if self.conninfo is None:
            subprocess.run(["service", "postgresql", "start"], check=True)
            self.conninfo = "dbname=ann user=ann"
        # What a run before this one left, which get_memory_usage() would count.
        self.connection().execute("DROP TABLE IF EXISTS items")

    def label(self):
        options = ", ".join(f"{key}={value}" for key, value in sorted(self.options.items()))
        return f"Vectidx({options}{', ' if options else ''}target_recall={self.recall})"

    def connect(self):
        connection = psycopg.connect(self.conninfo, autocommit=True)
        connection.execute("CREATE EXTENSION IF NOT EXISTS vectidx")
        vector = TypeInfo.fetch(connection, "vector")
        vector.register(connection)

        class VectorDumper(Dumper):
            format = Format.BINARY
            oid = vector.oid

            def dump(self, obj):
                return binary_vector(obj)

        connection.adapters.register_dumper(numpy.ndarray, VectorDumper)
        # As in a server's steady state: one plan for all queries.
        connection.execute("SET plan_cache_mode = force_generic_plan")
        connection.execute("SET jit = off")
        if self.recall is not None:
            connection.execute("SELECT set_config('vectidx.target_recall', %s, false)", [str(self.recall)])
        self.connections.append(connection)
        return connection

    def connection(self):
        """That of this thread: batch_query() of the base class uses several."""
        if not hasattr(self.sessions, "connection"):
            self.sessions.connection = self.connect()
        return self.sessions.connection

    def fit(self, X):
        connection = self.connection()
        connection.execute(f"CREATE TABLE items (id integer NOT NULL, embedding vector({X.shape[1]}) NOT NULL)")
        if X.shape[1] <= 1900:
            # A row fits into a page: the table needs no TOAST.
            connection.execute("ALTER TABLE items ALTER embedding SET STORAGE PLAIN")
        with connection.cursor().copy("COPY items FROM STDIN (FORMAT binary)") as copy:
            copy.set_types(["int4", "vector"])
            for number, row in enumerate(X):
                copy.write_row((number, row))
        options = ", ".join(f"{key} = {value}" for key, value in self.options.items())
        connection.execute(
            f"CREATE INDEX items_embedding ON items USING vectidx (embedding {self.opclass})"
            + (f" WITH ({options})" if options else "")
        )
        connection.execute("VACUUM ANALYZE items")
        connection.execute("SELECT vectidx_prewarm('items_embedding')")

    def set_query_arguments(self, recall):
        self.recall = recall
        self.name = self.label()
        self.queries = 0
        for connection in self.connections:
            connection.execute("SELECT set_config('vectidx.target_recall', %s, false)", [str(recall)])
        self.cpu_before = self.server_cpu()

    def query(self, q, n):
        self.queries += 1
        cursor = self.connection().execute(
            f"SELECT id FROM items ORDER BY embedding {self.operator} %b LIMIT {int(n)}",
            (q,),
            prepare=True,
            binary=True,
        )
        return [number for (number,) in cursor]

    def server_cpu(self):
        """Seconds of CPU of the sessions, where the server is on this machine."""
        total = 0
        for connection in self.connections:
            try:
                with open(f"/proc/{connection.info.backend_pid}/schedstat", encoding="ascii") as file:
                    total += int(file.read().split()[0]) / 1e9
            except OSError:
                return None
        return total

    def get_memory_usage(self):
        """Kilobytes of the index, or of nothing before there is one."""
        query = "SELECT coalesce(pg_relation_size(to_regclass('items_embedding')), 0) / 1024"
        return float(self.connection().execute(query).fetchone()[0])

    def get_additional(self):
        """CPU of the server for each query since set_query_arguments()."""
        cpu = self.server_cpu()
        if cpu is None or self.cpu_before is None or self.queries == 0:
            return {}
        return {"server_cpu_ms_per_query": 1000 * (cpu - self.cpu_before) / self.queries}

    def done(self):
        for connection in self.connections:
            connection.close()
        self.connections = []
        self.sessions = threading.local()
