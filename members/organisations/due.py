"""By when an organisation elects again (its span's ``term_ends``) and counts its members again."""

from datetime import date, timedelta

from sqlalchemy import ColumnElement, or_

from members.organisations.tree import OrganisationSpan
from members.tables import organisation_spans

NOTICE_DAYS = 90  # before the end of a term in which its election is listed: our choice


def find_next_count(span: OrganisationSpan, count_days: int) -> date | None:
    """Return the last day in time for the next count, so many days after its year; None if none is recorded."""
    counted = span.last_counted
    return None if counted is None else date(counted + 1, 12, 31) + timedelta(days=count_days)


def build_due_condition(day: date) -> ColumnElement[bool]:
    """Return a condition on a span: its term ends soon or has ended, or last year's count is missing."""
    span = organisation_spans.c
    return or_(span.term_ends <= day + timedelta(days=NOTICE_DAYS), span.last_counted < day.year - 1)
