"""The tables of vouchers: codes, cards, merchants, redemptions, refunds, spent points, and days due."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    Integer,
    Select,
    String,
    Table,
    Text,
    UniqueConstraint,
    case,
    func,
    select,
)

from store import Instant, metadata

voucher_keys = Table(
    "voucher_keys",
    metadata,
    Column("number", Integer, CheckConstraint("number = 1", name="only_one"), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    comment="which key the codes were made with; never the key itself",
)

vouchers = Table(
    "vouchers",
    metadata,
    Column("digest", String(64), primary_key=True),  # keyed hash of the code
    Column("grant_id", String(40), ForeignKey("grants.id"), nullable=False),
    Column("number", Integer, nullable=False),  # 1 …: a code that was lost is replaced by the next
    Column("salt", String(32)),  # random; salt and key give the code again; None once erased
    Column("made_on", Date, nullable=False),
    Column("withdrawn_on", Date),  # the day on which the next one replaced it
    UniqueConstraint("grant_id", "number"),
    CheckConstraint("number > 0", name="number"),
    comment="the codes that were handed out, by keyed hash: neither codes nor what makes them stand here",
)

member_cards = Table(
    "member_cards",
    metadata,
    Column("handle", String(16), primary_key=True),  # reveals nothing of the member
    Column("member_id", String(64), nullable=False, unique=True),
    Column("made_on", Date, nullable=False),
    comment="the handles under which the signs of members' cards count once",
)

card_uses = Table(
    "card_uses",
    metadata,
    Column("handle", String(16), ForeignKey("member_cards.handle"), primary_key=True),
    Column("step", BigInteger, primary_key=True),
    Column("transaction_id", String(64), ForeignKey("transactions.id"), nullable=False),
    comment="append-only: each sign of a card counts once",
)

merchants = Table(
    "merchants",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", Text, nullable=False),
    Column("rules", Text, nullable=False),  # JSON array of rules that it may redeem; empty: all
    Column("stations", Text, nullable=False),  # JSON array of stations where it may; empty: everywhere
    Column("added_at", Instant, nullable=False),
    comment="who may redeem",
)

merchant_keys = Table(
    "merchant_keys",
    metadata,
    Column("id", String(8), primary_key=True),
    Column("merchant_id", String(40), ForeignKey("merchants.id"), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Index("ix_merchant_keys_merchant_id", "merchant_id"),
    comment="merchants' keys by their digests; the keys themselves are kept nowhere",
)

merchant_key_terms = Table(
    "merchant_key_terms",
    metadata,
    Column("id", String(16), primary_key=True),  # the key's id, a dot, and a number from 1 up
    Column("key_id", String(8), ForeignKey("merchant_keys.id"), nullable=False),
    Column("expires_at", Instant, nullable=False),  # the earliest of a key's ends counts
    Column("set_at", Instant, nullable=False),
    Index("ix_merchant_key_terms_key_id", "key_id"),
    comment="append-only: when a merchant's key ends by itself, as it was issued and as it was rotated",
)

redemptions = Table(
    "redemptions",
    metadata,
    Column("id", String(64), ForeignKey("transactions.id"), primary_key=True),
    Column("merchant_id", String(40), ForeignKey("merchants.id"), nullable=False),
    Column("request_key", String(80), nullable=False),
    Column("asked", String(64), nullable=False),  # keyed hash of the whole request
    Column("grant_id", String(40), ForeignKey("grants.id"), nullable=False),
    Column("station", String(128)),
    Column("amount", BigInteger, nullable=False),  # of the unit
    Column("unit", String(32), nullable=False),
    Column("worth_fen", BigInteger, nullable=False),
    Column("used_at", Instant, nullable=False),
    Column("batch_id", String(64)),  # of a batch that was used offline
    Column("left", BigInteger, nullable=False),  # the amount left after it, as answered
    Column("uses_left", BigInteger, nullable=False),
    UniqueConstraint("merchant_id", "request_key"),
    CheckConstraint("amount > 0", name="amount"),
    CheckConstraint("worth_fen >= 0", name="worth_fen"),
    Index("ix_redemptions_grant_id", "grant_id"),
    comment="append-only: what was redeemed by whom and where; the money stands in postings",
)

refunds = Table(
    "refunds",
    metadata,
    Column("id", String(64), ForeignKey("transactions.id"), primary_key=True),
    Column("redemption_id", String(64), ForeignKey("redemptions.id"), nullable=False),
    Column("merchant_id", String(40), nullable=False),
    Column("request_key", String(80), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("worth_fen", BigInteger, nullable=False),
    Column(
        "reusable", Integer, nullable=False
    ),  # 1: the member can use it again, 0: it goes back to the budget
    UniqueConstraint("merchant_id", "request_key"),
    CheckConstraint("amount > 0", name="amount"),
    Index("ix_refunds_redemption_id", "redemption_id"),
    comment="append-only: what was taken back of a redemption",
)

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


def select_grant_uses(*where: ColumnElement[bool]) -> Select[Any]:
    """Select by grant how often it was used: ``spent`` and ``counted``, of the redemptions that fit ``where``.

    A redemption that was refunded whole is not spent. ``counted`` is less by one for each refund that the
    member can use again: while it is below the grant's uses, what came back can be redeemed once more.
    """
    back = func.coalesce(func.sum(refunds.c.amount), 0)
    again = func.coalesce(func.sum(refunds.c.reusable), 0)
    use = (
        select(
            redemptions.c.grant_id,
            case((back < redemptions.c.amount, 1), else_=0).label("spent"),
            again.label("again"),
        )
        .outerjoin(refunds, refunds.c.redemption_id == redemptions.c.id)
        .where(*where)
        .group_by(redemptions.c.id, redemptions.c.grant_id, redemptions.c.amount)
        .subquery()
        .c
    )
    counted = case((use.again > 0, 1 - use.again), else_=use.spent)
    return select(
        use.grant_id, func.sum(use.spent).label("spent"), func.sum(counted).label("counted")
    ).group_by(use.grant_id)


redemption_batches = Table(
    "redemption_batches",
    metadata,
    Column("id", String(64), primary_key=True),  # of merchant and number
    Column("merchant_id", String(40), ForeignKey("merchants.id"), nullable=False),
    Column("number", String(80), nullable=False),  # the merchant's own number of the batch
    Column("digest", String(64), nullable=False),  # keyed hash of its content
    Column("received_at", Instant, nullable=False),
    Column("results", Text, nullable=False),  # JSON array of the answers, line by line
    comment="append-only: what was used offline and handed in late",
)

due_slots = Table(
    "due_slots",
    metadata,
    Column("day", Date, primary_key=True),
    Column("grant_id", String(40), primary_key=True),
    sqlite_with_rowid=False,
    comment="on which day a grant is looked at next: to remind of its end, or to end it; worked off and deleted",
)
