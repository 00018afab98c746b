"""Stream the birthdays of all members on some days; memory does not grow with the roll."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Select, func, or_, select

from core.civil_time import civil_date
from members.birthdays import Birthday, member_birthdays
from members.history import CHANGE_COLUMNS, MemberChange, change_from_row, facts_on
from members.tables import member_changes

_PAGE_ROWS = 2_000


def count_birthday_candidates(connection: Connection, days: Sequence[date]) -> int:
    """Return how many members ``find_birthdays`` will examine."""
    return connection.execute(select(func.count()).select_from(_candidates(days).subquery())).scalar_one()


def find_birthdays(connection: Connection, days: Sequence[date]) -> Iterator[tuple[int, list[Birthday]]]:
    """Yield the birthdays of each candidate member on some days, with the number of members examined.

    ``days`` are consecutive and ascend. Each day's birthdays follow from the member's facts on that day.
    """
    rows = connection.execution_options(yield_per=_PAGE_ROWS).execute(_changes(days))
    by_member = groupby((change_from_row(row) for row in rows), key=lambda change: change.member_id)
    for number, (member_id, changes) in enumerate(by_member, 1):
        yield number, _birthdays(member_id, list(changes), days)


def _birthdays(member_id: str, changes: Sequence[MemberChange], days: Sequence[date]) -> list[Birthday]:
    """Return a member's birthdays; fold the facts once if nothing changes within the days, the usual case."""
    if all(civil_date(change.effective_at) <= days[0] for change in changes):
        return member_birthdays(member_id, facts_on(changes, days[0]), days[0], days[-1])
    return [found for day in days for found in member_birthdays(member_id, facts_on(changes, day), day, day)]


def _candidates(days: Sequence[date]) -> Select[tuple[str]]:
    """Select members whose date of birth may match a day, or who celebrate by the lunar calendar."""
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
        select(*CHANGE_COLUMNS)
        .where(member_changes.c.member_id.in_(_candidates(days)))
        .order_by(member_changes.c.member_id, member_changes.c.sequence)
    )
