"""Redeem a voucher code or a member card at a merchant: one posting for each request.

The functions run in the caller's transaction. On PostgreSQL, two requests that use one card token or
one request key at the same moment for two grants collide: the second transaction fails and its caller
repeats it (``events.retries.run_in_transaction``).
"""

from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from benefits.ledger.positions import (
    GrantTerms,
    compute_worth_fen,
    lock_grant_positions,
    read_grant_terms,
    require_grant_terms,
)
from benefits.ledger.posting import post_move
from benefits.lifecycle.expiry import OFFLINE_GRACE_DAYS
from benefits.model.accounts import FEN
from benefits.model.faults import MOVE_FAULTS, MoveRefused
from benefits.model.moves import Move
from benefits.tables.decisions import grants
from benefits.tables.vouchers import redemptions
from benefits.vouchers.cards import (
    CardQuery,
    check_card_unused,
    choose_card_grant,
    ensure_card_handle,
    record_card_use,
)
from benefits.vouchers.codes import VoucherKey, normalise_code, parse_code
from benefits.vouchers.faults import VOUCHER_FAULTS, VoucherRefused
from benefits.vouchers.issuing import (
    GrantStock,
    NamedGrant,
    build_issue_move,
    compute_uses_left,
    count_grant_uses,
    find_grant_by_code,
    read_grant_stocks,
)
from benefits.vouchers.merchants import Merchant, RedemptionPlace, check_redemption
from core.civil_time import civil_date
from members import CardRefused, TokenRefused, is_signed_token, verify_shown_card
from store import enqueue_for_sealing

MAX_REQUEST_KEY_CHARS = 80
RecordedUse = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RedemptionRequest:
    """A merchant's request. ``code`` is a voucher code, or a card's text, which needs a
    ``rule_id`` where several rules fit.

    *Units*: ``amount`` is in fen for vouchers and in pieces for things; None means a voucher's share for
    one use, or one piece of a thing. ``on`` is the civil date of ``at``. ``received_on`` and ``batch_id``
    are set for offline uses that were handed in later.
    """

    merchant: Merchant
    request_key: str
    code: str
    at: datetime
    on: date
    amount: int | None = None
    rule_id: str | None = None
    place: RedemptionPlace | None = None
    received_on: date | None = None
    batch_id: str | None = None

    @property
    def station(self) -> str | None:
        """Return the station's id, if a place is given."""
        return self.place.station if self.place else None


@dataclass(frozen=True, slots=True)
class RedemptionResult:
    """The result of a request. ``already``: the same request was done before; this call changed nothing.

    *Units*: ``amount`` and ``left`` in ``unit``; ``left`` as it was right after the redemption.
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
    lost_on: date | None = None  # the code was reported lost since; only of offline uses


@dataclass(frozen=True, slots=True)
class _CardUse:
    """A card's token in a time step, which counts once."""

    member_id: str
    step: int


def redeem_grant(
    connection: Connection, key: VoucherKey, asked: RedemptionRequest, now: datetime
) -> RedemptionResult:
    """Redeem once: a repeated request returns the same result.

    *Raises*: MoveRefused; then nothing was changed.
    """
    check_request_key(asked.request_key)
    done = _done(connection, key, asked)
    if done is not None:
        return done
    found, card = _find(connection, key, asked)
    terms = read_grant_terms(connection, [found.grant_id])[found.grant_id]
    standing = lock_grant_positions(connection, {terms.id: terms})[terms.id]
    done = _done(connection, key, asked)  # by the transaction that held the lock before
    if done is not None:
        return done
    row = connection.execute(select(grants).where(grants.c.id == terms.id)).one()
    stock = GrantStock(terms, row, standing, count_grant_uses(connection, [terms.id])[terms.id])
    _check(asked, found, stock)
    handle = _require_unused_handle(connection, card, asked.on) if card else None
    done = _record(connection, key, asked, stock, has_code=card is None, now=now)
    if card and handle:
        record_card_use(connection, handle, card.step, done.id)
    return replace(done, lost_on=found.withdrawn_on)


def compute_redemption(connection: Connection, key: VoucherKey, asked: RedemptionRequest) -> RedemptionResult:
    """Return what redeeming would do, as far as this is known without doing it. *Raises*: MoveRefused."""
    found, _ = _find(connection, key, asked)
    rows = connection.execute(select(grants).where(grants.c.id == found.grant_id)).all()
    (stock,) = read_grant_stocks(connection, rows)
    _check(asked, found, stock)
    if stock.terms.expires_on and asked.on > stock.terms.expires_on:
        raise MoveRefused(MOVE_FAULTS.build("expired", day=stock.terms.expires_on))
    if not stock.left:
        gone = any(position.reversed for position in stock.positions.values())
        raise MoveRefused(MOVE_FAULTS.build("void" if gone else "used_up"))
    return _answer("", stock.terms, stock.row, (0, stock.unit, 0, stock.left, stock.uses_left))


def read_recorded_uses(connection: Connection, ids: Iterable[str]) -> list[RecordedUse]:
    """Return recorded redemptions in the given order. *Raises*: KeyError for an unknown id."""
    wanted = list(ids)
    found = connection.execute(select(redemptions).where(redemptions.c.id.in_(wanted))).mappings()
    by_id = {row["id"]: dict(row) for row in found}
    return [by_id[id_] for id_ in wanted]


def repeat_recorded_use(connection: Connection, use: RecordedUse, now: datetime) -> None:
    """Post a use of another ledger again, under its own id and without its code.

    *Raises*: MoveRefused if the grant doesn't allow it.
    """
    terms = require_grant_terms(connection, use["grant_id"])
    standing = lock_grant_positions(connection, {terms.id: terms})[terms.id]
    on = civil_date(use["used_at"])
    if not any(position.issued for position in standing.values()):  # a card needs no code
        post_move(connection, build_issue_move(terms.id, on), now)
    move = Move(
        "redeem",
        terms.id,
        use["amount"],
        "issued",
        "redeemed",
        _build_redeem_key(use["merchant_id"], use["request_key"]),
        on,
        unit=use["unit"],
        worth_fen=use["worth_fen"] if use["unit"] != FEN else 0,
        act_id=use["batch_id"],
    )
    post_move(connection, move, now)
    connection.execute(insert(redemptions).values(use))
    enqueue_for_sealing(connection, {"redemptions": [use["id"]]}, now)


def _build_redeem_key(merchant_id: str, request_key: str) -> str:
    """Return the request key of the move that redeems."""
    return f"redeem/{merchant_id}/{request_key}"


def check_request_key(request_key: str) -> None:
    """Check the length and the characters of a request key. *Raises*: VoucherRefused."""
    if not 0 < len(request_key) <= MAX_REQUEST_KEY_CHARS or not request_key.isprintable():
        raise VoucherRefused(VOUCHER_FAULTS.build("request_key", longest=MAX_REQUEST_KEY_CHARS))


def _done(connection: Connection, key: VoucherKey, asked: RedemptionRequest) -> RedemptionResult | None:
    """Return the result of a request that was done before. *Raises*: MoveRefused if it had other content."""
    c = redemptions.c
    before = connection.execute(
        select(redemptions).where(c.merchant_id == asked.merchant.id, c.request_key == asked.request_key)
    ).one_or_none()
    if before is None:
        return None
    if before.asked != _digest(key, asked):
        raise MoveRefused(MOVE_FAULTS.build("request_reused", key=asked.request_key))
    terms = read_grant_terms(connection, [before.grant_id])[before.grant_id]
    row = connection.execute(select(grants).where(grants.c.id == terms.id)).one()
    stood = (before.amount, before.unit, before.worth_fen, before.left, before.uses_left)
    return _answer(before.id, terms, row, stood, already=True)


def _digest(key: VoucherKey, asked: RedemptionRequest) -> str:
    """Return a keyed hash of the whole request; it reveals nothing of the code without the key."""
    said = (asked.rule_id, asked.station, None if asked.amount is None else str(asked.amount))
    return key.digest(
        "asked", normalise_code(asked.code), *("-" if part is None else f"={part}" for part in said)
    )


def _find(
    connection: Connection, key: VoucherKey, asked: RedemptionRequest
) -> tuple[NamedGrant, _CardUse | None]:
    """Return the grant of the request; for a card also its token. *Raises*: VoucherRefused."""
    if is_signed_token(asked.code):
        return _find_by_signed_token(connection, asked)
    return find_grant_by_code(connection, key, parse_code(asked.code)), None


def _find_by_signed_token(connection: Connection, asked: RedemptionRequest) -> tuple[NamedGrant, _CardUse]:
    """Return the grant of a signed token, judged as of the use. *Raises*: VoucherRefused."""
    try:
        token, holder = verify_shown_card(connection, asked.code, asked.at)
    except (CardRefused, TokenRefused) as refused:
        raise VoucherRefused(refused.faults) from refused
    query = CardQuery(asked.merchant, asked.on, asked.rule_id, asked.amount, asked.place)
    member = holder.card.member_id
    return NamedGrant(choose_card_grant(connection, member, query)), _CardUse(member, token.slot)


def _require_unused_handle(connection: Connection, use: _CardUse, on: date) -> str:
    """Return the member's handle, under which the card's token counts once. *Raises*: VoucherRefused."""
    handle = ensure_card_handle(connection, use.member_id, on)
    check_card_unused(connection, handle, use.step)
    return handle


def _check(asked: RedemptionRequest, found: NamedGrant, stock: GrantStock) -> None:
    """Check merchant, place, code, the days of grace, and the number of uses. *Raises*: VoucherRefused.

    Posting refuses a grant of which no amount is left.
    """
    terms = stock.terms
    if found.withdrawn_on is not None and asked.on >= found.withdrawn_on:
        raise VoucherRefused(VOUCHER_FAULTS.build("withdrawn", day=found.withdrawn_on))
    if found.made_on is not None and asked.on < found.made_on:
        raise VoucherRefused(VOUCHER_FAULTS.build("before_code", day=asked.on, made=found.made_on))
    if asked.rule_id not in (None, terms.rule_id):
        raise VoucherRefused(VOUCHER_FAULTS.build("nothing_on_card", rule=asked.rule_id or "—"))
    check_redemption(asked.merchant, stock.row, asked.place)
    if asked.received_on is not None and terms.expires_on is not None:
        until = terms.expires_on + timedelta(days=OFFLINE_GRACE_DAYS)
        if asked.on <= terms.expires_on and asked.received_on > until:
            raise VoucherRefused(VOUCHER_FAULTS.build("too_late", day=terms.expires_on, until=until))
    if stock.left and not stock.uses_left:
        raise VoucherRefused(VOUCHER_FAULTS.build("uses_up", uses=stock.row.uses))


def _usual_amount(stock: GrantStock) -> int:
    """Return a voucher's share for one use (the last use takes the rest), or one piece of a thing."""
    kind, left = stock.terms.kind, stock.left
    if kind == "points":
        raise VoucherRefused(VOUCHER_FAULTS.build("amount_missing", left=left, unit=stock.unit))
    return max(left // max(stock.uses_left, 1), 1) if kind == "voucher" else 1


def _record(
    connection: Connection,
    key: VoucherKey,
    asked: RedemptionRequest,
    stock: GrantStock,
    *,
    has_code: bool,
    now: datetime,
) -> RedemptionResult:
    terms, unit = stock.terms, stock.unit
    amount = _usual_amount(stock) if asked.amount is None else asked.amount
    move = Move(
        "redeem",
        terms.id,
        amount,
        "issued",
        "redeemed",
        _build_redeem_key(asked.merchant.id, asked.request_key),
        asked.on,
        unit=unit,
        worth_fen=compute_worth_fen(amount, terms, stock.positions) if unit != FEN else 0,
        act_id=asked.batch_id,
    )
    to_issue = not has_code and not any(position.issued for position in stock.positions.values())
    with connection.begin_nested() if to_issue else nullcontext():  # both moves or neither
        if to_issue:
            post_move(connection, build_issue_move(terms.id, asked.on), now)
        made = post_move(connection, move, now)
    left = stock.left - amount
    times = compute_uses_left(terms.kind, stock.row.uses, stock.used.once_more(), left)
    stood = (amount, unit, made.amount_fen, left, times)
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
    enqueue_for_sealing(connection, {"redemptions": [made.id]}, now)
    return _answer(made.id, terms, stock.row, stood)


def _answer(
    id: str,
    terms: GrantTerms,
    row: Row[str],
    stood: tuple[int, str, int, int, int],
    *,
    already: bool = False,
) -> RedemptionResult:
    return RedemptionResult(
        id, terms.id, terms.rule_id, terms.kind, row.title, *stood, terms.expires_on, already
    )
