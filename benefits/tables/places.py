"""The table of places that members gave back when they went to another organisation."""

from sqlalchemy import Column, Date, ForeignKey, Index, String, Table, Text

from store import metadata

returned_places = Table(
    "returned_places",
    metadata,
    Column("id", String(40), primary_key=True),  # of the grant and the key
    Column("grant_id", String(40), ForeignKey("grants.id"), nullable=False),
    Column("key", Text, nullable=False),  # the counter of the quota
    Column("source", Text, nullable=False),  # of the transfer's event
    Column("event_id", Text, nullable=False),
    Column("returned_on", Date, nullable=False),
    Index("ix_returned_places_grant_id", "grant_id"),
    comment="append-only: places of an organisation's quota that a transfer gave back; the grant goes on",
)
