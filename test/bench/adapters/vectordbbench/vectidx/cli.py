"""The command `vectordbbench vectidx`."""

import os
from typing import Annotated, Unpack

import click
from pydantic import SecretStr

from vectordb_bench.backend.clients import DB

from ....cli.cli import CommonTypedDict, cli, click_parameter_decorators_from_typed_dict, run


class VectidxTypedDict(CommonTypedDict):
    user_name: Annotated[str, click.option("--user-name", type=str, default="postgres", show_default=True)]
    password: Annotated[str, click.option("--password", type=str, default=lambda: os.environ.get("POSTGRES_PASSWORD", "none"))]
    host: Annotated[str, click.option("--host", type=str, required=True, help="host, or folder of the socket")]
    port: Annotated[int, click.option("--port", type=int, default=5432, show_default=True)]
    db_name: Annotated[str, click.option("--db-name", type=str, required=True)]
    m: Annotated[int | None, click.option("--m", type=int)]
    ef_construction: Annotated[int | None, click.option("--ef-construction", type=int)]
    target_recall: Annotated[float | None, click.option("--target-recall", type=float, help="0.95 by default")]
    maintenance_work_mem: Annotated[str | None, click.option("--maintenance-work-mem", type=str, help="such as 8GB")]


@cli.command(name="vectidx")
@click_parameter_decorators_from_typed_dict(VectidxTypedDict)
def vectidx(**parameters: Unpack[VectidxTypedDict]):
    from .config import VectidxCaseConfig, VectidxConfig

    run(
        db=DB.Vectidx,
        db_config=VectidxConfig(
            db_label=parameters["db_label"],
            user_name=SecretStr(parameters["user_name"]),
            password=SecretStr(parameters["password"]),
            host=parameters["host"],
            port=parameters["port"],
            db_name=parameters["db_name"],
        ),
        db_case_config=VectidxCaseConfig(
            **{name: parameters[name] for name in ("m", "ef_construction", "target_recall", "maintenance_work_mem")}
        ),
        **parameters,
    )
