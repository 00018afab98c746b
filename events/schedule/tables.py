"""Tables of the schedule: the slots, and how far each job has come."""

from sqlalchemy import Column, Date, Index, String, Table, Text

from store import metadata

schedule_slots = Table(
    "schedule_slots",
    metadata,
    Column("job", String(32), primary_key=True),
    Column("subject", String(64), primary_key=True),  # the member or organisation
    Column(
        "period", String(120), primary_key=True
    ),  # what may come once: a year of birthdays, a festival's day
    Column("day", Date, nullable=False),
    Column("event_id", Text, nullable=False),
    Index("ix_schedule_slots_subject", "subject"),
    comment="what the calendar has brought: one row for each event, stored with it",
    sqlite_with_rowid=False,
)

schedule_days = Table(
    "schedule_days",
    metadata,
    Column("job", String(32), primary_key=True),
    Column("day", Date, nullable=False),
    comment="the last day up to which a job of the schedule has published everything",
)
