"""vectidx for VectorDBBench: one table with one index."""

import logging
from contextlib import contextmanager

import numpy
import psycopg
from psycopg import sql
from psycopg.adapt import Dumper
from psycopg.pq import Format
from psycopg.types import TypeInfo

from ..api import VectorDB

try:
    from ...filter import FilterOp
except ImportError:
    FilterOp = None

log = logging.getLogger(__name__)


def binary_vector(array):
    """The binary format of a vector: its dimensions and 0 as int16, then float4, all big-endian."""
    return len(array).to_bytes(2, "big") + b"\0\0" + numpy.asarray(array).astype(">f4").tobytes()


class Vectidx(VectorDB):
    if FilterOp is not None:
        supported_filter_types = [FilterOp.NonFilter, FilterOp.NumGE, FilterOp.StrEqual]

    # VectorDBBench pickles this object into its processes: it holds no connection outside of init().
    def __init__(self, dim, db_config, db_case_config, collection_name="items", drop_old=False, **kwargs):
        self.name = "Vectidx"
        self.dim = dim
        self.db_config = db_config
        self.case_config = db_case_config
        self.table = sql.Identifier(collection_name)
        self.index = collection_name + "_embedding"
        self.connection = None
        self.cpu_before = 0.0
        self.searches = 0
        self.condition, self.values = sql.SQL(""), []
        with self._connect() as connection:
            connection.execute("CREATE EXTENSION IF NOT EXISTS vectidx")
            if drop_old:
                connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(self.table))
            connection.execute(
                sql.SQL("CREATE TABLE IF NOT EXISTS {} (id bigint NOT NULL, embedding vector({}) NOT NULL, label text)").format(
                    self.table, sql.Literal(dim)
                )
            )

    def _connect(self):
        return psycopg.connect(**self.db_config, autocommit=True)

    @contextmanager
    def init(self):
        with self._connect() as connection:
            vector = TypeInfo.fetch(connection, "vector")
            vector.register(connection)

            class VectorDumper(Dumper):
                format = Format.BINARY
                oid = vector.oid

                def dump(self, obj):
                    return binary_vector(obj)

            connection.adapters.register_dumper(numpy.ndarray, VectorDumper)
            connection.execute("SET plan_cache_mode = force_generic_plan")
            for name, value in self.case_config.search_param()["settings"].items():
                connection.execute("SELECT set_config(%s, %s, false)", [name, value])
            self.connection = connection
            self.searches = 0
            self.cpu_before = self.server_cpu()
            try:
                yield
            finally:
                self.report_cpu()
                self.connection = None

    def server_cpu(self):
        """Seconds of CPU of the session, or 0 where the server is on another machine."""
        try:
            with open(f"/proc/{self.connection.info.backend_pid}/schedstat", encoding="ascii") as file:
                return int(file.read().split()[0]) / 1e9
        except OSError:
            return 0.0

    def report_cpu(self):
        if self.searches > 0:
            milliseconds = 1000 * (self.server_cpu() - self.cpu_before) / self.searches
            log.info("vectidx: %d searches, %.3f ms of the server's CPU each", self.searches, milliseconds)

    def need_normalize_cosine(self):
        return False

    def insert_embeddings(self, embeddings, metadata, labels_data=None, **kwargs):
        labels = labels_data if labels_data is not None else [None] * len(metadata)
        try:
            with self.connection.cursor().copy(sql.SQL("COPY {} FROM STDIN (FORMAT binary)").format(self.table)) as copy:
                copy.set_types(["int8", "vector", "text"])
                for number, embedding, label in zip(metadata, embeddings, labels):
                    copy.write_row((int(number), numpy.asarray(embedding), label))
        except psycopg.Error as error:
            log.warning("cannot insert: %s", error)
            return 0, error
        return len(metadata), None

    def optimize(self, data_size=None):
        parameters = self.case_config.index_param()
        for name, value in parameters["settings"].items():
            self.connection.execute("SELECT set_config(%s, %s, false)", [name, value])
        options = sql.SQL(", ").join(
            sql.SQL("{} = {}").format(sql.Identifier(name), sql.Literal(value)) for name, value in parameters["options"].items()
        )
        self.connection.execute(
            sql.SQL("CREATE INDEX IF NOT EXISTS {} ON {} USING vectidx (embedding {}){}").format(
                sql.Identifier(self.index),
                self.table,
                sql.Identifier(parameters["opclass"]),
                sql.SQL(" WITH ({})").format(options) if parameters["options"] else sql.SQL(""),
            )
        )
        # What the filters of the cases ask for.
        self.connection.execute(sql.SQL("CREATE INDEX ON {} (id)").format(self.table))
        self.connection.execute(sql.SQL("CREATE INDEX ON {} (label)").format(self.table))
        self.connection.execute(sql.SQL("VACUUM ANALYZE {}").format(self.table))
        self.connection.execute("SELECT vectidx_prewarm(%s)", [self.index])

    def prepare_filter(self, filters):
        """Called before the searches of a case by versions that have kinds of filters."""
        kind = filters.type.value if hasattr(filters.type, "value") else filters.type
        if kind == "NonFilter":
            self.condition, self.values = sql.SQL(""), []
        elif hasattr(filters, "int_value"):
            self.condition, self.values = sql.SQL("WHERE id >= %b"), [int(filters.int_value)]
        else:
            self.condition, self.values = sql.SQL("WHERE label = %b"), [filters.label_value]

    def search_embedding(self, query, k=100, filters=None, timeout=None, **kwargs):
        condition, values = self.condition, self.values
        # Versions before that pass the condition with each search.
        if filters:
            condition, values = sql.SQL("WHERE id >= %b"), [int(filters["id"])]
        # A number, which the plan can use: a generic plan does not know a LIMIT that is a parameter.
        statement = sql.SQL("SELECT id FROM {} {} ORDER BY embedding {} %b LIMIT {}").format(
            self.table, condition, sql.SQL(self.case_config.search_param()["operator"]), sql.Literal(int(k))
        )
        self.searches += 1
        cursor = self.connection.execute(statement, [*values, numpy.asarray(query)], prepare=True, binary=True)
        return [number for (number,) in cursor]
