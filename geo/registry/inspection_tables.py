"""Tables of planned inspections: what was planned, what became of it, and the tasks that its findings set."""

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Index, String, Table, Text, UniqueConstraint

from store import Instant, SequenceNumber, metadata

_ACTOR = String(64)

inspection_plans = Table(
    "inspection_plans",
    metadata,
    Column("number", SequenceNumber, primary_key=True, autoincrement=True),
    Column("station_id", String(128), ForeignKey("stations.id"), nullable=False),
    Column("due_on", Date, nullable=False),  # the last day
    Column("remark", Text, nullable=False),
    Column("planned_by", _ACTOR, nullable=False),
    Column("planned_at", Instant, nullable=False),
    Index("ix_inspection_plans_station_id", "station_id"),
    Index("ix_inspection_plans_due_on", "due_on"),
    comment="append-only: which station is to be inspected until when",
)

inspection_outcomes = Table(
    "inspection_outcomes",
    metadata,
    Column("plan_number", BigInteger, ForeignKey("inspection_plans.number"), primary_key=True),
    Column("kind", String(16), nullable=False),  # done, withdrawn
    Column("inspected_on", Date),  # None: withdrawn
    Column("answers", Text, nullable=False),  # JSON: item → its answer and note, in the checklist's order
    Column("remark", Text, nullable=False),
    Column("by", _ACTOR, nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_inspection_outcomes_inspected_on", "inspected_on"),
    comment="append-only: how a planned inspection ended, once each",
)

inspection_tasks = Table(
    "inspection_tasks",
    metadata,
    Column("number", SequenceNumber, primary_key=True, autoincrement=True),
    Column("station_id", String(128), ForeignKey("stations.id"), nullable=False),
    Column("item", String(32), nullable=False),
    Column("note", Text, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("opened_by", BigInteger, ForeignKey("inspection_plans.number"), nullable=False),
    Column("closed_by", BigInteger, ForeignKey("inspection_plans.number")),  # None: not mended yet
    UniqueConstraint("opened_by", "item", name="uq_inspection_tasks_opened_by"),
    Index("ix_inspection_tasks_station_id", "station_id"),
    Index("ix_inspection_tasks_closed_by_due_on", "closed_by", "due_on"),
    comment="what an inspection found wrong, until a later one finds it mended",
)
