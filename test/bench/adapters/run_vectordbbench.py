#!/usr/bin/python3
"""Runs the adapter of VectorDBBench without VectorDBBench: the calls that a performance case makes, over an HDF5 file of make_hdf5.py.

    run_vectordbbench.py --host /tmp --db-name bench FILE.hdf5

Prints the time to load, then for no filter, `id >=` 1 % and 99 % of the rows, and a label that 10 % of the rows have: recall@K, the
client's time for a search and the server's CPU for it.
"""

import argparse
import importlib
import pathlib
import pickle
import sys
import tempfile
import time
import types

import h5py
import numpy

HERE = pathlib.Path(__file__).resolve().parent

# The interface of VectorDBBench that the adapter uses.
API = '''
from enum import Enum
from pydantic import BaseModel


class MetricType(str, Enum):
    L2 = "L2"
    COSINE = "COSINE"
    IP = "IP"
    DP = "DP"


class DBConfig(BaseModel):
    db_label: str = ""
    version: str = ""
    note: str = ""


class DBCaseConfig:
    pass


class VectorDB:
    pass
'''
FILTER = '''
from enum import Enum


class FilterOp(str, Enum):
    NumGE = "NumGE"
    StrEqual = "Label"
    NonFilter = "NonFilter"
'''


def load(folder):
    """The adapter's package, at the place that it has in VectorDBBench."""
    clients = pathlib.Path(folder) / "vectordb_bench" / "backend" / "clients"
    clients.mkdir(parents=True)
    for package in (clients.parent.parent, clients.parent, clients):
        (package / "__init__.py").touch()
    (clients / "api.py").write_text(API, encoding="utf-8")
    (clients.parent / "filter.py").write_text(FILTER, encoding="utf-8")
    (clients / "vectidx").symlink_to(HERE / "vectordbbench" / "vectidx")
    sys.path.insert(0, str(folder))
    name = "vectordb_bench.backend.clients.vectidx."
    return importlib.import_module(name + "config"), importlib.import_module(name + "vectidx")


def label_of(number):
    return "label_10p" if number % 10 == 0 else "label_90p"


def cases(rows):
    """Name, the filter object of newer versions, and which ids satisfy it."""
    some = types.SimpleNamespace
    yield "no filter", some(type="NonFilter"), numpy.ones(rows, bool)
    for share in (0.01, 0.99):
        least = int(rows * share)
        yield f"id >= {least}", some(type="NumGE", int_field="id", int_value=least), numpy.arange(rows) >= least
    yield "label, 10 %", some(type="Label", label_field="labels", label_value="label_10p"), numpy.arange(rows) % 10 == 0


def run(modules, path, connection, k=100, queries=100, target_recall=None):
    config, client = modules
    with h5py.File(path) as data:
        train, test, distance = numpy.array(data["train"]), numpy.array(data["test"][:queries]), data.attrs["distance"]
    metric = {"angular": "COSINE", "euclidean": "L2"}[distance]
    case = config.VectidxCaseConfig(metric_type=metric, target_recall=target_recall)
    database = client.Vectidx(train.shape[1], config.VectidxConfig(**connection).to_dict(), case, drop_old=True)
    # It goes to other processes.
    database = pickle.loads(pickle.dumps(database))
    start = time.time()
    with database.init():
        for first in range(0, len(train), 1000):
            ids = range(first, min(first + 1000, len(train)))
            inserted, error = database.insert_embeddings(train[first : first + 1000].tolist(), list(ids), [label_of(i) for i in ids])
            if error is not None or inserted != len(ids):
                raise RuntimeError(f"{inserted} of {len(ids)} rows: {error}")
    with database.init():
        database.optimize(len(train))
    yield {"case": "load", "seconds": time.time() - start}
    if distance == "angular":
        train, test = (v / numpy.linalg.norm(v, axis=1, keepdims=True) for v in (train, test))
    for name, condition, passes in cases(len(train)):
        with database.init():
            database.prepare_filter(condition)
            hits, wanted, seconds = 0, 0, 0.0
            cpu = database.server_cpu()
            answers = []
            for query in test:
                start = time.time()
                answers.append(database.search_embedding(query.tolist(), k))
                seconds += time.time() - start
            cpu = database.server_cpu() - cpu
            wrong = 0
            for query, found in zip(test, answers):
                distances = 1 - train @ query if distance == "angular" else numpy.linalg.norm(train - query, axis=1)
                nearest = numpy.sort(distances[passes])[:k]
                hits += sum(distances[found] <= nearest[-1] + 1e-5)
                wanted += len(nearest)
                wrong += len(found) - sum(passes[found])
        yield {"case": name, "recall": hits / wanted, "wrong": wrong, "wall_ms": 1000 * seconds / len(test), "cpu_ms": 1000 * cpu / len(test)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, default=5432)
    parser.add_argument("--user-name", default="postgres")
    parser.add_argument("--db-name", required=True)
    parser.add_argument("--k", type=int, default=100)
    parser.add_argument("file")
    options = parser.parse_args()
    connection = {"host": options.host, "port": options.port, "user_name": options.user_name, "db_name": options.db_name}
    with tempfile.TemporaryDirectory() as folder:
        print(f"| case | recall@{options.k} | wall ms | server CPU ms |\n|---|---|---|---|")
        for result in run(load(folder), options.file, connection, options.k):
            if result["case"] == "load":
                print(f"| load and index: {result['seconds']:.1f} s | | | |", flush=True)
            else:
                print(f"| {result['case']} | {result['recall']:.4f} | {result['wall_ms']:.3f} | {result['cpu_ms']:.3f} |", flush=True)


if __name__ == "__main__":
    main()
