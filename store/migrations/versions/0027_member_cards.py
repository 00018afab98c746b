"""Electronic member cards, the keys that sign their tokens, and organisations' signed links."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant, SequenceNumber

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.create_table(
        "signing_keys",
        sa.Column("id", sa.String(8), primary_key=True),
        sa.Column("public", sa.String(64), nullable=False),
        sa.Column("made_at", Instant, nullable=False),
        sa.Column("made_by", sa.String(64)),
        sa.Column("retired_at", Instant),
        sa.Column("retired_by", sa.String(64)),
        comment="public keys of card tokens and organisation links; the secret ones are in no database",
    )
    op.create_table(
        "cards",
        sa.Column("number", sa.String(12), primary_key=True),
        sa.Column("member_id", sa.String(64), nullable=False),
        sa.Column("serial", sa.Integer, nullable=False),
        sa.Column("issued_at", Instant, nullable=False),
        sa.Column("ended", sa.String(16)),
        sa.Column("ended_at", Instant),
        sa.UniqueConstraint("member_id", "serial", name="uq_cards_member_id_serial"),
        sa.CheckConstraint("serial > 0", name="ck_cards_serial"),
        comment="electronic member cards; whether the member may use one follows from the member's facts",
    )
    op.create_table(
        "card_acts",
        sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
        sa.Column("number", sa.String(12), nullable=False),
        sa.Column("member_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("by", sa.String(64)),
        sa.Column("reason", sa.Text, nullable=False),
        comment="append-only: what was done to cards, by whom and why",
    )
    op.create_index("ix_card_acts_member_id", "card_acts", ["member_id"])
    op.create_table(
        "organisation_links",
        sa.Column("link", sa.String(26), primary_key=True),
        sa.Column("organisation", sa.String(15), nullable=False),
        sa.Column("issued_at", Instant, nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("revoked_at", Instant),
        sa.Column("revoked_by", sa.String(64)),
        sa.Column("replaced_by", sa.String(26)),
        comment="the signed links that organisations print as QR codes",
    )
    op.create_index("ix_organisation_links_organisation", "organisation_links", ["organisation"])
