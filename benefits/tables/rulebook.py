"""The tables of the rulebook: rule versions, officers' acts, stopped rules and held events."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    exists,
    or_,
    select,
)

from benefits.tables.draws import lapses
from store import Instant, SequenceNumber, metadata

rulebook = Table(
    "rulebook",
    metadata,
    Column("number", Integer, CheckConstraint("number = 1", name="only_one"), primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    comment="one row; grows with every act, so that a runner knows in one look whether its rules are in force",
)

rule_acts = Table(
    "rule_acts",
    metadata,
    Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    Column("rule_id", Text, nullable=False),
    Column("act", String(16), nullable=False),
    Column("who", String(32), nullable=False),  # a pseudonym
    Column("at", Instant, nullable=False),
    Column("day", Date, nullable=False),  # the civil date
    Column("reason", Text, nullable=False),
    Column("hash_before", String(64)),  # of the version before the act, and of the one after it
    Column("hash_after", String(64)),
    Column("detail", Text, nullable=False),  # JSON object
    Index("ix_rule_acts_rule_id_sequence", "rule_id", "sequence"),
    comment="append-only: who did what with a rule, when and why",
)

rule_versions = Table(
    "rule_versions",
    metadata,
    Column("hash", String(64), primary_key=True),  # of its content
    Column("rule_id", Text, nullable=False),
    Column("since", Date, nullable=False),  # in force from
    Column("until", Date),
    Column("text", Text, nullable=False),  # the file as it was submitted
    Column("tables", Text, nullable=False),  # JSON object: name → text of the tables that it names
    Column("state", String(16), nullable=False),  # submitted, approved, rejected
    Column("takes_over", Boolean, nullable=False),  # ends the versions in force when it begins
    Column("submitted_by", String(32), nullable=False),
    Column("submitted_at", Instant, nullable=False),
    Column("decided_by", String(32)),
    Column("decided_at", Instant),
    Column(
        "decided", SequenceNumber, ForeignKey("rule_acts.sequence")
    ),  # the act that approved or rejected it
    CheckConstraint("state <> 'approved' OR decided_by <> submitted_by", name="two_people"),
    CheckConstraint("state = 'submitted' OR decided IS NOT NULL", name="decided"),
    Index("ix_rule_versions_rule_id", "rule_id"),
    comment="what was submitted; once approved it never changes",
)

rule_cuts = Table(
    "rule_cuts",
    metadata,
    Column("act", SequenceNumber, ForeignKey("rule_acts.sequence"), primary_key=True),
    Column("rule_id", Text, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("kind", String(16), nullable=False),  # taken_over, retired
    comment="append-only: until when the versions hold that were there before the act",
)

rule_stops = Table(
    "rule_stops",
    metadata,
    Column("rule_id", Text, primary_key=True),
    Column("act", SequenceNumber, ForeignKey("rule_acts.sequence"), nullable=False),
    comment="the rules that are stopped now",
)

held_events = Table(
    "held_events",
    metadata,
    Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),  # order of arrival
    Column("rule_id", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("member_id", String(64), nullable=False),
    Column("event_type", Text, nullable=False),
    Column("occurred_at", Instant, nullable=False),
    Column("occurred_on", Date, nullable=False),
    Column("rule_title", Text, nullable=False),
    Column("rule_hash", String(64), nullable=False),
    Column("event", Text, nullable=False),  # CloudEvents JSON
    Column("changes_known", Integer, nullable=False),  # changes of the member that had arrived by then
    Column("act", SequenceNumber, ForeignKey("rule_acts.sequence"), nullable=False),  # the act of the stop
    Column("held_at", Instant, nullable=False),
    Column("released_at", Instant),
    UniqueConstraint("rule_id", "source", "event_id"),
    Index("ix_held_events_member_id", "member_id"),
    comment="events that a stopped rule would have looked at; decided when it goes on",
)

reversals = Table(
    "reversals",
    metadata,
    Column("id", String(40), primary_key=True),  # of the transaction that takes the grant back
    Column("grant_id", String(40), ForeignKey("grants.id"), nullable=False, unique=True),
    Column("act", SequenceNumber, ForeignKey("rule_acts.sequence"), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Index("ix_reversals_act", "act"),
    comment="append-only: grants that were taken back",
)

freed_slots = Table(
    "freed_slots",
    metadata,
    Column("limit_key", Text, primary_key=True),
    Column("slot", Integer, primary_key=True),
    Column("grant_id", String(40), ForeignKey("grants.id"), primary_key=True),
    Column("day", Date, nullable=False),
    comment="append-only: slots that a reversal gave back",
)


def is_taken_back(grant_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Return an SQL expression: whether a grant was taken back or lapsed, and so gave back all that it took."""
    return or_(
        exists().where(reversals.c.grant_id == grant_id), exists().where(lapses.c.grant_id == grant_id)
    )


REVERSAL_DAYS = select(reversals.c.grant_id, rule_acts.c.day).join(
    rule_acts, rule_acts.c.sequence == reversals.c.act
)
LAPSE_DAYS = select(lapses.c.grant_id, lapses.c.lapsed_on)
"""The grants that gave back all that they took, each with the day."""
