"""The table of spent points."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, Index, String, Table, Text, UniqueConstraint

from store import Instant, metadata

point_spendings = Table(
    "point_spendings",
    metadata,
    Column("id", String(40), primary_key=True),  # of the member and the request key
    Column("member_id", String(64), nullable=False),
    Column("request_key", String(80), nullable=False),
    Column("points", BigInteger, nullable=False),
    Column("purpose", Text, nullable=False),  # what they were spent on; without personal data
    Column("spent_on", Date, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    UniqueConstraint("member_id", "request_key"),
    CheckConstraint("points > 0", name="points"),
    Index("ix_point_spendings_member_id_spent_on", "member_id", "spent_on"),
    comment="append-only: what members spent points on; the points stand in postings, under the spending's id",
)
