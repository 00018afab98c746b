"""Spend a member's points, once for each request key, and never more than the account holds.

The functions run in the caller's transaction (``events.retries.run_in_transaction``). All lots are locked
by their ids first, so that two spendings of one member follow each other.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Literal

from sqlalchemy import Connection, insert, select

from benefits.ledger.positions import (
    GrantPosition,
    GrantTerms,
    compute_worth_fen,
    grant_unit,
    read_grant_terms,
)
from benefits.ledger.posting import post_all
from benefits.model.accounts import FEN
from benefits.model.faults import MOVE_FAULTS, MoveRefused
from benefits.model.moves import Move
from benefits.points.account import PointsLot, lock_points_lots
from benefits.tables.vouchers import point_spendings
from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from members import scrub_personal_numbers
from store import enqueue_for_sealing

MAX_REQUEST_KEY_CHARS = 80
MAX_PURPOSE_CHARS = 200
MAX_POINTS = 2**63 - 1

POINT_FAULTS = FaultTable(
    "points",
    {
        "short": (
            N_("{points} points can't be spent: the account holds {left}"),
            N_("spend at most {left}"),
        ),
        "amount": (
            N_("the points must be a whole number above 0"),
            N_("write how many points are spent, such as 20"),
        ),
        "purpose": (
            N_("what the points are spent on is empty, or longer than {most} characters"),
            N_("name the goods or the service in a few words"),
        ),
        "personal": (
            N_("what the points are spent on holds a phone number or an ID number"),
            N_("name the goods or the service only: the ledger holds no personal data"),
        ),
        "request_key": (
            N_(
                "the request key {value} is empty, longer than {longest} characters, or holds control characters"
            ),
            N_("give every request a short key of its own, such as a random UUID"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class SpendingRequest:
    """Points that a member spends on something. The same ``request_key`` of a member spends once."""

    member_id: str
    points: int
    purpose: str
    request_key: str
    on: date

    @property
    def id(self) -> str:
        """Return the spending's id, the same on every runner."""
        return sha256(f"points\0{self.member_id}\0{self.request_key}".encode()).hexdigest()[:40]


@dataclass(frozen=True, slots=True)
class Spending:
    """Points that were spent. ``already``: the same request was done before; this call changed nothing."""

    id: str
    member_id: str
    points: int
    purpose: str
    spent_on: date
    already: bool = False


def spend_points(connection: Connection, request: SpendingRequest, now: datetime) -> Spending:
    """Spend points, those that end first before the others.

    *Raises*: FaultError for a faulty request, MoveRefused if the account holds too few or the key was used
    for something else; then nothing has changed.
    """
    check_spending(request)
    done = _find_done(connection, request)
    if done is not None:
        return done
    lots, positions = lock_points_lots(connection, request.member_id, request.on)
    done = _find_done(connection, request)  # by the transaction that held the locks before
    if done is not None:
        return done
    usable = [lot for lot in lots if lot.is_usable]
    left = sum(lot.points for lot in usable)
    if request.points > left:
        raise MoveRefused(
            POINT_FAULTS.build(
                "short", field="points", value=request.points, points=request.points, left=left
            )
        )
    taken = list(_take(usable, request.points))
    terms = read_grant_terms(connection, [lot.grant_id for lot, _ in taken])
    moves = [
        move
        for lot, points in taken
        for move in _moves(request, terms[lot.grant_id], positions[lot.grant_id], points)
    ]
    post_all(connection, moves, now)
    return _record(connection, request, now)


def check_spending(request: SpendingRequest) -> None:
    """Check the number of points, the purpose and the request key. *Raises*: FaultError with every fault."""
    faults: list[Fault] = []
    if type(request.points) is not int or not 0 < request.points <= MAX_POINTS:
        shown = str(request.points)[:40]
        faults.append(POINT_FAULTS.build("amount", field="points", value=shown))
    purpose = request.purpose
    if not 0 < len(purpose.strip()) <= MAX_PURPOSE_CHARS or not purpose.isprintable():
        faults.append(POINT_FAULTS.build("purpose", field="purpose", most=MAX_PURPOSE_CHARS))
    elif scrub_personal_numbers(purpose) != purpose:
        faults.append(POINT_FAULTS.build("personal", field="purpose"))
    key = request.request_key
    if not 0 < len(key) <= MAX_REQUEST_KEY_CHARS or not key.isprintable():
        fault = POINT_FAULTS.build(
            "request_key", field="request", value=repr(key[:40]), longest=MAX_REQUEST_KEY_CHARS
        )
        faults.append(fault)
    if faults:
        raise FaultError(faults)


def _find_done(connection: Connection, request: SpendingRequest) -> Spending | None:
    """Return what the same request spent before. *Raises*: MoveRefused if it had other content."""
    c = point_spendings.c
    query = select(c.points, c.purpose, c.spent_on).where(c.id == request.id)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    if (row.points, row.purpose) != (request.points, request.purpose):
        raise MoveRefused(MOVE_FAULTS.build("request_reused", key=request.request_key))
    return Spending(request.id, request.member_id, row.points, row.purpose, row.spent_on, already=True)


def _take(lots: Sequence[PointsLot], points: int) -> Iterator[tuple[PointsLot, int]]:
    """Yield how much is taken of each lot, in the order of spending."""
    for lot in lots:
        if not points:
            return
        taken = min(points, lot.points)
        points -= taken
        yield lot, taken


def _moves(
    request: SpendingRequest, terms: GrantTerms, position: dict[str, GrantPosition], points: int
) -> Iterator[Move]:
    """Yield the moves of one lot: what a code didn't issue yet is issued, and then all of it is used."""
    unit = grant_unit(terms)
    key = f"points/{request.id}/{terms.id}"
    to_issue = max(0, points - position[unit].issued)
    worth_fen = compute_worth_fen(points, terms, position)
    if to_issue:
        issued_fen = max(0, worth_fen - position.get(FEN, GrantPosition()).issued)
        yield _move("issue", request, terms, to_issue, issued_fen, key)
    yield _move("redeem", request, terms, points, worth_fen, key)


def _move(
    kind: Literal["issue", "redeem"],
    request: SpendingRequest,
    terms: GrantTerms,
    points: int,
    worth_fen: int,
    key: str,
) -> Move:
    return Move(
        kind,
        terms.id,
        points,
        "promised" if kind == "issue" else "issued",
        "issued" if kind == "issue" else "redeemed",
        f"{key}/{kind}",
        request.on,
        unit=grant_unit(terms),
        worth_fen=worth_fen,
        reason=request.purpose,
        act_id=request.id,
        member_id=request.member_id,
    )


def _record(connection: Connection, request: SpendingRequest, now: datetime) -> Spending:
    connection.execute(
        insert(point_spendings).values(
            id=request.id,
            member_id=request.member_id,
            request_key=request.request_key,
            points=request.points,
            purpose=request.purpose,
            spent_on=request.on,
            recorded_at=now,
        )
    )
    enqueue_for_sealing(connection, {"point_spendings": [request.id]}, now)
    return Spending(request.id, request.member_id, request.points, request.purpose, request.on)
