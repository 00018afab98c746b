"""By when an organisation elects again and counts its members again, from what is recorded of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, exists, or_, select

from core.civil_time import civil_date, start_of_day
from members.anniversaries import add_months
from members.organisations.storage import RecordedChange
from members.tables import organisation_changes, organisation_spans

ELECTION = "organisation.election_held"
COUNT = "organisation.members_counted"
TERMS = (3, 5)  # years; the Trade Union Law allows a basic-level committee one or the other
NOTICE_DAYS = 90  # before the end of a term in which its election is listed: our choice


@dataclass(frozen=True, slots=True)
class DueDays:
    """The last days in time; the election's is None where no election is recorded, which is not overdue."""

    election: date | None
    count: date


def compute_due_days(history: Sequence[RecordedChange], day: date, count_days: int) -> DueDays:
    """Return what is due next on a day. ``history`` comes in order of arrival: the latest election counts.

    A count is due so many days after its year. Nothing is due for a year in which Yihui didn't know the
    organisation.
    """
    past = [one for one in history if one.change.on <= day]
    held = [one.change for one in past if one.change.type == ELECTION]
    election = add_months(held[-1].on, (held[-1].term_years or TERMS[-1]) * 12) if held else None
    counted = {one.change.on.year for one in past if one.change.type == COUNT}
    known = {max(one.change.on.year, civil_date(one.recorded_at).year) for one in past}
    last = day.year - 1
    year = last if last not in counted and any(first <= last for first in known) else day.year
    year += year in counted
    return DueDays(election, date(year, 12, 31) + timedelta(days=count_days))


def build_due_condition(day: date) -> ColumnElement[bool]:
    """Return a condition on a span: its term ends soon or has ended, or last year's count is missing."""
    held, later, past = (organisation_changes.alias().c for _ in range(3))
    code, until = organisation_spans.c.code, day + timedelta(days=NOTICE_DAYS)
    is_over = or_(
        *(
            and_(held.changes.contains(f'"term_years":{years}'), held.on <= add_months(until, -12 * years))
            for years in TERMS
        )
    )
    newer = exists().where(
        later.code == held.code, later.type == ELECTION, later.sequence > held.sequence, later.on <= day
    )
    elections = select(held.code).where(held.type == ELECTION, is_over, ~newer)
    first, after = date(day.year - 1, 1, 1), date(day.year, 1, 1)
    changes = organisation_changes.c
    counted = select(changes.code).where(changes.type == COUNT, changes.on >= first, changes.on < after)
    known = exists().where(past.code == code, past.on < after, past.recorded_at < start_of_day(after))
    return or_(code.in_(elections), and_(code.not_in(counted), known))
