"""The clocks of a case: what is due when, which escalations are due, and until when a suspension stops them. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

from core.calendars import WorkdayTable
from core.civil_time import civil_date, end_of_day
from members.hotline.case import CasePart, HotlineCase
from members.hotline.faults import HOTLINE_FAULTS, HotlineRefused
from members.hotline.terms import (
    ACCEPT_WORK_DAYS,
    DISPATCH_WITHIN,
    ESCALATION_PERCENTS,
    LONGEST_SUSPENSION,
    MOST_SUSPENDED,
    SUSPENDED_WORK_DAYS,
    UNCLEAR_WORK_DAYS,
)
from members.hotline.working_time import Pause, compute_due, count_running, find_instant

INTAKE: Final = "intake"
ClockKind = Literal["intake", "accept", "close"]
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CaseClock:
    """One deadline. It counts on the days of ``table`` (None: on every day), outside of pauses."""

    id: str
    kind: ClockKind
    unit: str
    started_at: datetime
    allowance: timedelta
    table: WorkdayTable | None
    pauses: tuple[Pause, ...] = ()
    stopped_at: datetime | None = None

    def reaches(self, percent: int) -> datetime | None:
        """Return when a share of the time is over; None while an open pause keeps it away."""
        return find_instant(self.started_at, self.allowance * percent / 100, self.table, self.pauses)

    @property
    def due_at(self) -> datetime | None:
        return self.reaches(100)

    def used_percent(self, now: datetime) -> int:
        """Return the share of the time that was used until now, or until the clock stopped."""
        end = min(now, self.stopped_at) if self.stopped_at else now
        return int(count_running(self.started_at, end, self.table, self.pauses) * 100 / self.allowance)

    def is_late(self, now: datetime) -> bool:
        """Return whether it stopped, or goes on, after its deadline; one that stops on the instant is in time."""
        due = self.due_at
        return due is not None and (self.stopped_at or now) > due


def work_day_clock(
    id: str,
    kind: ClockKind,
    unit: str,
    start: datetime,
    work_days: int,
    table: WorkdayTable,
    pauses: Sequence[Pause] = (),
    stopped_at: datetime | None = None,
) -> CaseClock:
    """Return a clock that ends with the last of so many work-days after the day of ``start``."""
    allowance = count_running(start, compute_due(start, work_days, table), table)
    return CaseClock(id, kind, unit, start, allowance, table, tuple(pauses), stopped_at)


def intake_clock(case: HotlineCase, table: WorkdayTable) -> CaseClock:
    """Return the clock until the case is dispatched, or closed without that."""
    stopped = case.dispatched_at or case.closed_at
    if not case.is_clear:
        return work_day_clock(
            INTAKE, INTAKE, case.organisation, case.opened_at, UNCLEAR_WORK_DAYS, table, case.pauses, stopped
        )
    return CaseClock(
        INTAKE, INTAKE, case.organisation, case.opened_at, DISPATCH_WITHIN, None, case.pauses, stopped
    )


def acceptance_clock(case: HotlineCase, part: CasePart, table: WorkdayTable) -> CaseClock:
    """Return the clock until a unit accepts its part; it stops as well if another answers, or gets the case."""
    return work_day_clock(
        f"{part.round}/{part.unit}/accept",
        "accept",
        part.unit,
        part.dispatched_at,
        ACCEPT_WORK_DAYS,
        table,
        case.pauses,
        part.accepted_at or part.done_at or part.withdrawn_at,
    )


def closing_clock(case: HotlineCase, part: CasePart, table: WorkdayTable) -> CaseClock:
    """Return the clock until a unit has done its part. It counts from the case's first dispatch.

    A later dispatch to another unit gives the caller no later answer.
    """
    return work_day_clock(
        f"{part.round}/{part.unit}",
        "close",
        part.unit,
        case.dispatched_at or part.dispatched_at,
        part.work_days,
        table,
        case.pauses,
        part.done_at,
    )


def running_clocks(case: HotlineCase, table: WorkdayTable) -> list[CaseClock]:
    """Return the clocks that run: of the intake until the case is dispatched, then two of each unit.

    A unit has one until it accepts its part, and one until its part is done.
    """
    if case.is_over:
        return []
    if not case.parts:
        return [intake_clock(case, table)]
    left = [part for part in case.parts if part.done_at is None]
    accepting = [acceptance_clock(case, part, table) for part in left if part.accepted_at is None]
    return accepting + [closing_clock(case, part, table) for part in left]


def find_due_escalations(
    case: HotlineCase, table: WorkdayTable, now: datetime
) -> Iterator[tuple[CaseClock, int]]:
    """Yield the escalations that are due and were not made yet.

    While a case is suspended, no clock reaches anything; what was reached before is due nevertheless.
    """
    made = {(one.clock, one.percent) for one in case.escalations}
    for clock in running_clocks(case, table):
        for percent in ESCALATION_PERCENTS:
            at = clock.reaches(percent)
            if at is not None and at <= now and (clock.id, percent) not in made:
                yield clock, percent


def compute_next_due(case: HotlineCase, table: WorkdayTable) -> datetime | None:
    """Return the earliest deadline of the running clocks; None without one, or while all stand still."""
    return min((one.due_at for one in running_clocks(case, table) if one.due_at is not None), default=None)


def is_overdue(case: HotlineCase, table: WorkdayTable, now: datetime) -> bool:
    """Return whether a clock of the case has run over."""
    return any(clock.is_late(now) for clock in running_clocks(case, table))


def compute_suspended_time(case: HotlineCase, now: datetime) -> timedelta:
    """Return for how long a case was suspended until now, in all."""
    spans = ((one.since, min(one.until, now)) for one in case.pauses)
    return sum((until - since for since, until in spans if until > since), timedelta(0))


def last_suspension_day(case: HotlineCase, now: datetime) -> date | None:
    """Return the last day that a suspension may name today; None if the case was suspended for long enough."""
    left = min(LONGEST_SUSPENSION, MOST_SUSPENDED - compute_suspended_time(case, now))
    return civil_date(now + left) - _DAY if left >= _DAY else None


def compute_suspension_end(
    case: HotlineCase, now: datetime, last_day: date | None, table: WorkdayTable
) -> datetime:
    """Return when a suspension that begins now ends: with its last day, or after some work-days if none is named.

    *Raises*: HotlineRefused if the day is past or too far away, or the case was suspended for long enough.
    """
    last = last_suspension_day(case, now)
    if last is None:
        days = compute_suspended_time(case, now).days
        raise HotlineRefused(
            HOTLINE_FAULTS.build("suspended_enough", field="case", value=case.number, days=days)
        )
    if last_day is None:
        return min(compute_due(now, SUSPENDED_WORK_DAYS, table), end_of_day(last))
    if not civil_date(now) <= last_day <= last:
        raise HotlineRefused(
            HOTLINE_FAULTS.build(
                "suspension_day",
                field="until",
                value=last_day.isoformat(),
                first=civil_date(now).isoformat(),
                last=last.isoformat(),
            )
        )
    return end_of_day(last_day)


def is_suspension_over(case: HotlineCase, now: datetime) -> bool:
    """Return whether a case is suspended and its last day is over."""
    return case.suspended_until is not None and case.suspended_until <= now
