"""Issue, show again and replace voucher codes. A code itself is never stored.

A code is derived, with the key, from the grant and a stored random salt; it is found by a keyed hash.
So the member can be shown the code again, while the database alone or the key alone reveals no code.
"""

import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from benefits.ledger.positions import (
    GrantPosition,
    GrantTerms,
    grant_unit,
    lock_grant_positions,
    read_grant_positions,
    read_grant_terms,
    require_grant_terms,
)
from benefits.ledger.posting import post_move
from benefits.model.moves import Move
from benefits.tables.decisions import grants
from benefits.tables.vouchers import redemptions, select_grant_uses, vouchers
from benefits.vouchers.codes import VoucherKey, build_code, keyed_number
from benefits.vouchers.faults import VOUCHER_FAULTS, VoucherRefused
from store import enqueue_for_sealing

_SALT_BYTES = 16
_Row = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """A voucher code with its grant. ``number`` counts the codes of one grant.

    ``code`` is None once it was erased.
    """

    grant_id: str
    number: int
    code: str | None
    made_on: date


@dataclass(frozen=True, slots=True)
class UsableBenefit:
    """A benefit that a member can use: the amount left, and its code if one was issued.

    ``claim_by`` is the last day on which a code is given for a benefit that must be claimed.
    """

    grant_id: str
    rule_id: str
    kind: str
    title: str
    unit: str
    left: int
    uses_left: int
    expires_on: date | None
    issued_code: IssuedCode | None = None
    claim_by: date | None = None


@dataclass(frozen=True, slots=True)
class GrantUses:
    """How often a grant was used; see ``select_grant_uses``."""

    spent: int = 0
    counted: int = 0

    def once_more(self) -> "GrantUses":
        """Return the uses after another one."""
        return GrantUses(self.spent + 1, self.counted + 1)


@dataclass(frozen=True, slots=True)
class GrantStock:
    """A grant with what of it can be used: its terms, its row, its positions by unit, and its uses."""

    terms: GrantTerms
    row: _Row
    positions: dict[str, GrantPosition]
    used: GrantUses

    @property
    def unit(self) -> str:
        return grant_unit(self.terms)

    @property
    def left(self) -> int:
        """Return the amount that is promised or issued, in the grant's unit."""
        return self.positions.get(self.unit, GrantPosition()).open_amount

    @property
    def uses_left(self) -> int:
        return compute_uses_left(self.terms.kind, self.row.uses, self.used, self.left)


def issue_voucher_code(
    connection: Connection,
    key: VoucherKey,
    grant_id: str,
    on: date,
    now: datetime,
    *,
    anew: bool = False,
    member_id: str | None = None,
    random_bytes: Callable[[int], bytes] = secrets.token_bytes,
) -> IssuedCode:
    """Return the code of a grant; issue one if there is none, or replace a lost one (``anew``).

    Issuing a code claims the benefit: promised → issued. *Raises*: MoveRefused.
    """
    terms = require_grant_terms(connection, grant_id, member_id)
    if terms.kind == "cash":
        raise VoucherRefused(VOUCHER_FAULTS.build("no_code", kind=terms.kind))
    standing = lock_grant_positions(connection, {grant_id: terms})[grant_id]
    last = _last_code(connection, grant_id)
    if last is not None and not anew:
        return _handed_out(key, last)
    _issue(connection, terms, standing, on, now, last.number + 1 if last else 1)
    if last is not None:
        old = update(vouchers).where(vouchers.c.digest == last.digest, vouchers.c.withdrawn_on.is_(None))
        connection.execute(old.values(withdrawn_on=on))
    made = IssuedCode(grant_id, last.number + 1 if last else 1, None, on)
    return _make(connection, key, made, random_bytes(_SALT_BYTES).hex(), now)


def _issue(
    connection: Connection,
    terms: GrantTerms,
    standing: dict[str, GrantPosition],
    on: date,
    now: datetime,
    number: int,
) -> None:
    """Issue the promised amount, unless it is issued already; posting refuses other cases.

    A later code has its own request key: the first code's key would count as done, even for a grant that is void or used.
    """
    if not any(position.issued for position in standing.values()):
        first = build_issue_move(terms.id, on)
        again = replace(first, request_key=f"{first.request_key}/{number}")
        post_move(connection, first if number == 1 else again, now)


def build_issue_move(grant_id: str, on: date) -> Move:
    """Return the move that issues the whole promised amount."""
    return Move("issue", grant_id, None, "promised", "issued", f"issue/{grant_id}", on)


def _make(connection: Connection, key: VoucherKey, made: IssuedCode, salt: str, now: datetime) -> IssuedCode:
    code = _code(key, made.grant_id, made.number, salt)
    row = {
        "digest": key.digest("lookup", code),
        "grant_id": made.grant_id,
        "number": made.number,
        "salt": salt,
        "made_on": made.made_on,
    }
    connection.execute(insert(vouchers).values(row))
    enqueue_for_sealing(connection, {"vouchers": [str(row["digest"])]}, now)
    return IssuedCode(made.grant_id, made.number, code, made.made_on)


@dataclass(frozen=True, slots=True)
class NamedGrant:
    """The grant that a code or a card names; of a code also the days on which it was made and replaced."""

    grant_id: str
    made_on: date | None = None
    withdrawn_on: date | None = None


def find_grant_by_code(connection: Connection, key: VoucherKey, code: str) -> NamedGrant:
    """Return the grant of a code. *Raises*: VoucherRefused."""
    c = vouchers.c
    query = select(c.grant_id, c.made_on, c.withdrawn_on).where(c.digest == key.digest("lookup", code))
    row = connection.execute(query).one_or_none()
    if row is None:
        raise VoucherRefused(VOUCHER_FAULTS.build("unknown_code"))
    return NamedGrant(*row)


def list_usable_benefits(connection: Connection, key: VoucherKey, member_id: str) -> list[UsableBenefit]:
    """Return the benefits that a member can use now or later, the first to expire first."""
    own = select(grants).where(grants.c.member_id == member_id, grants.c.kind != "cash")
    rows = connection.execute(own).all()
    codes = _last_codes(connection, [row.id for row in rows])
    found = [
        replace(one, issued_code=_shown(key, codes.get(one.grant_id)))
        for one in read_usable_benefits(connection, rows)
    ]
    return sorted(found, key=lambda one: (one.expires_on or date.max, one.grant_id))


def read_usable_benefits(connection: Connection, rows: Sequence[_Row]) -> list[UsableBenefit]:
    """Return what can be used of grants, whose rows are given; those that are used up are left out."""
    return [
        UsableBenefit(
            one.terms.id,
            one.terms.rule_id,
            one.terms.kind,
            one.row.title,
            one.unit,
            one.left,
            one.uses_left,
            one.terms.expires_on,
        )
        for one in read_grant_stocks(connection, rows)
        if one.left and one.uses_left
    ]


def read_grant_stocks(connection: Connection, rows: Sequence[_Row]) -> list[GrantStock]:
    """Return the stocks of grants, whose rows are given, without a lock."""
    ids = [row.id for row in rows]
    terms, positions = read_grant_terms(connection, ids), read_grant_positions(connection, ids)
    used = count_grant_uses(connection, ids)
    return [GrantStock(terms[row.id], row, positions[row.id], used[row.id]) for row in rows]


def compute_uses_left(kind: str, uses: int, used: GrantUses, left: int) -> int:
    """Return how often a grant can still be used; a thing can be used once for each piece.

    What came back to the member of a voucher, and is left, can be used once more when no use is left.
    """
    if kind != "voucher":
        return left
    return max(uses - used.spent, 1 if left and used.counted < uses else 0)


def count_grant_uses(connection: Connection, grant_ids: Collection[str]) -> dict[str, GrantUses]:
    """Return how often each of these grants was used."""
    query = select_grant_uses(redemptions.c.grant_id.in_(list(grant_ids)))
    found = {id_: GrantUses(int(spent), int(counted)) for id_, spent, counted in connection.execute(query)}
    return {id_: found.get(id_, GrantUses()) for id_ in grant_ids}


def find_code_number(connection: Connection, grant_id: str) -> int:
    """Return how many codes were handed out for a grant."""
    last = _last_code(connection, grant_id)
    return last.number if last else 0


def _last_code(connection: Connection, grant_id: str) -> _Row | None:
    return _last_codes(connection, [grant_id]).get(grant_id)


def _last_codes(connection: Connection, grant_ids: Collection[str]) -> dict[str, _Row]:
    query = select(vouchers).where(vouchers.c.grant_id.in_(list(grant_ids))).order_by(vouchers.c.number)
    return {row.grant_id: row for row in connection.execute(query)}


def _shown(key: VoucherKey, row: _Row | None) -> IssuedCode | None:
    return _handed_out(key, row) if row is not None else None


def _handed_out(key: VoucherKey, row: _Row) -> IssuedCode:
    code = _code(key, row.grant_id, row.number, row.salt) if row.salt else None
    return IssuedCode(row.grant_id, row.number, code, row.made_on)


def _code(key: VoucherKey, grant_id: str, number: int, salt: str) -> str:
    return build_code(keyed_number(key.derive("code"), grant_id, str(number), salt))
