#!/usr/bin/python3
"""Runs the adapter of ann-benchmarks without ann-benchmarks: the calls that its runner makes, in their order, over one HDF5 file.

    VECTIDX_CONNINFO='host=/tmp dbname=ann' run_ann.py [--group NAME] [--runs N] FILE.hdf5

Prints a line for each set of query arguments: recall@10, the client's time for a query, and the CPU of the server for it. The figures of
ann-benchmarks itself are the client's time; a server of its own has no other way to show what it costs.
"""

import argparse
import importlib
import itertools
import pathlib
import sys
import tempfile
import time

import h5py
import numpy
import yaml

HERE = pathlib.Path(__file__).resolve().parent

# The interface of ann-benchmarks that the adapter uses: what it inherits.
BASE = '''
from multiprocessing.pool import ThreadPool


class BaseANN:
    def done(self):
        pass

    def get_memory_usage(self):
        return None

    def batch_query(self, X, n):
        with ThreadPool(2) as pool:
            self.res = pool.map(lambda q: self.query(q, n), X)

    def get_batch_results(self):
        return self.res

    def get_additional(self):
        return {}

    def __str__(self):
        return self.name
'''


def load(folder):
    """The adapter's module, at the place that it has in ann-benchmarks."""
    algorithms = pathlib.Path(folder) / "ann_benchmarks" / "algorithms"
    (algorithms / "base").mkdir(parents=True)
    for package in (algorithms.parent, algorithms, algorithms / "base"):
        (package / "__init__.py").touch()
    (algorithms / "base" / "module.py").write_text(BASE, encoding="utf-8")
    (algorithms / "vectidx").symlink_to(HERE / "ann_benchmarks" / "vectidx")
    sys.path.insert(0, str(folder))
    return importlib.import_module("ann_benchmarks.algorithms.vectidx.module")


def products(values):
    """All combinations of a list or a dict of alternatives."""
    if isinstance(values, dict):
        lists = [[(name, value) for value in (alternatives if isinstance(alternatives, list) else [alternatives])]
                 for name, alternatives in values.items()]
        return [dict(combination) for combination in itertools.product(*lists)]
    return [list(combination) for combination in itertools.product(*[v if isinstance(v, list) else [v] for v in values])]


def definitions(distance, wanted=None):
    """Of config.yml: the name of a group, the constructor's arguments, the sets of query arguments."""
    config = yaml.safe_load((HERE / "ann_benchmarks" / "vectidx" / "config.yml").read_text(encoding="utf-8"))
    for entry in config["float"]["any"]:
        base = [distance if argument == "@metric" else argument for argument in entry["base_args"]]
        for name, group in entry["run_groups"].items():
            if wanted is None or name == wanted:
                for arguments in itertools.product(*[products(argument) for argument in group["arg_groups"]]):
                    yield name, entry["constructor"], base + list(arguments), products(group["query_args"])


def recall(found, distances, exact, count):
    """As ann-benchmarks: a row counts that is not farther than the count-th exact one."""
    return numpy.mean([sum(d <= e[count - 1] + 1e-3 for d in row) / count for row, e in zip(distances, exact)]) if found else 0.0


def measure_one(algorithm, data, count, runs, batch=False):
    """One set of query arguments: the best run's time for a query, and the rows found."""
    queries = numpy.array(data["test"])
    best, found = float("inf"), []
    for _ in range(runs):
        if batch:
            start = time.time()
            algorithm.batch_query(queries, count)
            found = algorithm.get_batch_results()
            best = min(best, (time.time() - start) / len(queries))
        else:
            total, found = 0.0, []
            for query in queries:
                start = time.time()
                found.append(algorithm.query(query, count))
                total += time.time() - start
            best = min(best, total / len(queries))
    return best, found


def true_distances(data, found):
    train, queries = numpy.array(data["train"], "float64"), numpy.array(data["test"], "float64")
    if data.attrs["distance"] == "angular":
        train /= numpy.linalg.norm(train, axis=1, keepdims=True)
        queries /= numpy.linalg.norm(queries, axis=1, keepdims=True)
        return [1 - train[list(ids)] @ query for ids, query in zip(found, queries)]
    return [numpy.linalg.norm(train[list(ids)] - query, axis=1) for ids, query in zip(found, queries)]


def run(module, path, wanted=None, count=10, runs=2, batch=False):
    """The runner's calls. Yields a dict for each set of query arguments."""
    with h5py.File(path) as data:
        for group, constructor, arguments, query_arguments in definitions(data.attrs["distance"], wanted):
            algorithm = getattr(module, constructor)(*arguments)
            try:
                before = algorithm.get_memory_usage()
                start = time.time()
                algorithm.fit(numpy.array(data["train"]))
                built = time.time() - start
                size = algorithm.get_memory_usage() - before
                for query_argument in query_arguments:
                    algorithm.set_query_arguments(*query_argument)
                    seconds, found = measure_one(algorithm, data, count, runs, batch)
                    result = {"group": group, "name": str(algorithm), "build_s": built, "index_kb": size, "wall_ms": 1000 * seconds}
                    result["recall"] = recall(found, true_distances(data, found), data["distances"], count)
                    result.update(algorithm.get_additional())
                    yield result
            finally:
                algorithm.done()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--group")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("file")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        module = load(folder)
        print("| configuration | recall@10 | wall ms | server CPU ms | build s | index MB |")
        print("|---|---|---|---|---|---|")
        for result in run(module, options.file, options.group, runs=options.runs):
            cpu = result.get("server_cpu_ms_per_query")
            print(
                f"| {result['name']} | {result['recall']:.4f} | {result['wall_ms']:.3f} | {'-' if cpu is None else f'{cpu:.3f}'}"
                f" | {result['build_s']:.1f} | {result['index_kb'] / 1000:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
