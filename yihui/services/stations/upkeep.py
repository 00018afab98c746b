"""Correct a register and look up its stations: details, checks, unplaced stations, pins and uses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from core.civil_time import civil_date
from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from geo.checks.checks import CheckCriteria, check_stations
from geo.checks.finding import FindingSeverity, StationFinding
from geo.checks.locations import UnplacedStation, list_unplaced_stations
from geo.checks.shared_building import find_services_beside
from geo.crs import to_wgs84
from geo.datum import UNSHIFTED_DATUMS, Datum
from geo.districts import NEAR_WITHIN_M, AssignmentFlag, Districts
from geo.formats.coordinates import parse_station_point, parse_typed_point
from geo.formats.outlines import load_area_names
from geo.place_names.query_words import normalize_text
from geo.registry.hand_changes import Placing, place_station
from geo.registry.inspections import Inspection, last_inspection
from geo.registry.links import link_stations, unlink_station
from geo.registry.reports import load_pins
from geo.registry.statements import load_live_summaries
from geo.registry.stations import (
    RegisterSummary,
    StationHistoryEntry,
    find_station,
    load_neighbours,
    load_registers,
    load_station_history,
)
from geo.registry.usage_counts import load_use_groups
from geo.station import Station
from geo.status.live_status import LiveStatus
from geo.status.pins import PinProposal, build_pin_proposals
from geo.usage_counts import UseGroup
from yihui.access.acting import state_act
from yihui.bootstrap import Wiring
from yihui.services.access.acting import open_act
from yihui.services.benefits.sessions import SessionState, load_session_states
from yihui.services.organisations.district_names import distinct_names, majority_district_names
from yihui.services.stations.selection import select_stations

_WRITE_POINT = N_("write longitude and latitude in decimal degrees, such as 117.0204,36.6683")
STATION_FAULTS = FaultTable(
    "station",
    {
        "unknown": (N_("there is no station {value}"), N_("`yihui stations list` shows the ids")),
        "gone": (
            N_("the station {value} is no longer in its register"),
            N_("`yihui stations list` shows those that are there"),
        ),
        "empty_point": (N_("the point is empty"), _WRITE_POINT),
        "outside_district": (
            N_("the point lies {metres} m outside of {stated}, where “{name}” is listed; it is in {located}"),
            N_("check longitude, latitude and datum; if the point is right, confirm it"),
        ),
    },
)
_DECIMALS = 9  # of a degree, a tenth of a millimetre; further digits are noise of the conversion to WGS84


@dataclass(frozen=True, slots=True)
class StationDetails:
    """A station with its history, live status, last inspection and the services at the same place."""

    station: Station
    history: Sequence[StationHistoryEntry]
    statuses: tuple[LiveStatus, ...]
    inspection: Inspection | None
    beside: Sequence[Station]
    today: date
    sessions: Sequence[SessionState] = ()


def load_station_details(wiring: Wiring, id: str) -> StationDetails:
    """Load one station with its history. *Raises*: FaultError where there is no such station."""
    with wiring.database.read() as connection:
        station = find_station(connection, id)
        id = station.id if station else id
        past = load_station_history(connection, id)
        around = load_neighbours(connection, station) if station else []
        live = load_live_summaries(connection, wiring.now(), station=id).get(id)
        inspection = last_inspection(connection, id)
    if station is None:
        raise FaultError(STATION_FAULTS.build("gone" if past else "unknown", field="ID", value=id))
    statuses = live.statuses_at(wiring.now()) if live else ()
    services = find_services_beside(station, around)
    sessions = [one for one in load_session_states(wiring, id) if one.is_listed]
    return StationDetails(
        station, past, tuple(statuses), inspection, services, civil_date(wiring.now()), sessions
    )


def link_station_ids(wiring: Wiring, old: str, new: str, by: str) -> str:
    """Let a station keep its old id under which a register lists it no longer; return the kept id.

    *Raises*: FaultError where there is no such old id, or where both are different stations.
    """
    with open_act(wiring) as connection:
        kept = link_stations(connection, old, new, wiring.now(), by)
        state_act("station", kept, after={"linked": new})
        return kept


def unlink_station_id(wiring: Wiring, new: str, by: str) -> str:
    """End a link that was an error; return the id that the station kept. *Raises*: FaultError without a link."""
    with open_act(wiring) as connection:
        return unlink_station(connection, new, wiring.now(), by)


@dataclass(frozen=True, slots=True)
class StationListFilter:
    """Criteria for listing stations; a station must meet all of them."""

    district: str | None
    register: str | None
    address: str | None

    def matches(self, station: Station) -> bool:
        """Return whether a station has the text in its address or name.

        District and register are filtered by `select_stations`.
        """
        if self.address is None:
            return True
        sought = normalize_text(self.address)
        return any(sought in normalize_text(text) for text in (station.address, station.name))


def list_stations(wiring: Wiring, listed: StationListFilter) -> list[Station]:
    """List the stations that match. *Raises*: FaultError for an unknown register or district."""
    found = select_stations(wiring, register=listed.register, district=listed.district)
    return [station for station in found if listed.matches(station)]


def name_districts(wiring: Wiring, stations: Sequence[Station]) -> Mapping[str, str]:
    """Return the names of the stations' districts by code, with the city where several have one name."""
    stated = majority_district_names(stations)
    names = {**stated, **load_area_names()}
    return distinct_names(stated, names)


def list_registers(wiring: Wiring) -> Sequence[RegisterSummary]:
    """List the imported registers."""
    with wiring.database.read() as connection:
        return load_registers(connection)


@dataclass(frozen=True, slots=True)
class CheckedStations:
    """The findings of a check, and how many stations were checked."""

    findings: Sequence[StationFinding]
    station_count: int

    def count(self, severity: FindingSeverity) -> int:
        """Return the number of findings of a severity."""
        return sum(finding.severity is severity for finding in self.findings)


def check_selected_stations(
    wiring: Wiring, register: str | None, district: str | None, stale_days: int
) -> CheckedStations:
    """Check the current stations of a register or a district, or all. *Raises*: FaultError."""
    stations = select_stations(wiring, register=register, district=district)
    today = civil_date(wiring.now())
    findings = check_stations(stations, CheckCriteria(wiring.outlines, today, stale_days))
    return CheckedStations(findings, len(stations))


def list_unplaced(
    wiring: Wiring, register: str | None, district: str | None
) -> tuple[Sequence[UnplacedStation], int]:
    """List the stations that have no position yet, by district. Return them with the number of all stations."""
    stations = select_stations(wiring, register=register, district=district)
    return list_unplaced_stations(stations, wiring.outlines), len(stations)


@dataclass(frozen=True, slots=True)
class PlacingRequest:
    """The position of a station, as the user typed it."""

    id: str
    lon: str  # or both, as map apps copy them
    lat: str | None
    datum: Datum
    by: str
    confirmed: bool


def check_and_place_station(wiring: Wiring, wish: PlacingRequest) -> tuple[Station, Placing]:
    """Place a station.

    *Raises*: FaultError where the point is not valid, or lies in another district and is not confirmed.
    """
    station, placing = check_placing(wiring, wish)
    with open_act(wiring) as connection:
        placed = place_station(connection, wish.id, placing, wiring.now())
        before = {"lon": station.lon, "lat": station.lat} if station is not None else {}
        state_act("station", placed.id, before=before, after={"lon": placed.lon, "lat": placed.lat})
        return placed, placing


def check_placing(wiring: Wiring, wish: PlacingRequest) -> tuple[Station | None, Placing]:
    """Return the station, None if there is none of this id, and where it would stand.

    *Raises*: FaultError where the point is not valid, or lies in another district and is not confirmed.
    """
    with wiring.database.read() as connection:
        station = find_station(connection, wish.id)
    return station, build_placing(wiring.outlines, station, wish)


def build_placing(districts: Districts, station: Station | None, wish: PlacingRequest) -> Placing:
    """Return where a station would stand. *Raises*: FaultError as ``check_placing``."""
    lon, lat = _parse_point(wish)
    placing = _locate(districts, lon, lat, wish.by)
    if station is not None and not wish.confirmed:
        _check_district(districts, station, placing)
    return placing


def _parse_point(wish: PlacingRequest) -> tuple[float, float]:
    typed = parse_typed_point(wish.lon, wish.lat)
    if isinstance(typed, Fault):
        raise FaultError(replace(typed, remedy=_WRITE_POINT))
    read = typed and parse_station_point(typed)
    if isinstance(read, list) or read is None:
        raise FaultError(read or STATION_FAULTS.build("empty_point", field="LON, LAT"))
    true = to_wgs84(np.array([read], dtype=np.float64), wish.datum)
    lon, lat = (true if wish.datum in UNSHIFTED_DATUMS else true.round(_DECIMALS))[0].tolist()
    return lon, lat


def _locate(districts: Districts, lon: float, lat: float, by: str) -> Placing:
    hit = districts.assign([(lon, lat)])
    located = districts.find_by_code(hit.code[0]) if hit.flag[0] != AssignmentFlag.NONE else None
    return Placing(lon, lat, by, *((located.code, located.name) if located else (None, "")))


def _check_district(districts: Districts, station: Station, placing: Placing) -> None:
    """Refuse a point more than 2 km outside of the stated district. *Raises*: FaultError."""
    outside_m = float(districts.signed_distance_m([(placing.lon, placing.lat)], [station.district])[0])
    if not outside_m > NEAR_WITHIN_M:
        return
    stated = districts.find_by_code(station.district or "")
    fault = STATION_FAULTS.build(
        "outside_district",
        field="LON, LAT",
        value=f"{placing.lon:.6f}, {placing.lat:.6f}",
        metres=f"{outside_m:.0f}",
        stated=stated.name if stated else station.district or "",
        name=station.name,
        located=placing.district_name or "–",
    )
    raise FaultError(fault)


def list_pin_proposals(
    wiring: Wiring, register: str | None, district: str | None, days: int
) -> Sequence[PinProposal]:
    """List where riders set pins in the last days, by station. No pin changes the register."""
    stations = select_stations(wiring, register=register, district=district)
    with wiring.database.read() as connection:
        return build_pin_proposals(stations, load_pins(connection, wiring.now() - timedelta(days=days)))


@dataclass(frozen=True, slots=True)
class CountedUses:
    """Published counts of rests, and the stations by id. Counts too small for one station have only a district."""

    groups: Sequence[UseGroup]
    stations: Mapping[str, Station]


def list_station_uses(
    wiring: Wiring, register: str | None, district: str | None, since: date | None
) -> CountedUses:
    """List how many riders rested where, of a register or a district, or of all."""
    stations = {s.id: s for s in select_stations(wiring, register=register, district=district)}
    is_whole = register is None and district is None
    districts = {station.district or "" for station in stations.values()}
    with wiring.database.read() as connection:
        groups = list(load_use_groups(connection, civil_date(wiring.now()), since))
    return CountedUses(
        [
            group
            for group in groups
            if group.station in stations
            or (group.station is None and (is_whole or group.district in districts))
        ],
        stations,
    )
