"""What the members room keeps: the changes that events brought, and the organisations' names."""

from sqlalchemy import CheckConstraint, Column, Index, Integer, String, Table, Text

from store import Instant, Sequence, metadata

organisations = Table(
    "organisations",
    metadata,
    Column("code", String(15), primary_key=True),
    Column("name", Text, nullable=False),
    comment="the five levels; level and parent follow from the code",
)

member_changes = Table(
    "member_changes",
    metadata,
    Column("sequence", Sequence, primary_key=True, autoincrement=True),  # order of arrival
    Column("member_id", String(64), nullable=False),
    Column("effective_at", Instant, nullable=False),
    Column("type", String(64), nullable=False),
    Column("source", Text, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("changes", Text, nullable=False),  # JSON object: fact → value
    Index("ix_member_changes_member_id_sequence", "member_id", "sequence"),
    comment="append-only: who a member is at any date is folded from these rows",
)

identity_keys = Table(
    "identity_keys",
    metadata,
    Column("number", Integer, CheckConstraint("number = 1", name="only_one"), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    comment="which key made the pseudonyms; never the key itself",
)
