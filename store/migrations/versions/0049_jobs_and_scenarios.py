"""Background jobs of the officers' pages, and planners' scenarios."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant

revision = "0049"
down_revision = "0048"


def upgrade() -> None:
    _create_jobs()
    _create_scenarios()


def _create_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("officer", sa.String(64), nullable=False),
        sa.Column("actor_kind", sa.String(16), nullable=False),
        sa.Column("place", sa.String(15), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("page", sa.String(200), nullable=False),
        sa.Column("parameters", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("result", sa.Text),
        sa.Column("faults", sa.Text),
        sa.Column("requested_at", Instant, nullable=False),
        sa.Column("started_at", Instant),
        sa.Column("seen_at", Instant),
        sa.Column("cancel_requested_at", Instant),
        sa.Column("ended_at", Instant),
        comment="long work that officers began: it runs in the background and can be cancelled; deleted after weeks",
    )
    op.create_index("ix_jobs_state_requested_at", "jobs", ["state", "requested_at"])
    op.create_index("ix_jobs_officer_requested_at", "jobs", ["officer", "requested_at"])
    op.create_index("ix_jobs_ended_at", "jobs", ["ended_at"])


def _create_scenarios() -> None:
    op.create_table(
        "planning_scenarios",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("area", sa.String(6), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("share_token", sa.String(43)),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("changed_at", Instant, nullable=False),
        sa.UniqueConstraint("share_token", name="uq_planning_scenarios_share_token"),
        comment="what planners would change about an area's stations",
    )
    op.create_index("ix_planning_scenarios_owner", "planning_scenarios", ["owner"])
    op.create_table(
        "planning_scenario_events",
        sa.Column("scenario", sa.String(32), sa.ForeignKey("planning_scenarios.id"), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("step", sa.String(8), nullable=False),
        sa.Column("change", sa.Text),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("at", Instant, nullable=False),
        comment="every step of a scenario: a change, a step back, a step forward",
    )
