"""The tables of transactions, balances of grants and accounts, rows that wait to be sealed, and seals."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from store import Instant, metadata, rows_where

transactions = Table(
    "transactions",
    metadata,
    Column("id", String(64), primary_key=True),  # of a promise: the grant's
    Column("kind", String(16), nullable=False),
    Column("grant_id", String(40)),  # None: moves of budgets
    Column("act_id", String(64)),  # the act, batch or request that caused it
    Column("occurred_on", Date, nullable=False),
    Column("reason", Text, nullable=False),  # never with personal data
    Column("recorded_at", Instant, nullable=False),
    Index(
        "ix_transactions_grant_id",
        "grant_id",
        info=rows_where("kind <> 'promise'"),  # a promise has its grant's id: no second index on the hot path
    ),
    Index(
        "ix_transactions_occurred_on",
        "occurred_on",
        info=rows_where("kind IN ('void', 'expire', 'reverse', 'claw_back')"),  # what gives money back: few
    ),
    comment="append-only: what moved benefits between accounts; its lines are postings",
)

grant_balances = Table(
    "grant_balances",
    metadata,
    Column("grant_id", String(40), ForeignKey("grants.id"), primary_key=True),
    Column("unit", String(32), primary_key=True),
    Column("promised", BigInteger, nullable=False),
    Column("issued", BigInteger, nullable=False),
    Column("redeemed", BigInteger, nullable=False),
    Column("settled", BigInteger, nullable=False),
    Column("expired", BigInteger, nullable=False),
    Column("reversed", BigInteger, nullable=False),
    CheckConstraint("promised >= 0", name="promised"),
    CheckConstraint("issued >= 0", name="issued"),
    CheckConstraint("redeemed >= 0", name="redeemed"),
    CheckConstraint("settled >= 0", name="settled"),
    CheckConstraint("expired >= 0", name="expired"),
    CheckConstraint("reversed >= 0", name="reversed"),
    comment="where each grant stands, once something happened after its promise; its lock stops double spending",
)

account_balances = Table(
    "account_balances",
    metadata,
    Column("account", Text, primary_key=True),
    Column("unit", String(32), primary_key=True),
    Column("balance", BigInteger, nullable=False),
    comment="what the sealed postings of an account sum to",
)

seals = Table(
    "seals",
    metadata,
    Column("book", Text, primary_key=True),  # a budget's account, or 'others'
    Column("lane", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),  # 1 … in the order of the chain
    Column(
        "digests", Text, nullable=False
    ),  # a line for each row: table, id, digest, digest of the non-canonical columns
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("sealed_at", Instant, nullable=False),
    CheckConstraint("number > 0", name="number"),
    comment="append-only: hash chains over what was committed",
)
