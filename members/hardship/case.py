"""A case file of a household in hardship: its states, the one table of moves, and the fold of its history. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from core.faults import Term
from core.text_marks import N_
from members.hardship.faults import HARDSHIP_FAULTS, HardshipRefused
from members.hardship.household import HouseholdPerson
from members.lifecycle import HistoryEvent, Lifecycle

_REFERENCE = re.compile(r"HV\d{6,}-\d+")
RECEIPTS: Mapping[str, str] = {
    "signed": N_("signed receipt"),
    "photographed": N_("photograph of the receipt"),
}


class VisitState(StrEnum):
    PLANNED = "planned"
    RELEASED = "released"  # the officers have the money
    HANDED_OVER = "handed_over"
    RETURNED = "returned"  # the money is back in the budget
    WITHDRAWN = "withdrawn"  # no money was ever released


UNDER_WAY = frozenset({VisitState.PLANNED, VisitState.RELEASED})
VISIT_STATE_TITLES: Mapping[VisitState, str] = {
    VisitState.PLANNED: N_("planned (visit)"),
    VisitState.RELEASED: N_("money released (visit)"),
    VisitState.HANDED_OVER: N_("handed over (visit)"),
    VisitState.RETURNED: N_("money returned (visit)"),
    VisitState.WITHDRAWN: N_("withdrawn (visit)"),
}


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit to a household on which money is handed over, numbered within its case file.

    One officer plans it; another one releases the money, which then counts as paid out of the budget: ``grant_id``
    is its grant in the ledger. The receipt settles it. Money that the household didn't take comes back to the budget.
    """

    number: int
    member_id: str
    on: date
    amount_fen: int
    purpose: str
    planned_by: str
    planned_at: datetime
    state: VisitState = VisitState.PLANNED
    released_by: str | None = None
    grant_id: str | None = None
    receipt: str | None = None
    receipt_kind: str | None = None
    ended_because: str | None = None

    @property
    def is_under_way(self) -> bool:
        return self.state in UNDER_WAY


def is_visit_reference(text: str | None) -> bool:
    """Return whether an act of the ledger is a visit, whose money is handed over in cash."""
    return text is not None and _REFERENCE.fullmatch(text) is not None


def visit_reference(case_number: int, visit_number: int) -> str:
    """Return the name of a visit in the ledger, unique for ever."""
    return f"HV{case_number:06}-{visit_number}"


class FileState(StrEnum):
    FILED = "filed"  # written down; nobody else has confirmed the level yet
    ON_FILE = "on_file"
    CLOSED = "closed"


class FileAct(StrEnum):
    OPEN = "open"
    CHANGE = "change"
    MEASURE = "measure"
    REVIEW = "review"
    CLOSE = "close"
    REOPEN = "reopen"
    PLAN_VISIT = "plan_visit"
    RELEASE_VISIT = "release_visit"
    HAND_OVER = "hand_over"
    END_VISIT = "end_visit"
    DELETE_PHOTO = "delete_photo"


STATE_TITLES: Mapping[FileState, str] = {
    FileState.FILED: N_("waiting for its first review (case file)"),
    FileState.ON_FILE: N_("on file (case file)"),
    FileState.CLOSED: N_("closed (case file)"),
}
ACT_TITLES: Mapping[FileAct, str] = {
    FileAct.OPEN: N_("opened (act on a case file)"),
    FileAct.CHANGE: N_("change (act on a case file)"),
    FileAct.MEASURE: N_("record a measure (act on a case file)"),
    FileAct.REVIEW: N_("review (act on a case file)"),
    FileAct.CLOSE: N_("close (act on a case file)"),
    FileAct.REOPEN: N_("reopen (act on a case file)"),
    FileAct.PLAN_VISIT: N_("plan a visit (act on a case file)"),
    FileAct.RELEASE_VISIT: N_("release a visit's money (act on a case file)"),
    FileAct.HAND_OVER: N_("record a visit's receipt (act on a case file)"),
    FileAct.END_VISIT: N_("end a visit without handing over (act on a case file)"),
    FileAct.DELETE_PHOTO: N_("delete a photograph (act on a case file)"),
}
_KEPT = frozenset({FileState.FILED, FileState.ON_FILE})
_ON_FILE = frozenset({FileState.ON_FILE})
MOVES: Mapping[FileAct, frozenset[FileState]] = {
    FileAct.OPEN: frozenset(),
    FileAct.CHANGE: _KEPT,
    FileAct.MEASURE: _ON_FILE,
    FileAct.REVIEW: _KEPT,
    FileAct.CLOSE: _KEPT,
    FileAct.REOPEN: frozenset({FileState.CLOSED}),
    FileAct.PLAN_VISIT: _ON_FILE,
    FileAct.RELEASE_VISIT: _ON_FILE,
    FileAct.HAND_OVER: _ON_FILE,
    FileAct.END_VISIT: _ON_FILE,
    FileAct.DELETE_PHOTO: frozenset(FileState),
}
VISIT_MOVES: Mapping[FileAct, frozenset[VisitState]] = {
    FileAct.RELEASE_VISIT: frozenset({VisitState.PLANNED}),
    FileAct.HAND_OVER: frozenset({VisitState.RELEASED}),
    FileAct.END_VISIT: frozenset({VisitState.PLANNED, VisitState.RELEASED}),
}


@dataclass(frozen=True, slots=True)
class Measure:
    """Something that was done for the household."""

    on: date
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class HardshipFile:
    """A case file as its history leaves it. ``level`` is the proposed one until the first review."""

    number: int
    version: int
    state: FileState
    organisation: str
    household: str
    level: str
    persons: tuple[HouseholdPerson, ...]
    causes: tuple[str, ...]
    plan: str
    opened_at: datetime
    changed_at: datetime
    filed_by: str  # who wrote it down last: another officer does the first review
    filed_at: datetime
    measures: tuple[Measure, ...] = ()
    photos: tuple[str, ...] = ()
    visits: tuple[Visit, ...] = ()
    reviewed_on: date | None = None
    review_due_on: date | None = None
    closed_at: datetime | None = None
    closed_because: str | None = None

    @property
    def worker(self) -> str:
        """The member whose case file it is."""
        assert self.persons[0].member_id is not None, "the first person is a member"
        return self.persons[0].member_id

    @property
    def members(self) -> tuple[str, ...]:
        """The members of the union in the household."""
        return tuple(one.member_id for one in self.persons if one.member_id is not None)

    def is_due(self, day: date) -> bool:
        """Return whether the file waits for its first review, or its next one is due on a day."""
        if self.state is FileState.CLOSED:
            return False
        return self.review_due_on is None or self.review_due_on <= day

    def require(self, act: FileAct, seen: int | None = None) -> None:
        """*Raises*: HardshipRefused if the caller saw another version, or the state doesn't allow the act."""
        FILE_LIFE.require(self, act, seen)
        if act is FileAct.CLOSE and (under_way := [one.number for one in self.visits if one.is_under_way]):
            value = ", ".join(map(str, under_way))
            raise HardshipRefused(HARDSHIP_FAULTS.build("under_way", field="case", value=value))

    def require_visit(self, act: FileAct, number: int) -> Visit:
        """Return a visit. *Raises*: HardshipRefused if there is none, or its state doesn't allow the act."""
        visit = next((one for one in self.visits if one.number == number), None)
        if visit is None:
            raise HardshipRefused(HARDSHIP_FAULTS.build("unknown_visit", field="visit", value=number))
        if visit.state not in VISIT_MOVES[act]:
            terms: dict[str, Term] = {"state": VISIT_STATE_TITLES[visit.state], "act": ACT_TITLES[act]}
            raise HardshipRefused(
                HARDSHIP_FAULTS.build("visit_not_now", field="visit", value=number, terms=terms)
            )
        return visit


def read_persons(data: Iterable[Mapping[str, Any]]) -> tuple[HouseholdPerson, ...]:
    """Return the persons that an event's data name."""
    return tuple(HouseholdPerson(**one) for one in data)


def _opened(number: int, event: HistoryEvent[FileAct]) -> HardshipFile:
    known = event.data
    return HardshipFile(
        number,
        event.version,
        FileState.FILED,
        known["organisation"],
        known["household"],
        known["level"],
        read_persons(known["persons"]),
        tuple(known["causes"]),
        known["plan"],
        opened_at=event.at,
        changed_at=event.at,
        filed_by=event.by,
        filed_at=event.at,
    )


def _changed(file: HardshipFile, event: HistoryEvent[FileAct]) -> HardshipFile:
    known = event.data
    return replace(
        file,
        persons=read_persons(known["persons"]) if "persons" in known else file.persons,
        causes=tuple(known.get("causes", file.causes)),
        plan=known.get("plan", file.plan),
        photos=(*file.photos, *(one for one in known.get("photos", ()) if one not in file.photos)),
    )


def _photo_deleted(file: HardshipFile, event: HistoryEvent[FileAct]) -> HardshipFile:
    return replace(file, photos=tuple(one for one in file.photos if one != event.data["photo"]))


def _measured(file: HardshipFile, event: HistoryEvent[FileAct]) -> HardshipFile:
    known = event.data
    measure = Measure(date.fromisoformat(known["on"]), known["kind"], known["text"])
    return replace(file, measures=(*file.measures, measure))


def _reviewed(file: HardshipFile, event: HistoryEvent[FileAct]) -> HardshipFile:
    known = event.data
    return replace(
        file,
        state=FileState.ON_FILE,
        level=known["level"],
        reviewed_on=date.fromisoformat(known["on"]),
        review_due_on=date.fromisoformat(known["due_on"]),
    )


def _closed(file: HardshipFile, event: HistoryEvent[FileAct]) -> HardshipFile:
    return replace(
        file, state=FileState.CLOSED, closed_at=event.at, closed_because=event.data["reason"], review_due_on=None
    )  # fmt: skip


def _reopened(file: HardshipFile, event: HistoryEvent[FileAct]) -> HardshipFile:
    return replace(
        file,
        state=FileState.FILED,
        level=event.data["level"],
        filed_by=event.by,
        filed_at=event.at,
        closed_at=None,
        closed_because=None,
    )


def _visit_planned(file: HardshipFile, event: HistoryEvent[FileAct]) -> HardshipFile:
    known = event.data
    visit = Visit(
        known["visit"],
        known["member"],
        date.fromisoformat(known["on"]),
        known["amount_fen"],
        known["purpose"],
        event.by,
        event.at,
    )
    return replace(file, visits=(*file.visits, visit))


def _with_visit(file: HardshipFile, event: HistoryEvent[FileAct], **values: Any) -> HardshipFile:
    number = event.data["visit"]
    visits = tuple(replace(one, **values) if one.number == number else one for one in file.visits)
    return replace(file, visits=visits)


def _visit_released(file: HardshipFile, event: HistoryEvent[FileAct]) -> HardshipFile:
    grant = event.data["grant"]
    return _with_visit(file, event, state=VisitState.RELEASED, released_by=event.by, grant_id=grant)


def _handed_over(file: HardshipFile, event: HistoryEvent[FileAct]) -> HardshipFile:
    known = event.data
    return _with_visit(
        file,
        event,
        state=VisitState.HANDED_OVER,
        receipt=known["receipt"],
        receipt_kind=known["receipt_kind"],
    )


def _visit_ended(file: HardshipFile, event: HistoryEvent[FileAct]) -> HardshipFile:
    (state,) = {one.state for one in file.visits if one.number == event.data["visit"]}
    ended = VisitState.RETURNED if state is VisitState.RELEASED else VisitState.WITHDRAWN
    return _with_visit(file, event, state=ended, ended_because=event.data["reason"])


FILE_LIFE = Lifecycle(
    "case",
    FileAct,
    MOVES,
    ACT_TITLES,
    STATE_TITLES,
    _opened,
    {
        FileAct.CHANGE: _changed,
        FileAct.MEASURE: _measured,
        FileAct.REVIEW: _reviewed,
        FileAct.CLOSE: _closed,
        FileAct.REOPEN: _reopened,
        FileAct.PLAN_VISIT: _visit_planned,
        FileAct.RELEASE_VISIT: _visit_released,
        FileAct.HAND_OVER: _handed_over,
        FileAct.END_VISIT: _visit_ended,
        FileAct.DELETE_PHOTO: _photo_deleted,
    },
    HARDSHIP_FAULTS,
    HardshipRefused,
)
