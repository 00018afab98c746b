"""The three rates of the hotline by unit and month: timely acceptance, on-time closing, satisfaction. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from core.calendars import WorkdayTable
from core.civil_time import civil_date
from members.hotline.case import CallBack, HotlineCase
from members.hotline.clocks import CaseClock, acceptance_clock, closing_clock, intake_clock, work_day_clock
from members.hotline.terms import TERMS

Measure = Literal["accepted", "closed", "satisfied"]


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many."""

    good: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class UnitRates:
    """One unit in one month (2026-11).

    ``accepted`` and ``closed`` belong to the month in which the case came to the unit. What is neither done nor
    late yet counts in neither. ``satisfied`` belongs to the month of the call-back; callers who were not reached
    are left out.
    """

    unit: str
    month: str
    accepted: Share
    closed: Share
    satisfied: Share


@dataclass(frozen=True, slots=True)
class CaseOutcome:
    """What a case adds to one rate of a unit and month.

    ``is_good`` None: its clock still runs, and counts as late from ``due_at`` on.
    """

    unit: str
    month: str
    measure: Measure
    is_good: bool | None
    due_at: datetime | None = None


def build_rates(found: Mapping[tuple[str, str], Mapping[Measure, Share]]) -> list[UnitRates]:
    """Return the shares of each month and unit as rates, by month and unit."""
    return [
        UnitRates(
            unit,
            month,
            shares.get("accepted", Share()),
            shares.get("closed", Share()),
            shares.get("satisfied", Share()),
        )
        for (month, unit), shares in sorted(found.items())
    ]


def list_outcomes(case: HotlineCase, table: WorkdayTable) -> Iterator[CaseOutcome]:
    """Yield what a case adds to the rates; it doesn't depend on the time at which they are computed."""
    clocks: list[tuple[Measure, CaseClock]] = [("accepted", intake_clock(case, table))]
    for part in case.parts:
        clocks.append(("accepted", acceptance_clock(case, part, table)))
        clocks.append(("closed", closing_clock(case, part, table)))
    for clock in (acceptance_clock(case, part, table) for part in case.former_parts):
        if _is_stopped_late(clock):  # a unit that lost the case in time neither accepted it nor was late
            yield _outcome(clock, "accepted", False)
    if case.is_over and not case.parts:  # the hotline answered it itself
        days = TERMS[case.category].main_work_days  # type: ignore[index]
        clock = work_day_clock(
            "own", "close", case.organisation, case.opened_at, days, table, case.pauses, case.closed_at
        )
        clocks.append(("closed", clock))
    for measure, clock in clocks:
        yield _outcome(clock, measure, None if clock.stopped_at is None else not _is_stopped_late(clock))
    if case.call_back in (CallBack.SATISFIED, CallBack.DISSATISFIED) and case.called_back_at is not None:
        main = next((part.unit for part in case.parts if part.is_main), case.organisation)
        is_satisfied = case.call_back is CallBack.SATISFIED
        yield CaseOutcome(main, _month(case.called_back_at), "satisfied", is_satisfied)


def _outcome(clock: CaseClock, measure: Measure, is_good: bool | None) -> CaseOutcome:
    due = clock.due_at if is_good is None else None
    return CaseOutcome(clock.unit, _month(clock.started_at), measure, is_good, due)


def _is_stopped_late(clock: CaseClock) -> bool:
    return clock.stopped_at is not None and clock.is_late(clock.stopped_at)


def _month(at: datetime) -> str:
    return f"{civil_date(at):%Y-%m}"
