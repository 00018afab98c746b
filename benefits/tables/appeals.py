"""The tables of stored rule contents, appeals and their answers."""

from sqlalchemy import CheckConstraint, Column, Date, ForeignKey, Index, Integer, String, Table, Text

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
