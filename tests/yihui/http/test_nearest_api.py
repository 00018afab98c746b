import pytest
from fastapi.testclient import TestClient

from geo.registry import Register, import_stations
from geo.station import Kind, Station
from yihui.bootstrap import Wiring

NEAREST = "/api/v1/stations/nearest"
HERE = {"lon": "117.0204", "lat": "36.6683", "datum": "wgs84"}


@pytest.fixture(scope="module")
def client(filled_riders: TestClient) -> TestClient:
    return filled_riders


def test_usable_passes_over_the_closed_and_the_private_and_says_why(client: TestClient) -> None:
    found = client.get(NEAREST, params=HERE | {"usable": "true", "lang": "en"}).json()
    assert [hit["id"] for hit in found["results"]] == ["quancheng", "hostile"]
    assert {skip["id"]: skip["reason"] for skip in found["skipped"]} == {
        "night": "closed until 20:00",
        "staff": "for staff of one employer only",
        "gone": "closed for good",
    }


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        ({"kind": "mother_room"}, ["staff", "hostile"]),
        ({"kind": ["mother_room", "outdoor_station"], "k": "2"}, ["night", "staff"]),
        ({"facility": ["water", "toilet"]}, ["quancheng"]),
        ({"entry": "scan"}, ["night"]),
        ({"access": "employer"}, ["staff"]),
        ({"open": "true"}, ["staff", "quancheng"]),
        ({"open": "true", "at": "2026-11-20T21:00+08:00"}, ["night", "staff"]),
        ({"within_m": "20"}, ["night"]),
        ({"verified_within_days": "50"}, ["quancheng"]),
        ({"verified_within_days": "49"}, []),
        ({"stay_min": "480"}, ["staff", "quancheng"]),
        ({"stay_min": "481"}, ["staff"]),
        ({"employer": "某公司", "access": "public"}, ["night", "staff", "quancheng"]),
        ({"employer": "别的公司"}, ["night", "quancheng", "hostile"]),
        ({"not_closed": "true"}, ["staff", "quancheng", "hostile"]),
        ({"benefit": "summer-cooling"}, ["night"]),
        ({"benefit": ["summer-cooling", "cake"]}, []),
    ],
)
def test_each_filter_removes_what_does_not_pass(
    client: TestClient, asked: dict[str, str | list[str]], ids: list[str]
) -> None:
    found = client.get(NEAREST, params=HERE | asked)
    assert [hit["id"] for hit in found.json()["results"]] == ids


def test_the_answer_comes_in_the_datum_of_the_question(client: TestClient) -> None:
    shifted = {"lon": "117.026350", "lat": "36.668726", "datum": "gcj02"}
    found = client.get(NEAREST, params=shifted | {"k": "1"}).json()
    assert found["results"][0]["id"] == "night"
    assert found["results"][0]["lon"] == pytest.approx(117.0205 + 0.00595, abs=1e-4)
    assert found["query"]["datum"] == "gcj02"


def test_a_plus_that_became_a_space_is_still_an_offset(client: TestClient) -> None:
    found = client.get(f"{NEAREST}?lon=117.02&lat=36.66&datum=wgs84&at=2026-11-20T21:00+08:00").json()
    assert found["query"]["at"] == "2026-11-20T21:00:00+08:00"


@pytest.mark.parametrize(
    ("wrong", "field", "value"),
    [
        ({"datum": None}, "datum", None),  # never guessed
        ({"datum": "bd-09"}, "datum", "bd-09"),
        ({"lat": "91"}, "lat", "91"),
        ({"lon": "181"}, "lon", "181"),
        ({"lon": "hier"}, "lon", "hier"),
        ({"lon": "nan"}, "lon", None),
        ({"k": "0"}, "k", "0"),
        ({"k": "51"}, "k", "51"),
        ({"kind": "pub"}, "kind", "pub"),
        ({"facility": "sauna"}, "facility", "sauna"),
        ({"at": "2026-11-20T21:00"}, "at", "2026-11-20T21:00"),  # no offset
        ({"at": "tonight"}, "at", "tonight"),
        ({"open": "perhaps"}, "open", "perhaps"),
        ({"stay_min": "1441"}, "stay_min", "1441"),
        ({"stay_min": "an hour"}, "stay_min", "an hour"),
        ({"verified_within_days": "-1"}, "verified_within_days", "-1"),
        ({"travel": "rocket"}, "travel", "rocket"),
        ({"knd": "mother_room"}, "knd", "mother_room"),  # misspelt
    ],
)
def test_a_wrong_parameter_is_named_quoted_and_explained(
    client: TestClient, wrong: dict[str, str | None], field: str, value: str | None
) -> None:
    asked = {name: text for name, text in (HERE | wrong).items() if text is not None}
    answer = client.get(NEAREST, params=asked, headers={"Accept-Language": "en"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert value is None or error["value"] == value
    assert value is None or value in error["message"] or field == "knd"
    assert error["remedy"]
    assert "{" not in error["message"] + error["remedy"]


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/", "GET"),
        (NEAREST, "GET, POST"),
        ("/api/v1/stations/S1/reports", "POST"),  # not that of a station with a slash in its id
        ("/keep/say", "GET, POST"),
        ("/openapi.json", "GET, HEAD"),
    ],
)
def test_what_can_not_be_asked_that_way_says_how_it_can(client: TestClient, path: str, allowed: str) -> None:
    answer = client.put(path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


def test_an_import_is_seen_by_the_next_question(riders: TestClient, wiring: Wiring) -> None:
    before = riders.get(NEAREST, params=HERE | {"k": "1"}).json()["results"][0]["id"]
    nearer = Station(id="new", name="新站", kind=Kind.LIBRARY, lon=117.0204, lat=36.6683)
    with wiring.database.write() as connection:
        import_stations(connection, Register("other", "", "o.csv", "1"), [nearer], wiring.now())
    after = riders.get(NEAREST, params=HERE | {"k": "1"}).json()["results"][0]["id"]
    assert (before, after) == ("night", "new")
