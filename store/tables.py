"""The three tables between the outside and the core, ingress, inbox and outbox, and the column types."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table, Text, text
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateIndex
from sqlalchemy.types import TypeDecorator, TypeEngine

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows only in a column whose type is exactly INTEGER.
SequenceNumber = BigInteger().with_variant(Integer, "sqlite")


class Instant(TypeDecorator[datetime]):
    """An aware instant in UTC: timestamptz on PostgreSQL, sortable ISO text on SQLite."""

    impl = String(32)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            from sqlalchemy.dialects.postgresql import TIMESTAMP  # which SQLite does not need

            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        return dialect.type_descriptor(String(32))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value
        return value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        return moment.astimezone(UTC)


_WHERE = "where"


def rows_where(condition: str) -> dict[str, str]:
    """Return the ``info`` of an index which holds only the rows that meet an SQL condition.

    The arguments ``sqlite_where`` and ``postgresql_where`` would load both dialects in every command. A copy of
    the table (``to_metadata``) loses the condition.
    """
    return {_WHERE: condition}


@compiles(CreateIndex)
def _create_index(create: CreateIndex, compiler: Any, **options: Any) -> Any:
    index: Index = create.element
    if _WHERE in index.info and compiler.dialect.name in ("sqlite", "postgresql"):
        index.dialect_kwargs[f"{compiler.dialect.name}_where"] = text(index.info[_WHERE])
    return compiler.visit_create_index(create, **options)


ingress = Table(
    "ingress",
    metadata,
    Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    Column("event", Text, nullable=False),  # CloudEvents JSON, validated when it was accepted
    Column("accepted_at", Instant, nullable=False),
    comment="accepted over HTTP, waiting for the topic or for the embedded runner",
)

inbox = Table(
    "inbox",
    metadata,
    Column("source", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("batch", BigInteger, nullable=False),  # see row_batches
    comment="events already handled: what is not new here is not handled again",
)

outbox = Table(
    "outbox",
    metadata,
    Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("data", Text, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("published_at", Instant),  # when it was published to the topic
    Column("offered_at", Instant),  # when deliveries to webhooks were created for it
    Column("batch", BigInteger, nullable=False),  # see row_batches
    Index("ix_outbox_not_published", "sequence", info=rows_where("published_at IS NULL")),
    Index("ix_outbox_not_offered", "sequence", info=rows_where("offered_at IS NULL")),
    comment="outcomes that the world has to hear of",
)

row_batches = Table(
    "row_batches",
    metadata,
    Column("number", SequenceNumber, primary_key=True, autoincrement=True),
    Column("table_name", String(32), nullable=False),
    Column("row_count", BigInteger, nullable=False),
    Column("digest", String(32), nullable=False),  # over the digests of the rows, in order
    Column("recorded_at", Instant, nullable=False),
    comment="append-only: what a transaction wrote into a table whose rows are sealed together",
)

erased_rows = Table(
    "erased_rows",
    metadata,
    Column("id", String(64), primary_key=True),  # table:sequence
    Column("table_name", String(32), nullable=False),
    Column("batch", BigInteger, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("digest", String(32), nullable=False),  # of the row that was there
    Column("act", BigInteger, nullable=False),  # the officer's act that erased it
    Column("recorded_at", Instant, nullable=False),
    comment="append-only: rows that were erased with a person, by their digests",
)

unsealed = Table(
    "unsealed",
    metadata,
    Column("number", SequenceNumber, primary_key=True, autoincrement=True),
    Column("lane", Integer, nullable=False),  # of the writer
    Column("rows", Text, nullable=False),  # JSON object: table → ids
    Column("recorded_at", Instant, nullable=False),
    comment="what was committed and waits to be sealed, a row for each transaction, more for a large one",
)
