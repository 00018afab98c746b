"""Describe where a gap is: its district, and the distance and bearing from a named place."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from geo.districts import Districts
from geo.gaps.finding import Gap
from geo.geodesy import Floats, checked_points, distances_and_bearings
from geo.nearest.exact_search import nearest_of_others
from geo.station import Station

_COUNTY_DIGITS = 6


@dataclass(frozen=True, slots=True)
class NamedPlaces:
    """Well-known places from which gaps are described: stations, villages, crossroads.

    *Shape*: ``points`` is (n, 2), lon, lat, one for each of the ``names``. *CRS*: WGS84.
    """

    names: tuple[str, ...]
    points: Floats

    @classmethod
    def from_rows(cls, named: Iterable[tuple[str, float, float]]) -> "NamedPlaces":
        """Build from rows of (name, lon, lat). *Raises*: ValueError for a point off the Earth."""
        rows = list(named)
        points = checked_points([(lon, lat) for _, lon, lat in rows])
        return cls(tuple(name for name, _, _ in rows), points)

    @classmethod
    def from_stations(cls, stations: Iterable[Station]) -> "NamedPlaces":
        """Build from the stations that have a point."""
        return cls.from_rows(
            (s.name, s.lon, s.lat) for s in stations if s.lon is not None and s.lat is not None
        )


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The districts that contain a gap, outermost first, and its position relative to the nearest place.

    ``bearing`` is a message id such as ``northeast`` (`geo.geodesy.distances_and_bearings`). ``near``,
    ``bearing`` and ``distance_m`` are None, "" and infinity where no place is known. *Units*: metres.
    """

    area: tuple[str, ...]
    near: str | None
    bearing: str
    distance_m: float


def locate_gaps(
    gaps: Sequence[Gap], places: NamedPlaces, districts: Districts | None = None
) -> tuple[Whereabouts, ...]:
    """Return the location of each gap by its mean position, as `locate_points` does."""
    middles = np.array([(gap.lon, gap.lat) for gap in gaps])
    return locate_points(middles, [gap.district for gap in gaps], places, districts)


def locate_points(
    points: Floats, codes: Sequence[str | None], places: NamedPlaces, districts: Districts | None = None
) -> tuple[Whereabouts, ...]:
    """Return the location of each point; of equally near places, the first one is used.

    A point without a code of its own is in the district that contains it. *Shape*: (n, 2), lon, lat, and (n,).
    *Units*: metres, geodesic.
    """
    if not len(points):
        return ()
    areas = _areas(codes, points, districts)
    if not places.names:
        return tuple(Whereabouts(area, None, "", float("inf")) for area in areas)
    nearest, _ = nearest_of_others(points, places.points)
    metres, bearings = distances_and_bearings(places.points[nearest], points)
    return tuple(
        Whereabouts(area, places.names[place], bearing, distance_m)
        for area, place, bearing, distance_m in zip(areas, nearest.tolist(), bearings, metres, strict=True)
    )


def _areas(codes: Sequence[str | None], points: Floats, districts: Districts | None) -> list[tuple[str, ...]]:
    if districts is None or not len(districts):
        return [() for _ in codes]
    if None in codes:
        found = districts.assign(points).code
        codes = [own or there for own, there in zip(codes, found.tolist(), strict=True)]
    return [_area(code, districts) for code in codes]


def _area(code: str | None, districts: Districts) -> tuple[str, ...]:
    """Return the names of the city, the county and, if the outlines contain it, the township."""
    if code is None:
        return ()
    own, county = districts.find_by_code(code), districts.find_by_code(code[:_COUNTY_DIGITS])
    named = county or own
    names = [named.city, named.name] if named else []
    if own is not None and own is not named:
        names.append(own.name)
    return tuple(dict.fromkeys(name for name in names if name))
