"""The ledger's side of an invoice: what was redeemed where and when, and what a reference means."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Connection, and_, func, select, true

from benefits.ledger.positions import GrantTerms, Position, positions, terms_of
from benefits.model.accounts import FEN
from benefits.model.chunks import portions
from benefits.tables.transactions import transactions
from benefits.tables.vouchers import redemptions, refunds
from benefits.vouchers.codes import read_code
from benefits.vouchers.invoices import Issued, LedgerSide, Redemption, Scope
from benefits.vouchers.issuing import find_code
from benefits.vouchers.keys import VoucherKey
from benefits.vouchers.refusals import VoucherRefused

_ID = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Meant:
    """What a reference stands for: a use, or a grant; neither where nobody knows it."""

    redemption_id: str | None = None
    grant_id: str | None = None


UNKNOWN = Meant()
Reference = tuple[str, str | None]  # as the invoice has it, with the merchant if known


def meant(
    connection: Connection, references: Iterable[Reference], key: VoucherKey | None = None
) -> Mapping[Reference, Meant]:
    """What each reference means: a merchant's own number, a transaction, a grant, or a voucher's code.

    A number that several merchants have means nothing unless the merchant is known.
    """
    wanted = sorted(set(references), key=lambda reference: (reference[0], reference[1] or ""))
    by_number = _by_number(connection, [number for number, _ in wanted])
    ids = [number for number, _ in wanted if _ID.fullmatch(number)]
    uses, granted = _uses(connection, ids), _grants(connection, ids)
    found: dict[Reference, Meant] = {}
    for number, merchant in wanted:
        own = by_number.get(number, {})
        if merchant in own:
            found[number, merchant] = Meant(redemption_id=own[merchant])
        elif number in uses:
            found[number, merchant] = Meant(redemption_id=number)
        elif number in granted:
            found[number, merchant] = Meant(grant_id=number)
        elif len(own) == 1:  # somebody else's, or the invoice doesn't say whose
            found[number, merchant] = Meant(redemption_id=next(iter(own.values())))
        else:
            found[number, merchant] = _by_code(connection, number, key)
    return found


def _by_number(connection: Connection, numbers: Sequence[str]) -> dict[str, dict[str | None, str]]:
    found: dict[str, dict[str | None, str]] = {}
    for some in portions(sorted(set(numbers))):
        query = select(redemptions.c.request_key, redemptions.c.merchant_id, redemptions.c.id)
        for number, merchant, id_ in connection.execute(query.where(redemptions.c.request_key.in_(some))):
            found.setdefault(number, {})[merchant] = id_
    return found


def _uses(connection: Connection, ids: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for some in portions(ids):
        query = select(redemptions.c.id).where(redemptions.c.id.in_(some))
        found |= set(connection.execute(query).scalars())
    return found


def _grants(connection: Connection, ids: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for some in portions(ids):
        found |= terms_of(connection, some).keys()
    return found


def _by_code(connection: Connection, text: str, key: VoucherKey | None) -> Meant:
    if key is None:
        return UNKNOWN
    try:
        return Meant(grant_id=find_code(connection, key, read_code(text))[0])
    except VoucherRefused:
        return UNKNOWN


def ledger_side(connection: Connection, scope: Scope, found: Iterable[Meant], today: date) -> LedgerSide:
    """What was redeemed within the scope, and all that the references mean."""
    references = list(found)
    used = sorted({m.redemption_id for m in references if m.redemption_id})
    granted = {m.grant_id for m in references if m.grant_id}
    uses: dict[str, Redemption] = {}
    for some in portions(sorted(granted)):
        uses |= _redemptions(connection, redemptions.c.grant_id.in_(some))
    for some in portions(used):
        uses |= _redemptions(connection, redemptions.c.id.in_(some))
    uses |= _redemptions(connection, _within(scope))
    ids = granted | {use.grant_id for use in uses.values()}
    issued: dict[str, Issued] = {}
    for some in portions(sorted(ids)):
        terms, standing = terms_of(connection, some), positions(connection, some)
        issued |= {id_: _issued(terms[id_], standing[id_].get(FEN, Position()), today) for id_ in terms}
    return LedgerSide(issued, tuple(uses.values()))


def _within(scope: Scope) -> ColumnElement[bool]:
    day = transactions.c.occurred_on
    wanted: list[ColumnElement[bool]] = [true()]
    if scope.merchant is not None:
        wanted.append(redemptions.c.merchant_id == scope.merchant)
    if scope.since is not None:
        wanted.append(day >= scope.since)
    if scope.until is not None:
        wanted.append(day <= scope.until)
    return and_(*wanted)


def _redemptions(connection: Connection, which: ColumnElement[bool]) -> dict[str, Redemption]:
    back = (
        select(refunds.c.redemption_id, func.sum(refunds.c.worth_fen).label("fen"))
        .group_by(refunds.c.redemption_id)
        .subquery()
    )
    query = (
        select(
            redemptions.c.id,
            redemptions.c.grant_id,
            redemptions.c.worth_fen,
            transactions.c.occurred_on,
            redemptions.c.merchant_id,
            redemptions.c.request_key,
            func.coalesce(back.c.fen, 0),
        )
        .join(transactions, transactions.c.id == redemptions.c.id)
        .outerjoin(back, back.c.redemption_id == redemptions.c.id)
        .where(which)
    )
    return {row[0]: Redemption(*row[:6], int(row[6])) for row in connection.execute(query)}


def _issued(terms: GrantTerms, standing: Position, today: date) -> Issued:
    ended: str | None = None
    if not standing.redeemed and not standing.settled:
        late = terms.expires_on is not None and terms.expires_on < today
        if standing.reversed and not standing.open:
            ended = "void"
        elif (standing.expired and not standing.open) or late:
            ended = "expired"
    return Issued(
        terms.id,
        terms.rule_id,
        terms.amount_fen - standing.promised,
        terms.expires_on,
        ended,  # type: ignore[arg-type]
    )
