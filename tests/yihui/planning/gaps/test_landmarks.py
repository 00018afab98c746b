"""The places by which gaps are named, and that a gap has one name in the list, on the map and in the report."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic_core import from_json

from geo.formats.outlines import load_outlines
from geo.registry.diff import Register
from geo.registry.stations import import_stations
from geo.station import Access, Kind, Station
from tests.street_town import build_town_names
from tests.yihui.commands import Done, commands_through
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.planning.gaps.run import load_gap_landmarks

AT = "2026-10-14T10:00+08:00"
OSM = "© OpenStreetMap 贡献者（ODbL）"
# Two neighbourhoods far from the station: one beside 芙蓉街 and 经十路, one beside 二环东路 and 济洛路.
ORDERS = ((117.0029, 36.6501, 70), (117.0197, 36.6659, 40))
FIRST_PLACES = {"芙蓉街与经十路路口", "经十路与芙蓉街路口"}


@pytest.fixture(scope="module")
def streets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_town_names(tmp_path_factory.mktemp("streets") / "built")


@pytest.fixture
def database(tmp_path: Path, data_folder: Path) -> Path:
    path = tmp_path / "yihui.db"
    usual = {"kind": Kind.OUTDOOR_STATION, "access": Access.PUBLIC, "hours_text": "24小时"}
    stations = [
        Station(id="a", name="远处驿站", lon=117.09, lat=36.70, district="370102", **usual),
        Station(id="b", name="界外驿站", lon=116.80, lat=36.55, district="370113", **usual),
    ]
    wiring = build_wiring(Settings(database=str(path), data_folder=data_folder))
    with wiring.database.write() as connection:
        import_stations(connection, Register("r", "", "r.csv", "1"), stations, wiring.now())
    wiring.close()
    return path


@pytest.fixture
def run(
    database: Path,
    data_folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Done]:
    monkeypatch.setenv("YIHUI_DATA_FOLDER", str(data_folder))
    monkeypatch.setenv("YIHUI_NOW", AT)
    monkeypatch.delenv("YIHUI_DATABASE_URL", raising=False)
    orders = write_orders(tmp_path / "orders.geojson")
    call = commands_through(capsys)

    def command(*arguments: object) -> Done:
        done = call("--db", database, *arguments, "--area", "370100", "--demand", orders)
        assert done.code == 0, done.err
        return done

    return command


def write_orders(file: Path) -> Path:
    """GeoJSON, which is in WGS84 for every command."""
    features = [
        {
            "type": "Feature",
            "properties": {"orders": count},
            "geometry": {"type": "Point", "coordinates": [lon, lat]},
        }
        for lon, lat, count in ORDERS
    ]
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return file


def names_on_map(file: Path) -> list[str]:
    """The names of the gaps in a map's data."""
    page = file.read_text(encoding="utf-8")
    text = page.partition('id="data-gaps">')[2].partition("</script>")[0]
    return [row["name"] for row in json.loads(text)["rows"]]


@pytest.mark.endure
def test_a_gap_has_one_name_in_the_list_on_the_map_and_in_the_report(
    run: Callable[..., Done], streets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YIHUI_STREETS", str(streets))
    tables = from_json(run("plan", "gaps", "--week-of", AT[:10], "--json").out)["tables"]
    listed = [*tables.get("lasting", []), *tables.get("at_times", [])]
    names = [gap["name"] for gap in listed]
    assert len(names) == 2
    assert listed[0]["near"] in FIRST_PLACES
    map_file = tmp_path / "map.html"
    run("map", "--at", AT, "--gaps", "week", "--out", map_file)
    assert names_on_map(map_file) == names
    assert OSM in map_file.read_text(encoding="utf-8")
    report = run("report", "coverage", "--at", AT)
    assert names[0] in report.out
    assert OSM in report.out


@pytest.mark.endure
def test_without_streets_stations_name_the_gaps_and_no_source_is_shown(
    run: Callable[..., Done], tmp_path: Path
) -> None:
    page, map_file = tmp_path / "report.html", tmp_path / "map.html"
    tables = from_json(run("plan", "gaps", "--week-of", AT[:10], "--json").out)["tables"]
    listed = [*tables.get("lasting", []), *tables.get("at_times", [])]
    assert {gap["near"] for gap in listed} == {"远处驿站"}
    run("map", "--at", AT, "--gaps", "week", "--out", map_file)
    assert names_on_map(map_file) == [gap["name"] for gap in listed]
    report = run("report", "coverage", "--at", AT, "--html", page)
    assert "远处驿站" in report.out
    shown = report.out + page.read_text(encoding="utf-8") + map_file.read_text(encoding="utf-8")
    assert "OpenStreetMap" not in shown


def open_wiring(database: Path, folder: Path, streets: Path | None) -> Wiring:
    return build_wiring(Settings(database=str(database), data_folder=folder, streets=streets))


def test_crossings_come_after_the_stations_and_only_from_the_area(
    database: Path, data_folder: Path, streets: Path
) -> None:
    wiring = open_wiring(database, data_folder, streets)
    here, elsewhere = load_outlines(within="370102"), load_outlines(within="370700")
    found = load_gap_landmarks(wiring, wiring.stations(None), here)
    assert found.has_crossings
    assert list(found.places.names[:2]) == ["远处驿站", "界外驿站"]
    city = load_gap_landmarks(wiring, wiring.stations(None), load_outlines(within="370100"))
    assert 2 < len(found.places.names) < len(city.places.names)
    assert set(city.places.names) & FIRST_PLACES
    west, south, east, north = here.total_bounds
    for (lon, lat), name in zip(found.places.points.tolist(), found.places.names, strict=True):
        assert name.endswith("驿站") or (west <= lon <= east and south <= lat <= north)
    other = load_gap_landmarks(wiring, wiring.stations(None), elsewhere)
    assert (other.places.names, other.has_crossings) == (("远处驿站", "界外驿站"), False)
    wiring.close()


def test_a_damaged_file_of_names_leaves_the_stations(
    database: Path, data_folder: Path, streets: Path, tmp_path: Path
) -> None:
    from shutil import copytree

    broken = copytree(streets, tmp_path / "broken")
    file = broken / "names.sqlite"
    content = bytearray(file.read_bytes())
    content[8192:] = b"\xff" * (len(content) - 8192)
    file.write_bytes(content)
    wiring = open_wiring(database, data_folder, broken)
    found = load_gap_landmarks(wiring, wiring.stations(None), load_outlines(within="370102"))
    assert (found.places.names, found.has_crossings) == (("远处驿站", "界外驿站"), False)
    wiring.close()
