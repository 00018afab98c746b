"""What may follow what: the one table of moves, used by posting and by verification."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Literal

from benefits.model.accounts import FEN, OPEN, Stage

Kind = Literal[
    "issue", "redeem", "refund", "pay", "settle", "bounce", "void", "expire", "reverse", "claw_back"
]

# promise: funding → promised, by the ledger itself when it grants.
ALLOWED: Mapping[Kind, frozenset[tuple[Stage, Stage]]] = {
    "issue": frozenset({("promised", "issued")}),  # a code is handed out, a payment is prepared
    "redeem": frozenset({("issued", "redeemed")}),  # used at a counter
    "refund": frozenset({("redeemed", "issued")}),  # the counter takes goods back
    "pay": frozenset({("issued", "redeemed")}),  # the order to pay left for the bank
    "settle": frozenset({("redeemed", "settled")}),  # the bank says so
    "bounce": frozenset({("redeemed", "issued"), ("settled", "issued")}),  # the bank sent it back
    "void": frozenset({("promised", "reversed"), ("issued", "reversed")}),
    "expire": frozenset({("promised", "expired"), ("issued", "expired")}),
    "reverse": frozenset({("promised", "reversed"), ("issued", "reversed")}),  # granted wrongly
    "claw_back": frozenset({("redeemed", "reversed"), ("settled", "reversed")}),  # the member gave it back
}
ENDS: tuple[Kind, ...] = ("void", "expire", "reverse", "claw_back")


@dataclass(frozen=True, slots=True)
class Move:
    """A wish to move (a part of) a grant from one stage to another.

    ``request_key`` makes it happen once: the same key is the same transaction, for ever and for all
    kinds of moves, so begin it with whose it is: ``redeem/<merchant>/<the merchant's own key>``.

    *Units*: ``amount`` counts ``unit`` (``fen``, or the thing's own unit: 份, place …). A thing that
    has a worth moves with it: ``worth_fen``. ``amount=None`` means all there is at ``from_``, in
    every unit; ``from_=None`` (only with ``amount=None``) means all that is open, promised and issued.

    ``member_id``, where given, must be the grant's own. ``gives_back`` says whether what ends returns
    to its budget (only ends do: void, expire, reverse, claw_back).
    """

    kind: Kind
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
        """The transaction's id: the same on every runner and after every repetition."""
        return sha256(self.request_key.encode()).hexdigest()[:40]

    @property
    def returns(self) -> bool:
        """Whether what is moved goes back to where it came from."""
        return self.gives_back and self.kind in ENDS

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Where it takes from."""
        return OPEN if self.from_ is None else (self.from_,)

    def wished(self) -> "Iterator[Moved]":
        """What is to be moved, where amounts are named."""
        assert self.amount is not None and self.from_ is not None
        yield Moved(self.unit, self.amount, self.from_, self.to)
        if self.worth_fen:
            yield Moved(FEN, self.worth_fen, self.from_, self.to)


@dataclass(frozen=True, slots=True)
class Moved:
    """What a transaction moved: ``amount`` of ``unit``."""

    unit: str
    amount: int
    from_: Stage
    to: Stage


@dataclass(frozen=True, slots=True)
class Transaction:
    """What was done. ``moved`` has a line for each unit and stage that it came from."""

    id: str
    kind: str
    grant_id: str
    member_id: str
    rule_id: str
    occurred_on: date
    moved: tuple[Moved, ...]

    @property
    def amount_fen(self) -> int:
        return sum(moved.amount for moved in self.moved if moved.unit == FEN)


@dataclass(frozen=True, slots=True)
class AlreadyDone(Transaction):
    """The same request was done before: nothing has happened now."""
