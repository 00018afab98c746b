"""The ledger's tables: decisions, grants, postings, and the bounds of grants."""

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
    UniqueConstraint,
)

from store import Instant, SequenceNumber, metadata

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
    Column("outcome", String(16), nullable=False),  # granted, refused, entered, waiting
    Column("reasons", Text, nullable=False),  # JSON array of codes; empty when granted
    Column("explanation", Text, nullable=False),  # JSON: its form, and the values read
    Column("recorded_at", Instant, nullable=False),
    Column("bounds", Text),  # JSON: counter → used and ceiling after it; None if no counter was read
    Column("submitted_on", Date),  # of an application's first submission: the day that its periods count by
    Index("ix_decisions_member_id_rule_id", "member_id", "rule_id"),
    comment="append-only: what every rule said of every event that it looked at",
)

explanation_forms = Table(
    "explanation_forms",
    metadata,
    Column("id", String(32), primary_key=True),  # digest of the content
    Column("content", Text, nullable=False),  # JSON: the words of explanations, without a value of any member
    comment="append-only: what explanations of decisions have in common, each once",
)

grants = Table(
    "grants",
    metadata,
    Column("id", String(40), primary_key=True),  # the first part has the decision's id
    Column("decision_id", String(40), ForeignKey("decisions.id"), nullable=False),
    Column("part", String(40), nullable=False),
    Column("member_id", String(64), nullable=False),
    Column("rule_id", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("title", Text, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),  # its worth
    Column("quantity", BigInteger, nullable=False),
    Column("unit", String(32)),  # the unit of quantity; None: money
    Column("uses", Integer, nullable=False),  # how many times a voucher can be used
    Column("granted_on", Date, nullable=False),
    Column("claim_by", Date),  # an unclaimed grant lapses after this day
    Column("expires_on", Date),
    Column("redeem_at", Text),  # JSON: filters of stations; None: anywhere
    Column("takebacks", Text),  # JSON: shares that are taken back, with event and last day
    CheckConstraint("amount_fen >= 0", name="amount_fen"),
    CheckConstraint("quantity > 0", name="quantity"),
    Index("ix_grants_member_id", "member_id"),
    Index("ix_grants_decision_id", "decision_id"),
    Index("ix_grants_expires_on", "expires_on", "member_id", "rule_id"),
    comment="append-only: what was promised to whom",
)

postings = Table(
    "postings",
    metadata,
    Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    Column("transaction_id", String(40), nullable=False),  # of a promise: the grant's id
    Column("line", Integer, nullable=False),
    Column("account", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),  # in the unit; negative if it leaves the account
    Column("unit", String(32), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    CheckConstraint("amount <> 0", name="amount"),
    Index("ix_postings_transaction_id_line", "transaction_id", "line", unique=True),
    comment="append-only: double entry; the lines of a transaction sum to zero in each unit",
)

limit_slots = Table(
    "limit_slots",
    metadata,
    Column("limit_key", Text, primary_key=True),  # rule, subject of the limit, period
    Column("slot", Integer, primary_key=True),  # 1 … N
    Column("grant_id", String(40), ForeignKey("grants.id"), nullable=False),  # of the first part
    Column("day", Date, nullable=False),  # on which it counts: of what the grant is for
    Index("ix_limit_slots_grant_id_limit_key", "grant_id", "limit_key", unique=True),
    comment="a limit of N times is N slots, each taken once; a rolling one takes a slot for every grant",
)

counters = Table(
    "counters",
    metadata,
    Column("key", Text, primary_key=True),  # quota/…, budget/…, cap/…
    Column("used", BigInteger, nullable=False),
    Column("ceiling", BigInteger),  # None: counted, not limited (a budget that is not set yet)
    CheckConstraint("used >= 0", name="used"),
    CheckConstraint("ceiling IS NULL OR used <= ceiling", name="ceiling"),
    comment="how much of every quota, budget and yearly cap is used; changed under lock, in order of key",
)

entries = Table(
    "entries",
    metadata,
    Column("id", String(40), ForeignKey("decisions.id"), primary_key=True),
    Column("rule_id", Text, nullable=False),
    Column("rule_hash", String(64), nullable=False),
    Column("member_id", String(64), nullable=False),
    Column("mode", String(16), nullable=False),  # lottery, by_rank
    Column("period", Text, nullable=False),
    Column("places_for", Text, nullable=False),  # group of the places: "" for all, else the quota's group
    Column("weight", BigInteger, nullable=False),
    Column("rank", BigInteger),
    Column("groups", Text, nullable=False),  # JSON array: which of the rule's groups
    Column("entered_on", Date, nullable=False),
    Column("decision", Text, nullable=False),  # JSON: all that would be granted
    Column("recorded_at", Instant, nullable=False),
    Column("occurred_at", Instant),  # of equal ranks the earlier event comes first
    CheckConstraint("weight > 0", name="weight"),
    Index("ix_entries_rule_id_period_places_for", "rule_id", "period", "places_for"),
    Index("ix_entries_member_id", "member_id"),
    comment="append-only: who takes part in a draw or a ranking",
)

waiting_list = Table(
    "waiting_list",
    metadata,
    Column("id", String(40), ForeignKey("decisions.id"), primary_key=True),
    Column("rule_id", Text, nullable=False),
    Column("rule_hash", String(64), nullable=False),
    Column("member_id", String(64), nullable=False),
    Column("period", Text, nullable=False),
    Column("places_for", Text, nullable=False),
    Column("position", Integer, nullable=False),  # 1 … in the order of arrival
    Column("arrival", Integer, nullable=False),  # 1 … of all who wait for places of this rule and period
    Column("waits_since", Date, nullable=False),
    Column("decision", Text, nullable=False),  # JSON: all that would be granted
    Column("recorded_at", Instant, nullable=False),
    CheckConstraint("position > 0", name="position"),
    UniqueConstraint("rule_id", "period", "places_for", "position"),
    UniqueConstraint("rule_id", "period", "arrival"),
    Index("ix_waiting_list_member_id", "member_id"),
    comment="append-only: who came when all places were taken",
)
