"""GET /api/v1/places/search and the rider's choices: the register and the streets as one list."""

import shutil
from dataclasses import replace
from math import cos, hypot, radians
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from geo.station import Kind, Station
from tests.street_town import build_town_names
from tests.yihui.http.conftest import RIDERS, STATIONS, import_into
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.http.app import create_app

SEARCH = "/api/v1/places/search"


@pytest.fixture(scope="module")
def client(filled_riders: TestClient) -> TestClient:
    return filled_riders


def found(client: TestClient, q: str, **asked: str) -> list[str]:
    return [place["id"] for place in client.get(SEARCH, params={"q": q, **asked}).json()["places"]]


@pytest.mark.parametrize(
    ("typed", "ids"),
    [
        ("泉城路", ["quancheng"]),
        ("quanchenglu", ["quancheng"]),
        ("历下", ["370102"]),
        ("光明路", ["unplaced"]),
        ("已撤", []),  # closed for good: nobody is sent there
        ("<img src=x", ["hostile"]),
        ("%", []),
        ("😀", []),
    ],
)
def test_places_are_found_by_what_a_rider_types(client: TestClient, typed: str, ids: list[str]) -> None:
    assert found(client, typed) == ids


def test_a_search_keeps_to_a_district_and_a_number_and_prefers_what_is_near(client: TestClient) -> None:
    assert found(client, "驿站") == ["night", "unplaced", "quancheng"]
    assert found(client, "驿站", limit="1") == ["night"]
    assert found(client, "驿站", lon="117.0210", lat="36.6690") == ["quancheng", "night", "unplaced"]
    assert found(client, "驿站", lon="117.02695", lat="36.6694", datum="gcj02")[0] == "quancheng"
    assert found(client, "驿站", lon="117.0210", lat="36.6690", district="370402") == ["unplaced"]
    for half in (
        {"lon": "117.0"},
        {"lat": "36.6"},
        {"lon": "0", "lat": "0"},
        {"lon": "36.6", "lat": "117.0"},
    ):
        answer = client.get(SEARCH, params={"q": "驿站", **half})
        assert answer.status_code == 422, half
        assert answer.json()["errors"][0]["remedy"], half


def test_what_changes_in_the_register_is_found_at_once(wiring: Wiring) -> None:
    with TestClient(create_app(wiring, RIDERS)) as client:
        assert found(client, "xinzhan") == []
        new = Station(id="new", name="新站", kind=Kind.LIBRARY, district="370102", district_name="历下区")
        import_into(wiring, [new, *STATIONS[1:]])  # and the first is gone
        assert found(client, "xinzhan") == ["new"]
        assert found(client, "泉城路") == []
        (district,) = client.get(SEARCH, params={"q": "历下", "lang": "en"}).json()["places"]
        assert district["detail"] == "places: 4"


HERE = {"lon": "117.0101", "lat": "36.66"}
SOURCE = "道路和地点名称：© OpenStreetMap 贡献者（ODbL）"


@pytest.fixture(scope="module")
def streets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_town_names(tmp_path_factory.mktemp("town") / "streets")


@pytest.fixture(scope="module")
def town(filled: Wiring, streets: Path) -> TestClient:
    settings = replace(filled.settings, streets=streets)
    return TestClient(create_app(build_wiring(settings, now=filled.now), RIDERS))


def names(town: TestClient, q: str, **asked: str) -> list[tuple[str, str]]:
    answer = town.get(SEARCH, params={"q": q, "lang": "zh", **asked})
    assert answer.status_code == 200, answer.text
    return [(place["name"], place["kind"]) for place in answer.json()["places"]]


def test_a_place_says_what_it_is_where_and_whose_the_name_is(town: TestClient) -> None:
    answer = town.get(SEARCH, params={"q": "泉城路200号", "lang": "zh", **HERE}).json()
    assert answer["sources"] == [SOURCE]
    house = answer["places"][0]
    assert (house["name"], house["detail"]) == ("泉城路200号", "门牌号 · 济南市历下区 · 484 米")
    assert (house["lon"], house["lat"], house["approximate"]) == (117.014, 36.656975, False)
    near = town.get(SEARCH, params={"q": "泉城路196号", "lang": "zh", **HERE}).json()["places"][0]
    assert (near["name"], near["approximate"]) == ("泉城路198号", True)
    assert near["detail"].startswith("离 196 号最近的已知门牌")
    rough = town.get(
        SEARCH, params={"q": "泉城路200号", "lang": "zh", "lon": "117.01", "lat": "36.66"}
    ).json()
    assert rough["places"][0]["detail"] == "门牌号 · 济南市历下区"
    english = town.get(SEARCH, params={"q": "泉城路200号", "lang": "en", **HERE}).json()["places"][0]
    assert english["detail"].startswith("house number · ")


def test_of_equal_matches_the_nearer_comes_first_be_it_a_station_or_a_place_of_the_streets(
    town: TestClient,
) -> None:
    found = town.get(SEARCH, params={"q": "泉城", "lang": "zh", "limit": "50", **HERE}).json()["places"]
    lon, lat = (float(HERE[axis]) for axis in ("lon", "lat"))
    apart = [
        hypot((one["lon"] - lon) * cos(radians(lat)), one["lat"] - lat)
        for one in found
        if one["name"].startswith("泉城") and one["name"] != "泉城"
    ]
    assert {one["kind"] for one in found} >= {"station", "road"}
    assert apart == sorted(apart)


@pytest.mark.parametrize("asked", [{}, {"q": ""}, {"q": "x", "lon": "117"}, {"q": "x", "limit": "0"}])
def test_what_cant_be_asked_is_refused(town: TestClient, asked: dict[str, str]) -> None:
    assert town.get(SEARCH, params=asked).status_code == 422


@pytest.mark.parametrize("q", ["%", "😀", '"', "* AND", "a" * 200, "泉" * 200, "\u202e"])
def test_nothing_that_is_typed_is_taken_for_a_command(town: TestClient, q: str) -> None:
    assert names(town, q, **HERE) == []


def test_new_names_are_used_at_once_and_broken_ones_never(
    tmp_path: Path, streets: Path, filled: Wiring
) -> None:
    folder = tmp_path / "streets"
    shutil.copytree(streets, folder)
    wiring = build_wiring(Settings(database=str(tmp_path / "yihui.db"), data_folder=tmp_path, streets=folder))
    import_into(wiring, [])
    with TestClient(create_app(wiring, RIDERS)) as town:
        assert names(town, "趵突泉")[0] == ("趵突泉", "sight")
        (folder / "names.new").write_bytes(b"no database")
        (folder / "names.new").replace(folder / "names.sqlite")
        assert names(town, "趵突泉")[0] == ("趵突泉", "sight")  # what was read before
        shutil.copy(streets / "names.sqlite", folder / "names.new")
        (folder / "names.new").replace(folder / "names.sqlite")
        assert names(town, "泉城路200号")[0] == ("泉城路200号", "house")
        content = bytearray((streets / "names.sqlite").read_bytes())
        content[len(content) // 3 :] = b"\xff" * (len(content) - len(content) // 3)
        (folder / "names.new").write_bytes(bytes(content))
        (folder / "names.new").replace(folder / "names.sqlite")
        # Damaged inside: the register alone answers
        for typed in ("趵突泉", "泉城路200号", "泉城路与芙蓉街"):
            assert town.get(SEARCH, params={"q": typed}).status_code == 200
        (folder / "names.sqlite").unlink()
        assert names(town, "趵突泉") == []
