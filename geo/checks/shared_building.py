"""Two services of one house whose points stand as far apart as two datums: one of the points is in the wrong one."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from geo.checks.candidates import SHIFTS
from geo.checks.finding import Code, Finding, Severity
from geo.checks.matching_keys import address_essence
from geo.checks.traits import area_words
from geo.crs import Datum, from_wgs84
from geo.districts import District
from geo.geodesy import Floats, geodesic_m
from geo.station import Station

N_ = str  # marks a text for the message catalogue

WITHIN_M = 60.0  # two doors of one house, or two readings; a shift is 461 m or more
_FEW = 8  # stations of one address; more of them share an address that says little

House = tuple[str, str | None]


def one_house(stations: Sequence[Station], areas: dict[str, District]) -> Iterator[Finding]:
    """Single points in another datum, seen by whoever else has the same street and number.

    A point of the first datum, moved as a datum moves, falls on the other: the other is the one that was moved.
    By chance two points of one coarse address would lie so once in some hundred times.
    """
    houses: dict[House, list[Station]] = defaultdict(list)
    for station in stations:
        house = address_essence(station.address, area_words(areas.get(station.district or ""))).house
        if house and station.is_placed:
            houses[house, station.district].append(station)
    pairs = [
        pair
        for several in houses.values()
        if 1 < len(several) <= _FEW
        for pair in combinations(several, 2)
        if pair[0].kind is not pair[1].kind
    ]
    if pairs:
        yield from _moved(pairs)


def _moved(pairs: Sequence[tuple[Station, Station]]) -> Iterator[Finding]:
    ordered = [*pairs, *((other, one) for one, other in pairs)]
    stays, goes = _points([one for one, _ in ordered]), _points([other for _, other in ordered])
    apart_m = geodesic_m(stays, goes)
    told: set[str] = set()
    for datum in SHIFTS:
        rest_m = geodesic_m(from_wgs84(stays, datum), goes)
        for at in np.flatnonzero(rest_m <= WITHIN_M).tolist():
            one, other = ordered[at]
            if other.id not in told:
                told.add(other.id)
                yield _finding(one, other, datum, (float(apart_m[at]), float(rest_m[at])))


def _points(stations: Sequence[Station]) -> Floats:
    return np.array([(s.lon, s.lat) for s in stations], dtype=np.float64).reshape(-1, 2)


def _finding(one: Station, other: Station, datum: Datum, metres: tuple[float, float]) -> Finding:
    apart_m, rest_m = metres
    return Finding(
        Code.WRONG_DATUM,
        Severity.WARNING,
        (other.id,),
        N_(
            "“{name}” has the address of “{other}”, but stands {metres} m off, as a point in {datum} would "
            "(within {rest} m)"
        ),
        N_("look which of the two points is at the door; give the row its datum in a column of its own"),
        {
            "name": other.name,
            "other": one.name,
            "metres": f"{apart_m:.0f}",
            "datum": datum.value,
            "rest": f"{rest_m:.0f}",
        },
        {"distance_m": round(apart_m, 1), "rest_m": round(rest_m, 1)},
        weight=1.0,
    )
