"""The birthdays of all members on some days, in a stream: memory doesn't grow with the roll."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Select, func, or_, select

from core.civil_time import civil_date
from members.birthdays import Birthday, birthdays_of
from members.history import COLUMNS, Change, change_in, facts_on
from members.tables import member_changes

_PAGE_ROWS = 2_000


def count_candidates(connection: Connection, days: Sequence[date]) -> int:
    """How many members ``birthdays`` will look at."""
    return connection.execute(select(func.count()).select_from(_candidates(days).subquery())).scalar_one()


def birthdays(connection: Connection, days: Sequence[date]) -> Iterator[tuple[int, list[Birthday]]]:
    """Every member's birthdays among some days, by member; with it, how many members were looked at.

    ``days`` ascend and follow one another. Each day's birthdays are told as the members were known on it.
    """
    rows = connection.execution_options(yield_per=_PAGE_ROWS).execute(_changes(days))
    by_member = groupby((change_in(row) for row in rows), key=lambda change: change.member_id)
    for number, (member_id, changes) in enumerate(by_member, 1):
        yield number, _birthdays(member_id, list(changes), days)


def _birthdays(member_id: str, changes: Sequence[Change], days: Sequence[date]) -> list[Birthday]:
    """Folded once where nothing changes within the days, which is nearly always."""
    if all(civil_date(change.effective_at) <= days[0] for change in changes):
        return birthdays_of(member_id, facts_on(changes, days[0]), days[0], days[-1])
    return [found for day in days for found in birthdays_of(member_id, facts_on(changes, day), day, day)]


def _candidates(days: Sequence[date]) -> Select[tuple[str]]:
    """Members with a date of birth that may lie right, or who keep their birthday by the moon."""
    dates = {f"{day:%m-%d}" for day in days} | {"02-29"}
    months = {f"{day:%m}" for day in days}
    patterns = [f"____-{month}-__" for month in months] if len(dates) > 10 else [f"____-{d}" for d in dates]
    texts = [f'%"birthday":"{pattern}"%' for pattern in sorted({*patterns, "____-02-29"})]
    texts.append('%"birthday_calendar":"lunar"%')
    return (
        select(member_changes.c.member_id)
        .where(or_(*(member_changes.c.changes.like(text) for text in texts)))
        .distinct()
    )


def _changes(days: Sequence[date]) -> Select[Any]:
    return (
        select(*COLUMNS)
        .where(member_changes.c.member_id.in_(_candidates(days)))
        .order_by(member_changes.c.member_id, member_changes.c.sequence)
    )
