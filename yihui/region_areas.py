"""What a phone is told of the districts, cities and provinces in which its region's stations lie."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from typing_extensions import TypedDict  # pydantic refuses typing's own on Python 3.11

from geo.station import Status

if TYPE_CHECKING:
    from geo.station import Station


class RegionArea(TypedDict):
    """``areas``: what it lies in; ``count``: how many places it has in all; ``elsewhere``: outside of the region."""

    name: str
    areas: str
    count: int
    elsewhere: int


def region_areas(
    there: Sequence["Station"], everywhere: Sequence["Station"], names: Mapping[str, str]
) -> dict[str, RegionArea]:
    """By code, the areas of the stations that are ``there``; ``everywhere`` are those of the register.

    Places that are closed for good are not counted, but may be elsewhere. What has no name is left out.
    """
    here, all_told = _tally(there), _tally(everywhere)
    count = _tally(station for station in everywhere if station.status is not Status.CLOSED_FOR_GOOD)
    return {
        code: {
            "name": names[code],
            "areas": "".join(dict.fromkeys(names[one] for one in reversed(_over(code)) if one in names)),
            "count": count[code],
            "elsewhere": all_told[code] - here[code],
        }
        for code in sorted(here)
        if code in names
    }


def _tally(stations: Iterable["Station"]) -> Counter[str]:
    """How many stations each area has."""
    tally: Counter[str] = Counter()
    for district, count in Counter(station.district for station in stations).items():
        for code in (district, *_over(district)) if district else ():
            tally[code] += count
    return tally


def _over(code: str) -> list[str]:
    """The city and the province over a district, by code."""
    return [area for area in dict.fromkeys((f"{code[:4]}00", f"{code[:2]}0000")) if area != code]
