"""The ledger's tables: decisions, grants, postings, and what keeps grants within bounds."""

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

from store import Instant, Sequence, metadata

decisions = Table(
    "decisions",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("member_id", String(64), nullable=False),
    Column("rule_id", Text, nullable=False),
    Column("rule_hash", String(64), nullable=False),
    Column("source", Text, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("event_type", Text, nullable=False),
    Column("occurred_on", Date, nullable=False),
    Column("outcome", String(16), nullable=False),  # granted, refused
    Column("reasons", Text, nullable=False),  # JSON array of codes; empty when granted
    Column("explanation", Text, nullable=False),  # JSON: each condition with the values read
    Column("recorded_at", Instant, nullable=False),
    Index("ix_decisions_member_id_rule_id", "member_id", "rule_id"),
    comment="append-only: what every rule said of every event that it looked at",
)

grants = Table(
    "grants",
    metadata,
    Column("id", String(40), ForeignKey("decisions.id"), primary_key=True),
    Column("member_id", String(64), nullable=False),
    Column("rule_id", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("title", Text, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),  # its worth
    Column("quantity", BigInteger, nullable=False),
    Column("unit", String(32)),  # what is counted; None: money
    Column("granted_on", Date, nullable=False),
    Column("expires_on", Date),
    CheckConstraint("amount_fen >= 0", name="amount_fen"),
    CheckConstraint("quantity > 0", name="quantity"),
    Index("ix_grants_member_id", "member_id"),
    comment="append-only: what was promised to whom",
)

postings = Table(
    "postings",
    metadata,
    Column("sequence", Sequence, primary_key=True, autoincrement=True),
    Column("transaction_id", String(40), nullable=False),  # a grant's id for its promise
    Column("line", Integer, nullable=False),
    Column("account", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),  # of the unit; what goes out is negative
    Column("unit", String(32), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    CheckConstraint("amount <> 0", name="amount"),
    Index("ix_postings_transaction_id_line", "transaction_id", "line", unique=True),
    comment="append-only: double entry; the lines of a transaction sum to zero in each unit",
)

limit_slots = Table(
    "limit_slots",
    metadata,
    Column("limit_key", Text, primary_key=True),  # rule, whom the limit is for, period
    Column("slot", Integer, primary_key=True),  # 1 … N
    Column("grant_id", String(40), ForeignKey("grants.id"), nullable=False, unique=True),
    comment="a limit of N times is N slots, each taken once",
)

counters = Table(
    "counters",
    metadata,
    Column("key", Text, primary_key=True),  # quota/…, budget/…, cap/…
    Column("used", BigInteger, nullable=False),
    Column("ceiling", BigInteger),  # None: counted, not limited (a budget that nobody has set yet)
    CheckConstraint("used >= 0", name="used"),
    CheckConstraint("ceiling IS NULL OR used <= ceiling", name="ceiling"),
    comment="how much of every quota, budget and yearly cap is used; changed under lock, in order of key",
)
