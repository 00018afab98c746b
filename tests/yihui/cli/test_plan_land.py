"""The census over the homes of an extract: in every planning command, compared with the even spread, and refused."""

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow.parquet as pq
import pytest
import shapely
from pyproj import Geod

from tests.yihui.commands import Command, commands_through
from tests.yihui.planted_land import HOMES, build_land, draw_square, planted_homes
from tests.yihui.planted_raster import COUNTY, PEOPLE, TOWNS
from tests.yihui.planted_town import NIGHT, Town, town_database, town_in  # noqa: F401
from yihui.bootstrap import build_wiring, load_settings
from yihui.planning.demand.request import DemandQuery
from yihui.planning.demand.run import load_demand

pytestmark = pytest.mark.endure


@pytest.fixture
def town(data_folder: Path, tmp_path: Path, town_database: Path, monkeypatch: pytest.MonkeyPatch) -> Town:  # noqa: F811
    monkeypatch.setenv("YIHUI_DATA_FOLDER", str(data_folder))
    return town_in(tmp_path, data_folder, town_database)


@pytest.fixture
def yihui(capsys: pytest.CaptureFixture[str], town: Town, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("YIHUI_DATABASE_URL", str(town.database))
    monkeypatch.setenv("YIHUI_NOW", "2026-10-08T10:00+08:00")
    return commands_through(capsys)


@pytest.fixture
def streets(yihui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = build_land(planted_homes(), tmp_path)
    monkeypatch.setenv("YIHUI_STREETS", str(folder))
    return folder


def away_m(site: dict[str, float], town: tuple[float, float]) -> float:
    return float(Geod(ellps="WGS84").inv(site["lon"], site["lat"], *town)[2])


def test_residents_stand_in_the_planted_towns(yihui: Command, streets: Path) -> None:
    demand = load_demand(
        build_wiring(load_settings(os.environ)), DemandQuery("population", COUNTY, 250.0)
    ).demand
    assert demand.total == PEOPLE
    near = {
        name: float(demand.weight[np.abs(demand.points - place).max(axis=1) < 0.02].sum())
        for name, place in TOWNS.items()
    }
    assert sum(near.values()) == PEOPLE
    for name, people in near.items():
        assert people == pytest.approx(PEOPLE * HOMES[name] / sum(HOMES.values()), rel=0.01)


def test_the_spread_is_told_with_its_source_and_kept_apart_from_the_even_one(
    yihui: Command, streets: Path
) -> None:
    told = yihui("plan", "demand", "population", "--area", COUNTY)
    assert told.code == 0, told.words
    assert "© OpenStreetMap 贡献者" in told.out
    assert "1 个区域按住宅建筑面积" in told.words
    assert "--demand population:even" in told.words
    english = yihui("plan", "demand", "census", "--area", COUNTY, lang="en").words
    assert "Areas by dwelling floor: 1" in english
    even = yihui("plan", "demand", "population:even", "--area", COUNTY, "--json")
    points = json.loads(even.out)
    assert (points["total"], points["notes"], points["demand"]) == (PEOPLE, [], "population")
    by_land = json.loads(yihui("plan", "demand", "population", "--area", COUNTY, "--json").out)
    assert by_land["total"] == PEOPLE
    assert by_land["points"] < points["points"] / 10


COMMANDS = {
    "coverage": ("plan", "coverage"),
    "gaps": ("plan", "gaps", "--at", NIGHT),
    "sites": ("plan", "sites", "-p", 1, "--grid", 5_000),
    "access": ("plan", "access"),
    "compare": ("plan", "compare", "--before", "now"),
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=[*COMMANDS])
def test_every_command_says_how_the_census_is_spread(
    yihui: Command, streets: Path, command: tuple[object, ...]
) -> None:
    said = (*command, "--area", COUNTY)
    by_land = yihui(*said)
    assert by_land.code == 0, by_land.words
    assert "OpenStreetMap 贡献者" in by_land.words
    assert "居民按区县均匀分布" not in by_land.words
    assert "个区域按住宅建筑面积" in by_land.words
    even = yihui(*said, "--demand", "population:even")
    assert even.code == 0, even.words
    assert "OpenStreetMap" not in even.words


def test_siting_finds_the_planted_towns_and_compares_the_even_spread(yihui: Command, streets: Path) -> None:
    said = ("plan", "sites", "--area", COUNTY, "-p", 3, "--grid", 500, "--stability", 20)
    found = json.loads(yihui(*said, "--json", lang="en").out)
    near = {
        min(TOWNS, key=lambda name, site=site: away_m(site, TOWNS[name])): site for site in found["sites"]
    }  # type: ignore[misc]
    assert near.keys() == TOWNS.keys(), "a site in each town"
    assert all(away_m(site, TOWNS[name]) < 700 for name, site in near.items())
    notes = [note["message"] for note in found["notes"]]
    assert any("would be served with these sites instead of" in note for note in notes)
    assert any("a quick search puts a site within 500 m of" in note for note in notes)
    even = json.loads(yihui(*said, "--demand", "population:even", "--json").out)
    assert even["notes"] == []


def test_the_report_says_which_spread_and_how_much_it_changes(
    yihui: Command, streets: Path, tmp_path: Path
) -> None:
    page, said = tmp_path / "report.html", ("report", "coverage", "--area", "370100")
    done = yihui(*said, "--html", page, lang="en")
    assert done.code == 0, done.words
    html = page.read_text(encoding="utf-8")
    for words in (
        "Areas by dwelling floor: 1; by residential land: 0; by the length of residential roads: 0; evenly: 11",
        "if the residents were spread evenly, it would be",
        "dasymetric mapping, Mennis 2003",
        "© OpenStreetMap contributors",
    ):
        assert words in html, words
    assert "there is no finer grid in it" not in html
    assert "if the residents were spread evenly, it would be" in done.err
    told = json.loads(yihui(*said, "--json").out)["demand"]
    assert told["areas_by_source"] == {"buildings": 1, "residential": 0, "roads": 0, "even": 11}
    plain = tmp_path / "even.html"
    assert yihui(*said, "--demand", "census:even", "--html", plain, lang="en").code == 0
    even = plain.read_text(encoding="utf-8")
    assert "there is no finer grid in it" in even and "OpenStreetMap" not in even


def test_the_map_names_the_source_of_its_residents(yihui: Command, streets: Path, tmp_path: Path) -> None:
    page = tmp_path / "map.html"
    done = yihui("map", "--out", page, "--area", "370100", "--no-hours")
    assert done.code == 0, done.words
    assert "OpenStreetMap 贡献者" in page.read_text(encoding="utf-8")


def test_people_of_own_outlines_stand_in_their_homes(yihui: Command, streets: Path, tmp_path: Path) -> None:
    file = tmp_path / "townships.geojson"
    boxes = [shapely.Point(TOWNS[name]).buffer(0.05, quad_segs=1) for name in ("东镇", "西镇")]
    columns = {"区划代码": ["370124001000", "370124002000"], "名称": ["东镇", "西镇"], "人口": [9_000, 5_000]}
    gpd.GeoDataFrame(columns, geometry=boxes, crs="EPSG:4326").to_file(file)
    said = ("plan", "coverage", "--area", COUNTY, "--outlines", file, "--by", "township", "--json")
    land = json.loads(yihui(*said, lang="en").out)
    assert land["total"] == 14_000
    assert any("Areas by dwelling floor: 2" in note for note in land["notes"])
    even = json.loads(yihui(*said, "--demand", "population:even", lang="en").out)
    assert (even["total"], even["notes"]) == (14_000, [])


def test_streets_without_land_leave_the_census_even_and_say_so(
    yihui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "streets").mkdir()
    monkeypatch.setenv("YIHUI_STREETS", str(tmp_path / "streets"))
    told = yihui("plan", "coverage", "--area", COUNTY, lang="en")
    assert told.code == 0, told.words
    assert "There are no built streets in" in told.words
    assert "Residents are spread evenly over each county" in told.words
    (tmp_path / "streets" / "streets.json").write_text(
        '{"parts": {"names": {"extract": "a", "sha256": "", "form": 1, "built_at": "", "size_bytes": 1}}}',
        encoding="utf-8",
    )
    told = yihui("plan", "coverage", "--area", COUNTY, lang="en")
    assert "were built without buildings and land" in told.words


def test_one_county_by_land_leaves_the_caveat_of_the_many_that_are_even(
    yihui: Command, streets: Path
) -> None:
    told = yihui("plan", "gaps", "--area", "370100", "--json")
    assert told.code == 0, told.words
    found = json.loads(told.out)
    assert found["spread_evenly"] is True
    assert "多数居民（96." in yihui("plan", "gaps", "--area", "370100").words
    assert "常住人口按各区县面积均匀摊开" in yihui("plan", "coverage", "--area", "370100").words
    assert any("多数居民" in note["message"] for note in found["notes"])
    alone = json.loads(yihui("plan", "gaps", "--area", COUNTY, "--json").out)
    assert alone["spread_evenly"] is False


def test_a_county_with_too_few_homes_stays_even_and_is_named(
    yihui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extract = planted_homes()
    lacking = type(extract)()
    draw_square(lacking, *TOWNS["东镇"], 0.0004, building="apartments")
    monkeypatch.setenv("YIHUI_STREETS", str(build_land(lacking, tmp_path)))
    told = yihui("plan", "coverage", "--area", COUNTY)
    assert told.code == 0, told.words
    assert "平阴县" in told.words and "均匀" in told.words and "OpenStreetMap" not in told.words


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "parquet"])
def test_cells_of_residents_say_whose_data_they_rest_on(
    yihui: Command, streets: Path, tmp_path: Path, ending: str
) -> None:
    file = tmp_path / f"cells.{ending}"
    done = yihui("plan", "demand", "population", "--area", COUNTY, "--to", file)
    assert done.code == 0, done.words
    if ending == "gpkg":
        with closing(sqlite3.connect(file)) as opened:
            (told,) = opened.execute("SELECT description FROM gpkg_contents").fetchone()
    elif ending == "geojson":
        told = json.loads(file.read_text(encoding="utf-8"))["description"]
    else:
        told = pq.read_schema(file).metadata[b"description"].decode()
    assert "© OpenStreetMap 贡献者，ODbL" in told
    assert (
        sum(gpd.read_parquet(file)["people"] if ending == "parquet" else gpd.read_file(file)["people"])
        == PEOPLE
    )


def test_land_of_another_version_leaves_the_census_even_and_says_so(yihui: Command, streets: Path) -> None:
    np.savez(streets / "land.npz", form=np.int64(1), extent=np.zeros(4))
    told = yihui("plan", "coverage", "--area", COUNTY, lang="en")
    assert told.code == 0, told.words
    assert "were built by another version of Yihui: residents are spread evenly" in told.words
    assert "Residents are spread evenly over each county" in told.words


def test_damaged_land_is_named_and_the_even_spread_still_works(yihui: Command, streets: Path) -> None:
    (streets / "land.npz").write_bytes(b"no land")
    refused = yihui("plan", "coverage", "--area", COUNTY)
    assert refused.code == 1
    assert "land.npz" in refused.err and "--again" in refused.err and "Traceback" not in refused.err
    assert yihui("plan", "coverage", "--area", COUNTY, "--demand", "population:even").code == 0
