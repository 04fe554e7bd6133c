"""SQLAlchemy: a type of one's own, the ORM, order by an operator, stream_results."""

import sqlalchemy
import tap
from sqlalchemy import Column, Integer, create_engine, text
from sqlalchemy.orm import Session, declarative_base
from sqlalchemy.types import UserDefinedType


class Vector(UserDefinedType):
    cache_ok = True

    def __init__(self, name, dimensions):
        self.name, self.dimensions = name, dimensions

    def get_col_spec(self, **_):
        return f"{self.name}({self.dimensions})"

    def bind_expression(self, bindvalue):
        return sqlalchemy.cast(bindvalue, self)


Base = declarative_base()


class Item(Base):
    __tablename__ = "items"
    id = Column(Integer, primary_key=True)
    embedding = Column(Vector("vector", 3))
    half = Column(Vector("halfvec", 3))
    sparse = Column(Vector("sparsevec", 12))
    bits = Column(Vector("bit", 32))


url = sqlalchemy.engine.URL.create("postgresql+psycopg2", tap.user, database=tap.database, query={"host": tap.host, "port": str(tap.port)})
engine = create_engine(url)
with Session(engine) as session:
    rows = session.execute(text(tap.SOURCE)).all()
    session.add_all(Item(id=r.id, embedding=r.embedding, half=r.half, sparse=r.sparse, bits=r.bits) for r in rows)
    session.commit()
    tap.equal(session.query(Item).count(), 300, "the ORM inserts the rows")
    tap.equal(session.get(Item, 43).half, rows[42].half, "a halfvec comes back as its text")
    for name, create, query, target in session.execute(text(tap.SEARCHES)).all():
        session.execute(text(create))
        column = getattr(Item, name.split("_")[1])
        operator = query.split()[3]
        distance = column.op(operator, return_type=sqlalchemy.Float())(target)
        statement = sqlalchemy.select(Item.id, distance.label("distance")).order_by(distance).limit(5)
        compiled = statement.compile(engine, compile_kwargs={"render_postcompile": True})
        plan = session.connection().exec_driver_sql("EXPLAIN (COSTS off) " + str(compiled), compiled.params)
        tap.used([line for (line,) in plan], name, f"{name}: EXPLAIN shows the index")
        exact = [value for (value,) in session.execute(text(tap.EXACT.format(name)))]
        tap.nearest([row.distance for row in session.execute(statement)], exact, f"{name}: the nearest rows")

    distance = Item.embedding.op("<->", return_type=sqlalchemy.Float())(rows[42].embedding)
    walk = sqlalchemy.select(Item.id, distance.label("distance")).order_by(distance)
    compiled = walk.compile(engine)
    plan = session.connection().exec_driver_sql("EXPLAIN (COSTS off) DECLARE c CURSOR FOR " + str(compiled), compiled.params)
    tap.used([line for (line,) in plan], tap.CURSOR_INDEX, "EXPLAIN of a cursor shows the index")
    result = session.execute(walk, execution_options={"stream_results": True, "max_row_buffer": 50})
    distances, batches = [], 0
    for batch in result.partitions(50):
        distances += [row.distance for row in batch]
        batches += 1
    tap.walked(distances, batches, "stream_results reads by fifties")
tap.done()
