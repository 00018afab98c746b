"""Tables of what officers do with applications, and of the files attached to them."""

from sqlalchemy import CheckConstraint, Column, Index, Integer, String, Table, Text

from store import metadata
from store.tables import Instant, SequenceNumber

application_acts = Table(
    "application_acts",
    metadata,
    Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    Column("member_id", String(64), nullable=False),
    Column("application", Text, nullable=False),  # its number among the member's applications
    Column("kind", String(16), nullable=False),
    Column("stage", Text),  # of review
    Column("event_id", Text, nullable=False),  # of the event that the act led to
    Column("officer", String(64), nullable=False),
    Column("acted_at", Instant, nullable=False),
    Column("reason", Text, nullable=False),
    Index("ix_application_acts_member_id", "member_id"),
    comment="officers' acts on applications with their reasons; they go with the member's erasure",
)

application_attachments = Table(
    "application_attachments",
    metadata,
    Column("number", SequenceNumber, primary_key=True, autoincrement=True),
    Column("member_id", String(64), nullable=False),
    Column("application", Text, nullable=False),
    Column("digest", String(64), nullable=False),  # SHA-256 of the stored file, which is its name
    Column("sent_digest", String(64), nullable=False),  # of the file as it was sent
    Column("media_type", String(32), nullable=False),
    Column("size_bytes", Integer, CheckConstraint("size_bytes > 0", name="not_empty"), nullable=False),
    Column("pages", Text, nullable=False),  # JSON array of the digests of its pages as pictures
    Column("title", Text, nullable=False),
    Column("officer", String(64), nullable=False),  # who stored it
    Column("stored_at", Instant, nullable=False),
    Index("ix_application_attachments_member_id", "member_id"),
    comment="files of applications; their contents lie in the data folder, named by their digests",
)
