"""Seal the inbox, the outbox, the journal, members' changes and merchants' rights.

Every row of the first four gets the number of its batch. What was there before is one batch for each table,
with a negative number; it waits to be sealed, as merchants and their keys do. The digests are computed here
as ``store/row_batches.py`` computed them when this revision was written.
"""

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from alembic import op
from pydantic_core import to_json

from store.tables import Instant, SequenceNumber

revision = "0023"
down_revision = "0022"

_BATCHED: tuple[tuple[str, int, tuple[str, ...], tuple[str, ...]], ...] = (
    ("inbox", -1, ("source", "id", "digest", "recorded_at"), ("source", "id")),
    ("journal", -2, ("source", "event_id", "member_id", "occurred_at", "event"), ("sequence",)),
    (
        "member_changes",
        -3,
        ("member_id", "effective_at", "type", "source", "event_id", "changes"),
        ("sequence",),
    ),
    ("outbox", -4, ("id", "key", "type", "data", "recorded_at", "traceparent"), ("sequence",)),
)
_INSTANTS = frozenset({"recorded_at", "occurred_at", "effective_at"})

_new = sa.MetaData(naming_convention={"pk": "pk_%(table_name)s"})
_batches = sa.Table(
    "row_batches",
    _new,
    sa.Column("number", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("table_name", sa.String(32), nullable=False),
    sa.Column("row_count", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.String(32), nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
)
sa.Table(
    "erased_rows",
    _new,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("table_name", sa.String(32), nullable=False),
    sa.Column("batch", sa.BigInteger, nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.String(32), nullable=False),
    sa.Column("act", sa.BigInteger, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
)
_unsealed = sa.table(
    "unsealed", sa.column("lane", sa.Integer), sa.column("rows", sa.Text), sa.column("recorded_at", Instant)
)


def upgrade() -> None:
    connection, now = op.get_bind(), datetime.now(UTC)
    _new.create_all(connection, checkfirst=False)
    waiting: dict[str, list[str]] = {}
    for table, number, columns, order in _BATCHED:
        op.add_column(
            table, sa.Column("batch", sa.BigInteger, nullable=False, server_default=sa.text(str(number)))
        )
        if _record(connection, table, number, columns, order, now):
            waiting.setdefault("row_batches", []).append(str(number))
    for table in ("merchants", "merchant_keys"):
        ids = connection.execute(sa.text(f"SELECT id FROM {table} ORDER BY id")).scalars().all()
        waiting |= {table: list(ids)} if ids else {}
    ended = sa.text("SELECT id FROM merchant_keys WHERE revoked_at IS NOT NULL ORDER BY id")
    if ids := list(connection.execute(ended).scalars()):
        waiting["merchant_key_ends"] = ids
    if waiting:
        row = {"lane": 0, "rows": json.dumps(waiting), "recorded_at": now}
        connection.execute(sa.insert(_unsealed).values(row))


def _record(
    connection: sa.Connection,
    table: str,
    number: int,
    columns: tuple[str, ...],
    order: tuple[str, ...],
    now: datetime,
) -> int:
    """Record all rows of a table as one batch; return their count."""
    typed: list[sa.ColumnClause[Any]] = [
        sa.column(name, Instant) if name in _INSTANTS else sa.column(name) for name in columns
    ]
    keys: list[sa.ColumnClause[Any]] = [sa.column(name) for name in order if name not in columns]
    rows = connection.execute(sa.select(*typed, *keys).select_from(sa.table(table))).mappings()
    digests = sorted(
        (tuple(row[name] for name in order), _digest([row[name] for name in columns])) for row in rows
    )
    if table == "outbox":  # whose old rows are deleted after a time: the batch is as old as its oldest row
        oldest = sa.select(sa.func.min(sa.column("recorded_at", Instant), type_=Instant))
        now = connection.execute(oldest.select_from(sa.table(table))).scalar() or now
    if digests:
        whole = sha256("".join(digest for _, digest in digests).encode()).hexdigest()[:32]
        batch = {"number": number, "table_name": table, "row_count": len(digests), "digest": whole}
        connection.execute(sa.insert(_batches).values({**batch, "recorded_at": now}))
    return len(digests)


def _digest(values: list[Any]) -> str:
    plain = [value.astimezone(UTC) if isinstance(value, datetime) else value for value in values]
    return sha256(to_json(plain)).hexdigest()[:32]
