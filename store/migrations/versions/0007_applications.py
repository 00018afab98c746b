"""The steps of applications."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant, SequenceNumber

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "application_steps",
        sa.Column("sequence", SequenceNumber, autoincrement=True, nullable=False),
        sa.Column("member_id", sa.String(length=64), nullable=False),
        sa.Column("application", sa.Text(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("effective_at", Instant, nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=True),
        sa.Column("reviewer", sa.String(length=64), nullable=True),
        sa.Column("accepted", sa.Boolean(), nullable=True),
        sa.Column("attachments", sa.Text(), nullable=False),
        sa.Column("objections", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_application_steps")),
        comment="append-only: how far an application has come at any date is folded from these rows",
    )
    op.create_index(
        "ix_application_steps_member_id_sequence",
        "application_steps",
        ["member_id", "sequence"],
        unique=False,
    )
