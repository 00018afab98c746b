"""Tables of the hotline: histories of cases, callers, articles and their reviews."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    or_,
    select,
)

from members.histories import build_event_table
from members.tables import application_steps
from store import Instant, SequenceNumber, metadata

_ORGANISATION = String(15)
_ACTOR = String(64)

hotline_cases = Table(
    "hotline_cases",
    metadata,
    Column("number", SequenceNumber, primary_key=True, autoincrement=True),
    Column("version", Integer, nullable=False),  # of the last event: who saw another one is refused
    Column("state", String(16), nullable=False),
    Column("organisation", _ORGANISATION, nullable=False),
    Column("category", String(16), nullable=False),
    Column("member_id", String(64)),
    Column("application", BigInteger),  # number of the application to which a member objects
    Column("opened_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("due_at", Instant),  # the next deadline; None: over, or all clocks stand still
    Index("ix_hotline_cases_state_due_at", "state", "due_at"),
    Index("ix_hotline_cases_state_opened_at", "state", "opened_at"),
    Index("ix_hotline_cases_member_id", "member_id"),
    Index("ix_hotline_cases_application", "application"),
    Index("ix_hotline_cases_closed_at", "closed_at"),
    comment="cases of the hotline as their histories leave them",
)

hotline_case_events = build_event_table(
    "hotline_case_events", "case_number", "hotline_cases", "append-only, by triggers: every change of a case"
)

hotline_case_units = Table(
    "hotline_case_units",
    metadata,
    Column("case_number", BigInteger, ForeignKey("hotline_cases.number"), primary_key=True),
    Column("organisation", _ORGANISATION, primary_key=True),
    Index("ix_hotline_case_units_organisation", "organisation"),
    comment="the organisations that a case concerns: whose hotline took it in, and every unit it went to",
)

hotline_case_outcomes = Table(
    "hotline_case_outcomes",
    metadata,
    Column("case_number", BigInteger, ForeignKey("hotline_cases.number"), primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("unit", _ORGANISATION, nullable=False),
    Column("month", String(7), nullable=False),  # 2026-11
    Column("measure", String(16), nullable=False),  # accepted, closed, satisfied
    Column("is_good", Boolean),  # None: the clock runs, and is late once ``due_at`` is past
    Column("due_at", Instant),
    Index("ix_hotline_case_outcomes_unit_month", "unit", "month", "measure"),
    comment="what each case adds to the three rates, as its history leaves it",
)

hotline_callers = Table(
    "hotline_callers",
    metadata,
    Column("case_number", BigInteger, ForeignKey("hotline_cases.number"), primary_key=True),
    Column("key_id", String(16), nullable=False),  # of the vault's key
    Column("name", Text),  # each of these three: nonce and ciphertext in Base64
    Column("phone", Text),
    Column("transcript", Text),
    Column("recorded_at", Instant, nullable=False),
    Index("ix_hotline_callers_key_id", "key_id"),
    comment="who called and what was said, encrypted; deleted when its time is over",
)

hotline_deletions = Table(
    "hotline_deletions",
    metadata,
    Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("by", _ACTOR, nullable=False),
    Column("closed_before", Instant),  # None for the erasure of one person
    Column("cases", Integer, nullable=False),
    Column("digest", String(64), nullable=False),  # SHA-256 of what was deleted, as it was stored
    comment="append-only, by triggers: how many callers' data were deleted when, and the digest of them",
)

hotline_articles = Table(
    "hotline_articles",
    metadata,
    Column("number", SequenceNumber, primary_key=True, autoincrement=True),
    Column("version", Integer, nullable=False),  # the newest
    Column("reviewed_at", Instant, nullable=False),  # when it was written or last found to be right
    Index("ix_hotline_articles_reviewed_at", "reviewed_at"),
    comment="articles of the knowledge base; what they say is in their versions",
)

hotline_article_versions = Table(
    "hotline_article_versions",
    metadata,
    Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    Column("article_number", BigInteger, ForeignKey("hotline_articles.number"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("clause", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_until", Date),  # the last day
    Column("written_by", _ACTOR, nullable=False),
    Column("written_at", Instant, nullable=False),
    # what a search finds, separated by blanks; its index is built from it
    Column("terms", Text, nullable=False),
    UniqueConstraint("article_number", "version"),
    comment="append-only, by triggers: every version of an article",
)

hotline_article_reviews = Table(
    "hotline_article_reviews",
    metadata,
    Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    Column("article_number", BigInteger, ForeignKey("hotline_articles.number"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("by", _ACTOR, nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_hotline_article_reviews_article_number", "article_number"),
    comment="append-only, by triggers: who found which version of an article to be right, and when",
)


def is_case_about(member_id: str) -> ColumnElement[bool]:
    """Return an SQL expression: whether a case is about a member, or objects to an application of hers."""
    hers = select(application_steps.c.sequence).where(application_steps.c.member_id == member_id)
    return or_(hotline_cases.c.member_id == member_id, hotline_cases.c.application.in_(hers))
