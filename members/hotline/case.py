"""A case of the hotline: its states, the one table of moves, and the fold of its history. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.text_marks import N_
from members.hotline.faults import HOTLINE_FAULTS, HotlineRefused
from members.hotline.working_time import Pause
from members.lifecycle import HistoryEvent, Lifecycle


class CaseState(StrEnum):
    OPENED = "opened"
    DISPATCHED = "dispatched"  # to one unit or two, and no unit has accepted it yet
    ACCEPTED = "accepted"
    SUSPENDED = "suspended"
    CLOSED = "closed"
    CALLED_BACK = "called_back"


class CaseAct(StrEnum):
    OPEN = "open"
    DISPATCH = "dispatch"
    ACCEPT = "accept"
    SUSPEND = "suspend"
    RESUME = "resume"
    ESCALATE = "escalate"
    ANSWER = "answer"
    CLOSE = "close"
    CALL_BACK = "call_back"
    ADD = "add"  # the member adds words to a case of her own


STATE_TITLES: Mapping[CaseState, str] = {
    CaseState.OPENED: N_("open (case)"),
    CaseState.DISPATCHED: N_("dispatched (case)"),
    CaseState.ACCEPTED: N_("accepted (case)"),
    CaseState.SUSPENDED: N_("suspended (case)"),
    CaseState.CLOSED: N_("closed (case)"),
    CaseState.CALLED_BACK: N_("called back (case)"),
}
ACT_TITLES: Mapping[CaseAct, str] = {
    CaseAct.OPEN: N_("opened (act on a case)"),
    CaseAct.DISPATCH: N_("dispatch (act on a case)"),
    CaseAct.ACCEPT: N_("accept (act on a case)"),
    CaseAct.SUSPEND: N_("suspend (act on a case)"),
    CaseAct.RESUME: N_("resume (act on a case)"),
    CaseAct.ESCALATE: N_("escalate (act on a case)"),
    CaseAct.ANSWER: N_("answer from the ledger (act on a case)"),
    CaseAct.CLOSE: N_("close (act on a case)"),
    CaseAct.CALL_BACK: N_("call back (act on a case)"),
    CaseAct.ADD: N_("words added by the member (act on a case)"),
}
_UNDER_WAY = frozenset({CaseState.OPENED, CaseState.DISPATCHED, CaseState.ACCEPTED})
# The states in which each act is allowed. What the case becomes follows from its units: see ``CASE_LIFE``.
MOVES: Mapping[CaseAct, frozenset[CaseState]] = {
    CaseAct.OPEN: frozenset(),
    CaseAct.DISPATCH: frozenset({CaseState.OPENED, CaseState.DISPATCHED}),  # again, if it was the wrong unit
    CaseAct.ACCEPT: frozenset({CaseState.DISPATCHED, CaseState.ACCEPTED}),
    CaseAct.SUSPEND: _UNDER_WAY,
    CaseAct.RESUME: frozenset({CaseState.SUSPENDED}),
    CaseAct.ESCALATE: _UNDER_WAY | {CaseState.SUSPENDED},  # what was due before the suspension
    CaseAct.ANSWER: _UNDER_WAY,
    CaseAct.CLOSE: frozenset({CaseState.OPENED, CaseState.ACCEPTED}),
    CaseAct.CALL_BACK: frozenset({CaseState.CLOSED}),
    CaseAct.ADD: _UNDER_WAY | {CaseState.SUSPENDED},
}
OVER = frozenset({CaseState.CLOSED, CaseState.CALLED_BACK})


class CallBack(StrEnum):
    """What the caller says afterwards; one who was not reached is called again."""

    SATISFIED = "satisfied"
    DISSATISFIED = "dissatisfied"
    UNREACHED = "unreached"


CALL_BACK_TITLES: Mapping[CallBack, str] = {
    CallBack.SATISFIED: N_("satisfied"),
    CallBack.DISSATISFIED: N_("not satisfied"),
    CallBack.UNREACHED: N_("not reached"),
}


@dataclass(frozen=True, slots=True)
class CasePart:
    """What one unit has to do.

    ``round`` is the dispatch with which the case came to the unit, and ``dispatched_at`` its instant: both stay
    as long as later dispatches name the unit again.
    """

    unit: str
    is_main: bool
    round: int
    dispatched_at: datetime
    work_days: int
    accepted_at: datetime | None = None
    done_at: datetime | None = None
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CaseEscalation:
    """A clock that reached a share of its time. ``to`` is None where there is no organisation above."""

    clock: str
    percent: int
    unit: str
    to: str | None


@dataclass(frozen=True, slots=True)
class CaseAnswer:
    """The words with which a case was closed. ``decision_id`` or ``rule_id`` names what the ledger was asked."""

    sentences: tuple[str, ...]
    decision_id: str | None = None
    rule_id: str | None = None


@dataclass(frozen=True, slots=True)
class HotlineCase:
    """A case as its history leaves it. ``organisation`` is the one whose hotline took it in."""

    number: int
    version: int
    state: CaseState
    organisation: str
    channel: str
    category: str
    summary: str
    is_clear: bool
    crosses: bool
    opened_at: datetime
    opened_by: str
    changed_at: datetime
    member_id: str | None = None
    place: str | None = None
    station_id: str | None = None
    application: int | None = None  # number of the one on public notice to which the member objects
    from_office: str | None = None
    parts: tuple[CasePart, ...] = ()
    former_parts: tuple[CasePart, ...] = ()  # of units from which the case was taken
    rounds: int = 0
    pauses: tuple[Pause, ...] = ()
    suspended_because: str | None = None
    escalations: tuple[CaseEscalation, ...] = ()
    answers: tuple[CaseAnswer, ...] = ()
    dispatched_at: datetime | None = None
    closed_at: datetime | None = None
    call_back: CallBack | None = None
    called_back_at: datetime | None = None

    @property
    def is_over(self) -> bool:
        return self.state in OVER

    @property
    def units(self) -> tuple[str, ...]:
        return tuple(part.unit for part in self.parts)

    @property
    def suspended_until(self) -> datetime | None:
        """When the suspension that holds now ends by itself; None without one."""
        return self.pauses[-1].until if self.state is CaseState.SUSPENDED else None

    def require(self, act: CaseAct, seen: int | None = None) -> None:
        """*Raises*: HotlineRefused if the caller saw another version, or the state doesn't allow the act."""
        CASE_LIFE.require(self, act, seen)

    def require_part(self, unit: str) -> CasePart:
        """Return the part of a unit. *Raises*: HotlineRefused if it has none, or has done it."""
        part = next((one for one in self.parts if one.unit == unit), None)
        if part is None:
            known = ", ".join(self.units) or "—"
            raise HotlineRefused(
                HOTLINE_FAULTS.build("not_a_unit", field="unit", value=unit[:15], known=known)
            )
        if part.done_at is not None:
            raise HotlineRefused(HOTLINE_FAULTS.build("done", field="unit", value=unit))
        return part


def _opened(number: int, event: HistoryEvent[CaseAct]) -> HotlineCase:
    return HotlineCase(
        number,
        event.version,
        CaseState.OPENED,
        opened_at=event.at,
        opened_by=event.by,
        changed_at=event.at,
        **event.data,
    )


def _dispatched(case: HotlineCase, event: HistoryEvent[CaseAct]) -> HotlineCase:
    """Give the case to units. One that has it already goes on with its time; one that is left out has had it."""
    number = case.rounds + 1
    before = {part.unit: part for part in case.parts}
    parts = []
    for one in event.data["units"]:
        known = before.pop(one["unit"], None)
        begun = (known.round, known.dispatched_at) if known else (number, event.at)
        parts.append(CasePart(one["unit"], one["is_main"], *begun, one["work_days"]))
    return replace(
        case,
        state=CaseState.DISPATCHED,
        parts=tuple(parts),
        former_parts=(*case.former_parts, *(replace(one, withdrawn_at=event.at) for one in before.values())),
        rounds=number,
        dispatched_at=case.dispatched_at or event.at,
    )


def _accepted(case: HotlineCase, event: HistoryEvent[CaseAct]) -> HotlineCase:
    parts = _changed(case.parts, event.data["unit"], accepted_at=event.at)
    return replace(case, state=CaseState.ACCEPTED, parts=parts)


def _changed(parts: Sequence[CasePart], unit: str, **values: Any) -> tuple[CasePart, ...]:
    return tuple(replace(part, **values) if part.unit == unit else part for part in parts)


def _suspended(case: HotlineCase, event: HistoryEvent[CaseAct]) -> HotlineCase:
    until = datetime.fromisoformat(event.data["until"])
    return replace(
        case,
        state=CaseState.SUSPENDED,
        pauses=(*case.pauses, Pause(event.at, until)),
        suspended_because=event.data["reason"],
    )


def _resumed(case: HotlineCase, event: HistoryEvent[CaseAct]) -> HotlineCase:
    last = case.pauses[-1]
    ended = max(min(last.until, event.at), last.since)
    pauses = (*case.pauses[:-1], replace(last, until=ended))
    return replace(case, state=_state_by_parts(case), pauses=pauses, suspended_because=None)


def _state_by_parts(case: HotlineCase) -> CaseState:
    if any(part.accepted_at for part in case.parts):
        return CaseState.ACCEPTED
    return CaseState.DISPATCHED if case.parts else CaseState.OPENED


def _escalated(case: HotlineCase, event: HistoryEvent[CaseAct]) -> HotlineCase:
    known = event.data
    one = CaseEscalation(known["clock"], known["percent"], known["unit"], known["to"])
    return replace(case, escalations=(*case.escalations, one))


def _answered(case: HotlineCase, event: HistoryEvent[CaseAct]) -> HotlineCase:
    known = event.data
    answer = CaseAnswer(tuple(known["sentences"]), known.get("decision_id"), known.get("rule_id"))
    parts = tuple(replace(part, done_at=part.done_at or event.at) for part in case.parts)
    return replace(
        case, state=CaseState.CLOSED, parts=parts, answers=(*case.answers, answer), closed_at=event.at
    )


def _closed(case: HotlineCase, event: HistoryEvent[CaseAct]) -> HotlineCase:
    """Close the part of one unit; the case is closed when no unit has anything left to do."""
    parts = _changed(case.parts, event.data.get("unit", ""), done_at=event.at)
    is_over = all(part.done_at for part in parts)
    return replace(
        case,
        state=CaseState.CLOSED if is_over else case.state,
        parts=parts,
        answers=(*case.answers, CaseAnswer((event.data["answer"],))),
        closed_at=event.at if is_over else None,
    )


def _called_back(case: HotlineCase, event: HistoryEvent[CaseAct]) -> HotlineCase:
    outcome = CallBack(event.data["outcome"])
    is_over = outcome is not CallBack.UNREACHED
    state = CaseState.CALLED_BACK if is_over else CaseState.CLOSED
    return replace(case, state=state, call_back=outcome, called_back_at=event.at)


CASE_LIFE: Lifecycle[CaseAct, CaseState, HotlineCase] = Lifecycle(
    "case",
    CaseAct,
    MOVES,
    ACT_TITLES,
    STATE_TITLES,
    _opened,
    {
        CaseAct.DISPATCH: _dispatched,
        CaseAct.ACCEPT: _accepted,
        CaseAct.SUSPEND: _suspended,
        CaseAct.RESUME: _resumed,
        CaseAct.ESCALATE: _escalated,
        CaseAct.ANSWER: _answered,
        CaseAct.CLOSE: _closed,
        CaseAct.CALL_BACK: _called_back,
        CaseAct.ADD: lambda case, _: case,  # added words lie with the caller's data, not in the history
    },
    HOTLINE_FAULTS,
    HotlineRefused,
    unnamed=frozenset({CaseAct.ADD}),
)
