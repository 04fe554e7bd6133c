"""The connection and the index options, as VectorDBBench wants them."""

from pydantic import BaseModel, SecretStr

from ..api import DBCaseConfig, DBConfig, MetricType

OPERATORS = {
    "L2": ("vector_l2_ops", "<->"),
    "COSINE": ("vector_cosine_ops", "<=>"),
    "IP": ("vector_ip_ops", "<#>"),
    "DP": ("vector_ip_ops", "<#>"),
}


class VectidxConfig(DBConfig):
    user_name: SecretStr = SecretStr("postgres")
    # A server that trusts its socket needs none.
    password: SecretStr = SecretStr("none")
    host: str = "localhost"
    port: int = 5432
    db_name: str = "vectordb"

    def to_dict(self) -> dict:
        return {
            "host": self.host,
            "port": self.port,
            "dbname": self.db_name,
            "user": self.user_name.get_secret_value(),
            "password": self.password.get_secret_value(),
        }


class VectidxCaseConfig(BaseModel, DBCaseConfig):
    metric_type: MetricType | None = None
    m: int | None = None
    ef_construction: int | None = None
    target_recall: float | None = None
    maintenance_work_mem: str | None = None

    def operator(self) -> str:
        return OPERATORS[self.metric_type.value][1]

    def index_param(self) -> dict:
        options = {"m": self.m, "ef_construction": self.ef_construction}
        return {
            "opclass": OPERATORS[self.metric_type.value][0],
            "options": {name: value for name, value in options.items() if value is not None},
            "settings": {"maintenance_work_mem": self.maintenance_work_mem} if self.maintenance_work_mem else {},
        }

    def search_param(self) -> dict:
        settings = {} if self.target_recall is None else {"vectidx.target_recall": str(self.target_recall)}
        return {"operator": self.operator(), "settings": settings}
