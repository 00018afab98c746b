"""A claim of mutual aid: one stay in hospital, its amounts, its states and the fold of its history. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from core.text_marks import N_
from members.lifecycle import HistoryEvent, Lifecycle
from members.mutual_aid.faults import AID_FAULTS, AidRefused


class ClaimState(StrEnum):
    SUBMITTED = "submitted"
    RETURNED = "returned"  # the second officer wants it corrected
    APPROVED = "approved"  # granted in the ledger; the money room pays it
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    REVERSED = "reversed"


class ClaimAct(StrEnum):
    SUBMIT = "submit"
    SEND_BACK = "send_back"
    CORRECT = "correct"
    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    REVERSE = "reverse"


LIVE = frozenset({ClaimState.SUBMITTED, ClaimState.RETURNED, ClaimState.APPROVED})  # they hold their receipt
CLAIM_STATE_TITLES: Mapping[ClaimState, str] = {
    ClaimState.SUBMITTED: N_("waiting for its review (claim of mutual aid)"),
    ClaimState.RETURNED: N_("sent back for correction (claim of mutual aid)"),
    ClaimState.APPROVED: N_("approved (claim of mutual aid)"),
    ClaimState.REFUSED: N_("refused (claim of mutual aid)"),
    ClaimState.WITHDRAWN: N_("withdrawn (claim of mutual aid)"),
    ClaimState.REVERSED: N_("reversed (claim of mutual aid)"),
}
CLAIM_ACT_TITLES: Mapping[ClaimAct, str] = {
    ClaimAct.SUBMIT: N_("submitted (act on a claim)"),
    ClaimAct.SEND_BACK: N_("send back (act on a claim)"),
    ClaimAct.CORRECT: N_("correct (act on a claim)"),
    ClaimAct.APPROVE: N_("approve (act on a claim)"),
    ClaimAct.REFUSE: N_("refuse (act on a claim)"),
    ClaimAct.WITHDRAW: N_("withdraw (act on a claim)"),
    ClaimAct.REVERSE: N_("reverse (act on a claim)"),
}
_WAITING = frozenset({ClaimState.SUBMITTED})
CLAIM_MOVES: Mapping[ClaimAct, frozenset[ClaimState]] = {
    ClaimAct.SUBMIT: frozenset(),
    ClaimAct.SEND_BACK: _WAITING,
    ClaimAct.CORRECT: frozenset({ClaimState.RETURNED}),
    ClaimAct.APPROVE: _WAITING,
    ClaimAct.REFUSE: _WAITING,
    ClaimAct.WITHDRAW: frozenset({ClaimState.SUBMITTED, ClaimState.RETURNED}),
    ClaimAct.REVERSE: frozenset({ClaimState.APPROVED}),
}


@dataclass(frozen=True, slots=True)
class Bill:
    """What the settlement receipt of one stay says. ``receipt`` is the digest of its number, ``receipt_end`` its end.

    *Units*: fen; the three parts add up to ``total_fen``.
    """

    admitted_on: date
    discharged_on: date
    total_fen: int
    insurance_fen: int
    other_fen: int
    self_paid_fen: int
    receipt: str
    receipt_end: str

    @property
    def days(self) -> int:
        """Return the days of the stay, the day of admission included."""
        return (self.discharged_on - self.admitted_on).days + 1


@dataclass(frozen=True, slots=True)
class AidClaim:
    """A claim as its history leaves it.

    ``organisation`` is the member's on the day of the submission. ``used_fen`` is what the member had been paid
    under the policy when the claim was approved, ``payable_fen`` what it is paid; nothing if it only counts
    towards a yearly deductible. ``deducted_before_fen`` and ``deducted_fen`` are what earlier claims and this one
    used of the deductible. ``because`` is the reason of whoever sent it back or ended it, which the member reads.
    """

    number: int
    version: int
    state: ClaimState
    policy: int
    organisation: str
    member_id: str
    bill: Bill
    submitted_by: str
    submitted_at: datetime
    changed_at: datetime
    reviewed_by: str | None = None
    grant_id: str | None = None
    used_fen: int = 0
    payable_fen: int | None = None
    deducted_before_fen: int = 0
    deducted_fen: int = 0
    because: str | None = None

    @property
    def is_live(self) -> bool:
        """Return whether the claim holds its receipt: no other claim may be made with it."""
        return self.state in LIVE

    def require(self, act: ClaimAct, seen: int | None = None) -> None:
        """*Raises*: AidRefused if the caller saw another version, or the state doesn't allow the act."""
        CLAIM_LIFE.require(self, act, seen)


def claim_reference(number: int) -> str:
    """Return the name of a claim in the ledger, unique for ever."""
    return f"MA{number:08}"


def _submitted(number: int, event: HistoryEvent[ClaimAct]) -> AidClaim:
    known = event.data
    return AidClaim(
        number,
        event.version,
        ClaimState.SUBMITTED,
        known["policy"],
        known["organisation"],
        known["member"],
        read_bill(known["bill"]),
        event.by,
        event.at,
        event.at,
    )


def bill_data(bill: Bill) -> dict[str, Any]:
    """Return a bill as an event holds it; :func:`read_bill` reads it."""
    return {
        "admitted_on": bill.admitted_on.isoformat(),
        "discharged_on": bill.discharged_on.isoformat(),
        "total_fen": bill.total_fen,
        "insurance_fen": bill.insurance_fen,
        "other_fen": bill.other_fen,
        "self_paid_fen": bill.self_paid_fen,
        "receipt": bill.receipt,
        "receipt_end": bill.receipt_end,
    }


def read_bill(data: Mapping[str, Any]) -> Bill:
    """Return the bill that an event's data hold."""
    days = {name: date.fromisoformat(data[name]) for name in ("admitted_on", "discharged_on")}
    return Bill(**{**data, **days})


_Change = Callable[[AidClaim, HistoryEvent[ClaimAct]], AidClaim]


def _ended(state: ClaimState) -> _Change:
    return lambda claim, event: replace(claim, state=state, because=event.data["reason"])


def _reviewed(state: ClaimState) -> _Change:
    end = _ended(state)
    return lambda claim, event: replace(end(claim, event), reviewed_by=event.by)


def _corrected(claim: AidClaim, event: HistoryEvent[ClaimAct]) -> AidClaim:
    return replace(
        claim,
        state=ClaimState.SUBMITTED,
        bill=read_bill(event.data["bill"]),
        submitted_by=event.by,
        submitted_at=event.at,
        because=None,
    )


def _approved(claim: AidClaim, event: HistoryEvent[ClaimAct]) -> AidClaim:
    known = event.data
    return replace(
        claim,
        state=ClaimState.APPROVED,
        reviewed_by=event.by,
        grant_id=known["grant"],
        used_fen=known["used_fen"],
        payable_fen=known["amount_fen"],
        deducted_before_fen=known.get("deducted_before_fen", 0),
        deducted_fen=known.get("deducted_fen", 0),
        because=None,
    )


CLAIM_LIFE = Lifecycle(
    "claim",
    ClaimAct,
    CLAIM_MOVES,
    CLAIM_ACT_TITLES,
    CLAIM_STATE_TITLES,
    _submitted,
    {
        ClaimAct.SEND_BACK: _reviewed(ClaimState.RETURNED),
        ClaimAct.CORRECT: _corrected,
        ClaimAct.APPROVE: _approved,
        ClaimAct.REFUSE: _reviewed(ClaimState.REFUSED),
        ClaimAct.WITHDRAW: _ended(ClaimState.WITHDRAWN),
        ClaimAct.REVERSE: _ended(ClaimState.REVERSED),
    },
    AID_FAULTS,
    AidRefused,
    N_("the claim"),
)
