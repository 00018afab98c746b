"""The table of allowed moves between stages, used by posting and by verification."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Literal

from benefits.model.accounts import FEN, OPEN_STAGES, Stage

MoveKind = Literal[
    "issue", "redeem", "refund", "pay", "settle", "bounce", "void", "expire", "reverse", "claw_back"
]

# promise: funding → promised, by the ledger itself when it grants.
ALLOWED_MOVES: Mapping[MoveKind, frozenset[tuple[Stage, Stage]]] = {
    "issue": frozenset({("promised", "issued")}),  # a code is handed out, a payment is prepared
    "redeem": frozenset({("issued", "redeemed")}),  # used at a merchant's till
    "refund": frozenset({("redeemed", "issued")}),  # the merchant takes goods back
    "pay": frozenset({("issued", "redeemed")}),  # the order to pay left for the bank
    "settle": frozenset({("redeemed", "settled")}),  # the bank confirms the payment
    "bounce": frozenset({("redeemed", "issued"), ("settled", "issued")}),  # the bank sent it back
    "void": frozenset({("promised", "reversed"), ("issued", "reversed")}),
    "expire": frozenset({("promised", "expired"), ("issued", "expired")}),
    "reverse": frozenset({("promised", "reversed"), ("issued", "reversed")}),  # granted wrongly
    "claw_back": frozenset({("redeemed", "reversed"), ("settled", "reversed")}),  # the member gave it back
}
ENDING_KINDS: tuple[MoveKind, ...] = ("void", "expire", "reverse", "claw_back")


@dataclass(frozen=True, slots=True)
class Move:
    """A request to move (a part of) a grant from one stage to another.

    ``request_key`` makes it happen once: the same key is the same transaction, permanently and for all
    kinds of moves. Begin the key with its owner: ``redeem/<merchant>/<the merchant's own key>``.

    *Units*: ``amount`` counts ``unit`` (``fen``, or the thing's own unit: 份, place …). A thing that
    has a worth moves with it: ``worth_fen``. ``amount=None`` means everything at ``from_``, in
    every unit; ``from_=None`` (only with ``amount=None``) means everything that is promised or issued.

    ``member_id``, if given, must be the grant's own. ``gives_back`` says whether an ended amount returns
    to its budget (only void, expire, reverse and claw_back end an amount).
    """

    kind: MoveKind
    grant_id: str
    amount: int | None
    from_: Stage | None
    to: Stage
    request_key: str
    occurred_on: date
    unit: str = FEN
    worth_fen: int = 0
    reason: str = ""
    act_id: str | None = None
    member_id: str | None = None
    gives_back: bool = True

    @property
    def id(self) -> str:
        """Return the transaction's id: the same on every runner and after every repetition."""
        return sha256(self.request_key.encode()).hexdigest()[:40]

    @property
    def returns_to_funding(self) -> bool:
        """Return whether the moved amount goes back to the account that funded it."""
        return self.gives_back and self.kind in ENDING_KINDS

    @property
    def source_stages(self) -> tuple[Stage, ...]:
        """Return the stages that the move takes from."""
        return OPEN_STAGES if self.from_ is None else (self.from_,)

    def requested_transfers(self) -> "Iterator[StageTransfer]":
        """Yield the requested transfers; the move must name its amount."""
        assert self.amount is not None and self.from_ is not None
        yield StageTransfer(self.unit, self.amount, self.from_, self.to)
        if self.worth_fen:
            yield StageTransfer(FEN, self.worth_fen, self.from_, self.to)


@dataclass(frozen=True, slots=True)
class StageTransfer:
    """An ``amount`` of ``unit`` that a transaction moved from one stage to another."""

    unit: str
    amount: int
    from_: Stage
    to: Stage


@dataclass(frozen=True, slots=True)
class Transaction:
    """A recorded move. ``moved`` has a line for each unit and stage that it came from.

    ``already``: the same request recorded it before; nothing has happened now.
    """

    id: str
    kind: str
    grant_id: str
    member_id: str
    rule_id: str
    occurred_on: date
    moved: tuple[StageTransfer, ...]
    already: bool = False

    @property
    def amount_fen(self) -> int:
        return sum(moved.amount for moved in self.moved if moved.unit == FEN)
