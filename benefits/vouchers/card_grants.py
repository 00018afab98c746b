"""Find what can be redeemed by a member's card: at a merchant, on a day, at a place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from benefits.tables.decisions import grants
from benefits.vouchers.faults import VOUCHER_FAULTS, VoucherRefused
from benefits.vouchers.issuing import UsableBenefit, read_usable_benefits
from benefits.vouchers.merchants import Merchant, RedemptionPlace, check_redemption


@dataclass(frozen=True, slots=True)
class CardQuery:
    """What a merchant wants to redeem by a card. *Units*: ``amount`` as in ``RedemptionRequest``."""

    merchant: Merchant
    on: date
    rule_id: str | None = None
    amount: int | None = None
    place: RedemptionPlace | None = None


def list_card_grants(connection: Connection, member_id: str, query: CardQuery) -> list[UsableBenefit]:
    """Return the member's grants that this merchant may redeem here and now, those that end first before."""
    found = read_usable_benefits(connection, _redeemable(connection, member_id, query))
    return sorted(found, key=lambda grant: (grant.expires_on or date.max, grant.rule_id, grant.grant_id))


def choose_card_grant(connection: Connection, member_id: str, query: CardQuery) -> str:
    """Return the grant that ends first among those that suffice: of the named rule, or of the only rule.

    *Raises*: VoucherRefused if there is none, or if several rules fit and none is named.
    """
    # Whether the merchant may redeem the named rule is checked later, with a refusal that says why not.
    rows = (
        _current(connection, member_id, query) if query.rule_id else _redeemable(connection, member_id, query)
    )
    found = read_usable_benefits(connection, rows)
    if not found:
        code = "nothing_on_card" if query.rule_id else "nothing_here"
        raise VoucherRefused(VOUCHER_FAULTS.build(code, rule=query.rule_id or "—"))
    rules = sorted({grant.rule_id for grant in found})
    if len(rules) > 1:
        raise VoucherRefused(VOUCHER_FAULTS.build("several_on_card", rules=", ".join(rules)))
    enough = query.amount or 1
    best = min(found, key=lambda one: (one.left < enough, one.expires_on or date.max, one.grant_id))
    return best.grant_id


def _current(connection: Connection, member_id: str, query: CardQuery) -> Sequence[Row[Any]]:
    """Return the rows of the grants that have not ended by the day, without cash: merchants redeem no cash."""
    c = grants.c
    own = select(grants).where(c.member_id == member_id, c.kind != "cash")
    current = own.where(or_(c.expires_on.is_(None), c.expires_on >= query.on))
    if query.rule_id is not None:
        current = current.where(c.rule_id == query.rule_id)
    return connection.execute(current).all()


def _redeemable(connection: Connection, member_id: str, query: CardQuery) -> Sequence[Row[Any]]:
    """Return the rows of the current grants that this merchant may redeem at this place."""
    found = []
    for row in _current(connection, member_id, query):
        try:
            check_redemption(query.merchant, row, query.place)
        except VoucherRefused:
            continue
        found.append(row)
    return found
