"""Pay cash by hand: officers take the money of a grant to the member and bring a receipt back.

    promised ─release→ issued, redeemed ─receipt→ settled
        reversed ←──────── money returned ──┘

A payment by bank moves alike (``benefits/payout/payments.py``). All of a released grant is paid, so that no
batch for the bank can pay it as well. The caller checks that two officers act.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import Connection

from benefits.ledger.posting import post_all
from benefits.model.accounts import Stage
from benefits.model.moves import Move, MoveKind

HandOverStep = Literal["release", "settle", "return"]
_MOVES: dict[HandOverStep, tuple[tuple[MoveKind, Stage, Stage], ...]] = {
    "release": (("issue", "promised", "issued"), ("pay", "issued", "redeemed")),
    "settle": (("settle", "redeemed", "settled"),),
    "return": (("bounce", "redeemed", "issued"), ("void", "issued", "reversed")),
}


@dataclass(frozen=True, slots=True)
class HandOver:
    """One step of paying a grant by hand. ``reference`` names it in the ledger, unique for ever."""

    step: HandOverStep
    grant_id: str
    amount_fen: int
    reference: str
    reason: str = ""


def post_hand_over(connection: Connection, wanted: HandOver, on: date, now: datetime) -> None:
    """Post one step of paying a grant by hand, once.

    *Raises*: MoveRefused, for example if the grant was taken back meanwhile; the caller rolls back.
    """
    moves = [
        Move(
            kind,
            wanted.grant_id,
            wanted.amount_fen,
            from_,
            to,
            f"hand-over/{kind}/{wanted.reference}",
            on,
            reason=wanted.reason,
            act_id=wanted.reference,
        )
        for kind, from_, to in _MOVES[wanted.step]
    ]
    post_all(connection, moves, now)
