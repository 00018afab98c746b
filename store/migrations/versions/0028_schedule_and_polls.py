"""The slots of the schedule, the indexes that find members by date, and polls."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant

revision = "0028"
down_revision = "0027"

_STATED = {"sqlite": "json_extract(changes, '$.{name}')", "postgresql": "(changes::json ->> '{name}')"}


def upgrade() -> None:
    _add_schedule()
    _add_date_indexes()
    _add_polls()


def _add_schedule() -> None:
    op.create_table(
        "schedule_slots",
        sa.Column("job", sa.String(32), primary_key=True),
        sa.Column("subject", sa.String(64), primary_key=True),
        sa.Column("period", sa.String(120), primary_key=True),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Index("ix_schedule_slots_subject", "subject"),
        comment="what the calendar has brought: one row for each event, stored with it",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "schedule_days",
        sa.Column("job", sa.String(32), primary_key=True),
        sa.Column("day", sa.Date, nullable=False),
        comment="the last day up to which a job of the schedule has published everything",
    )
    op.create_index("ix_grants_expires_on", "grants", ["expires_on", "member_id", "rule_id"])


def _add_date_indexes() -> None:
    """Index the dates in the members' changes: expressions, so that nothing has to be stored twice."""
    stated = _STATED[op.get_bind().dialect.name]
    for fact, columns in (
        ("birthday", "{value}, member_id"),
        ("joined_on", "{value}, member_id"),
        ("hardship_level", "effective_at, member_id"),
    ):
        value = stated.format(name=fact)
        op.execute(
            f"CREATE INDEX ix_member_changes_{fact} ON member_changes ({columns.format(value=value)})"
            f" WHERE {value} IS NOT NULL"
        )
    calendar = stated.format(name="birthday_calendar")
    op.execute(
        f"CREATE INDEX ix_member_changes_lunar ON member_changes (member_id) WHERE {calendar} = 'lunar'"
    )


def _add_polls() -> None:
    op.create_table(
        "polls",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("title", sa.String(100), nullable=False),
        sa.UniqueConstraint("title", name="uq_polls_title"),
        sa.Column("scope", sa.String(15), nullable=False),
        sa.Column("anonymous", sa.Boolean, nullable=False),
        sa.Column("opens_at", Instant, nullable=False),
        sa.Column("closes_at", Instant, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("key_fingerprint", sa.String(64)),
        sa.Column("created_by", sa.String(64), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("closed_by", sa.String(64)),
        sa.Column("closed_at", Instant),
        comment="polls and questionnaires, each with its questions as its officer wrote them",
    )
    op.create_table(
        "poll_participants",
        sa.Column("poll_id", sa.String(64), sa.ForeignKey("polls.id"), primary_key=True),
        sa.Column("member_id", sa.String(64), primary_key=True),
        sa.Column("request_digest", sa.String(64)),
        sa.Index("ix_poll_participants_member_id", "member_id"),
        comment="who has answered a poll; what was answered is stored apart",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "poll_ballots",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("poll_id", sa.String(64), sa.ForeignKey("polls.id"), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Index("ix_poll_ballots_poll_id", "poll_id"),
        comment="anonymous ballots, encrypted and of one length, until the poll is counted",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "poll_answers",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("poll_id", sa.String(64), sa.ForeignKey("polls.id"), nullable=False),
        sa.Column("question", sa.String(32), nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("member_id", sa.String(64)),
        sa.Index("ix_poll_answers_poll_id_question", "poll_id", "question"),
        sa.Index("ix_poll_answers_member_id", "member_id"),
        comment="one answer to one question; without a member if the poll is anonymous",
        sqlite_with_rowid=False,
    )
