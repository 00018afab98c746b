"""Real ways by a real Valhalla over a small town of our own: a grid of streets, a river, one bridge, an island."""

import itertools
import json
import math
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from pyproj import Geod

from core.faults import FaultError
from geo.geodesy import Floats
from geo.nearest.filters import Filters
from geo.nearest.index import StationIndex
from geo.nearest.query import NearestQuery
from geo.nearest.travel import Travel, min_route_seconds
from geo.registry.diff import Register
from geo.registry.stations import import_stations
from geo.station import Kind, Station
from tests.yihui.commands import Command
from yihui.bootstrap import Wiring, build_wiring, load_settings
from yihui.http.app import create_app
from yihui.runtime.routing_faults import RoutingUnavailable
from yihui.services.stations.routing import StreetNetwork
from yihui.services.stations.street_tiles import build_street_tiles
from yihui.services.stations.valhalla_files import MARK, VALHALLA_PROGRAMS, find_valhalla_programs

pytestmark = pytest.mark.needs("routing")

WEST, SOUTH, STEP_LON, STEP_LAT, N = 117.0, 36.65, 0.0028, 0.00225, 12  # blocks of 250 m
RIVER = 6  # no street leads from column 5 to column 6, but for the bridge in the northernmost row
ISLAND = 117.08
NOW = datetime(2026, 9, 18, 2, tzinfo=UTC)
GEOD = Geod(ellps="WGS84")


def write_town(path: Path) -> None:
    import osmium
    from osmium.osm.mutable import Node, Way

    with osmium.SimpleWriter(str(path)) as writer:
        corners = [(west, i, j) for west in (WEST, ISLAND) for i in range(N) for j in range(N)]
        number = {corner: n for n, corner in enumerate(corners, 1)}
        for (west, i, j), n in number.items():
            place = (west + STEP_LON * i, SOUTH + STEP_LAT * j)
            writer.add_node(Node(id=n, location=place, version=1))
        ways = []
        for west in (WEST, ISLAND):
            ways += [[number[west, i, j] for j in range(N)] for i in range(N)]
            for j in range(N):
                row = [number[west, i, j] for i in range(N)]
                ways += [row] if j == N - 1 else [row[:RIVER], row[RIVER:]]
        for n, nodes in enumerate(ways, 1):
            writer.add_way(Way(id=n, nodes=nodes, tags={"highway": "residential"}, version=1))


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("town")
    write_town(folder / "town.osm.pbf")
    built = build_street_tiles(folder / "town.osm.pbf", folder / "streets", NOW)
    assert built.tiles == 1
    yield folder


def stations() -> list[Station]:
    rng = np.random.default_rng(5)
    width, height = STEP_LON * (N - 1), STEP_LAT * (N - 1)
    places = rng.uniform((WEST, SOUTH), (WEST + width, SOUTH + height), (150, 2))
    islanders = rng.uniform((ISLAND, SOUTH), (ISLAND + width, SOUTH + height), (20, 2))
    hours = ("24小时", "8:00-10:20", "周一至周日9:00-17:00", "18:00-22:00")
    return [
        Station(
            id=f"{n:03d}",
            name=f"驿站{n}",
            kind=Kind.OUTDOOR_STATION,
            lon=lon,
            lat=lat,
            hours_text=hours[n % 4],
        )
        for n, (lon, lat) in enumerate([*places.tolist(), *islanders.tolist(), (118.5, 36.65)])
    ]


@pytest.mark.parametrize(
    ("travel", "filters"),
    [
        (Travel.e_bike(), Filters(open_only=True)),
        pytest.param(Travel.e_bike(), Filters(), marks=pytest.mark.endure),
        pytest.param(Travel.walk(), Filters(open_only=True), marks=pytest.mark.endure),
        pytest.param(Travel.walk(), Filters(), marks=pytest.mark.endure),
    ],
)
def test_the_soonest_are_those_of_the_ways_to_every_station(
    town: Path, travel: Travel, filters: Filters
) -> None:
    streets, register = StreetNetwork.open(town / "streets", travel), stations()
    index = StationIndex.build(register)
    ends = np.array([(s.lon, s.lat) for s in register])
    for point in np.random.default_rng(6).uniform((WEST, SOUTH), (WEST + 0.03, SOUTH + 0.024), (4, 2)):
        ways = streets.ways((float(point[0]), float(point[1])), ends)
        assert ways is not None
        assert int(np.isinf(ways.seconds).sum()) == 21  # the island, and the one beyond the map
        (found,) = index.nearest(point, NearestQuery(NOW, 7, filters=filters, travel=travel), streets)
        rows = sorted(
            (seconds, one.id)
            for one, seconds in zip(register, ways.seconds.tolist(), strict=True)
            if np.isfinite(seconds) and (not filters.open_only or is_open(index, one, seconds))
        )
        assert [(hit.station.id, (hit.minutes or 0) * 60) for hit in found.results] == [
            (id, pytest.approx(seconds)) for seconds, id in rows[:7]
        ]


def is_open(index: StationIndex, one: Station, seconds: float) -> bool:
    at = datetime.fromtimestamp(NOW.timestamp() + int(seconds), UTC)
    return bool(index.states(at)[[s.id for s in index.stations].index(one.id)] == 1)


@pytest.mark.endure
@pytest.mark.parametrize("travel", [Travel.walk(), Travel.e_bike()])
def test_no_way_beats_the_bound_and_each_is_the_same_alone(town: Path, travel: Travel) -> None:
    streets = StreetNetwork.open(town / "streets", travel)
    ends = np.array([(s.lon, s.lat) for s in stations()])
    start = (WEST + 0.0111, SOUTH + 0.0051)
    ways = streets.ways(start, ends)
    assert ways is not None
    straight_m = GEOD.inv(np.full(len(ends), start[0]), np.full(len(ends), start[1]), *ends.T)[2]
    for seconds, metres, straight in zip(ways.seconds, ways.metres, straight_m, strict=True):
        assert seconds >= min_route_seconds(np.array([straight]), streets.top_speed_m_per_s)[0]
        assert metres >= straight * 0.98 - 5
    for n in (0, 77, 155):
        alone = streets.ways(start, ends[n : n + 1])
        assert alone is not None
        assert alone.seconds[0] == ways.seconds[n]


def test_a_way_round_by_the_bridge_takes_its_time(town: Path) -> None:
    """Across the river at the southern end: 250 m as the crow flies, 5.6 km by the bridge."""
    bank = WEST + STEP_LON * (RIVER - 1)
    near, far = (bank, SOUTH), np.array([(bank + STEP_LON, SOUTH)])
    walk = StreetNetwork.open(town / "streets", Travel.walk()).ways(near, far)
    ride = StreetNetwork.open(town / "streets", Travel.e_bike()).ways(near, far)
    assert walk is not None
    assert ride is not None
    blocks_m = 2 * (N - 1) * 249.7 + 250.3
    assert walk.metres[0] == pytest.approx(blocks_m, rel=0.01)
    assert walk.seconds[0] == pytest.approx(blocks_m / 1.3, rel=0.02)
    assert ride.seconds[0] == pytest.approx(blocks_m / (15 / 3.6), rel=0.05)


@pytest.mark.endure
@pytest.mark.parametrize("travel", [Travel.walk(), Travel.e_bike()])
def test_an_end_on_no_street_leaves_the_ways_to_the_others(town: Path, travel: Travel) -> None:
    streets = StreetNetwork.open(town / "streets", travel)
    ends = np.array([(s.lon, s.lat) for s in stations()[:4]])
    starts = np.array([(WEST + 0.0111, SOUTH + 0.0051), (118.5, 36.65), (WEST, SOUTH)])
    alone = streets.ways_between(starts, ends)
    for place in range(5):
        found = streets.ways_between(starts, np.insert(ends, place, (117.045, 36.66), axis=0))
        assert found[1] is None
        for one, other in ((found[0], alone[0]), (found[2], alone[2])):
            assert one is not None
            assert other is not None
            assert np.isinf(one.seconds[place])
            assert np.delete(one.seconds, place).tolist() == other.seconds.tolist()
            assert np.delete(one.metres, place).tolist() == other.metres.tolist()
    (nowhere,) = streets.ways_between(starts[:1], np.array([(117.045, 36.66)]))
    assert nowhere is not None
    assert np.isinf(nowhere.seconds).tolist() == [True]


def test_a_point_on_no_street_has_no_ways(town: Path) -> None:
    streets = StreetNetwork.open(town / "streets", Travel.walk())
    assert streets.ways((118.5, 36.65), np.array([(WEST, SOUTH)])) is None
    (found,) = StationIndex.build(stations()).nearest(
        (118.5, 36.65), NearestQuery(NOW, 1, travel=Travel.walk()), streets
    )
    assert found.off_network
    assert found.results[0].way_m is None


@pytest.mark.endure
def test_a_build_is_whole_or_not_at_all(town: Path, tmp_path: Path) -> None:
    extract, folder = town / "town.osm.pbf", tmp_path / "streets"
    assert build_street_tiles(extract, folder, NOW).tiles == 1
    before = sorted(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    cut = tmp_path / "cut.osm.pbf"
    cut.write_bytes(extract.read_bytes()[:300])
    with pytest.raises(FaultError):
        build_street_tiles(cut, folder, NOW)
    assert sorted(path.read_bytes() for path in folder.rglob("*") if path.is_file()) == before
    assert sorted(path.name for path in tmp_path.glob("streets*")) == ["streets"]
    assert build_street_tiles(extract, folder, NOW).tiles == 1


_KILLED_BUILD = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from yihui.services.stations.street_tiles import build_street_tiles

rename, before = Path.rename, int(sys.argv[3])

def rename_or_die(path, to):
    global before
    if not before:
        os.kill(os.getpid(), signal.SIGKILL)
    before -= 1
    return rename(path, to)

Path.rename = rename_or_die
build_street_tiles(Path(sys.argv[1]), Path(sys.argv[2]), datetime.now(UTC))
"""


@pytest.mark.endure
@pytest.mark.parametrize("renames", [0, 1])
def test_a_build_killed_while_it_replaces_tiles_leaves_the_former_ones(
    town: Path, tmp_path: Path, renames: int
) -> None:
    extract, folder = town / "town.osm.pbf", tmp_path / "streets"
    build_street_tiles(extract, folder, NOW)
    before = sorted(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED_BUILD, extract, folder, str(renames)], check=False, capture_output=True
    )
    assert killed.returncode == -signal.SIGKILL
    assert folder.exists() == (renames == 0)
    cut = tmp_path / "cut.osm.pbf"
    cut.write_bytes(extract.read_bytes()[:300])
    with pytest.raises(FaultError):
        build_street_tiles(cut, folder, NOW)
    assert sorted(path.read_bytes() for path in folder.rglob("*") if path.is_file()) == before
    assert sorted(path.name for path in tmp_path.glob("streets*")) == ["streets"]


@pytest.mark.endure
def test_former_tiles_beside_new_ones_go_and_what_is_no_tiles_stays(town: Path, tmp_path: Path) -> None:
    shutil.copytree(town / "streets", tmp_path / "streets")
    shutil.copytree(town / "streets", tmp_path / "streets.former")
    (tmp_path / "streets.former" / MARK).unlink()  # the removal itself was killed
    build_street_tiles(town / "town.osm.pbf", tmp_path / "streets", NOW)
    assert [path.name for path in tmp_path.iterdir()] == ["streets"]
    (tmp_path / "streets.former").mkdir()
    (tmp_path / "streets.former" / "letter.txt").write_text("dear")
    with pytest.raises(OSError, match="not empty"):
        build_street_tiles(town / "town.osm.pbf", tmp_path / "streets", NOW)
    assert (tmp_path / "streets" / MARK).is_file()
    assert (tmp_path / "streets.former" / "letter.txt").read_text() == "dear"


def test_what_is_no_extract_and_whose_folder_is_another_s_are_told(town: Path, tmp_path: Path) -> None:
    text = tmp_path / "text.osm.pbf"
    text.write_text("<osm/>")
    with pytest.raises(FaultError, match="no OpenStreetMap extract"):
        build_street_tiles(text, tmp_path / "x", NOW)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(FaultError, match="something else"):
        build_street_tiles(town / "town.osm.pbf", tmp_path / "mine", NOW)
    assert (tmp_path / "mine" / "letter.txt").read_text() == "dear"
    with pytest.raises(FileNotFoundError):
        build_street_tiles(tmp_path / "none.osm.pbf", tmp_path / "x", NOW)


def test_tiles_that_are_none_are_told_before_anything_is_asked(tmp_path: Path, yihui: Command) -> None:
    with pytest.raises(RoutingUnavailable):
        StreetNetwork.open(tmp_path, Travel.walk())
    told = yihui("stations", "nearest", "117", "36.6", "--datum", "wgs84", "--routing", tmp_path)
    assert (told.code, "yihui streets build" in told.err) == (3, True)


@pytest.mark.endure
def test_a_damaged_folder_is_told_with_its_remedy(town: Path, tmp_path: Path) -> None:
    build_street_tiles(town / "town.osm.pbf", tmp_path / "streets", NOW)
    (tmp_path / "streets" / "valhalla.json").write_text("{")
    streets = StreetNetwork.open(tmp_path / "streets", Travel.walk())
    with pytest.raises(RoutingUnavailable, match="no answer"):
        streets.ways((WEST, SOUTH), np.array([(WEST, SOUTH)]))


def test_programs_are_looked_for_where_they_were_named(tmp_path: Path) -> None:
    assert all((find_valhalla_programs() / program).is_file() for program in VALHALLA_PROGRAMS)
    with pytest.raises(RoutingUnavailable):
        find_valhalla_programs({"YIHUI_VALHALLA": str(tmp_path)})


def wired(town: Path, folder: Path) -> Wiring:
    wiring = build_wiring(
        load_settings({"YIHUI_DATA_FOLDER": str(folder), "YIHUI_ROUTING": str(town / "streets")})
    )
    with wiring.database.write() as connection:
        register = Register("town", "示例", "town.csv", "0" * 64)
        import_stations(connection, register, stations()[:155], NOW)  # five of them on the island
    return wiring


def test_the_site_tells_minutes_by_street(town: Path, tmp_path: Path) -> None:
    client = TestClient(create_app(wired(town, tmp_path)))
    asked = {"lon": WEST + 0.01, "lat": SOUTH + 0.01, "datum": "wgs84", "at": NOW.isoformat()}
    for travel in ("walk", "ebike"):
        found = client.get("/api/v1/stations/nearest", params=asked | {"travel": travel}).json()
        assert {hit["minutes_by"] for hit in found["results"]} == {"streets"}
        assert all(hit["way_m"] >= 0.98 * hit["distance_m"] - 5 for hit in found["results"])
    page = client.get("/", params=asked | {"lang": "zh"}).text
    assert "沿路骑电动车" in page
    assert "沿路步行" in client.get("/", params=asked | {"lang": "zh", "travel": "walk"}).text
    assert "OpenStreetMap" in page
    beside = asked | {"lon": ISLAND + 0.01, "travel": "ebike", "k": 50, "within_min": 45}
    by_street = client.get("/api/v1/stations/nearest", params=beside).json()["results"]
    assert {hit["minutes_by"] for hit in by_street} == {"streets", "no_street"}
    assert [hit["minutes"] for hit in by_street] == sorted(hit["minutes"] for hit in by_street)
    assert "已知道路到不了" in client.get("/", params=beside | {"lang": "zh"}).text
    away = client.get("/", params=asked | {"lang": "zh", "lon": WEST - 0.035}).text
    assert "附近没有道路" in away
    assert "沿路骑电动车" not in away


def test_a_command_with_streets_alone_has_no_bound(town: Path, tmp_path: Path, yihui: Command) -> None:
    (tmp_path / "驿站.csv").write_text(f"名称,类型,经度,纬度\n东岸,驿站,{WEST},{SOUTH}\n", encoding="utf-8")
    assert yihui("stations", "import", tmp_path / "驿站.csv", "--datum", "wgs84").code == 0
    asked = ("stations", "nearest", WEST, SOUTH, "--datum", "wgs84", "--routing", town / "streets", "--json")
    for more, within_min in (((), None), (("--within-min", 20), 20.0), (("--travel", "walk"), 30.0)):
        assert json.loads(yihui(*asked, *more).out)["query"]["within_min"] == within_min


BEYOND = (WEST + STEP_LON * 9, SOUTH + STEP_LAT * 2)  # of the river, whose only bridge is in the north


def test_a_way_leads_over_the_bridge(town: Path) -> None:
    streets = StreetNetwork.open(town / "streets", Travel.e_bike())
    start = (WEST + 0.0003, SOUTH + 0.0011)
    line = streets.route_line(start, BEYOND)
    assert line is not None
    assert line[0].tolist() == list(start) and line[-1].tolist() == list(BEYOND)
    assert line[:, 1].max() == pytest.approx(SOUTH + STEP_LAT * (N - 1))
    ways = streets.ways(start, np.array([BEYOND]))
    assert ways is not None
    assert GEOD.line_length(*line.T) == pytest.approx(ways.metres[0], rel=0.01)
    assert streets.route_line(start, (ISLAND + 0.01, SOUTH + 0.01)) is None
    assert streets.route_line(start, (118.5, 36.65)) is None


@pytest.mark.endure
def test_stations_along_a_street_route_are_near_it_with_its_travel_times(town: Path, tmp_path: Path) -> None:
    client = TestClient(create_app(wired(town, tmp_path)))
    start = (WEST + 0.0003, SOUTH + 0.0011)
    ends = {"lon": start[0], "lat": start[1], "to_lon": BEYOND[0], "to_lat": BEYOND[1], "datum": "wgs84"}
    asked = ends | {"at": NOW.isoformat(), "within_m": 100, "k": 200, "travel": "ebike"}
    found = client.get("/api/v1/stations/along", params=asked).json()
    assert found["by"] == "streets"
    line = StreetNetwork.open(town / "streets", Travel.e_bike()).route_line(start, BEYOND)
    assert line is not None
    off_m = {one.id: least_m(line, (one.lon or 0.0, one.lat or 0.0)) for one in stations()[:150]}
    expected = {id for id, metres in off_m.items() if metres <= 100}
    assert len(expected) > 5
    assert {hit["id"] for hit in found["results"]} == expected
    for hit in found["results"]:
        assert hit["distance_m"] == pytest.approx(off_m[hit["id"]], abs=0.1)
        seconds = (hit["along_m"] + 1.3 * hit["distance_m"]) / Travel.e_bike().speed_m_per_s
        assert hit["minutes"] == pytest.approx(seconds / 60, abs=0.06)
    straight = client.get("/api/v1/stations/along", params=asked | {"to_lon": ISLAND + 0.01}).json()
    assert straight["by"] == "straight_line"  # no street leads there
    page = client.get("/", params=ends | {"at": NOW.isoformat(), "lang": "zh"}).text
    assert "沿路 7,151 米" in page and "OpenStreetMap" in page


def least_m(line: Floats, place: tuple[float, float]) -> float:
    """By walking the line in steps of 0.2 m where it comes near."""
    steps = [np.linspace(a, b, 1_300) for a, b in itertools.pairwise(line)]
    every = np.concatenate(steps)
    near = every[(np.abs(every - place) < 0.002).all(axis=1)]
    if not len(near):
        return math.inf
    lons, lats = np.full(len(near), place[0]), np.full(len(near), place[1])
    return float(np.min(GEOD.inv(lons, lats, *near.T)[2]))
