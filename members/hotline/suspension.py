"""Until when a case may be suspended, and when a suspension is over. Pure."""

from datetime import date, datetime, timedelta

from core.civil_time import civil_date, end_of_day
from geo.calendars import WorkdayTable
from members.hotline.case import HotlineCase
from members.hotline.faults import HOTLINE_FAULTS, HotlineRefused
from members.hotline.terms import LONGEST_SUSPENSION, MOST_SUSPENDED, SUSPENDED_WORK_DAYS
from members.hotline.working_time import compute_due

_DAY = timedelta(days=1)


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
