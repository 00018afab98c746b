"""What lies under the riders' map, over HTTP: outlines, the pictures of an MBTiles file, the tiles of the built streets."""

import gzip
import sqlite3
from dataclasses import replace
from pathlib import Path
from shutil import copy

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


def test_pictures_are_found_by_rows_counted_from_the_north(pictured: TestClient) -> None:
    answer = pictured.get("/map/tiles/12/3379/1599")
    assert (answer.content, answer.headers["content-type"]) == (PNG + b"12", "image/png")
    assert answer.headers["cache-control"] == "public, no-cache"
    assert pictured.get("/map/tiles/12/3379/1600").status_code == 404
    assert pictured.get("/map/tiles/99/3379/1600").status_code == 404


def test_who_made_the_pictures_is_told_as_text_and_not_as_markup(pictured: TestClient) -> None:
    assert pictured.get("/map/base.json").json()["credit"] == "© 市测绘院 <2026>"


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


TILE = gzip.compress(b"\x1a\x05tiles", mtime=0)
AT = (12, 3379, 1599)


def write_map(streets: Path, tiles: dict[tuple[int, int, int], bytes]) -> None:
    """A map as a build leaves it: written beside the former one, which it replaces."""
    streets.mkdir(exist_ok=True)
    write_mbtiles(streets / "new.mbtiles", tiles, {"format": "pbf"})
    (streets / "new.mbtiles").replace(streets / "map.mbtiles")


def settings_in(folder: Path, migrated_file: Path) -> Settings:
    write_map(folder / "streets", {AT: TILE, (6, 52, 24): TILE})
    database = copy(migrated_file, folder / "yihui.db")
    return Settings(database=str(database), data_folder=folder, streets=folder / "streets")


@pytest.fixture(scope="module")
def street_reader(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> TestClient:
    """A street_site for tests that leave its map alone."""
    street_settings = settings_in(tmp_path_factory.mktemp("site"), migrated_file)
    return TestClient(create_app(build_wiring(street_settings), RIDERS))


@pytest.fixture
def street_settings(tmp_path: Path, migrated_file: Path) -> Settings:
    return settings_in(tmp_path, migrated_file)


@pytest.fixture
def street_site(street_settings: Settings) -> TestClient:
    return TestClient(create_app(build_wiring(street_settings), RIDERS))


def address(client: TestClient, z: int, x: int, y: int) -> str:
    template: str = client.get("/map/base.json").json()["streets"]["template"]
    return template.format(z=z, x=x, y=y)


def test_the_page_learns_of_the_streets_and_whose_they_are(street_reader: TestClient) -> None:
    base = street_reader.get("/map/base.json?lang=zh").json()
    assert (base["streets"]["min_zoom"], base["streets"]["max_zoom"]) == (6, 12)
    assert base["credit"] == "街道：© OpenStreetMap 贡献者（ODbL）"
    assert "审图号" not in "".join(base["sources"])  # an operator's note
    english = street_reader.get("/map/base.json?lang=en").json()["credit"]
    assert english == "Streets: © OpenStreetMap contributors (ODbL)"


def test_a_tile_is_sent_as_it_is_stored_and_kept_for_ever(street_reader: TestClient) -> None:
    with street_reader.stream(
        "GET", address(street_reader, *AT), headers={"Accept-Encoding": "gzip"}
    ) as answer:
        assert b"".join(answer.iter_raw()) == TILE
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-length"] == str(len(TILE))
    assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert (answer.headers["cache-control"], answer.headers["vary"]) == (FOR_EVER, "Accept-Encoding")
    again = street_reader.get(answer.url, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("encoding", ["identity", "br"])
def test_a_client_that_unpacks_nothing_gets_it_unpacked(street_reader: TestClient, encoding: str) -> None:
    answer = street_reader.get(address(street_reader, *AT), headers={"Accept-Encoding": encoding})
    assert answer.content == gzip.decompress(TILE)
    assert "content-encoding" not in answer.headers


def test_a_zoom_that_the_map_has_not_is_not_found(street_reader: TestClient) -> None:
    for tile in ("5/0/0", "13/0/0", "99/1/1", "-1/0/0", "x/0/0"):
        assert street_reader.get(f"/map/streets/any/{tile}.mvt").status_code in (404, 422)


def test_a_new_build_is_used_at_once_under_another_version(
    street_site: TestClient, street_settings: Settings
) -> None:
    before = address(street_site, *AT)
    assert street_settings.streets is not None
    other = gzip.compress(b"\x1a\x06others", mtime=0)
    write_map(street_settings.streets, {AT: other})
    assert address(street_site, *AT) != before
    for one, cache in ((before, "public, no-cache"), (address(street_site, *AT), FOR_EVER)):
        answer = street_site.get(one)
        assert (answer.content, answer.headers["cache-control"]) == (gzip.decompress(other), cache)


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0" + b"\0" * 200])
def test_a_broken_new_map_leaves_the_former_one_in_use(
    street_site: TestClient, street_settings: Settings, content: bytes
) -> None:
    before = address(street_site, *AT)
    assert street_settings.streets is not None
    (street_settings.streets / "broken").write_bytes(content)
    (street_settings.streets / "broken").replace(street_settings.streets / "map.mbtiles")
    assert street_site.get(before).content == gzip.decompress(TILE)


@pytest.mark.parametrize("streets", ["nothing", None], ids=["no map built", "no streets"])
def test_without_a_map_there_are_no_streets(
    street_settings: Settings, tmp_path: Path, streets: str | None
) -> None:
    (tmp_path / "nothing").mkdir()
    folder = None if streets is None else tmp_path / streets
    client = TestClient(create_app(build_wiring(replace(street_settings, streets=folder)), RIDERS))
    base = client.get("/map/base.json").json()
    assert base["streets"] is None
    assert base["credit"] == ""
    assert client.get("/map/streets/any/12/3379/1599.mvt").status_code == 404
