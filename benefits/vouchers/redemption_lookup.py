"""Look redemptions up: the uses of one grant, and the ledger's side of an invoice with the meaning of its references."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, and_, func, select, true

from benefits.ledger.positions import GrantPosition, GrantTerms, read_grant_positions, read_grant_terms
from benefits.model.accounts import FEN
from benefits.model.chunks import chunks
from benefits.tables.transactions import transactions
from benefits.tables.vouchers import merchants, redemptions, refunds
from benefits.vouchers.codes import VoucherKey, parse_code
from benefits.vouchers.faults import VoucherRefused
from benefits.vouchers.invoices import InvoiceScope, IssuedGrant, LedgerSide, Redemption
from benefits.vouchers.issuing import find_grant_by_code

_ID = re.compile(r"[0-9a-f]{40}")
InvoiceReference = tuple[str, str | None]  # the text in the invoice, with the merchant if known


@dataclass(frozen=True, slots=True)
class ResolvedReference:
    """A reference resolved to a redemption or to a grant; to neither if it is unknown."""

    redemption_id: str | None = None
    grant_id: str | None = None


UNKNOWN_REFERENCE = ResolvedReference()


def resolve_references(
    connection: Connection, references: Iterable[InvoiceReference], key: VoucherKey | None = None
) -> Mapping[InvoiceReference, ResolvedReference]:
    """Resolve each reference: a merchant's own number, a transaction, a grant, or a voucher's code.

    A number that several merchants use resolves to nothing unless the merchant is known.
    """
    wanted = sorted(set(references), key=lambda reference: (reference[0], reference[1] or ""))
    by_number = _by_number(connection, [number for number, _ in wanted])
    ids = [number for number, _ in wanted if _ID.fullmatch(number)]
    uses, granted = _uses(connection, ids), read_grant_terms(connection, ids)
    found: dict[InvoiceReference, ResolvedReference] = {}
    for number, merchant in wanted:
        own = by_number.get(number, {})
        if merchant in own:
            found[number, merchant] = ResolvedReference(redemption_id=own[merchant])
        elif number in uses:
            found[number, merchant] = ResolvedReference(redemption_id=number)
        elif number in granted:
            found[number, merchant] = ResolvedReference(grant_id=number)
        elif len(own) == 1:  # another merchant's, or the invoice names no merchant
            found[number, merchant] = ResolvedReference(redemption_id=next(iter(own.values())))
        else:
            found[number, merchant] = _by_code(connection, number, key)
    return found


def _by_number(connection: Connection, numbers: Sequence[str]) -> dict[str, dict[str | None, str]]:
    found: dict[str, dict[str | None, str]] = {}
    for some in chunks(sorted(set(numbers))):
        query = select(redemptions.c.request_key, redemptions.c.merchant_id, redemptions.c.id)
        for number, merchant, id_ in connection.execute(query.where(redemptions.c.request_key.in_(some))):
            found.setdefault(number, {})[merchant] = id_
    return found


def _uses(connection: Connection, ids: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for some in chunks(ids):
        query = select(redemptions.c.id).where(redemptions.c.id.in_(some))
        found |= set(connection.execute(query).scalars())
    return found


def _by_code(connection: Connection, text: str, key: VoucherKey | None) -> ResolvedReference:
    if key is None:
        return UNKNOWN_REFERENCE
    try:
        return ResolvedReference(grant_id=find_grant_by_code(connection, key, parse_code(text)).grant_id)
    except VoucherRefused:
        return UNKNOWN_REFERENCE


def load_ledger_side(
    connection: Connection, scope: InvoiceScope, found: Iterable[ResolvedReference], today: date
) -> LedgerSide:
    """Return the redemptions within the scope, and all to which the references resolve."""
    references = list(found)
    used = sorted({m.redemption_id for m in references if m.redemption_id})
    granted = {m.grant_id for m in references if m.grant_id}
    uses: dict[str, Redemption] = {}
    for some in chunks(sorted(granted)):
        uses |= _redemptions(connection, redemptions.c.grant_id.in_(some))
    for some in chunks(used):
        uses |= _redemptions(connection, redemptions.c.id.in_(some))
    uses |= _redemptions(connection, _within(scope))
    ids = granted | {use.grant_id for use in uses.values()}
    issued: dict[str, IssuedGrant] = {}
    for some in chunks(sorted(ids)):
        terms, standing = read_grant_terms(connection, some), read_grant_positions(connection, some)
        issued |= {id_: _issued(terms[id_], standing[id_].get(FEN, GrantPosition()), today) for id_ in terms}
    return LedgerSide(issued, tuple(uses.values()))


def _within(scope: InvoiceScope) -> ColumnElement[bool]:
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


def _issued(terms: GrantTerms, standing: GrantPosition, today: date) -> IssuedGrant:
    ended: str | None = None
    if not standing.redeemed and not standing.settled:
        late = terms.expires_on is not None and terms.expires_on < today
        if standing.reversed and not standing.open_amount:
            ended = "void"
        elif (standing.expired and not standing.open_amount) or late:
            ended = "expired"
    return IssuedGrant(
        terms.rule_id,
        terms.amount_fen - standing.promised,
        terms.expires_on,
        ended,  # type: ignore[arg-type]
    )


@dataclass(frozen=True, slots=True)
class GrantUse:
    """One use of a grant. *Units*: ``amount`` and ``refunded`` count ``unit``; ``reusable`` is the part of
    ``refunded`` that the member can use again.
    """

    used_at: datetime
    merchant: str
    station: str | None
    amount: int
    unit: str
    refunded: int = 0
    reusable: int = 0


def list_grant_uses(connection: Connection, grant_id: str) -> list[GrantUse]:
    """Return the uses of a grant, the newest first."""
    use, back = redemptions.c, refunds.c
    given_back = (
        select(
            back.redemption_id,
            func.sum(back.amount).label("refunded"),
            func.sum(back.amount * back.reusable).label("reusable"),
        )
        .where(back.redemption_id.in_(select(use.id).where(use.grant_id == grant_id)))
        .group_by(back.redemption_id)
        .subquery()
    )
    query = (
        select(
            use.used_at,
            merchants.c.name,
            use.station,
            use.amount,
            use.unit,
            func.coalesce(given_back.c.refunded, 0),
            func.coalesce(given_back.c.reusable, 0),
        )
        .join(merchants, merchants.c.id == use.merchant_id)
        .outerjoin(given_back, given_back.c.redemption_id == use.id)
        .where(use.grant_id == grant_id)
        .order_by(use.used_at.desc(), use.id)
    )
    return [
        GrantUse(row[0], row[1], row[2], row[3], row[4], int(row[5]), int(row[6]))
        for row in connection.execute(query)
    ]
