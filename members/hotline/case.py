"""A case of the hotline: its states, the one table of moves, and the fold of its history. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from core.faults import Fault, Term
from core.text_marks import N_
from members.history_events import HistoryEvent
from members.hotline.faults import HOTLINE_FAULTS, HotlineRefused
from members.hotline.working_time import Pause


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


STATE_TITLES: Mapping[CaseState, str] = MappingProxyType(
    {
        CaseState.OPENED: N_("open (case)"),
        CaseState.DISPATCHED: N_("dispatched (case)"),
        CaseState.ACCEPTED: N_("accepted (case)"),
        CaseState.SUSPENDED: N_("suspended (case)"),
        CaseState.CLOSED: N_("closed (case)"),
        CaseState.CALLED_BACK: N_("called back (case)"),
    }
)
ACT_TITLES: Mapping[CaseAct, str] = MappingProxyType(
    {
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
)
_UNDER_WAY = frozenset({CaseState.OPENED, CaseState.DISPATCHED, CaseState.ACCEPTED})
# The states in which each act is allowed. What the case becomes follows from its units: see ``fold_case``.
MOVES: Mapping[CaseAct, frozenset[CaseState]] = MappingProxyType(
    {
        CaseAct.OPEN: frozenset(),
        CaseAct.DISPATCH: frozenset(
            {CaseState.OPENED, CaseState.DISPATCHED}
        ),  # again, if it was the wrong unit
        CaseAct.ACCEPT: frozenset({CaseState.DISPATCHED, CaseState.ACCEPTED}),
        CaseAct.SUSPEND: _UNDER_WAY,
        CaseAct.RESUME: frozenset({CaseState.SUSPENDED}),
        CaseAct.ESCALATE: _UNDER_WAY | {CaseState.SUSPENDED},  # what was due before the suspension
        CaseAct.ANSWER: _UNDER_WAY,
        CaseAct.CLOSE: frozenset({CaseState.OPENED, CaseState.ACCEPTED}),
        CaseAct.CALL_BACK: frozenset({CaseState.CLOSED}),
        CaseAct.ADD: _UNDER_WAY | {CaseState.SUSPENDED},
    }
)
OVER = frozenset({CaseState.CLOSED, CaseState.CALLED_BACK})


class CallBack(StrEnum):
    """What the caller says afterwards; one who was not reached is called again."""

    SATISFIED = "satisfied"
    DISSATISFIED = "dissatisfied"
    UNREACHED = "unreached"


CALL_BACK_TITLES: Mapping[CallBack, str] = MappingProxyType(
    {
        CallBack.SATISFIED: N_("satisfied"),
        CallBack.DISSATISFIED: N_("not satisfied"),
        CallBack.UNREACHED: N_("not reached"),
    }
)


CaseEvent = HistoryEvent[CaseAct]


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
    at: datetime


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
        if seen is not None and seen != self.version:
            raise HotlineRefused(
                HOTLINE_FAULTS.build(
                    "changed", field="version", value=self.number, version=self.version, seen=seen
                )
            )
        if self.state not in MOVES[act]:
            raise HotlineRefused(_not_now(self, act))

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


def _not_now(case: HotlineCase, act: CaseAct) -> Fault:
    officers = {one: states for one, states in MOVES.items() if one is not CaseAct.ADD}
    possible: Term = tuple((ACT_TITLES[one],) for one, states in officers.items() if case.state in states)
    terms: dict[str, Term] = {
        "state": STATE_TITLES[case.state],
        "act": ACT_TITLES[act],
        "possible": possible or ((N_("nothing (hotline)"),),),
    }
    return HOTLINE_FAULTS.build("not_now", field="case", value=case.number, terms=terms)


def fold_case(number: int, events: Iterable[CaseEvent]) -> HotlineCase:
    """Fold the history of a case, in order of its versions, into the case as it stands."""
    history = iter(events)
    case = _opened(number, next(history))
    for event in history:
        assert event.version == case.version + 1, f"case {number}: version {event.version} is out of order"
        case = replace(_APPLIED[event.act](case, event), version=event.version, changed_at=event.at)
    return case


def _opened(number: int, event: CaseEvent) -> HotlineCase:
    assert event.act is CaseAct.OPEN, f"case {number} begins with {event.act}"
    return HotlineCase(
        number,
        event.version,
        CaseState.OPENED,
        opened_at=event.at,
        opened_by=event.by,
        changed_at=event.at,
        **event.data,
    )


def _dispatched(case: HotlineCase, event: CaseEvent) -> HotlineCase:
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


def _accepted(case: HotlineCase, event: CaseEvent) -> HotlineCase:
    parts = _changed(case.parts, event.data["unit"], accepted_at=event.at)
    return replace(case, state=CaseState.ACCEPTED, parts=parts)


def _changed(parts: Sequence[CasePart], unit: str, **values: Any) -> tuple[CasePart, ...]:
    return tuple(replace(part, **values) if part.unit == unit else part for part in parts)


def _suspended(case: HotlineCase, event: CaseEvent) -> HotlineCase:
    until = datetime.fromisoformat(event.data["until"])
    return replace(
        case,
        state=CaseState.SUSPENDED,
        pauses=(*case.pauses, Pause(event.at, until)),
        suspended_because=event.data["reason"],
    )


def _resumed(case: HotlineCase, event: CaseEvent) -> HotlineCase:
    last = case.pauses[-1]
    ended = max(min(last.until, event.at), last.since)
    pauses = (*case.pauses[:-1], replace(last, until=ended))
    return replace(case, state=_state_by_parts(case), pauses=pauses, suspended_because=None)


def _state_by_parts(case: HotlineCase) -> CaseState:
    if any(part.accepted_at for part in case.parts):
        return CaseState.ACCEPTED
    return CaseState.DISPATCHED if case.parts else CaseState.OPENED


def _escalated(case: HotlineCase, event: CaseEvent) -> HotlineCase:
    known = event.data
    one = CaseEscalation(known["clock"], known["percent"], known["unit"], known["to"], event.at)
    return replace(case, escalations=(*case.escalations, one))


def _answered(case: HotlineCase, event: CaseEvent) -> HotlineCase:
    known = event.data
    answer = CaseAnswer(tuple(known["sentences"]), known.get("decision_id"), known.get("rule_id"))
    parts = tuple(replace(part, done_at=part.done_at or event.at) for part in case.parts)
    return replace(
        case, state=CaseState.CLOSED, parts=parts, answers=(*case.answers, answer), closed_at=event.at
    )


def _closed(case: HotlineCase, event: CaseEvent) -> HotlineCase:
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


def _called_back(case: HotlineCase, event: CaseEvent) -> HotlineCase:
    outcome = CallBack(event.data["outcome"])
    is_over = outcome is not CallBack.UNREACHED
    state = CaseState.CALLED_BACK if is_over else CaseState.CLOSED
    return replace(case, state=state, call_back=outcome, called_back_at=event.at)


def _unchanged(case: HotlineCase, _event: CaseEvent) -> HotlineCase:
    """Added words lie with the caller's data, not in the history."""
    return case


_APPLIED = MappingProxyType(
    {
        CaseAct.DISPATCH: _dispatched,
        CaseAct.ACCEPT: _accepted,
        CaseAct.SUSPEND: _suspended,
        CaseAct.RESUME: _resumed,
        CaseAct.ESCALATE: _escalated,
        CaseAct.ANSWER: _answered,
        CaseAct.CLOSE: _closed,
        CaseAct.CALL_BACK: _called_back,
        CaseAct.ADD: _unchanged,
    }
)
