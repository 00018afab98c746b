"""Senders with their keys, and the days on which merchants' keys end."""

import sqlalchemy as sa
from alembic import op

from store.guards import create_guards
from store.tables import Instant

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    op.create_table(
        "senders",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("sources", sa.Text, nullable=False),
        sa.Column("types", sa.Text, nullable=False),
        sa.Column("uses", sa.Text, nullable=False),
        sa.Column("organisation", sa.String(15), nullable=False),
        sa.Column("merchant_id", sa.String(40), sa.ForeignKey("merchants.id")),
        sa.Column("client_id", sa.Text),
        sa.Column("client_expires_at", Instant),
        sa.Column("created_by", sa.String(64), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("revoked_by", sa.String(64)),
        sa.Column("revoked_at", Instant),
        comment="programs that send events or read layers, and what each may send for which organisations",
    )
    op.create_index("ix_senders_client_id", "senders", ["client_id"], unique=True)
    op.create_table(
        "sender_keys",
        sa.Column("id", sa.String(8), primary_key=True),
        sa.Column("sender", sa.String(40), sa.ForeignKey("senders.name"), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("issued_by", sa.String(64), nullable=False),
        sa.Column("issued_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("revoked_by", sa.String(64)),
        sa.Column("revoked_at", Instant),
        sa.Column("last_used_at", Instant),
        comment="senders' keys by their digests; the keys themselves are stored nowhere",
    )
    op.create_index("ix_sender_keys_sender", "sender_keys", ["sender"])
    op.create_table(
        "merchant_key_terms",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("key_id", sa.String(8), sa.ForeignKey("merchant_keys.id"), nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("set_at", Instant, nullable=False),
        comment="append-only: when a merchant's key ends by itself, as it was issued and as it was rotated",
    )
    op.create_index("ix_merchant_key_terms_key_id", "merchant_key_terms", ["key_id"])
    create_guards(op.get_bind())
