"""Django: fields of one's own, bulk_create, order by an expression, iterator()."""

import django
import tap
from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import FloatField, Func, Value

settings.configure(
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": tap.host,
            "PORT": tap.port,
            "USER": tap.user,
            "NAME": tap.database,
        }
    },
    USE_TZ=True,
)
django.setup()


def field(type_name):
    class Field(models.TextField):
        def db_type(self, connection):
            return type_name

        def get_placeholder(self, value, compiler, connection):
            return f"CAST(%s AS {type_name})"

    return Field()


class Item(models.Model):
    id = models.IntegerField(primary_key=True)
    embedding = field("vector(3)")
    half = field("halfvec(3)")
    sparse = field("sparsevec(12)")
    bits = field("bit(32)")

    class Meta:
        app_label = "clients"
        db_table = "items"
        managed = False


def distance(column, operator, target):
    cast = Func(Value(target), template=f"CAST(%(expressions)s AS {Item._meta.get_field(column).db_type(connection)})")
    return Func(column, cast, arg_joiner=f" {operator.replace('%', '%%')} ", template="(%(expressions)s)", output_field=FloatField())


def fetch(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


rows = fetch(tap.SOURCE)
Item.objects.bulk_create([Item(*row) for row in rows], batch_size=100)
tap.equal(Item.objects.count(), 300, "bulk_create inserts the rows")
tap.equal(Item.objects.get(pk=43).bits, rows[42][4], "bits come back")
for name, create, query, target in fetch(tap.SEARCHES):
    fetch_nothing = connection.cursor()
    fetch_nothing.execute(create)
    near = distance(name.split("_")[1], query.split()[3], target)
    nearest = Item.objects.annotate(distance=near).order_by("distance")[:5]
    tap.used(nearest.explain(costs=False).splitlines(), name, f"{name}: EXPLAIN shows the index")
    exact = [value for (value,) in fetch(tap.EXACT.format(name))]
    tap.nearest([item.distance for item in nearest], exact, f"{name}: the nearest rows")

walk = Item.objects.annotate(distance=distance("embedding", "<->", rows[42][1])).order_by("distance")
tap.used(walk.explain(costs=False).splitlines(), tap.CURSOR_INDEX, "EXPLAIN of the cursor's query shows the index")
with transaction.atomic():
    items = walk.iterator(chunk_size=50)
    first = next(items)
    open_cursors = fetch("SELECT count(*) FROM pg_cursors WHERE statement LIKE '%<->%'")[0][0]
    distances = [first.distance] + [item.distance for item in items]
    tap.walked(distances, 300 // 50, "iterator() reads by fifties")
    tap.equal(open_cursors, 1, "it has a cursor on the server")
tap.done()
