"""Counts of riders' searches, grouped for publication: no group has fewer than ten searches.

A month's counts are divided into groups that share no search. The finest comes first: a cell in one
hour of the week. Counts of a cell that are too small by hour are summed over all hours; sums that are
still too small go to the larger cell above, and then above that; the rest is dropped. Each published
figure is a sum of whole groups, so no difference of two figures describes fewer than ten searches. See
docs/decisions/0027.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

MIN_GROUP_SIZE = 10  # searches or uses in a group, the k of DESIGN.md
SEARCH_H3_RESOLUTION = 7  # H3: about 5 km²; nothing finer is stored
COARSER_H3_RESOLUTIONS = (6, 5)  # 36 and 253 km²: the cells for counts that are too small in a finer cell
LATE_DAYS = 7  # a search reported later is not counted; a month is published when all of it can have arrived
RETENTION_MONTHS = 24
SEARCH_REACH_M = 1_000.0  # the distance within which an open station makes a search successful

ParentCell = Callable[[str, int], str]  # cell, resolution


@dataclass(frozen=True, slots=True)
class SearchCount:
    """The number of searches of one cell. ``hour`` counts the hours of the civil week from Monday 00:00."""

    cell: str
    searched_on: date
    hour: int
    found: bool
    count: int


@dataclass(frozen=True, slots=True)
class SearchGroup:
    """Searches of one month that may be published together, `MIN_GROUP_SIZE` or more.

    ``hour`` is None where several hours are summed; ``month`` is its first day.
    """

    month: date
    cell: str
    hour: int | None
    found: bool
    count: int


def group_searches(
    month: date, counts: Mapping[tuple[str, int, bool], int], parent_of: ParentCell
) -> Iterator[SearchGroup]:
    """Yield the groups of one month's counts by (cell, hour, found); no search is in two groups."""
    rest: Counter[tuple[str, bool]] = Counter()
    for (cell, hour, found), count in sorted(counts.items()):
        if count >= MIN_GROUP_SIZE:
            yield SearchGroup(month, cell, hour, found, count)
        else:
            rest[cell, found] += count
    for resolution in (*COARSER_H3_RESOLUTIONS, None):
        above: Counter[tuple[str, bool]] = Counter()
        for (cell, found), count in sorted(rest.items()):
            if count >= MIN_GROUP_SIZE:
                yield SearchGroup(month, cell, None, found, count)
            elif resolution is not None:
                above[parent_of(cell, resolution), found] += count
        rest = above


def is_late(searched_on: date, today: date) -> bool:
    """Return whether a search is reported so late that its month may have been published."""
    return (today - searched_on).days > LATE_DAYS


def publishable_months(first: date, today: date) -> Iterator[date]:
    """Yield the first days of the complete months, from that of ``first`` on, whose counts are final."""
    month = first.replace(day=1)
    while today > (after := next_month(month)) - timedelta(days=1) + timedelta(days=LATE_DAYS):
        yield month
        month = after


def next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def next_publication_day(today: date) -> date:
    """Return the day after ``today`` on which the next month's counts become publishable."""
    day = today.replace(day=1) + timedelta(days=LATE_DAYS)
    return day if today < day else next_month(today) + timedelta(days=LATE_DAYS)


def first_retained_day(today: date) -> date:
    """Return the first day of the stored counts; earlier counts are dropped by whole months."""
    months = today.year * 12 + today.month - 1 - RETENTION_MONTHS
    return date(months // 12, months % 12 + 1, 1)


@dataclass(frozen=True, slots=True)
class CellSearches:
    """The published searches of a cell over all months: ``unmet`` found nothing open, ``met`` did.

    ``since`` is the first month with an unmet search. ``by_hour``: the unmet searches by hour of the week, from groups
    of a single hour only.
    """

    cell: str
    unmet: int
    met: int
    since: date
    by_hour: Mapping[int, int]

    @property
    def without_hour(self) -> int:
        """The unmet searches whose hour is withheld."""
        return self.unmet - sum(self.by_hour.values())


def sum_unmet_searches(groups: Iterable[SearchGroup]) -> list[CellSearches]:
    """Sum groups by cell, the cell with most unmet searches first; cells without any are left out."""
    met: Counter[str] = Counter()
    unmet: dict[str, list[SearchGroup]] = {}
    for group in groups:
        if group.found:
            met[group.cell] += group.count
        else:
            unmet.setdefault(group.cell, []).append(group)
    cells = [_sum_cell(cell, own, met[cell]) for cell, own in unmet.items()]
    return sorted(cells, key=lambda one: (-one.unmet, one.cell))


def _sum_cell(cell: str, groups: Sequence[SearchGroup], met: int) -> CellSearches:
    hours: Counter[int] = Counter()
    for group in groups:
        if group.hour is not None:
            hours[group.hour] += group.count
    unmet, since = sum(group.count for group in groups), min(group.month for group in groups)
    return CellSearches(cell, unmet, met, since, hours)


@dataclass(frozen=True, slots=True)
class UseCount:
    """The number of uses of one station. ``hour`` counts the hours of the civil week from Monday 00:00."""

    station: str
    used_on: date
    hour: int
    count: int


@dataclass(frozen=True, slots=True)
class UseGroup:
    """Uses of one month that may be published together, `MIN_GROUP_SIZE` or more.

    ``month`` is its first day. ``hour`` is None where several hours are summed, ``station`` where
    several stations of a district are.
    """

    month: date
    station: str | None
    district: str
    hour: int | None
    count: int


def group_uses(
    month: date, counts: Mapping[tuple[str, int], int], districts: Mapping[str, str]
) -> Iterator[UseGroup]:
    """Yield the groups of one month's counts by (station, hour); no use is in two groups.

    ``districts`` has the code of each station's district; stations without a district form one group.
    """
    left: Counter[str] = Counter()
    for (station, hour), count in sorted(counts.items()):
        if count >= MIN_GROUP_SIZE:
            yield UseGroup(month, station, districts.get(station, ""), hour, count)
        else:
            left[station] += count
    rest: Counter[str] = Counter()
    for station, count in sorted(left.items()):
        if count >= MIN_GROUP_SIZE:
            yield UseGroup(month, station, districts.get(station, ""), None, count)
        else:
            rest[districts.get(station, "")] += count
    for district, count in sorted(rest.items()):
        if count >= MIN_GROUP_SIZE:
            yield UseGroup(month, None, district, None, count)


@dataclass(frozen=True, slots=True)
class StationUse:
    """The uses of a station over all months (None: of several stations of a district together).

    ``busiest``: hours of the week with their counts, the most used first, from groups of a single hour
    only.
    """

    station: str | None
    district: str
    count: int
    busiest: tuple[tuple[int, int], ...]


def sum_uses_by_station(groups: Iterable[UseGroup]) -> list[StationUse]:
    """Sum groups by station, the most used first; sums of several stations together come last."""
    sums: Counter[tuple[str | None, str]] = Counter()
    hours: dict[tuple[str | None, str], Counter[int]] = {}
    for group in groups:
        key = (group.station, group.district)
        sums[key] += group.count
        of_it = hours.setdefault(key, Counter())
        if group.hour is not None:
            of_it[group.hour] += group.count
    found = [
        StationUse(*key, count, tuple(sorted(hours[key].items(), key=lambda one: (-one[1], one[0]))))
        for key, count in sums.items()
    ]
    return sorted(found, key=lambda use: (use.station is None, -use.count, use.station or "", use.district))
