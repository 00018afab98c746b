"""Tables of vouchers, redemption, payout, points and sessions."""

import sqlalchemy as sa

from store.migrations.first_release.schema import schema, where
from store.tables import Instant

sa.Table(
    "due_slots",
    schema,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("grant_id", sa.String(40), primary_key=True),
    sqlite_with_rowid=False,
    comment="on which day a grant is looked at next: to remind of its end, or to end it; worked off and deleted",
)

sa.Table(
    "member_cards",
    schema,
    sa.Column("handle", sa.String(16), primary_key=True),
    sa.Column("member_id", sa.String(64), nullable=False, unique=True),
    sa.Column("made_on", sa.Date, nullable=False),
    comment="the handles under which the signs of members' cards count once",
)

sa.Table(
    "merchants",
    schema,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("rules", sa.Text, nullable=False),
    sa.Column("stations", sa.Text, nullable=False),
    sa.Column("added_at", Instant, nullable=False),
    comment="who may redeem",
)

sa.Table(
    "voucher_keys",
    schema,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.CheckConstraint("number = 1", name="ck_voucher_keys_only_one"),
    comment="which key the codes were made with; never the key itself",
)

sa.Table(
    "card_uses",
    schema,
    sa.Column("handle", sa.String(16), sa.ForeignKey("member_cards.handle"), primary_key=True),
    sa.Column("step", sa.BigInteger, primary_key=True),
    sa.Column("transaction_id", sa.String(64), sa.ForeignKey("transactions.id"), nullable=False),
    comment="append-only: each sign of a card counts once",
)

sa.Table(
    "merchant_keys",
    schema,
    sa.Column("id", sa.String(8), primary_key=True),
    sa.Column("merchant_id", sa.String(40), sa.ForeignKey("merchants.id"), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("revoked_at", Instant),
    sa.Index("ix_merchant_keys_merchant_id", "merchant_id"),
    comment="merchants' keys by their digests; the keys themselves are kept nowhere",
)

sa.Table(
    "redemption_batches",
    schema,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("merchant_id", sa.String(40), sa.ForeignKey("merchants.id"), nullable=False),
    sa.Column("number", sa.String(80), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("received_at", Instant, nullable=False),
    sa.Column("results", sa.Text, nullable=False),
    comment="append-only: what was used offline and handed in late",
)

sa.Table(
    "merchant_key_terms",
    schema,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("key_id", sa.String(8), sa.ForeignKey("merchant_keys.id"), nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("set_at", Instant, nullable=False),
    sa.Index("ix_merchant_key_terms_key_id", "key_id"),
    comment="append-only: when a merchant's key ends by itself, as it was issued and as it was rotated",
)

sa.Table(
    "redemptions",
    schema,
    sa.Column("id", sa.String(64), sa.ForeignKey("transactions.id"), primary_key=True),
    sa.Column("merchant_id", sa.String(40), sa.ForeignKey("merchants.id"), nullable=False),
    sa.Column("request_key", sa.String(80), nullable=False),
    sa.Column("asked", sa.String(64), nullable=False),
    sa.Column("grant_id", sa.String(40), sa.ForeignKey("grants.id"), nullable=False),
    sa.Column("station", sa.String(128)),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("unit", sa.String(32), nullable=False),
    sa.Column("worth_fen", sa.BigInteger, nullable=False),
    sa.Column("used_at", Instant, nullable=False),
    sa.Column("batch_id", sa.String(64)),
    sa.Column("left", sa.BigInteger, nullable=False),
    sa.Column("uses_left", sa.BigInteger, nullable=False),
    sa.CheckConstraint("amount > 0", name="ck_redemptions_amount"),
    sa.CheckConstraint("worth_fen >= 0", name="ck_redemptions_worth_fen"),
    sa.UniqueConstraint("merchant_id", "request_key", name="uq_redemptions_merchant_id_request_key"),
    sa.Index("ix_redemptions_grant_id", "grant_id"),
    comment="append-only: what was redeemed by whom and where; the money stands in postings",
)

sa.Table(
    "vouchers",
    schema,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("grant_id", sa.String(40), sa.ForeignKey("grants.id"), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("salt", sa.String(32)),
    sa.Column("made_on", sa.Date, nullable=False),
    sa.Column("withdrawn_on", sa.Date),
    sa.CheckConstraint("number > 0", name="ck_vouchers_number"),
    sa.UniqueConstraint("grant_id", "number", name="uq_vouchers_grant_id_number"),
    comment="the codes that were handed out, by keyed hash: neither codes nor what makes them stand here",
)

sa.Table(
    "refunds",
    schema,
    sa.Column("id", sa.String(64), sa.ForeignKey("transactions.id"), primary_key=True),
    sa.Column("redemption_id", sa.String(64), sa.ForeignKey("redemptions.id"), nullable=False),
    sa.Column("merchant_id", sa.String(40), nullable=False),
    sa.Column("request_key", sa.String(80), nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("worth_fen", sa.BigInteger, nullable=False),
    sa.Column("reusable", sa.Integer, nullable=False),
    sa.CheckConstraint("amount > 0", name="ck_refunds_amount"),
    sa.UniqueConstraint("merchant_id", "request_key", name="uq_refunds_merchant_id_request_key"),
    sa.Index("ix_refunds_redemption_id", "redemption_id"),
    comment="append-only: what was taken back of a redemption",
)

sa.Table(
    "payout_batches",
    schema,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("number", sa.Integer, nullable=False, unique=True),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("orders", sa.Integer, nullable=False),
    sa.Column("amount_fen", sa.BigInteger, nullable=False),
    sa.Column("orders_digest", sa.String(64), nullable=False),
    sa.Column("file_digest", sa.String(64), nullable=False),
    sa.Column("terms_digest", sa.String(64), nullable=False),
    sa.Column("prepared_by", sa.String(32), nullable=False),
    sa.Column("prepared_at", Instant, nullable=False),
    sa.Column("prepared_on", sa.Date, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("decided_by", sa.String(32)),
    sa.Column("decided_at", Instant),
    sa.Column("decided_on", sa.Date),
    sa.Column("decided_reason", sa.Text),
    sa.Column("exported_at", Instant),
    sa.CheckConstraint("state = 'prepared' OR decided_by IS NOT NULL", name="ck_payout_batches_decided"),
    sa.CheckConstraint("exported_at IS NULL OR state = 'released'", name="ck_payout_batches_exported"),
    sa.CheckConstraint("orders > 0 AND amount_fen > 0", name="ck_payout_batches_something"),
    sa.CheckConstraint("state IN ('prepared', 'released', 'cancelled')", name="ck_payout_batches_state"),
    sa.CheckConstraint(
        "state <> 'released' OR decided_by <> prepared_by", name="ck_payout_batches_two_people"
    ),
    comment="batches of payments; once released nothing of them changes but when they were exported",
)

sa.Table(
    "payout_returns",
    schema,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("lines", sa.Integer, nullable=False),
    sa.Column("left_out", sa.Integer, nullable=False),
    sa.Column("imported_by", sa.String(32), nullable=False),
    sa.Column("imported_at", Instant, nullable=False),
    sa.Column("imported_on", sa.Date, nullable=False),
    comment="append-only: the bank's files",
)

sa.Table(
    "payout_orders",
    schema,
    sa.Column("reference", sa.String(32), primary_key=True),
    sa.Column("batch_id", sa.String(16), sa.ForeignKey("payout_batches.id"), nullable=False),
    sa.Column("line", sa.Integer, nullable=False),
    sa.Column("grant_id", sa.String(40), sa.ForeignKey("grants.id"), nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("amount_fen", sa.BigInteger, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.CheckConstraint("amount_fen > 0", name="ck_payout_orders_amount_fen"),
    sa.CheckConstraint("attempt > 0 AND line > 0", name="ck_payout_orders_counted"),
    sa.CheckConstraint("state IN ('open', 'paid', 'failed', 'cancelled')", name="ck_payout_orders_state"),
    sa.UniqueConstraint("batch_id", "line", name="uq_payout_orders_batch_id_line"),
    sa.UniqueConstraint("grant_id", "attempt", name="uq_payout_orders_grant_id_attempt"),
    sa.Index("ix_payout_orders_not_over", "grant_id", **where("state IN ('open', 'paid')"), unique=True),
    sa.Index("ix_payout_orders_state", "state", "batch_id"),
    comment="one payment of one grant; a grant has at most one that is under way or paid",
)

sa.Table(
    "payout_answers",
    schema,
    sa.Column("reference", sa.String(32), sa.ForeignKey("payout_orders.reference"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("outcome", sa.String(16), nullable=False),
    sa.Column("amount_fen", sa.BigInteger, nullable=False),
    sa.Column("bank_reference", sa.String(64), nullable=False),
    sa.Column("answered_on", sa.Date, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("return_id", sa.String(64), sa.ForeignKey("payout_returns.id"), nullable=False),
    sa.Column("line", sa.Integer, nullable=False),
    sa.Column("transaction_id", sa.String(40), nullable=False),
    sa.CheckConstraint("outcome IN ('paid', 'failed')", name="ck_payout_answers_outcome"),
    sa.Index("ix_payout_answers_return_id", "return_id"),
    sa.Index("ix_payout_answers_transaction_id", "transaction_id"),
    comment="append-only: what the bank said of each payment; settled means that it stands here",
)

sa.Table(
    "point_spendings",
    schema,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("member_id", sa.String(64), nullable=False),
    sa.Column("request_key", sa.String(80), nullable=False),
    sa.Column("points", sa.BigInteger, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("spent_on", sa.Date, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.CheckConstraint("points > 0", name="ck_point_spendings_points"),
    sa.UniqueConstraint("member_id", "request_key", name="uq_point_spendings_member_id_request_key"),
    sa.Index("ix_point_spendings_member_id_spent_on", "member_id", "spent_on"),
    comment="append-only: what members spent points on; the points stand in postings, under the spending's id",
)

sa.Table(
    "sessions",
    schema,
    sa.Column("id", sa.String(80), primary_key=True),
    sa.Column("station_id", sa.String(128), nullable=False),
    sa.Column("first_on", sa.Date, nullable=False),
    sa.Column("last_on", sa.Date, nullable=False),
    sa.Column("definition", sa.Text, nullable=False),
    sa.Column("created_by", sa.String(32), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("closed_on", sa.Date),
    sa.Index("ix_sessions_station_id", "station_id"),
    comment="courses, halls and childcare terms; the rule of the same id grants their places",
)
