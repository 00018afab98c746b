"""The tables of bank payments: batches, orders, the bank's answers, and accounts until these are in, encrypted."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from store import Instant, metadata, rows_where

payout_batches = Table(
    "payout_batches",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("number", Integer, nullable=False, unique=True),  # 1 … in the order in which they were prepared
    Column("state", String(16), nullable=False),  # prepared, released, cancelled
    Column("orders", Integer, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("orders_digest", String(64), nullable=False),  # over reference, grant, amount of every order
    Column("file_digest", String(64), nullable=False),  # SHA-256 of the file as prepared and released
    Column("terms_digest", String(64), nullable=False),  # of the configuration of the bank's files
    Column("prepared_by", String(32), nullable=False),  # a pseudonym
    Column("prepared_at", Instant, nullable=False),
    Column("prepared_on", Date, nullable=False),
    Column("reason", Text, nullable=False),
    Column("decided_by", String(32)),  # the officer who released or cancelled it
    Column("decided_at", Instant),
    Column("decided_on", Date),
    Column("decided_reason", Text),
    Column("exported_at", Instant),  # when the file was last written
    CheckConstraint("state IN ('prepared', 'released', 'cancelled')", name="state"),
    CheckConstraint("state <> 'released' OR decided_by <> prepared_by", name="two_people"),
    CheckConstraint("state = 'prepared' OR decided_by IS NOT NULL", name="decided"),
    CheckConstraint("exported_at IS NULL OR state = 'released'", name="exported"),
    CheckConstraint("orders > 0 AND amount_fen > 0", name="something"),
    comment="batches of payments; once released nothing of them changes but when they were exported",
)

payout_orders = Table(
    "payout_orders",
    metadata,
    Column("reference", String(32), primary_key=True),  # the bank repeats it in its answer
    Column("batch_id", String(16), ForeignKey("payout_batches.id"), nullable=False),
    Column("line", Integer, nullable=False),
    Column("grant_id", String(40), ForeignKey("grants.id"), nullable=False),
    Column("attempt", Integer, nullable=False),  # 1 … for the grant
    Column("amount_fen", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),  # open, paid, failed, cancelled
    CheckConstraint("amount_fen > 0", name="amount_fen"),
    CheckConstraint("attempt > 0 AND line > 0", name="counted"),
    CheckConstraint("state IN ('open', 'paid', 'failed', 'cancelled')", name="state"),
    UniqueConstraint("batch_id", "line"),
    UniqueConstraint("grant_id", "attempt"),
    Index("ix_payout_orders_state", "state", "batch_id"),
    # A payment that is under way or paid can't be ordered again: the last guard against paying twice.
    Index(
        "ix_payout_orders_not_over",
        "grant_id",
        unique=True,
        info=rows_where("state IN ('open', 'paid')"),
    ),
    comment="one payment of one grant; a grant has at most one that is under way or paid",
)

payout_returns = Table(
    "payout_returns",
    metadata,
    Column("id", String(64), primary_key=True),  # SHA-256 of the bank's file
    Column("lines", Integer, nullable=False),
    Column("left_out", Integer, nullable=False),  # lines that were listed as differences
    Column("imported_by", String(32), nullable=False),
    Column("imported_at", Instant, nullable=False),
    Column("imported_on", Date, nullable=False),
    comment="append-only: the bank's files",
)

payout_answers = Table(
    "payout_answers",
    metadata,
    Column("reference", String(32), ForeignKey("payout_orders.reference"), primary_key=True),
    Column("number", Integer, primary_key=True),  # 1 … of the order
    Column("outcome", String(16), nullable=False),  # paid, failed
    Column("amount_fen", BigInteger, nullable=False),
    Column("bank_reference", String(64), nullable=False),  # the bank's own number, empty where it gives none
    Column("answered_on", Date, nullable=False),  # the day in the bank's file, else that of the import
    Column("reason", Text, nullable=False),  # why it failed, without numbers of accounts or persons
    Column("return_id", String(64), ForeignKey("payout_returns.id"), nullable=False),
    Column("line", Integer, nullable=False),  # of the bank's file
    Column("transaction_id", String(40), nullable=False),  # the transaction that settled it or sent it back
    CheckConstraint("outcome IN ('paid', 'failed')", name="outcome"),
    Index("ix_payout_answers_return_id", "return_id"),
    Index("ix_payout_answers_transaction_id", "transaction_id"),
    comment="append-only: what the bank said of each payment; settled means that it stands here",
)

# The account of each order, beside the ledger: no seal and no export covers it.
payout_payees = Table(
    "payout_payees",
    metadata,
    Column("reference", String(32), ForeignKey("payout_orders.reference"), primary_key=True),
    Column("key_id", String(16)),  # of the vault's key; none once the bank has answered
    Column("payee", Text),  # account, name and bank, encrypted; none once the bank has answered
    Column("bank", String(100), nullable=False),  # empty once the bank has answered
    Column("digest", String(64), nullable=False),  # keyed, of member and account: a changed one shows
    Column("last_digits", String(4), nullable=False),
    Column("note", Text, nullable=False),  # what the second officer asks about this row
    Column("noted_by", String(32)),
    Column("noted_at", Instant),
    Index("ix_payout_payees_key_id", "key_id"),
    comment="accounts until the bank has answered; then a digest and four digits, until the person is erased",
)

payout_layouts = Table(
    "payout_layouts",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("digest", String(64), nullable=False),  # batches name it as terms_digest
    Column("layout", Text, nullable=False),  # JSON
    Column("written_by", String(32), nullable=False),
    Column("written_at", Instant, nullable=False),
    Index("ix_payout_layouts_digest", "digest"),
    comment="append-only: how the bank's files look; the newest one counts",
)
