"""Tables of polls: who has answered is stored apart from what was answered (docs/decisions/0047)."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, LargeBinary, String, Table, Text

from store import Instant, metadata

_POLL_ID = String(64)

polls = Table(
    "polls",
    metadata,
    Column("id", _POLL_ID, primary_key=True),
    Column("title", String(100), nullable=False, unique=True),  # what rules read as event.poll
    # code of the organisation or district whose members may answer
    Column("scope", String(15), nullable=False),
    Column("anonymous", Boolean, nullable=False),
    Column("opens_at", Instant, nullable=False),
    Column("closes_at", Instant, nullable=False),
    Column("content", Text, nullable=False),  # JSON: the poll as its officer wrote it
    Column("key_fingerprint", String(64)),  # which key sealed the ballots; None if the poll is named
    Column("created_by", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("closed_by", String(64)),
    Column("closed_at", Instant),  # when it was closed, or its ballots were counted
    comment="polls and questionnaires, each with its questions as its officer wrote them",
)

poll_participants = Table(
    "poll_participants",
    metadata,
    Column("poll_id", _POLL_ID, ForeignKey("polls.id"), primary_key=True),
    Column("member_id", String(64), primary_key=True),
    # of the request's key, so that a repeated request is the same answer
    Index("ix_poll_participants_member_id", "member_id"),
    comment="who has answered a poll; what was answered is stored apart",
    sqlite_with_rowid=False,
)

poll_ballots = Table(
    "poll_ballots",
    metadata,
    Column("id", String(32), primary_key=True),  # random
    Column("poll_id", _POLL_ID, ForeignKey("polls.id"), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index("ix_poll_ballots_poll_id", "poll_id"),
    comment="anonymous ballots, encrypted and of one length, until the poll is counted",
    sqlite_with_rowid=False,
)

poll_answers = Table(
    "poll_answers",
    metadata,
    Column("id", String(32), primary_key=True),  # random
    Column("poll_id", _POLL_ID, ForeignKey("polls.id"), nullable=False),
    Column("question", String(32), nullable=False),
    Column("answer", Text, nullable=False),  # JSON
    Column("member_id", String(64)),
    Index("ix_poll_answers_poll_id_question", "poll_id", "question"),
    Index("ix_poll_answers_member_id", "member_id"),
    comment="one answer to one question; without a member if the poll is anonymous",
    sqlite_with_rowid=False,
)
