"""Members' debts from clawbacks: list them, settle them, waive them.

A debt ends only by an officer's recorded act. Settled money returns to its source. Amounts that were
never finally paid (the bank returned them, or the purchase was refunded) are set off first.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import ColumnElement, Connection, exists, func, insert, select

from benefits.ledger.positions import lock_grant_positions, read_grant_terms
from benefits.ledger.posting import post_move
from benefits.model.accounts import FEN, Stage
from benefits.model.moves import Move, MoveKind
from benefits.officers import ActRefused, Officer
from benefits.tables.appeals import clawbacks, debt_acts
from core.faults import FaultTable
from core.money import format_yuan
from core.text_marks import N_
from store import enqueue_for_sealing

DEBT_FAULTS = FaultTable(
    "debt",
    {
        "unknown": (N_("there is no debt {value}"), N_("look which are open at /desk/money/debts")),
        "nothing_owed": (
            N_("nothing is owed of debt {value} any more"),
            N_("look what became of it at /desk/money/debts?state=all"),
        ),
        "bad_amount": (
            N_("{amount} yuan can't be settled or waived: {left} yuan are owed"),
            N_("give an amount above zero, and at most what is owed"),
        ),
    },
)

DebtActKind = Literal["settled", "set_off", "waived"]
# The stages that a settlement reverses, in this order: amounts never finally paid, then amounts paid.
_SOURCES: tuple[tuple[Stage, MoveKind, DebtActKind], ...] = (
    ("promised", "reverse", "set_off"),
    ("issued", "reverse", "set_off"),
    ("settled", "claw_back", "settled"),
    ("redeemed", "claw_back", "settled"),
)


@dataclass(frozen=True, slots=True)
class DebtAct:
    """An officer's act on a debt."""

    number: int
    kind: DebtActKind
    amount_fen: int
    who: str
    on: date
    reason: str


@dataclass(frozen=True, slots=True)
class Debt:
    """A member's debt for a grant, with its cause and the officers' acts on it."""

    id: str
    grant_id: str
    member_id: str
    rule_id: str
    amount_fen: int
    reversed_fen: int
    share_percent: int
    event_type: str
    opened_on: date
    text: str
    acts: tuple[DebtAct, ...] = ()

    @property
    def left_fen(self) -> int:
        """Return the amount that is neither settled, set off nor waived."""
        return self.amount_fen - sum(act.amount_fen for act in self.acts)


_c = clawbacks.c
_COLUMNS = (
    *(_c.id, _c.grant_id, _c.member_id, _c.rule_id, _c.owed_fen, _c.reversed_fen),
    *(_c.share_percent, _c.event_type, _c.occurred_on, _c.text),
)


def list_debts(
    connection: Connection,
    *,
    member_id: str | None = None,
    debt_id: str | None = None,
    open_only: bool = False,
) -> list[Debt]:
    """Return all applied clawbacks with the debt that each left, the earliest first.

    With ``open_only``, return those of which something is still owed.
    """
    query = select(*_COLUMNS).order_by(clawbacks.c.occurred_on, clawbacks.c.id)
    if member_id is not None:
        query = query.where(clawbacks.c.member_id == member_id)
    if debt_id is not None:
        query = query.where(clawbacks.c.id == debt_id)
    if open_only:
        query = query.where(_is_open())
    meant = query.with_only_columns(clawbacks.c.id).order_by(None)
    done: dict[str, list[DebtAct]] = {}
    acts = select(debt_acts).where(debt_acts.c.debt_id.in_(meant))
    for row in connection.execute(acts.order_by(debt_acts.c.debt_id, debt_acts.c.number)):
        act = DebtAct(row.number, row.kind, row.amount_fen, row.who, row.acted_on, row.reason)
        done.setdefault(row.debt_id, []).append(act)
    return [Debt(*[*row, tuple(done.get(row.id, ()))]) for row in connection.execute(query)]


def _is_open() -> ColumnElement[bool]:
    ended = (
        select(func.coalesce(func.sum(debt_acts.c.amount_fen), 0))
        .where(debt_acts.c.debt_id == clawbacks.c.id)
        .correlate(clawbacks)
        .scalar_subquery()
    )
    return clawbacks.c.owed_fen > ended


def has_open_debt(grant_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Return an SQL condition: whether part of a grant's debt is still open."""
    return exists().where(clawbacks.c.grant_id == grant_id, _is_open())


def settle_debt(
    connection: Connection, officer: Officer, debt_id: str, amount_fen: int | None = None
) -> Debt:
    """Settle a debt, or a part of it, that the member paid back; the money returns to its source.

    ``amount_fen=None`` settles all that is open.

    *Raises*: ActRefused without a reason, for an unknown debt, and for more than is owed.
    """
    debt, amount = _checked_debt(connection, officer, debt_id, amount_fen)
    for number, (move, end) in enumerate(_moves(connection, officer, debt, amount), len(debt.acts) + 1):
        made = post_move(connection, move, officer.at)
        _record(connection, officer, debt_id, number, end, move.amount or 0, made.id)
    return list_debts(connection, debt_id=debt_id)[0]


def waive_debt(connection: Connection, officer: Officer, debt_id: str, amount_fen: int | None = None) -> Debt:
    """Waive a debt, or a part of it; the money stays spent. ``amount_fen=None`` waives all that is open.

    *Raises*: ActRefused without a reason, for an unknown debt, and for more than is owed.
    """
    debt, amount = _checked_debt(connection, officer, debt_id, amount_fen)
    _record(connection, officer, debt_id, len(debt.acts) + 1, "waived", amount, None)
    return list_debts(connection, debt_id=debt_id)[0]


def _checked_debt(
    connection: Connection, officer: Officer, debt_id: str, amount_fen: int | None
) -> tuple[Debt, int]:
    """Lock a debt and return it with the amount to settle or waive. *Raises*: ActRefused."""
    officer.require_reason()
    connection.execute(select(clawbacks.c.id).where(clawbacks.c.id == debt_id).with_for_update()).all()
    found = list_debts(connection, debt_id=debt_id)
    if not found or not found[0].amount_fen:
        raise ActRefused(DEBT_FAULTS.build("unknown", field="debt", value=debt_id[:40]))
    left = found[0].left_fen
    amount = left if amount_fen is None else amount_fen
    if not left:
        raise ActRefused(DEBT_FAULTS.build("nothing_owed", field="debt", value=debt_id))
    if not 0 < amount <= left:
        raise ActRefused(
            DEBT_FAULTS.build(
                "bad_amount", field="amount", amount=format_yuan(amount), left=format_yuan(left)
            )
        )
    return found[0], amount


def _moves(
    connection: Connection, officer: Officer, debt: Debt, amount_fen: int
) -> Iterator[tuple[Move, DebtActKind]]:
    standing = lock_grant_positions(connection, read_grant_terms(connection, [debt.grant_id]))[debt.grant_id][
        FEN
    ]
    left = amount_fen
    for stage, kind, end in _SOURCES:
        amount = min(left, standing.at(stage))
        left -= amount
        if amount:
            key = f"debt/{debt.id}/{len(debt.acts)}/{stage}"
            move = Move(
                kind,
                debt.grant_id,
                amount,
                stage,
                "reversed",
                key,
                officer.today,
                reason=officer.reason,
                act_id=debt.id,
            )
            yield move, end
    assert not left, f"{debt.id} debts more than was ever spent"


def _record(
    connection: Connection,
    officer: Officer,
    debt_id: str,
    number: int,
    kind: DebtActKind,
    amount_fen: int,
    transaction_id: str | None,
) -> None:
    connection.execute(
        insert(debt_acts).values(
            debt_id=debt_id,
            number=number,
            kind=kind,
            amount_fen=amount_fen,
            who=officer.who,
            acted_on=officer.today,
            reason=officer.reason,
            transaction_id=transaction_id,
            recorded_at=officer.at,
        )
    )
    enqueue_for_sealing(connection, {"debt_acts": [f"{debt_id}:{number}"]}, officer.at)
