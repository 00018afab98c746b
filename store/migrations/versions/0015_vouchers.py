"""Vouchers: codes, cards, merchants, redemptions, refunds, what is handed in late, and what is due on which day."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    _create_codes()
    _create_merchants()
    _create_redemptions()
    _create_due_slots()


def _create_codes() -> None:
    op.create_table(
        "voucher_keys",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.CheckConstraint("number = 1", name=op.f("ck_voucher_keys_only_one")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_voucher_keys")),
        comment="which key the codes were made with; never the key itself",
    )
    op.create_table(
        "vouchers",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("grant_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=True),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.CheckConstraint("number > 0", name=op.f("ck_vouchers_number")),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.id"], name=op.f("fk_vouchers_grant_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_vouchers")),
        sa.UniqueConstraint("grant_id", "number", name=op.f("uq_vouchers_grant_id_number")),
        comment="the codes that were handed out, by keyed hash: neither codes nor what makes them stand here",
    )
    op.create_table(
        "member_cards",
        sa.Column("handle", sa.String(length=16), nullable=False),
        sa.Column("member_id", sa.String(length=64), nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("handle", name=op.f("pk_member_cards")),
        sa.UniqueConstraint("member_id", name=op.f("uq_member_cards_member_id")),
        comment="the cards whose sign turns every 30 seconds",
    )
    op.create_table(
        "card_uses",
        sa.Column("handle", sa.String(length=16), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("transaction_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["handle"], ["member_cards.handle"], name=op.f("fk_card_uses_handle")),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["transactions.id"], name=op.f("fk_card_uses_transaction_id")
        ),
        sa.PrimaryKeyConstraint("handle", "step", name=op.f("pk_card_uses")),
        comment="append-only: each sign of a card counts once",
    )


def _create_merchants() -> None:
    op.create_table(
        "merchants",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("stations", sa.Text(), nullable=False),
        sa.Column("added_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merchants")),
        comment="who may redeem",
    )
    op.create_table(
        "merchant_keys",
        sa.Column("id", sa.String(length=8), nullable=False),
        sa.Column("merchant_id", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("made_at", Instant, nullable=False),
        sa.Column("revoked_at", Instant, nullable=True),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_merchant_keys_merchant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merchant_keys")),
        comment="merchants' keys by their digests; the keys themselves are kept nowhere",
    )
    op.create_index("ix_merchant_keys_merchant_id", "merchant_keys", ["merchant_id"], unique=False)


def _create_redemptions() -> None:
    op.create_table(
        "redemptions",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("merchant_id", sa.String(length=40), nullable=False),
        sa.Column("request_key", sa.String(length=80), nullable=False),
        sa.Column("asked", sa.String(length=64), nullable=False),
        sa.Column("grant_id", sa.String(length=40), nullable=False),
        sa.Column("station", sa.String(length=128), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("worth_fen", sa.BigInteger(), nullable=False),
        sa.Column("used_at", Instant, nullable=False),
        sa.Column("batch_id", sa.String(length=64), nullable=True),
        sa.Column("left", sa.BigInteger(), nullable=False),
        sa.Column("uses_left", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_redemptions_amount")),
        sa.CheckConstraint("worth_fen >= 0", name=op.f("ck_redemptions_worth_fen")),
        sa.ForeignKeyConstraint(["id"], ["transactions.id"], name=op.f("fk_redemptions_id")),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_redemptions_merchant_id")),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.id"], name=op.f("fk_redemptions_grant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redemptions")),
        sa.UniqueConstraint(
            "merchant_id", "request_key", name=op.f("uq_redemptions_merchant_id_request_key")
        ),
        comment="append-only: what was redeemed by whom and where; the money stands in postings",
    )
    op.create_index("ix_redemptions_grant_id", "redemptions", ["grant_id"], unique=False)
    op.create_table(
        "refunds",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("redemption_id", sa.String(length=64), nullable=False),
        sa.Column("merchant_id", sa.String(length=40), nullable=False),
        sa.Column("request_key", sa.String(length=80), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("worth_fen", sa.BigInteger(), nullable=False),
        sa.Column("reusable", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refunds_amount")),
        sa.ForeignKeyConstraint(["id"], ["transactions.id"], name=op.f("fk_refunds_id")),
        sa.ForeignKeyConstraint(["redemption_id"], ["redemptions.id"], name=op.f("fk_refunds_redemption_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refunds")),
        sa.UniqueConstraint("merchant_id", "request_key", name=op.f("uq_refunds_merchant_id_request_key")),
        comment="append-only: what was taken back of a redemption",
    )
    op.create_index("ix_refunds_redemption_id", "refunds", ["redemption_id"], unique=False)
    op.create_table(
        "redemption_batches",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("merchant_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("received_at", Instant, nullable=False),
        sa.Column("results", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_redemption_batches_merchant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redemption_batches")),
        comment="append-only: what was used offline and handed in late",
    )


def _create_due_slots() -> None:
    op.create_table(
        "due_slots",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("grant_id", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("day", "grant_id", name=op.f("pk_due_slots")),
        sqlite_with_rowid=False,
        comment="on which day a grant is looked at next: to remind of its end, or to end it; worked off and deleted",
    )
    # Looked at once, each moves on to its proper day.
    op.execute(
        "INSERT INTO due_slots (day, grant_id) SELECT granted_on, id FROM grants WHERE expires_on IS NOT NULL"
    )
