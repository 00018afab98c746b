"""Detect a point in a wrong datum by comparing two services at one address."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from core.text_marks import N_
from geo.checks.duplicates import SHIFTED_DATUMS
from geo.checks.finding import FindingCode, FindingSeverity, StationFinding
from geo.checks.matching_keys import address_match_key
from geo.checks.traits import district_area_names
from geo.crs import Datum, from_wgs84
from geo.districts import District
from geo.geodesy import Floats, geodesic_m
from geo.station import Station

SAME_BUILDING_WITHIN_M = 60.0  # covers two doors of one house or two readings; a datum shift is 461 m or more
_FEW = 8  # an address shared by more stations is too coarse to compare

AddressInDistrict = tuple[str, str | None]


def check_shared_addresses(
    stations: Sequence[Station], areas: dict[str, District]
) -> Iterator[StationFinding]:
    """Yield a finding for each point that is in another datum than its neighbour at the same address.

    If the first station's point, shifted to another datum, falls on the second station's point, the second
    point is in that datum. Two points of one coarse address match by chance about once in some hundred
    cases.
    """
    houses: dict[AddressInDistrict, list[Station]] = defaultdict(list)
    for station in stations:
        house = address_match_key(
            station.address, district_area_names(areas.get(station.district or ""))
        ).house
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


def _moved(pairs: Sequence[tuple[Station, Station]]) -> Iterator[StationFinding]:
    """Yield the findings for pairs of stations with one address, each station once."""
    ordered = [*pairs, *((other, one) for one, other in pairs)]
    stays, goes = _points([one for one, _ in ordered]), _points([other for _, other in ordered])
    apart_m = geodesic_m(stays, goes)
    told: set[str] = set()
    for datum in SHIFTED_DATUMS:
        rest_m = geodesic_m(from_wgs84(stays, datum), goes)
        for at in np.flatnonzero(rest_m <= SAME_BUILDING_WITHIN_M).tolist():
            one, other = ordered[at]
            if other.id not in told:
                told.add(other.id)
                yield _finding(one, other, datum, (float(apart_m[at]), float(rest_m[at])))


def _points(stations: Sequence[Station]) -> Floats:
    return np.array([(s.lon, s.lat) for s in stations], dtype=np.float64).reshape(-1, 2)


def _finding(one: Station, other: Station, datum: Datum, metres: tuple[float, float]) -> StationFinding:
    apart_m, rest_m = metres
    return StationFinding(
        FindingCode.WRONG_DATUM,
        FindingSeverity.WARNING,
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
