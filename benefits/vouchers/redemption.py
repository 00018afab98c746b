"""Redeeming: a code or a card at a merchant's counter becomes a posting, once for each request.

In the caller's transaction. On PostgreSQL two who use one card's sign, or one request key, at the same
moment for two grants collide: the second one's transaction fails as lost and is tried again by its
caller (``events.retries.in_transaction``).
"""

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pydantic_core import from_json
from sqlalchemy import Connection, Row, insert, select

from benefits.ledger.positions import GrantTerms, Position, lock, positions, terms_of
from benefits.ledger.posting import post
from benefits.lifecycle.expiry import OFFLINE_GRACE_DAYS
from benefits.model.accounts import FEN
from benefits.model.move_refusals import NotAllowed
from benefits.model.moves import Move
from benefits.sealing.queue import to_seal
from benefits.tables.decisions import grants
from benefits.tables.vouchers import redemptions
from benefits.vouchers.cards import check_not_used, note_card_use, read_card
from benefits.vouchers.codes import plain, read_code
from benefits.vouchers.issuing import find_code, issue_of, unit_of, uses_left, uses_of
from benefits.vouchers.keys import VoucherKey
from benefits.vouchers.merchants import Merchant
from benefits.vouchers.places import Place, check_place
from benefits.vouchers.refusals import VoucherRefused
from benefits.vouchers.tokens import is_token

LONGEST_REQUEST_KEY = 80


@dataclass(frozen=True, slots=True)
class Asked:
    """What a merchant asks: ``code`` is a voucher's, or what a card shows, which needs a ``rule_id``.

    *Units*: ``amount`` in fen of vouchers, in pieces of things; None: a voucher's share for one use, one
    piece of a thing. ``on`` is the civil date of ``at``. ``received_on`` and ``batch_id``: used offline,
    handed in later.
    """

    merchant: Merchant
    request_key: str
    code: str
    at: datetime
    on: date
    amount: int | None = None
    rule_id: str | None = None
    place: Place | None = None
    received_on: date | None = None
    batch_id: str | None = None

    @property
    def station(self) -> str | None:
        return self.place.station if self.place else None


@dataclass(frozen=True, slots=True)
class Redeemed:
    """What was answered. ``already``: the same request was done before, and nothing has happened now.

    *Units*: ``amount`` and ``left`` in ``unit``; ``left`` as it was right after it.
    """

    id: str
    grant_id: str
    rule_id: str
    kind: str
    title: str
    amount: int
    unit: str
    worth_fen: int
    left: int
    uses_left: int
    expires_on: date | None
    already: bool = False


@dataclass(frozen=True, slots=True)
class _Found:
    """The grant that is meant; of a card also its sign, which counts once."""

    grant_id: str
    withdrawn_on: date | None = None
    card: tuple[str, int] | None = None


def redeem(connection: Connection, key: VoucherKey, asked: Asked, now: datetime) -> Redeemed:
    """Redeem once: the same request again gets the same answer. *Raises*: NotAllowed, then nothing has happened."""
    check_request_key(asked.request_key)
    done = _done(connection, key, asked)
    if done is not None:
        return done
    found = _find(connection, key, asked)
    terms = terms_of(connection, [found.grant_id])[found.grant_id]
    standing = lock(connection, {terms.id: terms})[terms.id]
    done = _done(connection, key, asked)  # by who held the lock before
    if done is not None:
        return done
    row = connection.execute(select(grants).where(grants.c.id == terms.id)).one()
    used = uses_of(connection, [terms.id]).get(terms.id, 0)
    _check(asked, found, terms, row)
    _check_uses(terms, row, standing, used)
    if found.card is not None:
        check_not_used(connection, *found.card)
    move = _move(asked, terms, row, standing, used)
    return _record(connection, key, asked, found, (terms, row, standing, used, move), now)


def usable(connection: Connection, key: VoucherKey, asked: Asked) -> Redeemed:
    """What redeeming would come to, as far as can be told without doing it. *Raises*: NotAllowed."""
    found = _find(connection, key, asked)
    terms = terms_of(connection, [found.grant_id])[found.grant_id]
    standing = positions(connection, [terms.id])[terms.id]
    row = connection.execute(select(grants).where(grants.c.id == terms.id)).one()
    used = uses_of(connection, [terms.id]).get(terms.id, 0)
    _check(asked, found, terms, row)
    _check_uses(terms, row, standing, used)
    unit = unit_of(terms)
    left = standing[unit].open if unit in standing else 0
    if terms.expires_on and asked.on > terms.expires_on:
        raise NotAllowed("expired", day=terms.expires_on.isoformat())
    if not left:
        gone = any(position.reversed for position in standing.values())
        raise NotAllowed("void" if gone else "used_up")
    return _answer("", terms, row, (0, unit, 0, left, uses_left(terms.kind, row.uses, used, left)))


def check_request_key(request_key: str) -> None:
    if not 0 < len(request_key) <= LONGEST_REQUEST_KEY or not request_key.isprintable():
        raise VoucherRefused("request_key", longest=str(LONGEST_REQUEST_KEY))


def _done(connection: Connection, key: VoucherKey, asked: Asked) -> Redeemed | None:
    """The answer to a request that was done before. *Raises*: NotAllowed where it asked for something else."""
    c = redemptions.c
    before = connection.execute(
        select(redemptions).where(c.merchant_id == asked.merchant.id, c.request_key == asked.request_key)
    ).one_or_none()
    if before is None:
        return None
    if before.asked != _digest(key, asked):
        raise NotAllowed("request_reused", key=asked.request_key)
    terms = terms_of(connection, [before.grant_id])[before.grant_id]
    row = connection.execute(select(grants).where(grants.c.id == terms.id)).one()
    stood = (before.amount, before.unit, before.worth_fen, before.left, before.uses_left)
    return _answer(before.id, terms, row, stood, already=True)


def _digest(key: VoucherKey, asked: Asked) -> str:
    """Of all that a merchant says; the code's trace in it is worth nothing without the key."""
    said = (asked.rule_id, asked.station, None if asked.amount is None else str(asked.amount))
    return key.digest("asked", plain(asked.code), *("-" if part is None else f"={part}" for part in said))


def _find(connection: Connection, key: VoucherKey, asked: Asked) -> _Found:
    if not is_token(asked.code):
        grant_id, withdrawn_on = find_code(connection, key, read_code(asked.code))
        return _Found(grant_id, withdrawn_on)
    member, handle, step = read_card(connection, key, asked.code, asked.at)
    return _Found(_on_card(connection, member, asked), None, (handle, step))


def _on_card(connection: Connection, member_id: str, asked: Asked) -> str:
    """Of what a member has of the rule: what ends first and suffices."""
    c = grants.c
    query = select(c.id, c.uses, c.expires_on).where(
        c.member_id == member_id, c.rule_id == (asked.rule_id or ""), c.kind != "cash"
    )
    rows = {
        row.id: row
        for row in connection.execute(query)
        if row.expires_on is None or row.expires_on >= asked.on
    }
    terms, standing, used = (
        terms_of(connection, rows),
        positions(connection, rows),
        uses_of(connection, rows),
    )
    there = [
        (standing[id_][unit_of(terms[id_])].open < (asked.amount or 1), row.expires_on or date.max, id_)
        for id_, row in rows.items()
        if any(position.open for position in standing[id_].values())
        and (terms[id_].kind != "voucher" or used.get(id_, 0) < row.uses)
    ]
    if not there:
        raise VoucherRefused("nothing_on_card", rule=asked.rule_id or "—")
    _, _, best = min(there)
    return str(best)


def _check(asked: Asked, found: _Found, terms: GrantTerms, row: Row[str]) -> None:
    """Who redeems where, with which code, and how late."""
    if found.withdrawn_on is not None and asked.on >= found.withdrawn_on:
        raise VoucherRefused("withdrawn", day=found.withdrawn_on.isoformat())
    if asked.rule_id not in (None, terms.rule_id):
        raise VoucherRefused("nothing_on_card", rule=asked.rule_id or "—")
    asked.merchant.check(terms.rule_id, asked.station)
    check_place(from_json(row.redeem_at) if row.redeem_at else {}, asked.place)
    if asked.received_on is not None and terms.expires_on is not None:
        until = terms.expires_on + timedelta(days=OFFLINE_GRACE_DAYS)
        if asked.on <= terms.expires_on and asked.received_on > until:
            raise VoucherRefused("too_late", day=terms.expires_on.isoformat(), until=until.isoformat())


def _check_uses(terms: GrantTerms, row: Row[str], standing: dict[str, Position], used: int) -> None:
    """Of a voucher that is used as often as it can be something may be left; posting says the rest."""
    left = any(position.open for position in standing.values())
    if terms.kind == "voucher" and used >= row.uses and left:
        raise VoucherRefused("uses_up", uses=str(row.uses))


def _move(asked: Asked, terms: GrantTerms, row: Row[str], standing: dict[str, Position], used: int) -> Move:
    unit = unit_of(terms)
    there = standing.get(unit, Position())
    amount = asked.amount
    if amount is None:
        amount = _usual_amount(terms, there.open, uses_left(terms.kind, row.uses, used, there.open))
    return Move(
        "redeem",
        terms.id,
        amount,
        "issued",
        "redeemed",
        f"redeem/{asked.merchant.id}/{asked.request_key}",
        asked.on,
        unit=unit,
        worth_fen=_worth_fen(amount, terms, standing) if unit != FEN else 0,
        act_id=asked.batch_id,
    )


def _usual_amount(terms: GrantTerms, left: int, uses: int) -> int:
    """A voucher's share for one use, the last one taking the rest; one piece of a thing."""
    if terms.kind == "points":
        raise VoucherRefused("amount_missing", left=str(left), unit=unit_of(terms))
    return max(left // max(uses, 1), 1) if terms.kind == "voucher" else 1


def _worth_fen(amount: object, terms: GrantTerms, standing: dict[str, Position]) -> int:
    """The worth of some pieces: the last one takes what rounding left, so that nothing stays behind."""
    left, fen = standing[unit_of(terms)].open, standing.get(FEN, Position()).open
    if type(amount) is not int or not 0 < amount <= left:
        return 0  # posting refuses it
    return max(fen - terms.amount_fen * (left - amount) // terms.quantity, 0)


def _record(
    connection: Connection,
    key: VoucherKey,
    asked: Asked,
    found: _Found,
    standing_as: tuple[GrantTerms, Row[str], dict[str, Position], int, Move],
    now: datetime,
) -> Redeemed:
    terms, row, standing, used, move = standing_as
    to_issue = not any(position.issued for position in standing.values()) and found.card is not None
    with connection.begin_nested() if to_issue else nullcontext():  # of both or of neither
        if to_issue:
            post(connection, issue_of(terms.id, asked.on), now)
        made = post(connection, move, now)
    assert move.amount is not None
    left = standing[move.unit].open - move.amount
    times = uses_left(terms.kind, row.uses, used + 1, left)
    stood = (move.amount, move.unit, made.amount_fen, left, times)
    connection.execute(
        insert(redemptions).values(
            id=made.id,
            merchant_id=asked.merchant.id,
            request_key=asked.request_key,
            asked=_digest(key, asked),
            grant_id=terms.id,
            station=asked.station,
            used_at=asked.at,
            batch_id=asked.batch_id,
            **dict(zip(("amount", "unit", "worth_fen", "left", "uses_left"), stood, strict=True)),
        )
    )
    to_seal(connection, {"redemptions": [made.id]}, now)
    if found.card is not None:
        note_card_use(connection, *found.card, made.id)
    return _answer(made.id, terms, row, stood)


def _answer(
    id: str,
    terms: GrantTerms,
    row: Row[str],
    stood: tuple[int, str, int, int, int],
    *,
    already: bool = False,
) -> Redeemed:
    return Redeemed(id, terms.id, terms.rule_id, terms.kind, row.title, *stood, terms.expires_on, already)
