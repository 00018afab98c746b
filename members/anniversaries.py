"""Days that come again or fall due for a member: anniversaries of joining, reviews of a hardship case."""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from operator import itemgetter

from sqlalchemy import Connection

from core.civil_time import EARLIEST_DATE, add_months, civil_date, find_anniversary, start_of_day
from members.dated_changes import (
    PAGE_ROWS,
    count_members_by_date,
    count_members_with_hardship,
    iter_members_by_date,
    iter_members_with_hardship,
)
from members.history import NOT_MEMBERS, MemberChange, facts_on, read_member_changes
from members.message_fields import FactValue

_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Anniversary:
    """A member's anniversary of joining, and the number of full years."""

    member_id: str
    years: int


@dataclass(frozen=True, slots=True)
class DueReview:
    """A hardship case whose review falls due: its level, and the day on which it was last stated."""

    member_id: str
    level: str
    reviewed_on: date


def count_anniversary_candidates(connection: Connection, day: date) -> int:
    """Return how many members ``find_anniversaries`` will examine."""
    return count_members_by_date(connection, "joined_on", _days_of_joining(day))


def find_anniversaries(connection: Connection, day: date) -> Iterator[tuple[int, list[Anniversary]]]:
    """Yield the anniversaries of joining on a day, page by page, with the number of members examined.

    Someone who joined on 29 February has the anniversary on 28 February of a common year.
    """
    for page in iter_members_by_date(connection, "joined_on", _days_of_joining(day), day):
        known = read_member_changes(connection, page.others) if page.others else {}
        joined: set[tuple[str, FactValue, FactValue]] = {
            (member, values.get("status", "none"), date.fromisoformat(values["joined_on"]))
            for member, values, is_plain in page.rows
            if is_plain
        }
        for member, changes in known.items():
            facts = facts_on(changes, day)
            joined.add((member, facts["member.status"], facts["member.joined_on"]))
        yield (
            page.examined,
            [
                Anniversary(member, day.year - on.year)
                for member, status, on in sorted(joined, key=itemgetter(0))
                if status not in NOT_MEMBERS and isinstance(on, date) and _is_anniversary(on, day)
            ],
        )


def _is_anniversary(joined: date, day: date) -> bool:
    return joined < day and find_anniversary(joined, day.year) == day


def _days_of_joining(day: date) -> set[date]:
    before = {day - timedelta(days=number) for number in range(2)} | {day + _A_DAY}
    dates = set()
    for year in range(EARLIEST_DATE.year, day.year):
        for near in before:
            if near.month == 2 and near.day == 29 and monthrange(year, 2)[1] == 28:
                continue
            dates.add(near.replace(year=year))
        if monthrange(year, 2)[1] == 29:
            dates.add(date(year, 2, 29))
    return {joined for joined in dates if find_anniversary(joined, day.year) == day}


def count_review_candidates(connection: Connection, day: date, months: int) -> int:
    """Return how many members ``find_due_reviews`` will examine."""
    first, last = _days_of_review(day, months)
    return count_members_with_hardship(connection, start_of_day(first), start_of_day(last + _A_DAY))


def find_due_reviews(connection: Connection, day: date, months: int) -> Iterator[tuple[int, list[DueReview]]]:
    """Yield the hardship cases whose review is due on a day: so many months after the level was last stated.

    A case that was closed (level ``none``) is not due, nor that of a member who has left.
    """
    first, last = _days_of_review(day, months)
    candidates = iter_members_with_hardship(connection, start_of_day(first), start_of_day(last + _A_DAY))
    for examined, changes in _read_pages(connection, candidates):
        due = (_due_review(member_id, known, day, months) for member_id, known in changes.items())
        yield examined, [review for review in due if review is not None]


def _due_review(member_id: str, changes: Sequence[MemberChange], day: date, months: int) -> DueReview | None:
    facts = facts_on(changes, day)
    level = facts["member.hardship_level"]
    stated = [civil_date(change.effective_at) for change in changes if "hardship_level" in change.values]
    reviewed_on = max((on for on in stated if on <= day), default=None)
    if reviewed_on is None or level in (None, "none") or facts["member.status"] in NOT_MEMBERS:
        return None
    is_due = add_months(reviewed_on, months) == day
    return DueReview(member_id, str(level), reviewed_on) if is_due else None


def _days_of_review(day: date, months: int) -> tuple[date, date]:
    """Return the first and the last day whose review, so many months later, is due on a day."""
    same = add_months(day, -months)
    days = [same + timedelta(days=number) for number in range(-3, 4)]
    due = [one for one in days if add_months(one, months) == day]
    return (due[0], due[-1]) if due else (same, same - _A_DAY)


def _read_pages(
    connection: Connection, candidates: Iterator[str]
) -> Iterator[tuple[int, dict[str, list[MemberChange]]]]:
    examined = 0
    while page := list(islice(candidates, PAGE_ROWS)):
        examined += len(page)
        yield examined, read_member_changes(connection, page)
