"""What an organisation owes on a day, computed from its records. Pure: the caller gives the records and the day.

A record counts from its own day on, whenever it arrived. A missing record is never read as zero: the duty is
open or overdue, or unknown where nothing says when it began.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from members.anniversaries import add_months
from members.duties.messages import (
    DuesPassedUp,
    DuesReceived,
    Duty,
    DutyRecord,
    ElectionHeld,
    MembersCounted,
    NoticeKind,
    ReportFiled,
    ReportKind,
)
from members.duties.periods import Period, parse_period, quarter_of
from members.duties.terms import DutyTerms
from members.organisations.messages import UNKNOWN_FOUNDING
from members.organisations.tree import OrganisationSpan, span_on

DutyStatus = Literal["done", "open", "soon", "overdue", "unknown"]
_A_DAY = timedelta(days=1)
_MONTHS = 12
_WITHOUT_COMMITTEE = "member_home"


@dataclass(frozen=True, slots=True)
class OrganisationLife:
    """An organisation that is there on a day: since when without a break, and what it is on that day."""

    since: date
    kind: str
    parent: str | None

    @property
    def founded(self) -> date | None:
        """The day of founding; None if it isn't known."""
        return None if self.since == UNKNOWN_FOUNDING else self.since


@dataclass(frozen=True, slots=True)
class DutyState:
    """One duty of an organisation on a day.

    ``due_on`` is the last day in time, None where it isn't known. ``done_on`` is the day of the record that
    fulfils it, or of the last election; None if there is none. ``is_assumed`` says that the length of the
    term is the setting's, since no record states it.
    """

    duty: Duty
    status: DutyStatus
    due_on: date | None
    period: str = ""
    report: ReportKind | None = None
    done_on: date | None = None
    is_assumed: bool = False


@dataclass(frozen=True, slots=True)
class DutyNotice:
    """A duty of which the schedule gives notice on a day."""

    notice: NoticeKind
    state: DutyState


def find_life(spans: Sequence[OrganisationSpan], day: date) -> OrganisationLife | None:
    """Return an organisation as it is on a day; None before its founding and after its end."""
    current = span_on(spans, day)
    if current is None:
        return None
    since = current.since
    for before in reversed(spans):
        if before.until == since and before.ended is None:
            since = before.since
    return OrganisationLife(since, current.kind, current.parent)


def compute_duties(
    life: OrganisationLife, records: Iterable[DutyRecord], terms: DutyTerms, day: date
) -> list[DutyState]:
    """Return what an organisation owes on a day, with what is done, in the order of duties and periods.

    ``records`` are those in force on that day: neither replaced nor withdrawn.
    """
    known = [record for record in records if life.since <= record.on <= day]
    found: list[DutyState] = []
    if life.kind != _WITHOUT_COMMITTEE:
        found.append(_election(life, known, terms, day))
    start = max(life.since, terms.since)
    years = [Period(year) for year in range(start.year, day.year + 1)]
    counts = [record for record in known if isinstance(record, MembersCounted)]
    for period in years:
        done = [record.on for record in counts if record.on.year == period.year]
        found.append(_state("member_count", period, terms.count_days, done, day))
    received = [record for record in known if isinstance(record, DuesReceived)]
    found += _dues("dues_received", received, terms, start, day)
    if life.parent is not None:
        passed = [record for record in known if isinstance(record, DuesPassedUp)]
        found += _dues("dues_passed_up", passed, terms, start, day)
    filed = [record for record in known if isinstance(record, ReportFiled)]
    for kind in terms.reports:
        for period in years:
            done = [one.on for one in filed if (one.report, one.year) == (kind, period.year)]
            found.append(_state("report", period, terms.report_days, done, day, kind))
    return found


def _election(life: OrganisationLife, known: Sequence[DutyRecord], terms: DutyTerms, day: date) -> DutyState:
    """Return the duty to elect when the term ends; without a record the term runs from a known founding."""
    held = [record for record in known if isinstance(record, ElectionHeld)]
    last = max(held, key=lambda record: record.on, default=None)
    if last is None and (life.founded is None or life.founded < terms.since):
        return DutyState("election", "unknown", None, is_assumed=True)
    years = (last.term_years if last else None) or terms.term_years
    due_on = add_months(last.on if last else life.since, years * _MONTHS)
    status: DutyStatus = "open"
    if day > due_on:
        status = "overdue"
    elif day >= due_on - timedelta(days=terms.reminder_days):
        status = "soon"
    is_assumed = last is None or last.term_years is None
    return DutyState("election", status, due_on, done_on=last.on if last else None, is_assumed=is_assumed)


def _dues(
    duty: Duty, records: Sequence[DuesReceived | DuesPassedUp], terms: DutyTerms, start: date, day: date
) -> Iterator[DutyState]:
    """Yield the dues of each period. A year's record covers its quarters, and all its quarters cover a year."""
    covered: dict[int, date] = {}
    for record in sorted(records, key=lambda record: record.on):
        period = parse_period(record.period)
        assert period is not None, "the payload holds a checked period"
        for quarter in period.quarters:
            covered.setdefault(quarter, record.on)
    first, last = quarter_of(start), quarter_of(day)
    for period in _dues_periods(terms, first, last):
        owed = [quarter for quarter in period.quarters if quarter >= first]
        is_done = all(quarter in covered for quarter in owed)
        done = [max(covered[quarter] for quarter in owed)] if is_done else []
        yield _state(duty, period, terms.dues_days, done, day)


def _dues_periods(terms: DutyTerms, first: int, last: int) -> list[Period]:
    if terms.dues_every == "year":
        return [Period(year) for year in range(first // 4, last // 4 + 1)]
    return [Period(quarter // 4, quarter % 4 + 1) for quarter in range(first, last + 1)]


def _state(
    duty: Duty,
    period: Period,
    days: int,
    done: Sequence[date],
    day: date,
    report: ReportKind | None = None,
) -> DutyState:
    due_on = period.last_day + timedelta(days=days)
    if done:
        return DutyState(duty, "done", due_on, str(period), report, min(done))
    return DutyState(duty, "overdue" if day > due_on else "open", due_on, str(period), report)


def find_notices(
    life: OrganisationLife, records: Sequence[DutyRecord], terms: DutyTerms, day: date
) -> list[DutyNotice]:
    """Return the notices of a day: terms that end so many days later, and duties that were due the day before."""
    found: list[DutyNotice] = []
    for state in compute_duties(life, records, terms, day):
        if state.due_on is None:
            continue
        if state.status == "overdue" and state.due_on + _A_DAY == day:
            found.append(DutyNotice("overdue", state))
        elif state.status == "soon" and state.due_on - timedelta(days=terms.reminder_days) == day:
            found.append(DutyNotice("reminder", state))
    return found
