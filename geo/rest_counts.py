"""Counts of rests at stations, grouped for publication: no group has fewer than ten uses.

A month's counts are divided into groups that share no use, the finest first: a station in one hour of
the week; then the station's remaining counts over all hours; then what remains, by district; the rest
is dropped. So no difference of two figures describes fewer than ten uses; see docs/decisions/0027 and
0031.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from geo.search_counts import MIN_GROUP_SIZE


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
