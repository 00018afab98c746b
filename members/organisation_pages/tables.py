"""Tables of organisations' pages. All rows are appended and none is changed."""

from sqlalchemy import Column, ForeignKeyConstraint, Index, Integer, LargeBinary, String, Table, Text

from store import Instant, SequenceNumber, metadata

_CODE = String(15)

organisation_page_versions = Table(
    "organisation_page_versions",
    metadata,
    Column("code", _CODE, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),  # from 1
    Column("content", Text, nullable=False),  # JSON: the page as its officer wrote it
    Column("logo", String(64)),  # digest of the picture
    Column("edited_by", String(64), nullable=False),
    Column("edited_at", Instant, nullable=False),
    comment="append-only: each version of an organisation's page",
)

organisation_page_publications = Table(
    "organisation_page_publications",
    metadata,
    Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    Column("code", _CODE, nullable=False),
    Column("version", Integer),  # None: the page was withdrawn
    Column("published_by", String(64), nullable=False),
    Column("published_at", Instant, nullable=False),
    ForeignKeyConstraint(
        ["code", "version"], ["organisation_page_versions.code", "organisation_page_versions.version"]
    ),
    Index("ix_organisation_page_publications_code_sequence", "code", "sequence"),
    comment="append-only: which version of a page was published when, by which officer",
)

organisation_logos = Table(
    "organisation_logos",
    metadata,
    Column("digest", String(64), primary_key=True),  # SHA-256 of the content
    Column("content", LargeBinary, nullable=False),  # PNG without its ancillary chunks
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    comment="logos of organisations' pages",
)
