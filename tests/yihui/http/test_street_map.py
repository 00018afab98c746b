"""/map/streets: the vector tiles of the built streets, as they are stored, for ever under a version."""

import gzip
from dataclasses import replace
from pathlib import Path
from shutil import copy

import pytest
from fastapi.testclient import TestClient

from tests.yihui.http.conftest import RIDERS
from tests.yihui.http.pictures import PNG, write_mbtiles
from yihui.bootstrap import Settings, build_wiring
from yihui.http.app import create_app

FOR_EVER = "public, max-age=31536000, immutable"
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
def reader(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> TestClient:
    """A site for tests that leave its map alone."""
    settings = settings_in(tmp_path_factory.mktemp("site"), migrated_file)
    return TestClient(create_app(build_wiring(settings), RIDERS))


@pytest.fixture
def settings(tmp_path: Path, migrated_file: Path) -> Settings:
    return settings_in(tmp_path, migrated_file)


@pytest.fixture
def site(settings: Settings) -> TestClient:
    return TestClient(create_app(build_wiring(settings), RIDERS))


def address(client: TestClient, z: int, x: int, y: int) -> str:
    template: str = client.get("/map/base.json").json()["streets"]["template"]
    return template.format(z=z, x=x, y=y)


def test_the_page_learns_of_the_streets_and_whose_they_are(reader: TestClient) -> None:
    base = reader.get("/map/base.json?lang=zh").json()
    assert (base["streets"]["min_zoom"], base["streets"]["max_zoom"]) == (6, 12)
    assert base["sources"][0] == "街道：© OpenStreetMap 贡献者（ODbL）"
    assert base["sources"][-1].startswith("审图号")
    english = reader.get("/map/base.json?lang=en").json()["sources"]
    assert english[0] == "Streets: © OpenStreetMap contributors (ODbL)"


def test_a_tile_is_sent_as_it_is_stored_and_kept_for_ever(reader: TestClient) -> None:
    with reader.stream("GET", address(reader, *AT), headers={"Accept-Encoding": "gzip"}) as answer:
        assert b"".join(answer.iter_raw()) == TILE
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-length"] == str(len(TILE))
    assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert (answer.headers["cache-control"], answer.headers["vary"]) == (FOR_EVER, "Accept-Encoding")
    again = reader.get(answer.url, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("encoding", ["identity", "br"])
def test_a_client_that_unpacks_nothing_gets_it_unpacked(reader: TestClient, encoding: str) -> None:
    answer = reader.get(address(reader, *AT), headers={"Accept-Encoding": encoding})
    assert answer.content == gzip.decompress(TILE)
    assert "content-encoding" not in answer.headers


def test_where_nothing_is_drawn_the_answer_is_empty_and_kept_too(reader: TestClient) -> None:
    answer = reader.get(address(reader, 12, 3379, 1600))
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["cache-control"] == FOR_EVER


def test_a_zoom_that_the_map_has_not_is_not_found(reader: TestClient) -> None:
    for tile in ("5/0/0", "13/0/0", "99/1/1", "-1/0/0", "x/0/0"):
        assert reader.get(f"/map/streets/any/{tile}.mvt").status_code in (404, 422)


def test_a_new_build_is_used_at_once_under_another_version(site: TestClient, settings: Settings) -> None:
    before = address(site, *AT)
    assert settings.streets is not None
    other = gzip.compress(b"\x1a\x06others", mtime=0)
    write_map(settings.streets, {AT: other})
    assert address(site, *AT) != before
    for one, cache in ((before, "public, no-cache"), (address(site, *AT), FOR_EVER)):
        answer = site.get(one)
        assert (answer.content, answer.headers["cache-control"]) == (gzip.decompress(other), cache)


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0" + b"\0" * 200])
def test_a_broken_new_map_leaves_the_former_one_in_use(
    site: TestClient, settings: Settings, content: bytes
) -> None:
    before = address(site, *AT)
    assert settings.streets is not None
    (settings.streets / "broken").write_bytes(content)
    (settings.streets / "broken").replace(settings.streets / "map.mbtiles")
    assert site.get(before).content == gzip.decompress(TILE)


def test_the_operators_pictures_take_the_streets_place(settings: Settings, tmp_path: Path) -> None:
    write_mbtiles(tmp_path / "pictures.mbtiles", {(7, 105, 49): PNG})
    wiring = build_wiring(replace(settings, base_map=tmp_path / "pictures.mbtiles"))
    base = TestClient(create_app(wiring, RIDERS)).get("/map/base.json").json()
    assert (base["streets"], bool(base["tiles"])) == (None, True)
    assert not [source for source in base["sources"] if "OpenStreetMap" in source]


@pytest.mark.parametrize("streets", ["nothing", None], ids=["no map built", "no streets"])
def test_without_a_map_there_are_no_streets(settings: Settings, tmp_path: Path, streets: str | None) -> None:
    (tmp_path / "nothing").mkdir()
    folder = None if streets is None else tmp_path / streets
    client = TestClient(create_app(build_wiring(replace(settings, streets=folder)), RIDERS))
    base = client.get("/map/base.json").json()
    assert base["streets"] is None
    assert not [source for source in base["sources"] if "OpenStreetMap" in source]
    assert client.get("/map/streets/any/12/3379/1599.mvt").status_code == 404
