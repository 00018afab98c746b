"""Where a gap is, in words that people use: the district, and how far it is from which named place."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from geo.districts import Districts
from geo.gaps.gap import Gap
from geo.geodesy import Floats, checked_points, courses, geocentric
from geo.station import Station

_COUNTY_DIGITS = 6


@dataclass(frozen=True, slots=True)
class NamedPlaces:
    """Places that people know, by which a gap is found: stations, villages, crossroads.

    *Shape*: ``points`` is (n, 2), lon, lat, one for each of the ``names``. *CRS*: WGS84.
    """

    names: tuple[str, ...]
    points: Floats

    @classmethod
    def of(cls, named: Iterable[tuple[str, float, float]]) -> "NamedPlaces":
        """From (name, lon, lat). *Raises*: ValueError for a point off the Earth."""
        rows = list(named)
        points = checked_points([(lon, lat) for _, lon, lat in rows])
        return cls(tuple(name for name, _, _ in rows), points)

    @classmethod
    def of_stations(cls, stations: Iterable[Station]) -> "NamedPlaces":
        """The placed ones."""
        return cls.of((s.name, s.lon, s.lat) for s in stations if s.lon is not None and s.lat is not None)


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The districts that hold a gap, from the outermost on, and its middle as seen from the nearest place.

    ``bearing`` is a message id such as ``northeast`` (`geo.geodesy.courses`). None, "" and infinity where no
    place is known. *Units*: metres.
    """

    area: tuple[str, ...]
    near: str | None
    bearing: str
    distance_m: float


NOWHERE = Whereabouts((), None, "", float("inf"))


def whereabouts(
    gaps: Sequence[Gap], places: NamedPlaces, districts: Districts | None = None
) -> tuple[Whereabouts, ...]:
    """Where each gap is. Of places equally near, the first is named.

    A gap without a district of its own is in that of its middle. *Units*: metres, geodesic.
    """
    if not gaps:
        return ()
    middles = np.array([(gap.lon, gap.lat) for gap in gaps])
    areas = _areas(gaps, middles, districts)
    if not places.names:
        return tuple(Whereabouts(area, None, "", float("inf")) for area in areas)
    nearest = np.asarray(cKDTree(geocentric(places.points)).query(geocentric(middles))[1])
    metres, bearings = courses(places.points[nearest], middles)
    return tuple(
        Whereabouts(area, places.names[place], bearing, distance_m)
        for area, place, bearing, distance_m in zip(areas, nearest.tolist(), bearings, metres, strict=True)
    )


def _areas(gaps: Sequence[Gap], middles: Floats, districts: Districts | None) -> list[tuple[str, ...]]:
    if districts is None or not len(districts):
        return [() for _ in gaps]
    codes = [gap.district for gap in gaps]
    if None in codes:
        found = districts.assign(middles).code
        codes = [own or there for own, there in zip(codes, found.tolist(), strict=True)]
    return [_area(code, districts) for code in codes]


def _area(code: str | None, districts: Districts) -> tuple[str, ...]:
    """City, county and, where the outlines hold it, the township."""
    if code is None:
        return ()
    own, county = districts.by_code(code), districts.by_code(code[:_COUNTY_DIGITS])
    named = county or own
    names = [named.city, named.name] if named else []
    if own is not None and own is not named:
        names.append(own.name)
    return tuple(dict.fromkeys(name for name in names if name))
