"""Tables of reminders, of members' choices about them, and of the last message that each member has seen."""

from sqlalchemy import Boolean, CheckConstraint, Column, Date, Index, Integer, String, Table

from store import metadata
from store.tables import Instant, SequenceNumber

reminders = Table(
    "reminders",
    metadata,
    Column("member_id", String(64), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("last_day", Date, primary_key=True),
    Column("days_before", Integer, primary_key=True, autoincrement=False),  # 7 or 1: which of the reminders
    Column("state", String(16), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Instant, nullable=False),  # no attempt before; during an attempt, the end of its lease
    Column("last_at", Instant),
    Column("last_status", Integer),  # of HTTP
    Column("last_fault", String(32)),  # why there was no response, or why it was not sent
    CheckConstraint("state IN ('waiting', 'sent', 'dropped', 'given_up')", name="state"),
    Index("ix_reminders_last_day_kind", "last_day", "kind"),
    Index("ix_reminders_state_next_at", "state", "next_at"),
    comment="reminders to members, each once; they go with the member's erasure",
)

reminder_choices = Table(
    "reminder_choices",
    metadata,
    Column("number", SequenceNumber, primary_key=True, autoincrement=True),
    Column("member_id", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("is_wanted", Boolean, nullable=False),
    Column("chosen_at", Instant, nullable=False),
    Index("ix_reminder_choices_member_id", "member_id"),
    comment="which reminders each member wants, the newest choice counts; they go with the member's erasure",
)
