"""Compare services at one address and with the standard of their kind, and list what an inspector looks at."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np

from core.simplified import simplify_characters
from core.text_marks import N_
from geo.checks.duplicates import SHIFTED_DATUMS
from geo.checks.finding import FindingCode, StationFinding
from geo.checks.matching_keys import address_match_key, district_area_names
from geo.crs import from_wgs84
from geo.datum import Datum
from geo.districts import District
from geo.geodesy import Floats, geodesic_m
from geo.station import FACILITY_CODES, Kind, Station, Status

SAME_BUILDING_WITHIN_M = 60.0  # covers two doors of one house or two readings; a datum shift is 461 m or more
_FEW = 8  # an address shared by more stations is too coarse to compare

AddressInDistrict = tuple[str, str | None]


# An outdoor station as the reports describe it; a fan counts as air conditioning (`geo.formats.wording`).
REQUIRED_FACILITIES: Mapping[Kind, tuple[str, ...]] = {
    Kind.OUTDOOR_STATION: ("water", "microwave", "seats", "medicine", "aircon")
}
LEAST_AREA_M2: Mapping[Kind, float] = {Kind.OUTDOOR_STATION: 12.0, Kind.MOTHER_ROOM: 10.0}
_AREA = re.compile(
    r"(?P<before>面积[约为是:]{0,2})?\s*(?P<number>\d{1,4}(?:\.\d+)?)\s*(?:平方米|平米|平方公尺|㎡|m2|m²)",
    re.IGNORECASE,
)


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


def check_standards(stations: Sequence[Station]) -> Iterator[StationFinding]:
    """Yield findings for stations below the standard of their kind.

    Stations without noted facilities are reported together in one finding. The room size comes from the
    register, or else from the note.
    """
    silent: list[Station] = []
    for station in stations:
        wanted = REQUIRED_FACILITIES.get(station.kind, ())
        if wanted and not station.facilities:
            silent.append(station)
        else:
            lacking = tuple(code for code in wanted if code not in station.facilities)
            if lacking:
                yield _lacks(station, lacking)
        area_m2 = parse_area_m2(station.note) if station.area_m2 is None else station.area_m2
        if area_m2 is not None and area_m2 < LEAST_AREA_M2.get(station.kind, 0.0):
            yield _small(station, area_m2)
    if silent:
        yield _silent(silent)


def parse_area_m2(text: str) -> float | None:
    """Return the room size that a note states, such as 面积约15平方米.

    *Units*: m². None if the note states no size or several different ones.
    """
    sizes = {float(found["number"]) for found in _AREA.finditer(simplify_characters(text))}
    return sizes.pop() if len(sizes) == 1 else None


def _lacks(station: Station, lacking: tuple[str, ...]) -> StationFinding:
    return StationFinding(
        FindingCode.BELOW_STANDARD,
        (station.id,),
        N_("“{name}” lacks {facilities}"),
        N_("provide what is lacking; or, if it is there, enter it under facilities"),
        {"name": station.name, "facilities": ", ".join(lacking)},
        {"lacking": len(lacking)},
        weight=len(lacking),
    )


def _small(station: Station, area_m2: float) -> StationFinding:
    least = LEAST_AREA_M2[station.kind]
    return StationFinding(
        FindingCode.BELOW_STANDARD,
        (station.id,),
        N_("“{name}” has {area} m²; the standard is {least} m²"),
        N_("measure the room; if it is that small, it can't count as a station of this kind"),
        {"name": station.name, "area": f"{area_m2:g}", "least": f"{least:g}"},
        {"area_m2": area_m2, "least_m2": least},
        weight=10 + least - area_m2,
    )


def _silent(stations: Sequence[Station]) -> StationFinding:
    return StationFinding(
        FindingCode.FACILITIES_UNKNOWN,
        tuple(station.id for station in stations),
        N_("of {count} outdoor stations nobody noted the facilities"),
        N_("enter them: who looks for water or a microwave does not find these stations"),
        {"count": str(len(stations))},
    )


OPEN_ITEM = "open"  # open as its hours say, when the inspector came
ROOM_ITEM = "room"  # large enough
PLACE_ITEMS = (OPEN_ITEM, "sign", "hours_posted", "clean")
# What is looked at wherever it is a place to rest; no document of a standard for mother rooms is at hand.
_USUAL_FACILITIES: tuple[str, ...] = ("water", "microwave", "medicine")
_FACILITIES_OF_KIND: Mapping[Kind, tuple[str, ...]] = {
    Kind.MOTHER_ROOM: ("changing_table", "sink", "seats", "water", "fridge")
}


def list_inspection_items(station: Station, broken: Collection[str] = ()) -> tuple[str, ...]:
    """List the items of a station's checklist: of the place, of its kind, then those promised or reported broken.

    >>> list_inspection_items(Station(id="1", name="室", kind=Kind.MOTHER_ROOM, facilities=frozenset({"wifi"})))[4:]
    ('room', 'changing_table', 'sink', 'seats', 'water', 'fridge', 'wifi')
    """
    room = (ROOM_ITEM,) if station.kind in LEAST_AREA_M2 else ()
    of_kind = _FACILITIES_OF_KIND.get(station.kind, _USUAL_FACILITIES)
    usual = (*of_kind, *REQUIRED_FACILITIES.get(station.kind, ()))
    others = sorted((station.facilities | set(broken)) & set(FACILITY_CODES))
    return (*PLACE_ITEMS, *room, *dict.fromkeys((*usual, *others)))


def list_missing_facilities(answers: Mapping[str, bool | None]) -> tuple[str, ...] | None:
    """Return what an inspection found missing; None if it may not speak for the station's status.

    ``answers`` are yes, no or not looked at (None) by item. An inspection's result replaces all earlier reports
    on a station, so that only one of an open station with every facility looked at counts.
    """
    facilities = {item: answer for item, answer in answers.items() if item not in PLACE_ITEMS}
    if not answers.get(OPEN_ITEM) or None in facilities.values():
        return None
    return tuple(item for item, answer in facilities.items() if answer is False)


SAME_SITE_M = 30.0
SAME_BUILDING_M = (
    300.0  # the largest extent of a building with one house number; beyond it the address is imprecise
)


def find_services_beside(station: Station, stations: Sequence[Station]) -> tuple[Station, ...]:
    """Return the other stations at a station's site, in input order; empty where it has none.

    Two stations of different kinds share a site within 30 m, or in one building, and so do all that a chain of such
    pairs connects. Two stations of one kind don't make a site: they are duplicates, or two places. Stations closed for
    good are left out.
    """
    there = [one for one in stations if one.status is not Status.CLOSED_FOR_GOOD]
    lonlat = [(one.lon, one.lat) if one.is_placed else (np.nan, np.nan) for one in there]
    points = np.array(lonlat, dtype=np.float64).reshape(-1, 2)
    kinds, houses = (np.array([name(one) for one in there]) for name in (lambda one: one.kind.value, _house))
    is_beside = np.array([one.id == station.id for one in there], dtype=bool)
    waiting = np.flatnonzero(is_beside).tolist()
    while waiting:
        place = waiting.pop()
        metres = geodesic_m(np.broadcast_to(points[place], points.shape), points)  # NaN without coordinates
        is_joined = (houses == houses[place]) & (houses != "") & ~(metres > SAME_BUILDING_M)
        is_joined |= metres <= SAME_SITE_M
        is_joined &= (kinds != kinds[place]) & ~is_beside
        is_beside |= is_joined
        waiting += np.flatnonzero(is_joined).tolist()
    return tuple(one for one, joined in zip(there, is_beside, strict=True) if joined and one.id != station.id)


def _house(station: Station) -> str:
    """Return the house in which a station lies, with its district; empty where the address names none."""
    area = (station.district_name,) if station.district_name else ()
    house = address_match_key(station.address, area).house
    return f"{house}\n{station.district}" if house else ""
