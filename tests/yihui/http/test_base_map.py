"""What lies under the riders' map, over HTTP: outlines, and the pictures of an MBTiles file."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from core.faults import FaultError
from tests.yihui.http.conftest import RIDERS
from tests.yihui.http.pictures import PNG, Tiles, write_mbtiles
from yihui.bootstrap import Settings, build_wiring
from yihui.files.raster_tiles import RasterTiles
from yihui.http.app import create_app

FOR_EVER = "public, max-age=31536000, immutable"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("map")
    write_mbtiles(folder / "济南 #1.mbtiles", {(7, 105, 49): PNG, (12, 3379, 1599): PNG + b"12"})
    return folder


@pytest.fixture(scope="module")
def settings(folder: Path) -> Settings:
    return Settings(database=str(folder / "yihui.db"), data_folder=folder)


@pytest.fixture(scope="module")
def site(settings: Settings) -> TestClient:
    """Outlines of all China, and no pictures."""
    return TestClient(create_app(build_wiring(settings), RIDERS))


@pytest.fixture(scope="module")
def pictured(settings: Settings, folder: Path) -> TestClient:
    """With the operator's pictures."""
    wiring = build_wiring(replace(settings, base_map=folder / "济南 #1.mbtiles"))
    return TestClient(create_app(wiring, RIDERS))


def test_the_page_is_told_what_there_is_to_draw_and_whose_it_is(site: TestClient) -> None:
    told = site.get("/map/base.json?lang=en").json()
    assert told["tiles"] is None
    assert (told["outlines"]["min_zoom"], told["outlines"]["max_zoom"]) == (6, 12)
    assert [text.partition(":")[0] for text in told["sources"]] == ["Outlines", "Map-review number (审图号)"]
    assert site.get("/map/base.json?lang=zh").json()["sources"][0].startswith("边界")


def test_an_outline_tile_is_kept_for_ever_under_an_address_that_names_its_version(site: TestClient) -> None:
    address = site.get("/map/base.json").json()["outlines"]["template"].format(z=10, x=844, y=400)
    answer = site.get(address)
    assert answer.headers["cache-control"] == FOR_EVER
    assert answer.json()["areas"]
    assert "市中区" in [name for *_, name in answer.json()["names"]]
    again = site.get(address, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_an_address_of_older_outlines_shows_todays_and_is_not_kept(site: TestClient) -> None:
    answer = site.get("/map/outlines/older/10/844/400.json")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "public, no-cache")


@pytest.mark.parametrize("tile", ["5/0/0", "13/0/0", "6/64/0", "6/0/64", "6/-1/0"])
def test_a_tile_that_there_is_not_is_a_problem_of_the_usual_shape(site: TestClient, tile: str) -> None:
    answer = site.get(f"/map/outlines/any/{tile}.json")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_pictures_are_found_by_rows_counted_from_the_north(pictured: TestClient) -> None:
    answer = pictured.get("/map/tiles/12/3379/1599")
    assert (answer.content, answer.headers["content-type"]) == (PNG + b"12", "image/png")
    assert answer.headers["cache-control"] == "public, no-cache"
    assert pictured.get("/map/tiles/12/3379/1600").status_code == 404
    assert pictured.get("/map/tiles/99/3379/1600").status_code == 404


def test_pictures_are_kept_for_ever_under_the_address_that_the_page_is_told(pictured: TestClient) -> None:
    told = pictured.get("/map/base.json").json()
    assert (told["tiles"]["min_zoom"], told["tiles"]["max_zoom"]) == (7, 12)
    answer = pictured.get(told["tiles"]["template"].format(z=7, x=105, y=49))
    assert (answer.status_code, answer.headers["cache-control"]) == (200, FOR_EVER)
    assert pictured.get(answer.url, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304


def test_who_made_the_pictures_is_told_as_text_and_not_as_markup(pictured: TestClient) -> None:
    assert pictured.get("/map/base.json").json()["sources"][0] == "© 市测绘院 <2026>"


def test_without_pictures_there_is_none(site: TestClient) -> None:
    assert site.get("/map/tiles/7/105/49").status_code == 404


def test_another_file_has_another_version(folder: Path) -> None:
    file = folder / "changed.mbtiles"
    versions = set()
    for content in (PNG, PNG + b"longer" * 2000):
        file.unlink(missing_ok=True)
        write_mbtiles(file, {(7, 105, 49): content})
        opened = RasterTiles.open(file)
        versions.add(opened.version)
        opened.close()
    assert len(versions) == 2


def test_nothing_can_be_written_through_the_open_file(folder: Path) -> None:
    opened = RasterTiles.open(folder / "济南 #1.mbtiles")
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        opened.tiles._connection.execute("DELETE FROM tiles")
    opened.close()


WRONG: dict[str, tuple[dict[str, str], Tiles, str]] = {
    "vector tiles are not drawn": ({"format": "pbf"}, {(7, 1, 1): b"\x1f\x8b"}, "its tiles are “{value}”"),
    "the format is the one thing that must be said": ({}, {(7, 1, 1): PNG}, "its tiles are “{value}”"),
    "what says PNG and is HTML is not served": (
        {"format": "png"},
        {(7, 1, 1): b"<script>"},
        "something else",
    ),
    "a file without tiles": ({"format": "png"}, {}, "there is no tile in it"),
    "zooms that no map has": ({"format": "png"}, {(30, 1, 1): PNG}, "its zooms are {value}"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_file_is_told_with_its_remedy(tmp_path: Path, case: str) -> None:
    metadata, tiles, said = WRONG[case]
    file = tmp_path / "wrong.mbtiles"
    write_mbtiles(file, tiles, metadata)
    with pytest.raises(FaultError) as told:
        RasterTiles.open(file)
    (fault,) = told.value.faults
    assert said in fault.message
    assert (fault.file, bool(fault.remedy)) == (str(file), True)


@pytest.mark.parametrize("content", [b"", b"not a database", b"SQLite format 3\0" + b"\0" * 200])
def test_a_file_that_is_no_mbtiles_is_told(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "other.mbtiles"
    file.write_bytes(content)
    with pytest.raises(FaultError, match="this is no MBTiles file"):
        RasterTiles.open(file)
