"""GET /api/v1/places/search in the register."""

import pytest
from fastapi.testclient import TestClient

from geo.station import Kind, Station
from tests.yihui.http.conftest import RIDERS, STATIONS, import_into
from yihui.bootstrap import Wiring
from yihui.http.app import create_app
from yihui.http.stations import place_search as finding

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


def test_a_place_says_what_it_is_and_where(client: TestClient) -> None:
    (district,) = client.get(SEARCH, params={"q": "历下区", "lang": "zh"}).json()["places"]
    assert district == {
        "kind": "district",
        "id": "370102",
        "name": "山东省济南市历下区",
        "detail": "站点 4 处",
        "district": "370102",
        "lon": 117.0208,  # in the middle of its stations
        "lat": 36.66875,
        "approximate": False,
    }
    (station,) = client.get(SEARCH, params={"q": "泉城路", "datum": "gcj02"}).json()["places"]
    assert station["lon"] == pytest.approx(117.0210 + 0.00595, abs=1e-4)
    unplaced = client.get(SEARCH, params={"q": "光明路"}, headers={"Accept": "application/geo+json"}).json()
    assert [(one["id"], one["geometry"]) for one in unplaced["features"]] == [("unplaced", None)]


def test_a_search_keeps_to_a_district_and_to_a_number(client: TestClient) -> None:
    assert found(client, "驿站") == ["night", "unplaced", "quancheng"]
    assert found(client, "驿站", limit="1") == ["night"]
    assert found(client, "驿站", district="370402") == ["unplaced"]


def test_a_search_prefers_what_is_near_the_position(client: TestClient) -> None:
    assert found(client, "驿站") == ["night", "unplaced", "quancheng"]
    assert found(client, "驿站", lon="117.0210", lat="36.6690") == ["quancheng", "night", "unplaced"]
    assert found(client, "驿站", lon="117.0205", lat="36.6684") == ["night", "quancheng", "unplaced"]
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


def test_what_is_typed_is_kept_by_no_shared_cache(client: TestClient) -> None:
    answer = client.get(SEARCH, params={"q": "泉城路"})
    assert answer.headers["cache-control"] == "private, no-cache"
    again = client.get(SEARCH, params={"q": "泉城路"}, headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def test_what_changes_in_the_register_is_found_at_once(wiring: Wiring) -> None:
    with TestClient(create_app(wiring, RIDERS)) as client:
        assert found(client, "xinzhan") == []
        new = Station(id="new", name="新站", kind=Kind.LIBRARY, district="370102", district_name="历下区")
        import_into(wiring, [new, *STATIONS[1:]])  # and the first is gone
        assert found(client, "xinzhan") == ["new"]
        assert found(client, "泉城路") == []
        (district,) = client.get(SEARCH, params={"q": "历下", "lang": "en"}).json()["places"]
        assert district["detail"] == "places: 4"


def test_while_much_is_laid_out_anew_searches_go_on_with_what_was(
    wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "_MOST_CHANGED", 3)
    app = create_app(wiring, RIDERS)
    with TestClient(app) as client:
        assert found(client, "泉城路") == ["quancheng"]
        more = [Station(id=f"new{n}", name=f"新站{n}", kind=Kind.LIBRARY) for n in range(5)]
        import_into(wiring, [*more, *STATIONS])
        assert found(client, "泉城路") == ["quancheng"]
        app.state.finding.wait_until_built()
        assert len(found(client, "xinzhan")) == 5
