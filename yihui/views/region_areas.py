"""Build the offline pack's data about the districts, cities and provinces of a region's stations."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from typing_extensions import TypedDict  # pydantic refuses typing's own on Python 3.11

if TYPE_CHECKING:
    from geo.place_search.search import NamedPlace
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
    areas: Mapping[str, "NamedPlace"], there: Sequence["Station"], everywhere: Sequence["Station"]
) -> dict[str, RegionArea]:
    """Return the areas of the stations in the region (``there``), by code.

    ``everywhere`` holds the stations of the whole register.
    """
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
    """Count the stations of each area, whatever their status."""
    tally: Counter[str] = Counter()
    for code, count in Counter(station.district for station in stations).items():
        for area in {code, f"{code[:4]}00", f"{code[:2]}0000"} if code else ():
            tally[area] += count
    return tally
