"""What can be redeemed by a member's card, and what was: a card shows a signed token for each minute, and each token counts once.

A use is stored under the member's handle, which reveals nothing of the member.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select

from benefits.tables.decisions import grants
from benefits.tables.vouchers import card_uses, member_cards
from benefits.vouchers.codes import encode_number
from benefits.vouchers.faults import VOUCHER_FAULTS, VoucherRefused
from benefits.vouchers.issuing import UsableBenefit, read_usable_benefits
from benefits.vouchers.merchants import Merchant, RedemptionPlace, check_redemption
from store import insert_into

_HANDLE_BYTES, _HANDLE_SIGNS = 16, 8


def ensure_card_handle(connection: Connection, member_id: str, on: date) -> str:
    """Return the handle under which a member's tokens count once; create it if there is none."""
    own = select(member_cards.c.handle).where(member_cards.c.member_id == member_id)
    known = connection.execute(own).scalar()
    if known is None:
        handle = encode_number(int.from_bytes(secrets.token_bytes(_HANDLE_BYTES), "big"), _HANDLE_SIGNS)
        made = insert_into(connection, member_cards).values(handle=handle, member_id=member_id, made_on=on)
        connection.execute(made.on_conflict_do_nothing())
        known = connection.execute(own).scalar_one()
    return str(known)


def check_card_unused(connection: Connection, handle: str, slot: int) -> None:
    """Check that a card's token was not used. *Raises*: VoucherRefused (token_used).

    If two transactions use it at once, the second one's insert fails and its caller repeats it.
    """
    used = select(card_uses.c.step).where(card_uses.c.handle == handle, card_uses.c.step == slot)
    if connection.execute(used).one_or_none() is not None:
        raise VoucherRefused(VOUCHER_FAULTS.build("token_used"))


def record_card_use(connection: Connection, handle: str, slot: int, transaction_id: str) -> None:
    """Record that a card's token was used."""
    row = {"handle": handle, "step": slot, "transaction_id": transaction_id}
    connection.execute(insert(card_uses).values(row))


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
    found = read_usable_benefits(connection, _read_redeemable_grants(connection, member_id, query))
    return sorted(found, key=lambda grant: (grant.expires_on or date.max, grant.rule_id, grant.grant_id))


def choose_card_grant(connection: Connection, member_id: str, query: CardQuery) -> str:
    """Return the grant that ends first among those that suffice: of the named rule, or of the only rule.

    *Raises*: VoucherRefused if there is none, or if several rules fit and none is named.
    """
    # Whether the merchant may redeem the named rule is checked later, with a refusal that says why not.
    rows = (
        _read_current_grants(connection, member_id, query)
        if query.rule_id
        else _read_redeemable_grants(connection, member_id, query)
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


def _read_current_grants(connection: Connection, member_id: str, query: CardQuery) -> Sequence[Row[Any]]:
    """Return the rows of the grants that have not ended by the day, without cash: merchants redeem no cash."""
    c = grants.c
    own = select(grants).where(c.member_id == member_id, c.kind != "cash")
    current = own.where(or_(c.expires_on.is_(None), c.expires_on >= query.on))
    if query.rule_id is not None:
        current = current.where(c.rule_id == query.rule_id)
    return connection.execute(current).all()


def _read_redeemable_grants(connection: Connection, member_id: str, query: CardQuery) -> Sequence[Row[Any]]:
    """Return the rows of the current grants that this merchant may redeem at this place."""
    found = []
    for row in _read_current_grants(connection, member_id, query):
        try:
            check_redemption(query.merchant, row, query.place)
        except VoucherRefused:
            continue
        found.append(row)
    return found
