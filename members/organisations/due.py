"""By when an organisation elects again and counts its members again, from what is recorded of it."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, or_

from members.organisations.tree import OrganisationSpan
from members.tables import organisation_spans

NOTICE_DAYS = 90  # before the end of a term in which its election is listed: our choice


@dataclass(frozen=True, slots=True)
class DueDays:
    """The last days in time; None where no election or no count is recorded, which is not overdue."""

    election: date | None
    count: date | None


def compute_due_days(span: OrganisationSpan, count_days: int) -> DueDays:
    """Return what is due next: an election when the term ends, a count so many days after its year."""
    counted = span.last_counted
    year_end = None if counted is None else date(counted + 1, 12, 31)
    return DueDays(span.term_ends, None if year_end is None else year_end + timedelta(days=count_days))


def build_due_condition(day: date) -> ColumnElement[bool]:
    """Return a condition on a span: its term ends soon or has ended, or last year's count is missing."""
    span = organisation_spans.c
    return or_(span.term_ends <= day + timedelta(days=NOTICE_DAYS), span.last_counted < day.year - 1)
