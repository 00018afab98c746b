"""Transactions and where each grant stands; what waits to be sealed, and seals."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from store.tables import Instant, SequenceNumber

revision = "0011"
down_revision = "0010"

_STAGES = ("promised", "issued", "redeemed", "settled", "expired", "reversed")
_COUNTED_BY_WORTH = "('cash', 'voucher')"
_BATCH = 500


def upgrade() -> None:
    _create_transactions()
    _create_grant_balances()
    _create_account_balances()
    _create_seals()
    _fill_transactions()
    _fill_balances()
    _queue_what_is_there()


def _create_transactions() -> None:
    op.create_table(
        "transactions",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("grant_id", sa.String(length=40), nullable=True),
        sa.Column("act_id", sa.String(length=64), nullable=True),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transactions")),
        comment="append-only: what moved benefits between accounts; its lines are postings",
    )
    later = sa.text("kind <> 'promise'")
    op.create_index(
        "ix_transactions_grant_id",
        "transactions",
        ["grant_id"],
        unique=False,
        postgresql_where=later,
        sqlite_where=later,
    )


def _create_grant_balances() -> None:
    op.create_table(
        "grant_balances",
        sa.Column("grant_id", sa.String(length=40), nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        *(sa.Column(stage, sa.BigInteger(), nullable=False) for stage in _STAGES),
        *(sa.CheckConstraint(f"{stage} >= 0", name=op.f(f"ck_grant_balances_{stage}")) for stage in _STAGES),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.id"], name=op.f("fk_grant_balances_grant_id")),
        sa.PrimaryKeyConstraint("grant_id", "unit", name=op.f("pk_grant_balances")),
        comment="where each grant stands, once something happened after its promise; its lock stops double spending",
    )


def _create_account_balances() -> None:
    op.create_table(
        "account_balances",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "unit", name=op.f("pk_account_balances")),
        comment="what the sealed postings of an account sum to",
    )


def _create_seals() -> None:
    op.create_table(
        "unsealed",
        sa.Column("number", SequenceNumber, autoincrement=True, nullable=False),
        sa.Column("lane", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Text(), nullable=False),
        sa.Column("recorded_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_unsealed")),
        comment="what was committed and waits to be sealed, a row for each batch",
    )
    op.create_table(
        "seals",
        sa.Column("book", sa.Text(), nullable=False),
        sa.Column("lane", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digests", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("sealed_at", Instant, nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_seals_number")),
        sa.PrimaryKeyConstraint("book", "lane", "number", name=op.f("pk_seals")),
        comment="append-only: hash chains over what was committed",
    )


def _fill_transactions() -> None:
    """What was promised and what was taken back; the latter went to its end and back in one step."""
    op.execute(
        "INSERT INTO transactions (id, kind, grant_id, act_id, occurred_on, reason, recorded_at)"
        " SELECT g.id, 'promise', g.id, NULL, g.granted_on, '', d.recorded_at"
        " FROM grants g JOIN decisions d ON d.id = g.decision_id"
    )
    op.execute(
        "INSERT INTO transactions (id, kind, grant_id, act_id, occurred_on, reason, recorded_at)"
        " SELECT r.id, 'reverse', r.grant_id, 'act/' || r.act, a.day, a.reason, r.recorded_at"
        " FROM reversals r JOIN rule_acts a ON a.sequence = r.act"
    )
    op.execute(
        "INSERT INTO postings (transaction_id, line, account, amount, unit, recorded_at)"
        " SELECT p.transaction_id, p.line + 10,"
        " CASE WHEN p.account = 'promised/' || g.rule_id THEN 'reversed/' ELSE 'returned/' END || g.rule_id,"
        " -p.amount, p.unit, p.recorded_at FROM postings p"
        " JOIN reversals r ON r.id = p.transaction_id JOIN grants g ON g.id = r.grant_id"
    )


def _fill_balances() -> None:
    """Grants that were taken back are the only ones to which anything has happened."""
    for unit, amount, where in (
        ("'fen'", "g.amount_fen", "g.amount_fen > 0"),
        ("COALESCE(g.unit, g.kind)", "g.quantity", f"g.kind NOT IN {_COUNTED_BY_WORTH}"),
    ):
        op.execute(
            "INSERT INTO grant_balances"
            " (grant_id, unit, promised, issued, redeemed, settled, expired, reversed)"
            f" SELECT g.id, {unit}, 0, 0, 0, 0, 0, {amount}"
            f" FROM grants g JOIN reversals r ON r.grant_id = g.id WHERE {where}"
        )


def _queue_what_is_there() -> None:
    """All of it waits to be sealed."""
    connection = op.get_bind()
    queue = sa.table("unsealed", sa.column("lane"), sa.column("rows"), sa.column("recorded_at", Instant))
    for table in ("decisions", "transactions", "reversals"):
        for ids in _some(connection, f"SELECT id FROM {table} ORDER BY id"):
            row = {"lane": 0, "rows": json.dumps({table: ids}), "recorded_at": datetime.now(UTC)}
            connection.execute(queue.insert(), row)


def _some(connection: sa.Connection, query: str) -> Iterator[list[str]]:
    ids = [str(id_) for id_ in connection.execute(sa.text(query)).scalars()]
    for first in range(0, len(ids), _BATCH):
        yield ids[first : first + _BATCH]
