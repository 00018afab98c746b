"""Numbers of background jobs, the heartbeat of the relay, and lines of income per organisation."""

import sqlalchemy as sa
from alembic import op

from store.guards import create_guards
from store.tables import Instant, SequenceNumber

revision = "0064"
down_revision = "0063"


def upgrade() -> None:
    _number_jobs()
    op.create_table(
        "heartbeats",
        sa.Column("process", sa.String(32), primary_key=True),
        sa.Column("machine", sa.String(64), nullable=False),
        sa.Column("since", Instant, nullable=False),
        sa.Column("seen_at", Instant, nullable=False),
        comment="processes that work alone: since when, on which machine, and when they were last seen working",
    )
    op.create_table(
        "hardship_income_lines",
        sa.Column("number", SequenceNumber, primary_key=True, autoincrement=True),
        sa.Column("organisation", sa.String(15), nullable=False),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("line_fen", sa.BigInteger, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("officer", sa.String(64), nullable=False),
        sa.Column("recorded_at", Instant, nullable=False),
        comment="append-only: the monthly income per head that case files are held against, by organisation and day",
    )
    op.create_index(
        "ix_hardship_income_lines_organisation_since", "hardship_income_lines", ["organisation", "since"]
    )
    create_guards(op.get_bind())


def _number_jobs() -> None:
    """Make the table of jobs anew, since SQLite adds no column that counts; jobs are few and short-lived."""
    bind = op.get_bind()
    old = sa.Table("jobs", sa.MetaData(), autoload_with=bind)
    rows = [
        dict(row) for row in bind.execute(sa.select(old).order_by(old.c.requested_at, old.c.id)).mappings()
    ]
    op.drop_table("jobs")
    made = op.create_table(
        "jobs",
        sa.Column("number", SequenceNumber, primary_key=True, autoincrement=True),
        *(sa.Column(one.name, one.type, nullable=one.nullable) for one in old.c),
        sa.UniqueConstraint("id", name="uq_jobs_id"),
        comment="long work that officers began: it runs in the background and can be cancelled; deleted after weeks",
    )
    for name, columns in (
        ("ix_jobs_state_number", ["state", "number"]),
        ("ix_jobs_officer_number", ["officer", "number"]),
        ("ix_jobs_ended_at", ["ended_at"]),
    ):
        op.create_index(name, "jobs", columns)
    for row in rows:
        bind.execute(sa.insert(made).values(row))
