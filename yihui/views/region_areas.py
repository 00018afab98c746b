"""What a phone is told of the districts, cities and provinces in which its region's stations lie."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from typing_extensions import TypedDict  # pydantic refuses typing's own on Python 3.11

if TYPE_CHECKING:
    from geo.place_search.search import Place
    from geo.station import Station


class RegionArea(TypedDict):
    """``areas``: what it lies in; ``count``: how many places it has in all; ``elsewhere``: outside of the region.

    *CRS*: ``lon``, ``lat``, the middle of its places, are WGS84.
    """

    name: str
    areas: str
    count: int
    lon: float | None
    lat: float | None
    elsewhere: int


def region_areas(
    areas: Mapping[str, "Place"], there: Sequence["Station"], everywhere: Sequence["Station"]
) -> dict[str, RegionArea]:
    """By code, of all areas those of the stations that are ``there``; ``everywhere`` are those of the register."""
    here, all_told = _tally(there), _tally(everywhere)
    return {
        code: {
            "name": area.name,
            "areas": area.areas,
            "count": area.count,
            "lon": area.lon,
            "lat": area.lat,
            "elsewhere": all_told[code] - here[code],
        }
        for code, area in areas.items()
        if here[code]
    }


def _tally(stations: Iterable["Station"]) -> Counter[str]:
    """How many stations each area has, whatever their status."""
    tally: Counter[str] = Counter()
    for code, count in Counter(station.district for station in stations).items():
        for area in {code, f"{code[:4]}00", f"{code[:2]}0000"} if code else ():
            tally[area] += count
    return tally
