"""Codes of benefits: handed out, found again, replaced. A code itself is kept nowhere.

A code is derived, by the key, from the grant and a random salt that is kept; found by a keyed hash of
it. So its member can be shown it again, and who has only the database, or only the key, has nothing.
"""

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from benefits.ledger.positions import GrantTerms, Position, lock, positions, terms_of
from benefits.ledger.posting import post
from benefits.model.accounts import COUNTED_BY_WORTH, FEN
from benefits.model.move_refusals import NotAllowed
from benefits.model.moves import Move
from benefits.sealing.queue import to_seal
from benefits.tables.decisions import grants
from benefits.tables.vouchers import redemptions, refunds, vouchers
from benefits.vouchers.codes import code_from, keyed_number
from benefits.vouchers.keys import VoucherKey
from benefits.vouchers.refusals import VoucherRefused

_SALT_BYTES = 16
_Row = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class HandedOut:
    """A code with whose it is; ``number`` counts the codes of one grant. ``code`` is None once it was erased."""

    grant_id: str
    number: int
    code: str | None
    made_on: date


@dataclass(frozen=True, slots=True)
class Owned:
    """A benefit that a member can use: what is left of it, and its code if one was handed out."""

    grant_id: str
    rule_id: str
    kind: str
    title: str
    unit: str
    left: int
    uses_left: int
    expires_on: date | None
    handed_out: HandedOut | None


def hand_out(
    connection: Connection,
    key: VoucherKey,
    grant_id: str,
    on: date,
    now: datetime,
    *,
    anew: bool = False,
    member_id: str | None = None,
    random_bytes: Callable[[int], bytes] = secrets.token_bytes,
) -> HandedOut:
    """The code of a grant: made now if there is none, replaced if it was lost (``anew``).

    Handing out claims the benefit: promised → issued. *Raises*: NotAllowed.
    """
    terms = terms_of(connection, [grant_id]).get(grant_id)
    if terms is None:
        raise NotAllowed("unknown", grant=grant_id)
    if member_id not in (None, terms.member_id):
        raise NotAllowed("foreign", grant=grant_id)
    if terms.kind == "cash":
        raise VoucherRefused("no_code", kind=terms.kind)
    standing = lock(connection, {grant_id: terms})[grant_id]
    last = _last_code(connection, grant_id)
    if last is not None and not anew:
        return _handed_out(key, last)
    _issue(connection, terms, standing, on, now)
    if last is not None:
        old = update(vouchers).where(vouchers.c.digest == last.digest, vouchers.c.withdrawn_on.is_(None))
        connection.execute(old.values(withdrawn_on=on))
    made = HandedOut(grant_id, last.number + 1 if last else 1, None, on)
    return _make(connection, key, made, random_bytes(_SALT_BYTES).hex(), now)


def _issue(
    connection: Connection, terms: GrantTerms, standing: dict[str, Position], on: date, now: datetime
) -> None:
    """What is issued already only gets another code; posting says what stands against anything else."""
    if not any(position.issued for position in standing.values()):
        post(connection, issue_of(terms.id, on), now)


def issue_of(grant_id: str, on: date) -> Move:
    """Hand out all that is promised."""
    return Move("issue", grant_id, None, "promised", "issued", f"issue/{grant_id}", on)


def _make(connection: Connection, key: VoucherKey, made: HandedOut, salt: str, now: datetime) -> HandedOut:
    code = _code(key, made.grant_id, made.number, salt)
    row = {
        "digest": key.digest("lookup", code),
        "grant_id": made.grant_id,
        "number": made.number,
        "salt": salt,
        "made_on": made.made_on,
    }
    connection.execute(insert(vouchers).values(row))
    to_seal(connection, {"vouchers": [str(row["digest"])]}, now)
    return HandedOut(made.grant_id, made.number, code, made.made_on)


def find_code(connection: Connection, key: VoucherKey, code: str) -> tuple[str, date | None]:
    """The grant of a code, and the day on which the code was replaced. *Raises*: VoucherRefused."""
    c = vouchers.c
    query = select(c.grant_id, c.withdrawn_on).where(c.digest == key.digest("lookup", code))
    row = connection.execute(query).one_or_none()
    if row is None:
        raise VoucherRefused("unknown_code")
    return row.grant_id, row.withdrawn_on


def owned_by(connection: Connection, key: VoucherKey, member_id: str) -> list[Owned]:
    """What a member can use now or later, what ends first being first."""
    query = select(grants.c.id, grants.c.title, grants.c.uses).where(
        grants.c.member_id == member_id, grants.c.kind != "cash"
    )
    rows = {row.id: row for row in connection.execute(query)}
    terms, standing = terms_of(connection, rows), positions(connection, rows)
    codes = _last_codes(connection, rows)
    used = uses_of(connection, rows)
    found = [
        _owned(terms[id_], row, standing[id_], used.get(id_, 0), _shown(key, codes.get(id_)))
        for id_, row in rows.items()
    ]
    return sorted((o for o in found if o.left), key=lambda o: (o.expires_on or date.max, o.grant_id))


def _owned(
    terms: GrantTerms, row: _Row, standing: dict[str, Position], used: int, handed_out: HandedOut | None
) -> Owned:
    unit = unit_of(terms)
    left = standing[unit].open if unit in standing else 0
    usable = left if terms.kind != "voucher" or used < row.uses else 0
    return Owned(
        terms.id,
        terms.rule_id,
        terms.kind,
        row.title,
        unit,
        usable,
        uses_left(terms.kind, row.uses, used, left),
        terms.expires_on,
        handed_out,
    )


def unit_of(terms: GrantTerms) -> str:
    """What a grant is counted in."""
    return FEN if terms.kind in COUNTED_BY_WORTH else terms.unit or terms.kind


def uses_left(kind: str, uses: int, used: int, left: int) -> int:
    """How often it can be used yet; a thing once for each piece."""
    return max(uses - used, 0) if kind == "voucher" else left


def uses_of(connection: Connection, grant_ids: Collection[str]) -> dict[str, int]:
    """How often grants were used; what was refunded whole was not used."""
    back = (
        select(refunds.c.redemption_id, func.sum(refunds.c.amount).label("amount"))
        .group_by(refunds.c.redemption_id)
        .subquery()
    )
    query = (
        select(redemptions.c.grant_id, func.count().label("times"))
        .outerjoin(back, back.c.redemption_id == redemptions.c.id)
        .where(
            redemptions.c.grant_id.in_(list(grant_ids)),
            redemptions.c.amount > func.coalesce(back.c.amount, 0),
        )
        .group_by(redemptions.c.grant_id)
    )
    return {row.grant_id: row.times for row in connection.execute(query)}


def _last_code(connection: Connection, grant_id: str) -> _Row | None:
    return _last_codes(connection, [grant_id]).get(grant_id)


def _last_codes(connection: Connection, grant_ids: Collection[str]) -> dict[str, _Row]:
    query = select(vouchers).where(vouchers.c.grant_id.in_(list(grant_ids))).order_by(vouchers.c.number)
    return {row.grant_id: row for row in connection.execute(query)}


def _shown(key: VoucherKey, row: _Row | None) -> HandedOut | None:
    return _handed_out(key, row) if row is not None else None


def _handed_out(key: VoucherKey, row: _Row) -> HandedOut:
    code = _code(key, row.grant_id, row.number, row.salt) if row.salt else None
    return HandedOut(row.grant_id, row.number, code, row.made_on)


def _code(key: VoucherKey, grant_id: str, number: int, salt: str) -> str:
    return code_from(keyed_number(key.of("code"), grant_id, str(number), salt))
