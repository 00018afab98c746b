"""Refunds at a merchant, and voids by an officer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, func, insert, select

from benefits.ledger.positions import (
    GrantPositions,
    GrantTerms,
    lock_grant_positions,
    read_grant_positions,
    read_grant_terms,
    require_grant_terms,
)
from benefits.ledger.posting import post_all, post_move
from benefits.lifecycle.expiry import ensure_expiry_slot
from benefits.lifecycle.reversal import (
    free_limit_slots,
    give_back_uses,
    lock_counters,
    read_decision_uses,
    record_reversals,
)
from benefits.lifecycle.reversible_grants import check_not_over, find_ended_grants
from benefits.model.accounts import FEN, OPEN_STAGES, Stage
from benefits.model.faults import MOVE_FAULTS, MoveRefused
from benefits.model.moves import Move, Transaction
from benefits.officer_acts import NewAct, record_act
from benefits.officers import Officer
from benefits.tables.decisions import grants
from benefits.tables.transactions import transactions
from benefits.tables.vouchers import redemptions, refunds
from benefits.vouchers.faults import VOUCHER_FAULTS, VoucherRefused
from benefits.vouchers.redemption import check_request_key
from store import enqueue_for_sealing

_BIGGEST = 2**63 - 1
RefundEnd = Literal["void", "expire"]


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """A request to refund a redemption; ``amount=None``: all that is left of it.

    ``reusable``: the member can use the amount again, up to the voucher's last day; otherwise it returns to
    the budget, as does what comes back after that day, or of a grant that an officer has ended.
    """

    merchant_id: str
    request_key: str
    redemption_id: str
    on: date
    amount: int | None = None
    reusable: bool = True


@dataclass(frozen=True, slots=True)
class RefundResult:
    """The result of a refund. *Units*: amounts in ``unit``; ``left`` of the redemption, after all refunds."""

    id: str
    redemption_id: str
    grant_id: str
    amount: int
    unit: str
    worth_fen: int
    left: int
    reusable: bool
    already: bool = False


def refund_grant(connection: Connection, asked: RefundRequest, now: datetime) -> RefundResult:
    """Refund a redemption, or a part of it, once for each request and never more than was redeemed.

    *Raises*: MoveRefused; then nothing was changed.
    """
    check_request_key(asked.request_key)
    redeemed = _redemption(connection, asked)
    terms = read_grant_terms(connection, [redeemed.grant_id])
    lock_grant_positions(connection, terms)
    end = _find_end(connection, terms[redeemed.grant_id], asked)
    done = _done(connection, asked, redeemed, end)
    if done is not None:
        return done
    back, worth_back = _refunded(connection, redeemed.id)
    left = redeemed.amount - back
    amount = left if asked.amount is None else asked.amount
    if type(amount) is not int or amount > _BIGGEST or (amount <= 0 and asked.amount is not None):
        raise MoveRefused(MOVE_FAULTS.build("amount", amount=str(amount)[:40]))
    if not 0 < amount <= left:
        raise VoucherRefused(
            VOUCHER_FAULTS.build(
                "over_redeemed", amount=amount or redeemed.amount, left=left, unit=redeemed.unit
            )
        )
    # Partial refunds are rounded down; the last one completes the whole worth, to the fen.
    worth_fen = redeemed.worth_fen * (back + amount) // redeemed.amount - worth_back
    row = {
        "id": _post(connection, asked, redeemed, (amount, worth_fen), end, now),
        "redemption_id": redeemed.id,
        "merchant_id": asked.merchant_id,
        "request_key": asked.request_key,
        "amount": amount,
        "worth_fen": worth_fen,
        "reusable": int(end is None),
    }
    connection.execute(insert(refunds).values(row))
    enqueue_for_sealing(connection, {"refunds": [str(row["id"])]}, now)
    if end is None:
        ensure_expiry_slot(connection, redeemed.grant_id, asked.on)
    return _build_result(redeemed, row, left - amount)


def _build_result(
    redeemed: Row[str], refund: Mapping[str, Any], left: int, *, already: bool = False
) -> RefundResult:
    done = (refund["amount"], redeemed.unit, refund["worth_fen"], left, bool(refund["reusable"]))
    return RefundResult(refund["id"], redeemed.id, redeemed.grant_id, *done, already)


def _find_end(connection: Connection, terms: GrantTerms, asked: RefundRequest) -> RefundEnd | None:
    """Return how what comes back ends at once; None if the member can use it again."""
    if not asked.reusable or find_ended_grants(connection, [terms.id]):
        return "void"
    return "expire" if terms.expires_on is not None and asked.on > terms.expires_on else None


def _redemption(connection: Connection, asked: RefundRequest) -> Row[str]:
    c = redemptions.c
    known = select(redemptions).where(c.id == asked.redemption_id, c.merchant_id == asked.merchant_id)
    row = connection.execute(known).one_or_none() if asked.redemption_id.isprintable() else None
    if row is None:
        raise VoucherRefused(VOUCHER_FAULTS.build("no_redemption", redemption=asked.redemption_id[:80]))
    return row


def _done(
    connection: Connection, asked: RefundRequest, redeemed: Row[str], end: RefundEnd | None
) -> RefundResult | None:
    c = refunds.c
    before = connection.execute(
        select(refunds).where(c.merchant_id == asked.merchant_id, c.request_key == asked.request_key)
    ).one_or_none()
    if before is None:
        return None
    reusable = asked.reusable and (bool(before.reusable) or end is None)
    same = (asked.redemption_id, int(reusable)) == (before.redemption_id, before.reusable)
    if not same or asked.amount not in (None, before.amount):
        raise MoveRefused(MOVE_FAULTS.build("request_reused", key=asked.request_key))
    back, _ = _refunded(connection, redeemed.id)
    return _build_result(redeemed, before._asdict(), redeemed.amount - back, already=True)


def _refunded(connection: Connection, redemption_id: str) -> tuple[int, int]:
    total = select(
        func.coalesce(func.sum(refunds.c.amount), 0), func.coalesce(func.sum(refunds.c.worth_fen), 0)
    ).where(refunds.c.redemption_id == redemption_id)
    amount, worth_fen = connection.execute(total).one()
    return int(amount), int(worth_fen)


def _post(
    connection: Connection,
    asked: RefundRequest,
    redeemed: Row[str],
    taken: tuple[int, int],
    end: RefundEnd | None,
    now: datetime,
) -> str:
    amount, worth_fen = taken
    worth_fen = 0 if redeemed.unit == FEN else worth_fen
    key = f"refund/{asked.merchant_id}/{asked.request_key}"
    grant, unit = redeemed.grant_id, redeemed.unit
    moves = [
        Move("refund", grant, amount, "redeemed", "issued", key, asked.on, unit, worth_fen),
    ]
    if end is not None:
        to: Stage = "reversed" if end == "void" else "expired"
        moves.append(Move(end, grant, amount, "issued", to, f"{key}\0{end}", asked.on, unit, worth_fen))
    with connection.begin_nested():  # both moves or neither
        return post_all(connection, moves, now)[0].id


def void_grant_remainder(
    connection: Connection, officer: Officer, grant_id: str, *, repeats: int | None = None
) -> Transaction:
    """Void the rest of a grant by an officer's act; it returns to its budget, and the used part stays used.

    Where nothing of the benefit was used, its limit slots and its places are free again. ``repeats`` is the number
    of the same act in the ledger that is replayed.

    *Raises*: ActRefused without a reason; MoveRefused if nothing is left, or its last day is over.
    """
    officer.require_reason()
    terms = require_grant_terms(connection, grant_id)
    act = record_act(connection, officer, NewAct("voided", terms.rule_id, None, None, {"grant": grant_id}))
    move = Move(
        "void",
        grant_id,
        None,
        None,
        "reversed",
        f"void/{grant_id}/{repeats or act}",
        officer.today,
        reason=officer.reason,
        act_id=f"act/{act}",
    )
    parts = _lock_parts(connection, terms.decision_id)
    check_not_over(connection, terms, officer.today)
    voids = _find_whole_void(connection, parts, grant_id, move.id)
    if voids:
        uses = read_decision_uses(connection, terms.decision_id)
        lock_counters(connection, [uses])
        give_back_uses(connection, [uses])
        free_limit_slots(connection, [terms.decision_id])
        record_reversals(connection, officer, act, voids)
    return post_move(connection, move, officer.at)


def _lock_parts(connection: Connection, decision_id: str) -> GrantPositions:
    ids = connection.execute(select(grants.c.id).where(grants.c.decision_id == decision_id)).scalars().all()
    return lock_grant_positions(connection, read_grant_terms(connection, ids))


def gives_place_back(connection: Connection, grant_id: str) -> bool:
    """Return whether voiding the rest of a grant would free its benefit's limit slots and places, as it stands now."""
    decision = require_grant_terms(connection, grant_id).decision_id
    ids = connection.execute(select(grants.c.id).where(grants.c.decision_id == decision)).scalars().all()
    return bool(_find_whole_void(connection, read_grant_positions(connection, ids), grant_id, ""))


def _find_whole_void(
    connection: Connection, parts: GrantPositions, grant_id: str, void: str
) -> dict[str, str]:
    """Return the voids, by part, that end an unused benefit; empty if the member used any part of it."""
    voids = {grant_id: void}
    for id_, standing in parts.items():
        stages = {stage for one in standing.values() for stage, amount in one.as_row().items() if amount}
        if id_ == grant_id:
            if not stages or not stages <= set(OPEN_STAGES):
                return {}
        elif stages:
            c = transactions.c
            query = select(c.id).where(c.grant_id == id_, c.kind == "void", c.act_id.startswith("act/"))
            before = connection.execute(query).scalar()
            if stages != {"reversed"} or before is None:
                return {}
            voids[id_] = before
    return voids


def find_act_number(connection: Connection, transaction_id: str) -> int:
    """Return the number of the officer's act behind a transaction."""
    found = connection.execute(select(transactions.c.act_id).where(transactions.c.id == transaction_id))
    return int(str(found.scalar_one()).removeprefix("act/"))
