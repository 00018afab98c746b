"""Who rests where and when, counted; what may be shown of it is never a group of fewer than ten.

A month's counts are parted into groups that share no use, the finest first: a station in one hour of the week;
what is left of a station, over all its hours; what is left then, by district; the rest is dropped. So no
difference of two figures says anything of fewer than ten; see docs/decisions/0027 and 0031.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from geo.search_counts import LEAST_SHOWN


@dataclass(frozen=True, slots=True)
class UseCount:
    """So many uses of one station. ``hour`` counts the hours of the civil week from Monday 00:00."""

    station: str
    used_on: date
    hour: int
    count: int


@dataclass(frozen=True, slots=True)
class UseGroup:
    """Uses of one month that may be shown together, `LEAST_SHOWN` or more; ``month`` is its first day.

    ``hour`` is None where several hours had to be put together, ``station`` where several stations of a district.
    """

    month: date
    station: str | None
    district: str
    hour: int | None
    count: int


def use_groups(
    month: date, counts: Mapping[tuple[str, int], int], districts: Mapping[str, str]
) -> Iterator[UseGroup]:
    """The groups of one month's counts by (station, hour); together they hold no use twice.

    ``districts`` has the code of each station's district; stations of none are one group.
    """
    left: Counter[str] = Counter()
    for (station, hour), count in sorted(counts.items()):
        if count >= LEAST_SHOWN:
            yield UseGroup(month, station, districts.get(station, ""), hour, count)
        else:
            left[station] += count
    rest: Counter[str] = Counter()
    for station, count in sorted(left.items()):
        if count >= LEAST_SHOWN:
            yield UseGroup(month, station, districts.get(station, ""), None, count)
        else:
            rest[districts.get(station, "")] += count
    for district, count in sorted(rest.items()):
        if count >= LEAST_SHOWN:
            yield UseGroup(month, None, district, None, count)


@dataclass(frozen=True, slots=True)
class StationUse:
    """What groups say of a station over all their months (None: of several in a district together).

    ``busiest``: hours of the week with their counts, the most used first; of those only that are told alone.
    """

    station: str | None
    district: str
    count: int
    busiest: tuple[tuple[int, int], ...]


def by_station(groups: Iterable[UseGroup]) -> list[StationUse]:
    """The most used first; those that are only known together come last."""
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
