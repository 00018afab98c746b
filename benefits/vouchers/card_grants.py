"""Find what can be redeemed by a member's card: at a merchant, on a day, at a place."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from pydantic_core import from_json
from sqlalchemy import Connection, select

from benefits.ledger.positions import grant_unit, read_grant_positions, read_grant_terms
from benefits.tables.decisions import grants
from benefits.vouchers.faults import VOUCHER_FAULTS, VoucherRefused
from benefits.vouchers.issuing import compute_uses_left, count_grant_uses
from benefits.vouchers.merchants import Merchant, RedemptionPlace, check_redemption_place


@dataclass(frozen=True, slots=True)
class CardQuery:
    """What a merchant wants to redeem by a card. *Units*: ``amount`` as in ``RedemptionRequest``."""

    merchant: Merchant
    on: date
    rule_id: str | None = None
    amount: int | None = None
    place: RedemptionPlace | None = None


@dataclass(frozen=True, slots=True)
class CardGrant:
    """A grant that a card can redeem now. *Units*: ``left`` in ``unit``."""

    grant_id: str
    rule_id: str
    kind: str
    title: str
    left: int
    unit: str
    uses_left: int
    expires_on: date | None


def list_card_grants(connection: Connection, member_id: str, query: CardQuery) -> list[CardGrant]:
    """Return the member's grants that this merchant may redeem here and now, those that end first before."""
    found = _usable(connection, member_id, query, _may_redeem(query))
    return sorted(found, key=lambda grant: (grant.expires_on or date.max, grant.rule_id, grant.grant_id))


def choose_card_grant(connection: Connection, member_id: str, query: CardQuery) -> str:
    """Return the grant that ends first among those that suffice: of the named rule, or of the only rule.

    *Raises*: VoucherRefused if there is none, or if several rules fit and none is named.
    """
    allowed = None if query.rule_id is not None else _may_redeem(query)
    found = _usable(connection, member_id, query, allowed)
    if not found:
        code = "nothing_on_card" if query.rule_id else "nothing_here"
        raise VoucherRefused(VOUCHER_FAULTS.build(code, rule=query.rule_id or "—"))
    rules = sorted({grant.rule_id for grant in found})
    if len(rules) > 1:
        raise VoucherRefused(VOUCHER_FAULTS.build("several_on_card", rules=", ".join(rules)))
    best = min(
        found,
        key=lambda grant: (
            grant.left < (query.amount or 1),
            grant.expires_on or date.max,
            grant.grant_id,
        ),
    )
    return best.grant_id


def _usable(
    connection: Connection,
    member_id: str,
    query: CardQuery,
    allowed: Callable[[str, dict[str, object]], bool] | None,
) -> list[CardGrant]:
    """Return the grants that the member has not used up by the day, without cash: merchants redeem no cash."""
    c = grants.c
    wanted = select(c.id, c.rule_id, c.uses, c.expires_on, c.title, c.redeem_at).where(
        c.member_id == member_id, c.kind != "cash"
    )
    if query.rule_id is not None:
        wanted = wanted.where(c.rule_id == query.rule_id)
    rows = {
        row.id: row
        for row in connection.execute(wanted)
        if (row.expires_on is None or row.expires_on >= query.on)
        and (allowed is None or allowed(row.rule_id, from_json(row.redeem_at) if row.redeem_at else {}))
    }
    terms, standing, used = (
        read_grant_terms(connection, rows),
        read_grant_positions(connection, rows),
        count_grant_uses(connection, rows),
    )
    found = []
    for id_, row in rows.items():
        kind, unit = terms[id_].kind, grant_unit(terms[id_])
        left = standing[id_][unit].open_amount if unit in standing[id_] else 0
        times = compute_uses_left(kind, row.uses, used[id_], left)
        if left and times:
            found.append(CardGrant(id_, row.rule_id, kind, row.title, left, unit, times, row.expires_on))
    return found


def _may_redeem(query: CardQuery) -> Callable[[str, dict[str, object]], bool]:
    station = query.place.station if query.place else None

    def allowed(rule_id: str, redeem_at: dict[str, object]) -> bool:
        try:
            query.merchant.check_permission(rule_id, station)
            check_redemption_place(redeem_at, query.place)  # type: ignore[arg-type]
        except VoucherRefused:
            return False
        return True

    return allowed
