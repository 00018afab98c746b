"""GET /api/v1/places/search and the rider's choices: the register and the streets as one list."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.street_town import build_town_names
from tests.yihui.http.conftest import RIDERS, import_into
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.http.app import create_app

SEARCH = "/api/v1/places/search"
HERE = {"lon": "117.01", "lat": "36.66"}
SOURCE = "道路和地点名称：© OpenStreetMap 贡献者（ODbL）"


@pytest.fixture(scope="module")
def streets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_town_names(tmp_path_factory.mktemp("town") / "streets")


@pytest.fixture(scope="module")
def client(filled: Wiring, streets: Path) -> TestClient:
    settings = replace(filled.settings, streets=streets)
    return TestClient(create_app(build_wiring(settings, now=filled.now), RIDERS))


def names(client: TestClient, q: str, **asked: str) -> list[tuple[str, str]]:
    answer = client.get(SEARCH, params={"q": q, "lang": "zh", **asked})
    assert answer.status_code == 200, answer.text
    return [(place["name"], place["kind"]) for place in answer.json()["places"]]


def test_what_is_called_just_so_comes_before_stations_on_it(client: TestClient) -> None:
    found = names(client, "泉城路", **HERE)
    assert found[0] == ("泉城路", "road")
    assert ("泉城路户外劳动者驿站", "station") in found


def test_districts_come_first_and_streets_after(client: TestClient) -> None:
    assert names(client, "历下区", **HERE) == [
        ("山东省济南市历下区", "district"),
        ("历下区大明湖街道", "township"),
    ]


def test_a_place_says_what_it_is_where_and_whose_the_name_is(client: TestClient) -> None:
    answer = client.get(SEARCH, params={"q": "泉城路200号", "lang": "zh", **HERE}).json()
    assert answer["sources"] == [SOURCE]
    assert answer["places"][:1] == [
        {
            "kind": "house",
            "id": "house:117.01400,36.65698",
            "name": "泉城路200号",
            "detail": "门牌号 · 济南市历下区 · 490 米",
            "district": "370102",
            "lon": 117.014,
            "lat": 36.656975,
            "approximate": False,
        }
    ]
    near = client.get(SEARCH, params={"q": "泉城路196号", "lang": "zh", **HERE}).json()["places"][0]
    assert (near["name"], near["approximate"]) == ("泉城路198号", True)
    assert near["detail"].startswith("离 196 号最近的已知门牌")
    english = client.get(SEARCH, params={"q": "泉城路200号", "lang": "en", **HERE}).json()["places"][0]
    assert english["detail"].startswith("house number · ")


def test_the_answer_is_in_the_datum_that_is_asked_for(client: TestClient) -> None:
    asked = {"q": "趵突泉", "datum": "gcj02", "lon": "117.016", "lat": "36.661"}
    (found,) = client.get(SEARCH, params=asked).json()["places"][:1]
    assert found["lon"] == pytest.approx(117.0003 + 0.006, abs=1e-3)
    plain = {"q": "趵突泉", "lon": "117.01", "lat": "36.6587"}
    features = client.get(SEARCH, params=plain, headers={"Accept": "application/geo+json"}).json()
    assert features["features"][0]["properties"]["name"] == "趵突泉"
    assert features["features"][0]["geometry"]["coordinates"] == pytest.approx([117.00028, 36.655625])


@pytest.mark.parametrize("asked", [{}, {"q": ""}, {"q": "x", "lon": "117"}, {"q": "x", "limit": "0"}])
def test_what_cant_be_asked_is_refused(client: TestClient, asked: dict[str, str]) -> None:
    assert client.get(SEARCH, params=asked).status_code == 422


@pytest.mark.parametrize("q", ["%", "😀", '"', "* AND", "a" * 200, "泉" * 200, "\u202e"])
def test_nothing_that_is_typed_is_taken_for_a_command(client: TestClient, q: str) -> None:
    assert names(client, q, **HERE) == []


def test_the_rider_chooses_among_both_and_reads_the_source(client: TestClient) -> None:
    page = client.get("/", params={"q": "泉城路与芙蓉街", "near": "117.0,36.7", "lang": "zh"}).text
    assert "泉城路与芙蓉街路口" in page
    assert "路口 · 济南市" in page
    assert SOURCE in page
    assert SOURCE not in client.get("/", params={"q": "夜间", "lang": "zh"}).text


def test_the_end_of_a_route_may_be_a_road(client: TestClient) -> None:
    asked = {"lon": "117.0", "lat": "36.65", "datum": "wgs84", "to_q": "泉城路200号", "lang": "zh"}
    page = client.get("/", params=asked).text
    assert "to_lon=117.01400" in page
    assert "to_name=%E6%B3%89%E5%9F%8E%E8%B7%AF200%E5%8F%B7" in page


def test_without_streets_the_register_alone_answers(filled_riders: TestClient) -> None:
    answer = filled_riders.get(SEARCH, params={"q": "泉城路", "lang": "zh"}).json()
    assert [one["kind"] for one in answer["places"]] == ["station"]
    assert answer["sources"] == []


def test_new_names_are_used_at_once_and_broken_ones_never(
    tmp_path: Path, streets: Path, filled: Wiring
) -> None:
    folder = tmp_path / "streets"
    shutil.copytree(streets, folder)
    wiring = build_wiring(Settings(database=str(tmp_path / "yihui.db"), data_folder=tmp_path, streets=folder))
    import_into(wiring, [])
    with TestClient(create_app(wiring, RIDERS)) as client:
        assert names(client, "趵突泉")[0] == ("趵突泉", "sight")
        (folder / "names.new").write_bytes(b"no database")
        (folder / "names.new").replace(folder / "names.sqlite")
        assert names(client, "趵突泉")[0] == ("趵突泉", "sight")  # what was read before
        shutil.copy(streets / "names.sqlite", folder / "names.new")
        (folder / "names.new").replace(folder / "names.sqlite")
        assert names(client, "泉城路200号")[0] == ("泉城路200号", "house")
        content = bytearray((streets / "names.sqlite").read_bytes())
        content[len(content) // 3 :] = b"\xff" * (len(content) - len(content) // 3)
        (folder / "names.new").write_bytes(bytes(content))
        (folder / "names.new").replace(folder / "names.sqlite")
        for typed in (
            "趵突泉",
            "泉城路200号",
            "泉城路与芙蓉街",
        ):  # damaged inside: the register alone answers
            assert client.get(SEARCH, params={"q": typed}).status_code == 200
        (folder / "names.sqlite").unlink()
        assert names(client, "趵突泉") == []
