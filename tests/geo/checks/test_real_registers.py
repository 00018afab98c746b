"""The checks on real registers: what was found there by looking is found here too."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from geo.checks.checks import CheckCriteria, check_stations
from geo.checks.finding import FindingCode, FindingSeverity, StationFinding
from geo.checks.locations import list_unplaced_stations
from geo.datum import Datum
from geo.districts import Districts
from geo.formats.outlines import read_outlines
from geo.station import Station
from yihui.services.stations.station_import import RegisterRequest, read_register

pytestmark = [pytest.mark.endure, pytest.mark.needs("shared")]
TODAY = date(2026, 10, 3)


@pytest.fixture(scope="module")
def districts(tmp_path_factory: pytest.TempPathFactory) -> Districts:
    return Districts(read_outlines())


def stations_of(file: Path, datum: Datum, kind: str, districts: Districts) -> tuple[Station, ...]:
    request = RegisterRequest(file, datum, constants={"kind": kind})
    return read_register(request, lambda: districts).reading.stations


def told(districts: Districts, stations: tuple[Station, ...]) -> list[StationFinding]:
    return list(check_stations(stations, CheckCriteria(districts, TODAY)))


def test_the_nursing_rooms(shared: Path, districts: Districts) -> None:
    rooms = stations_of(
        shared / "stations" / "tw_nursing_rooms_geocoded.json", Datum.WGS84, "mother_room", districts
    )
    found = told(districts, rooms)
    by_id = {room.id: room.name for room in rooms}
    counts = Counter((f.code, f.severity) for f in found)
    # Entered twice, word for word but for a space; two islands that the outlines lack.
    certain = {
        by_id[f.stations[0]]
        for f in found
        if f.code is FindingCode.DUPLICATE and f.severity is FindingSeverity.ERROR
    }
    assert {"國立政治大學", "通霄地政事務所", "臺南市立安南醫院-委託中國醫藥大學興建經營"} <= certain
    assert len(certain) <= 6
    assert counts[FindingCode.OFF_THE_MAP, FindingSeverity.ERROR] == 0
    islands = [f for f in found if f.code is FindingCode.OFF_THE_MAP and "island" in f.message]
    assert {by_id[f.stations[0]] for f in islands} == {"琉球鄉鄉公所", "琉球鄉衛生所"}
    # Rooms on several floors of one house are several.
    pairs = {frozenset(by_id[id] for id in f.stations) for f in found if f.code is FindingCode.DUPLICATE}
    assert frozenset({"國立故宮博物院"}) not in pairs
    assert frozenset({"南港LaLaport"}) not in pairs
    # The geocoder gave eight places of 造橋鄉, with eight addresses, one point.
    fallen_back = [f for f in found if f.code is FindingCode.SAME_POINT and f.figures["addresses"] == 8]
    assert any("福興國小" in {by_id[id] for id in f.stations} for f in fallen_back)
    # The file says WGS84 and is: nothing speaks against it.
    assert not counts[FindingCode.WRONG_DATUM, FindingSeverity.ERROR]
    assert (
        counts[FindingCode.OUTSIDE_DISTRICT, FindingSeverity.ERROR]
        + counts[FindingCode.OUTSIDE_DISTRICT, FindingSeverity.WARNING]
        < 5
    )


def test_the_union_stations_of_two_cities(shared: Path, districts: Districts) -> None:
    file = shared / "local-only" / "cn_union_stations_zhengzhou_zhaoqing.csv"
    stations = stations_of(file, Datum.GCJ02, "outdoor_station", districts)
    assert {f.code for f in told(districts, stations)} <= {
        FindingCode.HOURS_NOT_UNDERSTOOD,
        FindingCode.FACILITIES_UNKNOWN,
        FindingCode.NEVER_VERIFIED,
        FindingCode.DUPLICATE,
    }
    queue = list_unplaced_stations(stations, districts)
    assert len(queue) == 60
    assert all(entry.district is not None for entry in queue)
    assert {entry.township for entry in queue} >= {"林山寨街道", "棉纺路街道"}
    codes = [entry.district.code for entry in queue if entry.district]
    assert codes == sorted(codes)
