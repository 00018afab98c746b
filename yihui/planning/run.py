"""Load what all planning questions need: the area, its stations and registers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

import geopandas as gpd

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from geo.coverage.reach import OPEN_TO_ALL
from geo.coverage.served import Mask
from geo.districts import AssignmentFlag, DistrictLevel, Districts, area_code_prefix, level_of_code
from geo.formats.outlines import load_area_names, load_outlines
from geo.hours import UNKNOWN
from geo.nearest.filters import Filters
from geo.nearest.index import StationIndex
from geo.registry.stations import RegisterSummary, find_station_registers, load_registers
from geo.station import Access, Station
from yihui.bootstrap import Wiring
from yihui.services.stations.selection import check_register

_IMPORT_FIRST = N_("import a register first: yihui stations import FILE.csv --datum wgs84")
PLAN_FAULTS = FaultTable(
    "plan",
    {
        "no_station": (N_("there is no station in {value}"), _IMPORT_FIRST),
        "no_coordinates": (N_("there is no station with coordinates"), _IMPORT_FIRST),
        "no_area": (
            N_("no area has the code {value}"),
            N_("give the name or the six-digit code of a province, a city or a county, such as 370100"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class StudyArea:
    """An area: ``outlines`` are its counties, ``cities`` the borders one level up; ``names`` are by code."""

    area: str
    name: str
    prefix: str
    outlines: gpd.GeoDataFrame
    cities: gpd.GeoDataFrame
    names: Mapping[str, str]

    @property
    def digits(self) -> tuple[int, ...]:
        """The code lengths of the area's level and of the levels below: 2, 4, 6 in a province."""
        return tuple(n for n in (2, 4, 6) if n >= len(self.prefix))


def load_study_area(wiring: Wiring, area: str) -> StudyArea:
    """Load an area. *Raises*: FaultError for a code that names no province, city or county."""
    names = load_area_names()
    if area not in names:
        raise FaultError(PLAN_FAULTS.build("no_area", field="--area", value=area))
    outlines = load_outlines(within=area).reset_index(drop=True)
    cities = outlines
    if level_of_code(area) is not DistrictLevel.DISTRICT:
        cities = load_outlines(level=DistrictLevel.CITY, within=area).reset_index(drop=True)
    return StudyArea(area, names[area], area_code_prefix(area), outlines, cities, names)


def counties_by_station(ground: StudyArea, stations: Sequence[Station]) -> dict[str, str]:
    """Return id → county of the stations in an area, from the register or else from their coordinates."""
    found = {s.id: s.district for s in stations if s.district and s.district.startswith(ground.prefix)}
    astray = [s for s in stations if s.district is None and s.is_placed]
    if astray:
        points = [(s.lon or 0.0, s.lat or 0.0) for s in astray]
        codes = Districts.from_frame(ground.outlines).assign(points).code
        found |= {s.id: code for s, code in zip(astray, codes, strict=True) if code is not None}
    return found


class PlaceCount(NamedTuple):
    """How many places belong to an area, and how many others lie in it or within 2 km of one of its counties."""

    inside: int
    beside: int


def count_in_area(index: StationIndex, mask: Mask, area: Districts) -> PlaceCount:
    """Count the selected stations, each where its register states that it belongs, else where it lies; as maps do.

    A register may hold other provinces too.
    """
    flags = area.assign(index.points[mask]).flag.tolist()
    inside = beside = 0
    for row, flag in zip(mask.nonzero()[0].tolist(), flags, strict=True):
        stated, lies_in = index.stations[row].district, flag not in (AssignmentFlag.NONE, AssignmentFlag.NEAR)
        belongs = lies_in if stated is None else area.find_by_code(stated) is not None
        inside += belongs
        beside += not belongs and flag != AssignmentFlag.NONE
    return PlaceCount(inside, beside)


def count_unknown_hours(
    index: StationIndex, at: datetime, area: Districts, filters: Filters = OPEN_TO_ALL
) -> int:
    """Count the usable places of an area whose opening state at an instant is unknown."""
    usable = index.passing_mask(replace(filters, open_only=False), at)
    return count_in_area(index, usable & (index.states(at) == UNKNOWN), area).inside


def count_unknown_access(index: StationIndex, at: datetime, area: Districts) -> int:
    """Count the open places of an area of which nobody stated for whom they are; they count as open to all."""
    unknown = replace(OPEN_TO_ALL, accesses=frozenset({Access.UNKNOWN}))
    return count_in_area(index, index.passing_mask(unknown, at), area).inside


def load_placed_stations(wiring: Wiring, register: str | None) -> StationIndex:
    """Load the placed stations of one register, or of all. *Raises*: FaultError where there are none, because the whole area would be a gap."""
    check_register(wiring, register)
    index = wiring.stations(register)
    if not len(index):
        raise FaultError(PLAN_FAULTS.build("no_coordinates", field="--register", value=register))
    return index


def list_source_registers(
    wiring: Wiring, register: str | None, stations: Sequence[Station]
) -> list[RegisterSummary]:
    """List the registers from which the stations of an area come."""
    with wiring.database.read() as connection:
        named = set(find_station_registers(connection, [station.id for station in stations]).values())
        return [
            one for one in load_registers(connection) if register in (None, one.name) and one.name in named
        ]
