"""The three rates of the hotline by unit and month: timely acceptance, on-time closing, satisfaction. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from core.civil_time import civil_date
from geo.calendars import WorkdayTable
from members.hotline.case import CallBack, HotlineCase
from members.hotline.clocks import CaseClock, acceptance_clock, closing_clock, intake_clock, work_day_clock
from members.hotline.terms import TERMS

Measure = Literal["accepted", "closed", "satisfied"]


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many."""

    good: int = 0
    total: int = 0

    @property
    def percent(self) -> float | None:
        return round(100 * self.good / self.total, 1) if self.total else None


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


def compute_rates(cases: Iterable[HotlineCase], table: WorkdayTable, now: datetime) -> list[UnitRates]:
    """Compute the rates of all units and months in which there is any, by month and unit."""
    found: dict[tuple[str, str], dict[Measure, Share]] = defaultdict(dict)
    for case in cases:
        for unit, at, measure, is_good in _outcomes(case, table, now):
            shares = found[f"{civil_date(at):%Y-%m}", unit]
            share = shares.get(measure, Share())
            shares[measure] = Share(share.good + is_good, share.total + 1)
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


def _outcomes(
    case: HotlineCase, table: WorkdayTable, now: datetime
) -> Iterator[tuple[str, datetime, Measure, bool]]:
    clocks: list[tuple[Measure, CaseClock]] = [("accepted", intake_clock(case, table))]
    for part in case.parts:
        clocks.append(("accepted", acceptance_clock(case, part, table)))
        clocks.append(("closed", closing_clock(case, part, table)))
    for clock in (acceptance_clock(case, part, table) for part in case.former_parts):
        if clock.is_late(now):  # a unit that lost the case in time neither accepted it nor was late
            yield clock.unit, clock.started_at, "accepted", False
    if case.is_over and not case.parts:  # the hotline answered it itself
        days = TERMS[case.category].main_work_days  # type: ignore[index]
        clock = work_day_clock(
            "own", "close", case.organisation, case.opened_at, days, table, case.pauses, case.closed_at
        )
        clocks.append(("closed", clock))
    for measure, clock in clocks:
        is_late = clock.is_late(now)
        if clock.stopped_at is not None or is_late:
            yield clock.unit, clock.started_at, measure, not is_late
    if case.call_back in (CallBack.SATISFIED, CallBack.DISSATISFIED) and case.called_back_at is not None:
        main = next((part.unit for part in case.parts if part.is_main), case.organisation)
        yield main, case.called_back_at, "satisfied", case.call_back is CallBack.SATISFIED
