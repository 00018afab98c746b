"""Planned inspections of stations, their outcomes, and the tasks that their findings set."""

import sqlalchemy as sa
from alembic import op

from store.guards import create_guards
from store.tables import Instant, SequenceNumber

revision = "0057"
down_revision = "0055"


def upgrade() -> None:
    op.create_table(
        "inspection_plans",
        sa.Column("number", SequenceNumber, primary_key=True, autoincrement=True),
        sa.Column("station_id", sa.String(128), sa.ForeignKey("stations.id"), nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("remark", sa.Text, nullable=False),
        sa.Column("planned_by", sa.String(64), nullable=False),
        sa.Column("planned_at", Instant, nullable=False),
        comment="append-only: which station is to be inspected until when",
    )
    op.create_index("ix_inspection_plans_station_id", "inspection_plans", ["station_id"])
    op.create_index("ix_inspection_plans_due_on", "inspection_plans", ["due_on"])
    op.create_table(
        "inspection_outcomes",
        sa.Column("plan_number", sa.BigInteger, sa.ForeignKey("inspection_plans.number"), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("inspected_on", sa.Date),
        sa.Column("answers", sa.Text, nullable=False),
        sa.Column("remark", sa.Text, nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("at", Instant, nullable=False),
        comment="append-only: how a planned inspection ended, once each",
    )
    op.create_index("ix_inspection_outcomes_inspected_on", "inspection_outcomes", ["inspected_on"])
    _create_tasks()
    create_guards(op.get_bind())


def _create_tasks() -> None:
    op.create_table(
        "inspection_tasks",
        sa.Column("number", SequenceNumber, primary_key=True, autoincrement=True),
        sa.Column("station_id", sa.String(128), sa.ForeignKey("stations.id"), nullable=False),
        sa.Column("item", sa.String(32), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("opened_by", sa.BigInteger, sa.ForeignKey("inspection_plans.number"), nullable=False),
        sa.Column("closed_by", sa.BigInteger, sa.ForeignKey("inspection_plans.number")),
        sa.UniqueConstraint("opened_by", "item", name="uq_inspection_tasks_opened_by"),
        comment="what an inspection found wrong, until a later one finds it mended",
    )
    op.create_index("ix_inspection_tasks_station_id", "inspection_tasks", ["station_id"])
    op.create_index("ix_inspection_tasks_closed_by_due_on", "inspection_tasks", ["closed_by", "due_on"])
