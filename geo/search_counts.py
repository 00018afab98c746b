"""Where riders searched, and what of it may be shown: never a group of fewer than ten searches.

A month's counts are parted into groups that share no search. The finest comes first: a cell in one hour of
the week. What is left of a cell, hour by hour too little, is put together over all hours; what is left
then goes to the larger cell above, and above that; the rest is dropped. Whatever is shown is a sum of whole
groups, so no difference of two figures says anything of fewer than ten. See docs/decisions/0027.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

LEAST_SHOWN = 10  # searches of a group, the k of DESIGN.md
RESOLUTION = 7  # H3: about 5 km²; nothing finer is kept
COARSER = (6, 5)  # 36 and 253 km²: where what is too little of a cell is counted
LATE_DAYS = 7  # a search that is told of later isn't counted; a month is shown when all of it can have come
KEPT_MONTHS = 24
REACH_M = 1_000.0  # how near an open place must be for a search to have found one

ParentOf = Callable[[str, int], str]  # cell, resolution


@dataclass(frozen=True, slots=True)
class SearchCount:
    """So many searches of one cell. ``hour`` counts the hours of the civil week from Monday 00:00."""

    cell: str
    searched_on: date
    hour: int
    found: bool
    count: int


@dataclass(frozen=True, slots=True)
class SearchGroup:
    """Searches of one month that may be shown together, `LEAST_SHOWN` or more.

    ``hour`` is None where those of several hours had to be put together; ``month`` is its first day.
    """

    month: date
    cell: str
    hour: int | None
    found: bool
    count: int


def grouped(
    month: date, counts: Mapping[tuple[str, int, bool], int], parent_of: ParentOf
) -> Iterator[SearchGroup]:
    """The groups of one month's counts by (cell, hour, found); together they hold no search twice."""
    rest: Counter[tuple[str, bool]] = Counter()
    for (cell, hour, found), count in sorted(counts.items()):
        if count >= LEAST_SHOWN:
            yield SearchGroup(month, cell, hour, found, count)
        else:
            rest[cell, found] += count
    for resolution in (*COARSER, None):
        above: Counter[tuple[str, bool]] = Counter()
        for (cell, found), count in sorted(rest.items()):
            if count >= LEAST_SHOWN:
                yield SearchGroup(month, cell, None, found, count)
            elif resolution is not None:
                above[parent_of(cell, resolution), found] += count
        rest = above


def is_late(searched_on: date, today: date) -> bool:
    """Whether a search is told of so late that its month may have been shown."""
    return (today - searched_on).days > LATE_DAYS


def shown_months(first: date, today: date) -> Iterator[date]:
    """The first days of the months from that of ``first`` on that are whole and can't change any more."""
    month = first.replace(day=1)
    while today > (after := next_month(month)) - timedelta(days=1) + timedelta(days=LATE_DAYS):
        yield month
        month = after


def next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def first_kept(today: date) -> date:
    """Counts of days before this one are dropped, by whole months."""
    months = today.year * 12 + today.month - 1 - KEPT_MONTHS
    return date(months // 12, months % 12 + 1, 1)
