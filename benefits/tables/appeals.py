"""The tables of stored rule contents, appeals and their answers, clawbacks and debts."""

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

from store import Instant, metadata

rule_contents = Table(
    "rule_contents",
    metadata,
    Column("hash", String(64), primary_key=True),  # of the content and its tables
    Column("rule_id", Text, nullable=False),
    Column("content", Text, nullable=False),  # JSON, the canonical form
    Column("tables", Text, nullable=False),  # the canonical form of tables in files of their own
    Column("recorded_at", Instant, nullable=False),
    comment="append-only: every version of a rule that ever decided, so that its basis can be shown for ever",
)

appeals = Table(
    "appeals",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("decision_id", String(40), ForeignKey("decisions.id"), nullable=False),
    Column("number", Integer, nullable=False),  # 1 … among the decision's
    Column("member_id", String(64), nullable=False),
    Column("lodged_on", Date, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    CheckConstraint("number > 0", name="number"),
    Index("ix_appeals_decision_id_number", "decision_id", "number", unique=True),
    Index("ix_appeals_member_id", "member_id"),
    comment="append-only: who asked for a decision to be looked at again",
)

appeal_texts = Table(
    "appeal_texts",
    metadata,
    Column("appeal_id", String(40), ForeignKey("appeals.id"), primary_key=True),
    Column("text", Text, nullable=False),
    comment="a member's own words: personal data, in no export, log or topic; deleted when a person is erased",
)

appeal_answers = Table(
    "appeal_answers",
    metadata,
    Column("appeal_id", String(40), ForeignKey("appeals.id"), primary_key=True),
    Column("verdict", String(16), nullable=False),  # upheld, rejected
    Column("who", String(32), nullable=False),  # a pseudonym
    Column("answered_on", Date, nullable=False),
    Column("reason", Text, nullable=False),
    Column("decision_id", String(40), ForeignKey("decisions.id")),  # the new decision
    Column("recorded_at", Instant, nullable=False),
    CheckConstraint("verdict IN ('upheld', 'rejected')", name="verdict"),
    CheckConstraint("verdict = 'upheld' OR decision_id IS NULL", name="anew"),
    Index("ix_appeal_answers_decision_id", "decision_id"),
    comment="append-only: what an officer answered, and the decision that was taken anew",
)


takeback_types = Table(
    "takeback_types",
    metadata,
    Column("event_type", Text, primary_key=True),
    comment="the events on which rules that ever decided take something back",
)

clawbacks = Table(
    "clawbacks",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("grant_id", String(40), ForeignKey("grants.id"), nullable=False),
    Column(
        "term", Integer, nullable=False
    ),  # 1 … among the grant's, 0 an officer's act; each is carried out once
    Column("member_id", String(64), nullable=False),
    Column("rule_id", Text, nullable=False),
    Column("source", Text, nullable=False),  # the event that made it due
    Column("event_id", Text, nullable=False),
    Column("event_type", Text, nullable=False),
    Column("occurred_on", Date, nullable=False),
    Column("share_percent", Integer, nullable=False),
    Column("text", Text, nullable=False),  # the rule's own text
    Column("reversed_fen", BigInteger, nullable=False),  # the unused amount
    Column("owed_fen", BigInteger, nullable=False),  # the used amount, which the member owes
    Column("recorded_at", Instant, nullable=False),
    CheckConstraint("reversed_fen >= 0 AND owed_fen >= 0", name="amounts"),
    Index("ix_clawbacks_grant_id_term", "grant_id", "term", unique=True),
    Index("ix_clawbacks_member_id", "member_id"),
    comment="append-only: what was taken back by the rule's own terms",
)

debt_acts = Table(
    "debt_acts",
    metadata,
    Column("debt_id", String(40), ForeignKey("clawbacks.id"), primary_key=True),
    Column("number", Integer, primary_key=True),  # 1 … in order
    Column("kind", String(16), nullable=False),  # settled, set_off, waived
    Column("amount_fen", BigInteger, nullable=False),
    Column("who", String(32), nullable=False),  # a pseudonym
    Column("acted_on", Date, nullable=False),
    Column("reason", Text, nullable=False),
    Column("transaction_id", String(64)),  # the transaction that moved it; None: waived
    Column("recorded_at", Instant, nullable=False),
    CheckConstraint("kind IN ('settled', 'set_off', 'waived')", name="kind"),
    CheckConstraint("amount_fen > 0", name="amount_fen"),
    CheckConstraint("(kind = 'waived') = (transaction_id IS NULL)", name="moved"),
    comment="append-only: what became of a debt; only an officer ends one",
)
