"""Where riders rested, in what planners take away: layers for a GIS and the report. Never a group of fewer than ten."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import geopandas as gpd
import pytest

from geo.registry.diff import Register
from geo.registry.stations import import_stations
from geo.registry.usage_counts import record_use_counts
from geo.station import Access, Kind, Station
from geo.usage_counts import UseCount
from tests.yihui.commands import Command
from yihui.bootstrap import Settings, Wiring, build_wiring

NOW = datetime.fromisoformat("2026-10-09T10:00+08:00")
SATURDAY_23, MONDAY_8 = 5 * 24 + 23, 8
USUAL = {"access": Access.PUBLIC, "district": "370102", "hours_text": "24小时"}
STATIONS = [
    Station(id="a", name="大明湖驿站", kind=Kind.OUTDOOR_STATION, lon=117.02, lat=36.66, **USUAL),
    Station(id="b", name="泉城路驿站", kind=Kind.OUTDOOR_STATION, lon=117.08, lat=36.66, **USUAL),
    Station(id="c", name="未定位驿站", kind=Kind.OUTDOOR_STATION, **USUAL),
    Station(
        id="d", name="市中驿站", kind=Kind.OUTDOOR_STATION, lon=116.99, lat=36.63, **{**USUAL, "district": "370103"}
    ),
]  # fmt: skip
# Of a 12 may be told alone; its other 9, b's 4 and c's 7 are told together; this month is not over.
COUNTS = [
    ("a", date(2026, 8, 8), SATURDAY_23, 12),
    ("a", date(2026, 8, 10), MONDAY_8, 9),
    ("b", date(2026, 8, 8), SATURDAY_23, 4),
    ("c", date(2026, 8, 8), SATURDAY_23, 7),
    ("d", date(2026, 8, 8), SATURDAY_23, 9),
    ("b", date(2026, 10, 3), SATURDAY_23, 500),
]


@pytest.fixture
def wiring(tmp_path: Path, data_folder: Path) -> Iterator[Wiring]:
    made = build_wiring(
        Settings(database=str(tmp_path / "yihui.db"), data_folder=data_folder), now=lambda: NOW
    )
    with made.database.write() as connection:
        import_stations(connection, Register("r", "名册", "r.csv", "1"), STATIONS, NOW)
    yield made
    made.database.close()


@pytest.fixture
def yihui(on_register: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("YIHUI_NOW", NOW.isoformat())
    return on_register


def _count(wiring: Wiring) -> None:
    with wiring.database.write() as connection:
        for station, day, hour, count in COUNTS:
            record_use_counts(connection, [UseCount(station, day, hour, count)], day)


def _exported(yihui: Command, file: Path, *more: str) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    done = yihui("plan", "export", "--area", "370102", "--at", NOW.isoformat(), "--gpkg", file, *more)
    assert done.code == 0, done.err
    stations = gpd.read_file(file, layer="stations").set_index("id")
    return stations, gpd.read_file(file, layer="coverage_county").set_index("code")


def test_a_layer_tells_of_each_station_only_what_may_be_told_alone(
    wiring: Wiring, yihui: Command, tmp_path: Path
) -> None:
    _count(wiring)
    stations, counties = _exported(yihui, tmp_path / "x.gpkg")
    assert stations["rests"].dropna().to_dict() == {"a": 12}
    assert stations["rest_hours"].dropna().to_dict() == {"a": "周六 23:00：12 人次"}
    assert counties["rests"].to_dict() == {"370102": 12 + 9 + 4 + 7}
    about = json.loads(
        yihui("plan", "export", "--area", "370102", "--gpkg", tmp_path / "y.gpkg", "--json").out
    )
    assert "2026年8月" in about["about"]["休息人次"]
    assert "2026-10" not in about["about"]["休息人次"]


def test_of_one_register_alone_nothing_is_told_of_several_stations_together(
    wiring: Wiring, yihui: Command, tmp_path: Path
) -> None:
    _count(wiring)
    _, counties = _exported(yihui, tmp_path / "x.gpkg", "--register", "r")
    assert counties["rests"].to_dict() == {"370102": 12}


def test_a_corrected_district_moves_no_use_of_a_published_month(wiring: Wiring, yihui: Command) -> None:
    _count(wiring)
    before = yihui("stations", "use", "--json").out
    moved = [one.model_copy(update={"district": "370103"}) if one.id == "b" else one for one in STATIONS]
    with wiring.database.write() as connection:
        import_stations(connection, Register("r", "名册", "r.csv", "2"), moved, NOW)
    assert yihui("stations", "use", "--json").out == before
