"""Reminders to members, their choices about them, and the last message that each member has seen."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant, SequenceNumber

revision = "0067"
down_revision = "0066"


def upgrade() -> None:
    _create_reminders()
    op.create_table(
        "reminder_choices",
        sa.Column("number", SequenceNumber, primary_key=True, autoincrement=True),
        sa.Column("member_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("is_wanted", sa.Boolean, nullable=False),
        sa.Column("chosen_at", Instant, nullable=False),
        comment="which reminders each member wants, the newest choice counts; they go with the member's erasure",
    )
    op.create_index("ix_reminder_choices_member_id", "reminder_choices", ["member_id"])
    op.create_table(
        "message_marks",
        sa.Column("member_id", sa.String(64), primary_key=True),
        sa.Column("seen_until", Instant, nullable=False),
        comment="up to which message each member has read; they go with the member's erasure",
    )


def _create_reminders() -> None:
    op.create_table(
        "reminders",
        sa.Column("member_id", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("last_day", sa.Date, primary_key=True),
        sa.Column("days_before", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_at", Instant, nullable=False),
        sa.Column("last_at", Instant),
        sa.Column("last_status", sa.Integer),
        sa.Column("last_fault", sa.String(32)),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'dropped', 'given_up')", name=op.f("ck_reminders_state")
        ),
        comment="reminders to members, each once; they go with the member's erasure",
    )
    op.create_index("ix_reminders_last_day_kind", "reminders", ["last_day", "kind"])
    op.create_index("ix_reminders_state_next_at", "reminders", ["state", "next_at"])


def downgrade() -> None:
    for table in ("reminders", "reminder_choices", "message_marks"):
        op.drop_table(table)
