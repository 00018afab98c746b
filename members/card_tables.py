"""Tables of member cards, signing keys and organisations' signed links."""

from sqlalchemy import CheckConstraint, Column, Index, Integer, String, Table, Text, UniqueConstraint

from store import Instant, SequenceNumber, metadata

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("id", String(8), primary_key=True),  # the beginning of the key's thumbprint
    Column("public", String(64), nullable=False),  # in hexadecimal
    Column("made_at", Instant, nullable=False),
    Column("made_by", String(64)),  # None: made at first use
    Column("retired_at", Instant),
    Column("retired_by", String(64)),
    comment="public keys of card tokens and organisation links; the secret ones are in no database",
)

cards = Table(
    "cards",
    metadata,
    Column("number", String(12), primary_key=True),  # random; says nothing of the member
    Column("member_id", String(64), nullable=False),
    Column("serial", Integer, nullable=False),  # 1 …: a card that was lost is replaced by the next
    Column("issued_at", Instant, nullable=False),
    Column("ended", String(16)),  # blocked, replaced
    Column("ended_at", Instant),
    UniqueConstraint("member_id", "serial"),
    CheckConstraint("serial > 0", name="serial"),
    comment="electronic member cards; whether the member may use one follows from the member's facts",
)

card_acts = Table(
    "card_acts",
    metadata,
    Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    Column("number", String(12), nullable=False),
    Column("member_id", String(64), nullable=False),
    Column("kind", String(16), nullable=False),  # issued, blocked, replaced
    Column("at", Instant, nullable=False),
    Column("by", String(64)),  # the officer; None: the member
    Column("reason", Text, nullable=False),
    Index("ix_card_acts_member_id", "member_id"),
    comment="append-only: what was done to cards, by whom and why",
)

organisation_links = Table(
    "organisation_links",
    metadata,
    Column("link", String(26), primary_key=True),  # random
    Column("organisation", String(15), nullable=False),
    Column("issued_at", Instant, nullable=False),
    Column("by", String(64), nullable=False),
    Column("revoked_at", Instant),
    Column("revoked_by", String(64)),
    Column("replaced_by", String(26)),  # the link that holds in its place
    Index("ix_organisation_links_organisation", "organisation"),
    comment="the signed links that organisations print as QR codes",
)
