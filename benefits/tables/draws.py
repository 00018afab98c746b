"""The tables of draws, of moves on waiting lists, of places given back, and of claims."""

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

from store import Instant, SequenceNumber, metadata

draws = Table(
    "draws",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("places", Text, nullable=False, unique=True),  # key of the places: rule, period, group
    Column("rule_id", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("places_for", Text, nullable=False),
    Column("rule_hash", String(64), nullable=False),  # of the version that its seats and groups come from
    Column("mode", String(16), nullable=False),  # lottery, by_rank
    Column("seats", Integer, nullable=False),
    Column("commitment", String(64)),  # of a lottery
    Column("file", Text, nullable=False),  # JSON as published: the commitment, or the ranking
    Column("act", SequenceNumber, ForeignKey("rule_acts.sequence"), nullable=False),
    Column("fixed_on", Date, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    CheckConstraint("mode <> 'lottery' OR commitment IS NOT NULL", name="commitment"),
    Index("ix_draws_rule_id", "rule_id"),
    comment="append-only: who takes part is fixed from here on",
)

draw_secrets = Table(
    "draw_secrets",
    metadata,
    Column("draw_id", String(40), ForeignKey("draws.id"), primary_key=True),
    Column("secret", String(64), nullable=False),
    comment="kept from everybody until the draw, which publishes it; in no export",
)

draw_results = Table(
    "draw_results",
    metadata,
    Column("draw_id", String(40), ForeignKey("draws.id"), primary_key=True),
    Column("file", Text, nullable=False),  # JSON as published: with the draw
    Column("act", SequenceNumber, ForeignKey("rule_acts.sequence"), nullable=False),
    Column("drawn_on", Date, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    comment="append-only: in which order everybody was drawn or ranked",
)

withdrawals = Table(
    "withdrawals",
    metadata,
    Column("id", String(40), ForeignKey("decisions.id"), primary_key=True),  # of the entry, or the place
    Column("withdrawn_on", Date, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    comment="append-only: entries and places on the waiting list that members gave up",
)

waiting_lines = Table(
    "waiting_lines",
    metadata,
    Column("places", Text, primary_key=True),
    Column("moved", BigInteger, nullable=False),
    CheckConstraint("moved >= 0", name="moved"),
    comment="how many left each waiting list; changed under the lock of its counter",
)

waiting_moves = Table(
    "waiting_moves",
    metadata,
    Column("waiting_id", String(40), ForeignKey("waiting_list.id"), primary_key=True),
    Column("places", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("how", String(16), nullable=False),  # granted, passed, withdrawn
    Column("decision_id", String(40), ForeignKey("decisions.id")),  # of a member granted or passed over
    Column("moved_on", Date, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("moved_at", Instant, nullable=False),  # by the clock, or the start of an event's day
    CheckConstraint("(how = 'withdrawn') = (decision_id IS NULL)", name="decision"),
    Index("ix_waiting_moves_places_position", "places", "position", unique=True),
    comment="append-only: who left a waiting list, and how",
)

claims = Table(
    "claims",
    metadata,
    Column("decision_id", String(40), ForeignKey("decisions.id"), primary_key=True),
    Column("claimed_on", Date, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    comment="append-only: grants that had to be claimed and were",
)

claim_slots = Table(
    "claim_slots",
    metadata,
    Column("decision_id", String(40), ForeignKey("decisions.id"), primary_key=True),
    Column("claim_by", Date, nullable=False),
    Index("ix_claim_slots_claim_by", "claim_by"),
    comment="grants that must still be claimed; gone once they are, or have lapsed",
)

lapses = Table(
    "lapses",
    metadata,
    Column("grant_id", String(40), ForeignKey("grants.id"), primary_key=True),
    Column("lapsed_on", Date, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    comment="append-only: grants that nobody claimed in time; all that they took is given back",
)

returned_places = Table(
    "returned_places",
    metadata,
    Column("id", String(40), primary_key=True),  # of the grant and the key
    Column("grant_id", String(40), ForeignKey("grants.id"), nullable=False),
    Column("key", Text, nullable=False),  # the counter of the quota
    Column("source", Text, nullable=False),  # of the transfer's event
    Column("event_id", Text, nullable=False),
    Column("returned_on", Date, nullable=False),
    Index("ix_returned_places_grant_id", "grant_id"),
    comment="append-only: places of an organisation's quota that a transfer gave back; the grant goes on",
)
