"""Find points that lie elsewhere than the register states: in another district, the sea, another country.

And say where stations without coordinates are, as far as it is known.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from core.text_marks import N_
from geo.checks.finding import FindingCode, FindingSeverity, StationFinding
from geo.checks.matching_keys import address_match_key, district_area_names, parse_township
from geo.districts import NEAR_WITHIN_M, AssignmentFlag, District, Districts
from geo.formats.coordinates import is_in_china
from geo.formats.places import DistrictClues, Gazetteer
from geo.station import Station

OUTLINE_ERROR_M = 750.0  # the error of the outlines is smaller in 95 of 100 places
MAX_ISLAND_M = 150_000.0  # an island farther than this from its district is a wrong point
# Words for islands, but not in the names of cities and districts on the mainland.
_ISLAND = re.compile(r"(?<![青皇芦蘆黄黃半])[岛島](?!城)|[屿嶼礁]")

_SEE_POINT = N_(
    "look at the point on a map: correct the coordinates (swapped digits? another datum?) or the district"
)


def check_districts(
    stations: Sequence[Station], districts: Districts, named: Sequence[str | None]
) -> Iterator[StationFinding]:
    """Yield findings that compare each station's point with its district and its address.

    ``named`` are the districts that the addresses name. A point less than 750 m outside its district may
    be due to inaccurate outlines and is not reported; up to 2 km it is a warning, beyond that an error. On
    an island that the outlines lack, it is a warning. Of water only the sea is known, by the coastline;
    lakes, rivers and reservoirs are not.
    """
    placed = [n for n, station in enumerate(stations) if station.is_placed]
    points = np.array([(stations[n].lon, stations[n].lat) for n in placed], dtype=np.float64).reshape(-1, 2)
    hits = districts.assign(points)
    outside_m = districts.signed_distance_m(points, [stations[n].district for n in placed])
    contradicted = {n for n, code in enumerate(named) if code and stations[n].district not in (None, code)}
    lost = {n for n, flag in zip(placed, hits.flag, strict=True) if flag == AssignmentFlag.NONE}
    islands = _on_islands(stations, placed, lost)
    for index, n in enumerate(placed):
        located = hits.code[index] if hits.flag[index] != AssignmentFlag.NONE else None
        metres = float(outside_m[index])
        if n in islands and not metres > MAX_ISLAND_M:
            yield _perhaps_on_an_island(stations[n], districts, metres)
        elif located is None or hits.distance_m[index] > OUTLINE_ERROR_M:
            yield _off(stations[n], float(hits.distance_m[index]), metres)
        elif n in contradicted and named[n] == located:
            contradicted.discard(n)
            yield _wrong_district(stations[n], districts, located)
        elif located != stations[n].district and metres > OUTLINE_ERROR_M:
            yield _outside(stations[n], districts, located, metres)
    for n in sorted(contradicted):
        yield _address_elsewhere(stations[n], districts, named[n] or "")


def districts_in_addresses(stations: Sequence[Station], districts: Districts) -> list[str | None]:
    """Return the district that each address begins with; None if it names none or is ambiguous."""
    gazetteer = Gazetteer(districts)
    cities = {district.code: district.city for district in districts.districts}
    found = []
    for station in stations:
        home = cities.get(station.district or "", "")
        of_city = gazetteer.find_stated(DistrictClues(city=home, address=station.address))
        found.append(of_city or gazetteer.find_stated(DistrictClues(address=station.address)))
    return found


def _on_islands(stations: Sequence[Station], placed: Sequence[int], lost: set[int]) -> set[int]:
    """Return which of the ``lost`` stations may stand on islands that the outlines lack.

    The row speaks of an island, or all placed stations of its township are lost, at several points.
    """
    townships: dict[tuple[str | None, str], list[int]] = defaultdict(list)
    for n in placed:
        townships[stations[n].district, stations[n].district_name].append(n)
    lost = {n for n in lost if is_in_china(stations[n].lon or 0.0, stations[n].lat or 0.0)}
    texts = {n: (stations[n].name, stations[n].address, stations[n].district_name) for n in lost}
    islands = {n for n in lost if _ISLAND.search("\n".join(texts[n]))}
    for rows in townships.values():
        points = {(stations[n].lon, stations[n].lat) for n in rows}
        if len(points) > 1 and lost.issuperset(rows):
            islands.update(rows)
    return islands


def _perhaps_on_an_island(station: Station, districts: Districts, from_district_m: float) -> StationFinding:
    known = from_district_m >= 0
    return StationFinding(
        FindingCode.OFF_THE_MAP,
        (station.id,),
        N_(
            "“{name}” lies in the sea by the outlines, {km} km off {stated}: perhaps on an island that they lack"
        )
        if known
        else N_("“{name}” lies in the sea by the outlines: perhaps on an island that they lack"),
        N_("look at the point on a map; if it is on the island, nothing is to be done"),
        {
            "name": station.name,
            "km": f"{from_district_m / 1000:.0f}",
            "stated": _called(districts, station.district),
        },
        {"from_district_m": round(from_district_m)} if known else {},
        weight=from_district_m if known else 0.0,
    )


def _off(station: Station, metres: float, from_district_m: float) -> StationFinding:
    lost = not metres <= NEAR_WITHIN_M
    figures = {"outside_m": round(metres)} if not lost else {}
    if from_district_m >= 0:
        figures["from_district_m"] = round(from_district_m)
    return StationFinding(
        FindingCode.OFF_THE_MAP,
        (station.id,),
        N_(
            "“{name}” lies in no district, more than 2 km off all of them: in the sea or outside of the country"
        )
        if lost
        else N_(
            "“{name}” lies {metres} m outside of every district, perhaps in the sea (lakes and rivers are not known)"
        ),
        _SEE_POINT,
        {"name": station.name, "metres": f"{metres:.0f}"},
        figures,
        weight=metres if metres < np.inf else 1e9,
        severity=FindingSeverity.ERROR if lost else FindingSeverity.WARNING,
    )


def _outside(station: Station, districts: Districts, located: str, metres: float) -> StationFinding:
    return StationFinding(
        FindingCode.OUTSIDE_DISTRICT,
        (station.id,),
        N_("“{name}” is listed under {stated}, but its point lies in {located}, {metres} m outside"),
        _SEE_POINT,
        {
            "name": station.name,
            "stated": _called(districts, station.district),
            "located": _called(districts, located),
            "metres": f"{metres:.0f}",
        },
        {"outside_m": round(metres)},
        weight=metres,
        severity=FindingSeverity.ERROR if metres > NEAR_WITHIN_M else FindingSeverity.WARNING,
    )


def _wrong_district(station: Station, districts: Districts, located: str) -> StationFinding:
    return StationFinding(
        FindingCode.DISTRICT_CONTRADICTED,
        (station.id,),
        N_("“{name}” is listed under {stated}, but its address and its point are both in {located}"),
        N_("correct the district to {located}"),
        {
            "name": station.name,
            "stated": _called(districts, station.district),
            "located": _called(districts, located),
        },
        weight=2.0,
        severity=FindingSeverity.ERROR,
    )


def _address_elsewhere(station: Station, districts: Districts, named: str) -> StationFinding:
    return StationFinding(
        FindingCode.DISTRICT_CONTRADICTED,
        (station.id,),
        N_("“{name}” is listed under {stated}, but its address is in {named}"),
        N_("correct the district or the address, whichever is wrong"),
        {
            "name": station.name,
            "stated": _called(districts, station.district),
            "named": _called(districts, named),
        },
        weight=1.0,
    )


def _called(districts: Districts, code: str | None) -> str:
    district = districts.find_by_code(code) if code else None
    return f"{district.city}{district.name}" if district else (code or "–")


_LAST = "~"  # after every code


@dataclass(frozen=True, slots=True)
class UnplacedStation:
    """A station without coordinates. ``district`` comes from its code or else its address.

    ``beside`` is a placed station in the same building.
    """

    station: Station
    district: District | None
    township: str
    beside: Station | None


def list_unplaced_stations(stations: Sequence[Station], districts: Districts) -> tuple[UnplacedStation, ...]:
    """List the unplaced stations by district, then name; those without a known district come last."""
    by_code = {district.code: district for district in districts.districts}
    named = districts_in_addresses(stations, districts)
    areas = [by_code.get(s.district or code or "") for s, code in zip(stations, named, strict=True)]
    essences = [
        address_match_key(s.address, district_area_names(a)) for s, a in zip(stations, areas, strict=True)
    ]
    placed: dict[tuple[str, District | None], Station] = {}
    for station, area, essence in zip(stations, areas, essences, strict=True):
        if station.is_placed and essence.house and area:
            placed.setdefault((essence.house, area), station)
    queue = [
        UnplacedStation(
            s, area, parse_township(s.address, district_area_names(area)), placed.get((essence.house, area))
        )
        for s, area, essence in zip(stations, areas, essences, strict=True)
        if not s.is_placed
    ]
    return tuple(sorted(queue, key=lambda w: (w.district.code if w.district else _LAST, w.station.name)))
