"""What an address in words may mean: told apart, and the town's own first."""

import re
from collections.abc import Iterator
from pathlib import Path
from shutil import copy
from typing import Any

import pytest
from fastapi.testclient import TestClient

from geo.station import Access, Kind, Station
from tests.yihui.http.conftest import import_into
from tests.yihui.http.keeper_pages import app_of
from yihui.bootstrap import Settings, build_wiring

JINAN: dict[str, Any] = {"district": "370102", "district_name": "历下区"}
ZAOZHUANG: dict[str, Any] = {"district": "370402", "district_name": "市中区"}
_PARK: dict[str, Any] = {"name": "人民公园驿站", "kind": Kind.OUTDOOR_STATION, "access": Access.PUBLIC}
STATIONS = [
    Station(id="far", lon=117.56, lat=34.87, address="山东省枣庄市市中区光明路 1 号", **_PARK, **ZAOZHUANG),
    Station(id="near", lon=117.03, lat=36.66, address="历下区泉城路 180 号", **_PARK, **JINAN),
    Station(id="twin", lon=117.04, lat=36.66, address="历下区泉城路 180 号", **_PARK, **JINAN),
    Station(id="bare", **_PARK, **JINAN),
]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("site")
    database = str(copy(migrated_file, folder / "yihui.db"))
    wiring = build_wiring(Settings(database=database, data_folder=folder))
    import_into(wiring, STATIONS)
    assert len(wiring.outlines)  # by which districts have their official names
    opened = app_of(wiring)
    opened.headers["Accept-Language"] = "zh"
    yield opened
    wiring.database.close()


def told(client: TestClient, **asked: str) -> list[tuple[str, str]]:
    html = client.get("/", params={**asked, "part": "answer"}).text
    return re.findall(r'<li><a[^>]*>([^<]*)<span class="small">([^<]*)</span>', html)


def details(client: TestClient, **asked: str) -> list[str]:
    return [detail for _, detail in told(client, **asked)]


def test_every_place_says_its_city_and_district_once(client: TestClient) -> None:
    assert details(client, q="光明路") == ["枣庄市市中区 · 光明路 1 号"]
    assert details(client, q="人民公园")[0].startswith("济南市历下区")
    assert told(client, q="历下")[0] == ("山东省济南市历下区", "站点 3 处")


def test_no_two_choices_read_alike(client: TestClient) -> None:
    shown = told(client, q="人民公园")
    assert len(shown) == len(set(shown)) == len(STATIONS)
    assert "济南市历下区 · 泉城路 180 号 · 登记编号 twin" in [detail for _, detail in shown]
    assert "济南市历下区" in [detail for _, detail in shown]


def test_the_town_where_the_page_last_was_comes_first(client: TestClient) -> None:
    assert details(client, q="人民公园", near="117.6,34.9")[0].startswith("枣庄市")
    assert details(client, q="人民公园", near="117.0,36.7")[0].startswith("济南市")


@pytest.mark.parametrize("near", ["", "x", "370102", "117.0", "1e3,2", "117.0,36.7,1", "<img>"])
def test_what_is_no_town_orders_nothing(client: TestClient, near: str) -> None:
    assert details(client, q="人民公园", near=near) == details(client, q="人民公园")


@pytest.mark.parametrize(
    ("asked", "town"),
    [
        ({"lon": "117.0204", "lat": "36.6683"}, "117.0,36.7"),
        ({"lon": "117.0204", "lat": "36.6683", "to_lon": "117.1", "to_lat": "36.7"}, "117.0,36.7"),
        ({"district": "370402"}, "117.6,34.9"),
        ({"station": "far"}, "117.6,34.9"),
        ({"q": "人民", "near": "117.6,34.9"}, "117.6,34.9"),
        ({}, ""),
    ],
)
def test_the_form_takes_along_a_town_and_never_a_place(
    client: TestClient, asked: dict[str, str], town: str
) -> None:
    html = client.get("/", params=asked).text
    assert re.findall(r'<input type="hidden" name="near" value="([^"]*)">', html) == [town]
    assert re.findall(r' data-near="([^"]*)"', html) == [town][: bool(town)]


def test_a_town_alone_asks_nothing_and_goes_with_no_other_question(client: TestClient) -> None:
    assert 'data-state="asking"' in client.get("/", params={"near": "117.0,36.7"}).text
    html = client.get("/", params={"q": "人民公园", "near": "117.0,36.7", "kind": "outdoor_station"}).text
    assert "near=" not in "".join(re.findall(r'<li><a href="([^"]+)"', html))
