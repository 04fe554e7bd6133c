"""The adapters of test/bench/adapters make the calls of ann-benchmarks and VectorDBBench against this server, over the lines of src."""

import importlib
import os
import pathlib
import sys
import tempfile

import tap

root = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(root / "test" / "bench" / "adapters"))
import make_hdf5  # noqa: E402
import run_ann  # noqa: E402
import run_vectordbbench  # noqa: E402

# What VectorDBBench's own commands are made with.
CLI = """
from typing import Annotated, TypedDict, get_type_hints
import click

calls = []


@click.group()
def cli():
    pass


class CommonTypedDict(TypedDict):
    db_label: Annotated[str, click.option("--db-label", type=str, default="")]


def click_parameter_decorators_from_typed_dict(typed_dict):
    def decorate(function):
        for hint in get_type_hints(typed_dict, include_extras=True).values():
            function = hint.__metadata__[0](function)
        return function
    return decorate


def run(**parameters):
    calls.append(parameters)
"""

os.environ["VECTIDX_CONNINFO"] = f"host={tap.host} port={tap.port} user={tap.user} dbname={tap.database}"
with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    vectors = make_hdf5.text_vectors(root / "src", 1260)
    tap.equal(len(vectors), 1260, "the tree has enough lines")
    for distance in ("angular", "euclidean"):
        make_hdf5.write(folder / f"{distance}.hdf5", vectors[60:], vectors[:60], distance)

    module = run_ann.load(folder / "ann")
    for distance in ("angular", "euclidean"):
        for result in run_ann.run(module, folder / f"{distance}.hdf5", "defaults", runs=1):
            target = float(result["name"].split("target_recall=")[1].rstrip(")"))
            name = f"ann-benchmarks, {distance}, {target}"
            # 60 queries over 1,200 rows: whether the setting reaches the server. test/t/014_promise.pl measures what it promises.
            tap.ok(result["recall"] >= min(target, 0.99) - 0.05, f"{name}: recall", result)
            tap.ok(result["index_kb"] > 0 and result["build_s"] > 0, f"{name}: size and time of the index", result)
            tap.ok(result["server_cpu_ms_per_query"] > 0, f"{name}: CPU of the server", result)
    groups = {result["group"] for result in run_ann.run(module, folder / "angular.hdf5", runs=1, batch=True) if result["recall"] > 0.65}
    tap.equal(sorted(groups), ["defaults", "high-recall", "small"], "ann-benchmarks: every group of config.yml runs, in batches")
    try:
        module.Vectidx("jaccard", {})
        tap.ok(False, "ann-benchmarks: a metric that the index does not have is refused")
    except NotImplementedError:
        tap.ok(True, "ann-benchmarks: a metric that the index does not have is refused")

    modules = run_vectordbbench.load(folder / "vectordbbench")
    connection = {"host": tap.host, "port": tap.port, "user_name": tap.user, "db_name": tap.database}
    for distance in ("angular", "euclidean"):
        searches = run_vectordbbench.run(modules, folder / f"{distance}.hdf5", connection, k=100, queries=25, target_recall=0.99)
        for result in searches:
            name = f"VectorDBBench, {distance}, {result['case']}"
            if result["case"] == "load":
                tap.ok(result["seconds"] > 0, f"{name}: rows and index are there", result)
            else:
                tap.ok(result["recall"] >= 0.95, f"{name}: recall", result)
                tap.equal(result["wrong"], 0, f"{name}: every row satisfies the filter")
                tap.ok(result["cpu_ms"] > 0, f"{name}: CPU of the server", result)
    settings = modules[0].VectidxCaseConfig(metric_type="IP", m=24, target_recall=0.99, maintenance_work_mem="1GB")
    tap.equal(settings.index_param()["options"], {"m": 24}, "VectorDBBench: options of the index")
    tap.equal(settings.search_param()["settings"], {"vectidx.target_recall": "0.99"}, "VectorDBBench: settings of a search")

    # The command, where click is: what it hands to VectorDBBench's run().
    try:
        from click.testing import CliRunner
    except ImportError:
        tap.ok(True, "VectorDBBench: the command # skip there is no click (Debian package python3-click)")
        tap.done()
    package = folder / "vectordbbench" / "vectordb_bench"
    (package / "backend" / "clients" / "__init__.py").write_text("from enum import Enum\n\nDB = Enum('DB', ['Vectidx'])\n", encoding="utf-8")
    (package / "cli").mkdir()
    (package / "cli" / "__init__.py").touch()
    (package / "cli" / "cli.py").write_text(CLI, encoding="utf-8")
    importlib.reload(sys.modules["vectordb_bench.backend.clients"])
    importlib.import_module("vectordb_bench.backend.clients.vectidx.cli")
    base = importlib.import_module("vectordb_bench.cli.cli")
    arguments = ["vectidx", "--db-label", "x", "--host", "there", "--db-name", "d", "--m", "24", "--target-recall", "0.9"]
    result = CliRunner().invoke(base.cli, arguments, catch_exceptions=False)
    (call,) = base.calls
    tap.equal((result.exit_code, call["db"].name, call["db_config"].to_dict()["host"]), (0, "Vectidx", "there"), "VectorDBBench: the command runs")
    tap.equal((call["db_case_config"].m, call["db_case_config"].target_recall), (24, 0.9), "VectorDBBench: it takes options of the index")
tap.done()
