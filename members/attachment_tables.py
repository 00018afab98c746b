"""Table of the files that belong to applications, corrections, case files and inspections."""

from sqlalchemy import CheckConstraint, Column, Index, Integer, String, Table, Text

from store import metadata
from store.tables import Instant, SequenceNumber

attachments = Table(
    "attachments",
    metadata,
    Column("number", SequenceNumber, primary_key=True, autoincrement=True),
    Column("kind", String(32), nullable=False),  # of what it belongs to
    Column("subject", Text, nullable=False),  # the number, or the id, of what it belongs to
    Column("member_id", String(64)),  # whose erasure takes it; null: it is about nobody
    Column("digest", String(64), nullable=False),  # SHA-256 of the stored file, which is its name
    Column("sent_digest", String(64), nullable=False),  # of the file as it was sent
    Column("media_type", String(32), nullable=False),
    Column("size_bytes", Integer, CheckConstraint("size_bytes > 0", name="not_empty"), nullable=False),
    Column("pages", Text, nullable=False),  # JSON array of the digests of its pages as pictures
    Column("title", Text, nullable=False),
    Column("officer", String(64), nullable=False),  # who stored it
    Column("stored_at", Instant, nullable=False),
    Index("ix_attachments_kind_subject", "kind", "subject"),
    Index("ix_attachments_member_id", "member_id"),
    comment="files that officers attached; their contents lie in the data folder, named by their digests",
)
