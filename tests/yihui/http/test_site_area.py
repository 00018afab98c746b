"""A site that serves one area: what it lists, finds, draws and hands to phones, and what it tells at the area's border."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from geo.station import Access, Entry, Kind, Station
from tests.yihui.http.conftest import RIDERS, STATIONS, import_into
from yihui.bootstrap import Wiring, build_wiring
from yihui.http.app import create_app

_OPEN = {
    "kind": Kind.OUTDOOR_STATION,
    "hours_text": "24小时",
    "entry": Entry.WALK_IN,
    "access": Access.PUBLIC,
}
_BORDER_VILLAGE = (117.5, 34.48)  # 台儿庄区, 700 m from Jiangsu
_OTHERS = [
    Station(id="border", name="边上驿站", lon=117.51, lat=34.49, district="370405", district_name="台儿庄区", **_OPEN),
    Station(id="jiangsu", name="江苏驿站", lon=117.5, lat=34.47, district="320305", district_name="贾汪区", **_OPEN),
    Station(id="taiwan", name="台湾驿站", lon=121.5, lat=25.0, district="710102", district_name="台北", **_OPEN),
    Station(id="undistricted", name="不知区县驿站", **_OPEN),
]  # fmt: skip
_AREA_ONLY = {"border", "undistricted", *(one.id for one in STATIONS if one.id != "gone")}


@pytest.fixture
def province(wiring: Wiring) -> Wiring:
    """A demo's wiring, whose area is Shandong, over stations on both sides of its border."""
    import_into(wiring, [*STATIONS, *_OTHERS])
    return wiring


@pytest.fixture
def client(province: Wiring) -> TestClient:
    return TestClient(create_app(province, RIDERS))


@pytest.fixture
def boundless(province: Wiring, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The same register without an area: no demo's folder."""
    settings = replace(province.settings, data_folder=tmp_path_factory.mktemp("plain"))
    made = build_wiring(settings, now=province.now)
    yield TestClient(create_app(made, RIDERS))
    made.close()


def _near(client: TestClient, lon: float, lat: float) -> str:
    return client.get("/", params={"lon": str(lon), "lat": str(lat), "datum": "wgs84"}).text


def test_stations_of_other_areas_are_nowhere_on_the_site(client: TestClient) -> None:
    listed = client.get("/api/v1/stations", params={"limit": "50"}).json()["stations"]
    assert {one["id"] for one in listed} - {"gone"} == _AREA_ONLY
    changes = client.get("/api/v1/stations/changes", params={"since": "0.0"}).json()
    assert {one["id"] for one in changes["stations"]} - {"gone"} == _AREA_ONLY
    pack = client.get("/api/v1/stations/regions/117.5_34.0").json()
    assert pack["stations"]["id"] == ["border"]
    assert set(pack["areas"]) == {"370000", "370400", "370405"}
    assert pack["limits"]["area"] == "山东省"
    assert client.get("/api/v1/stations/regions/117.0_36.5").json()["limits"] is None  # far from the border
    page = _near(client, *_BORDER_VILLAGE)
    assert "江苏驿站" not in page
    assert 'value="320305"' not in page
    for text in ("江苏驿站", "台湾驿站", "贾汪区", "台北"):
        assert client.get("/api/v1/places/search", params={"q": text}).json()["places"] == []
    _, south, east, _ = client.get("/map/base.json").json()["box"]
    assert (south > 34.0, east < 118.0) == (True, True)


def test_a_changed_station_enters_and_leaves_with_its_district(province: Wiring, client: TestClient) -> None:
    assert "江苏驿站" not in _near(client, *_BORDER_VILLAGE)  # the snapshot is in memory
    border, jiangsu = _OTHERS[:2]
    moved = [
        border.model_copy(update={"district": "320305"}),
        jiangsu.model_copy(update={"district": "370405"}),
    ]
    import_into(province, [*STATIONS, *moved])
    page = _near(client, *_BORDER_VILLAGE)
    assert "江苏驿站" in page
    assert "边上驿站" not in page


def test_a_rider_is_told_of_the_border_only_where_another_place_may_be_nearer(client: TestClient) -> None:
    told = "这里只有山东省的站点"
    assert told in _near(client, *_BORDER_VILLAGE)
    assert told in _near(client, 117.5, 34.47)  # on the other side
    beijing = _near(client, 116.4, 39.9)
    assert f"请说一下在哪儿。 {told}。" in beijing
    assert "由近到远" not in beijing  # nothing is listed
    assert told not in _near(client, *(117.0204, 36.6683))
    assert told in client.get("/", params={"q": "上海市"}).text
    assert told in client.get("/", params={"district": "710000"}).text
    assert told not in client.get("/", params={"district": "370405"}).text


def test_a_site_without_an_area_shows_all_and_tells_of_no_border(boundless: TestClient) -> None:
    page = _near(boundless, *_BORDER_VILLAGE)
    assert "江苏驿站" in page
    assert "这里只有" not in page
    assert boundless.get("/api/v1/places/search", params={"q": "台北"}).json()["places"] != []
