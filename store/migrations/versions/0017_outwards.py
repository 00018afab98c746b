"""Webhooks: who wants to be told, and what became of telling them; traces of what goes outwards."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant, SequenceNumber

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    _outbox()
    _webhooks()


def _outbox() -> None:
    op.add_column("outbox", sa.Column("offered_at", Instant, nullable=True))
    op.add_column("outbox", sa.Column("traceparent", sa.String(length=55), nullable=True))
    where = sa.text("offered_at IS NULL")
    op.create_index(
        "ix_outbox_not_offered", "outbox", ["sequence"], sqlite_where=where, postgresql_where=where
    )


def _webhooks() -> None:
    op.create_table(
        "webhook_keys",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.CheckConstraint("number = 1", name=op.f("ck_webhook_keys_only_one")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_webhook_keys")),
        comment="the key behind the secrets, by its fingerprint only",
    )
    op.create_table(
        "webhooks",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("types", sa.Text(), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("unreached", sa.Integer(), nullable=False),
        sa.Column("rests_until", Instant, nullable=True),
        sa.CheckConstraint("state IN ('active', 'gone')", name=op.f("ck_webhooks_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
        comment="who is told of outcomes; secrets are kept nowhere",
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("webhook_id", sa.String(length=16), nullable=False),
        sa.Column("sequence", SequenceNumber, autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("offered_at", Instant, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", Instant, nullable=False),
        sa.Column("last_at", Instant, nullable=True),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_fault", sa.String(length=32), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'delivered', 'given_up')", name=op.f("ck_webhook_deliveries_state")
        ),
        sa.ForeignKeyConstraint(
            ["sequence"], ["outbox.sequence"], name=op.f("fk_webhook_deliveries_sequence")
        ),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], name=op.f("fk_webhook_deliveries_webhook_id")
        ),
        sa.PrimaryKeyConstraint("webhook_id", "sequence", name=op.f("pk_webhook_deliveries")),
        comment="what is to be told to whom, how often it was tried, and what came of it",
    )
    op.create_index(
        "ix_webhook_deliveries_webhook_id_state_key_sequence",
        "webhook_deliveries",
        ["webhook_id", "state", "key", "sequence"],
    )
    op.create_index(
        "ix_webhook_deliveries_webhook_id_state_next_at",
        "webhook_deliveries",
        ["webhook_id", "state", "next_at"],
    )
    op.create_index("ix_webhook_deliveries_sequence", "webhook_deliveries", ["sequence"])
