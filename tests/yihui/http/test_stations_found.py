"""Stations near a point, along a way and within a part of the map, over HTTP."""

import pytest
from fastapi.testclient import TestClient

NEAREST = "/api/v1/stations/nearest"
HERE = {"lon": "117.0204", "lat": "36.6683", "datum": "wgs84"}


@pytest.fixture(scope="module")
def client(filled_riders: TestClient) -> TestClient:
    return filled_riders


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
        ({"open": "true", "at": "2026-11-20 21:00 08:00"}, ["night", "staff"]),  # blanks for T and +
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


@pytest.mark.parametrize(
    ("asked", "within_min"),
    [
        ({}, None),
        ({"speed_km_per_h": "4"}, None),
        ({"speed_km_per_h": "4", "within_min": "20"}, 20.0),
        ({"travel": "walk"}, 30.0),
        ({"travel": "walk", "within_min": "45"}, 45.0),
    ],
)
def test_minutes_bind_where_travel_or_they_themselves_were_asked_for(
    client: TestClient, asked: dict[str, str], within_min: float | None
) -> None:
    assert client.get(NEAREST, params=HERE | asked).json()["query"]["within_min"] == within_min


def test_a_plus_that_became_a_space_is_still_an_offset(client: TestClient) -> None:
    found = client.get(f"{NEAREST}?lon=117.02&lat=36.66&datum=wgs84&at=2026-11-20T21:00+08:00").json()
    assert found["query"]["at"] == "2026-11-20T21:00:00+08:00"


@pytest.mark.parametrize(
    ("wrong", "field", "value"),
    [
        ({"datum": None}, "datum", None),  # never guessed
        ({"datum": "bd-09"}, "datum", "bd-09"),
        ({"lat": "91"}, "lat", "91"),
        ({"lon": "hier"}, "lon", "hier"),
        ({"lon": "nan"}, "lon", None),
        ({"k": "51"}, "k", "51"),
        ({"kind": "pub"}, "kind", "pub"),
        ({"facility": "sauna"}, "facility", "sauna"),
        ({"at": "2026-11-20T21:00"}, "at", "2026-11-20T21:00"),  # no offset
        ({"open": "perhaps"}, "open", "perhaps"),
        ({"stay_min": "1441"}, "stay_min", "1441"),
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


AT = {"at": "2026-11-20T10:00+08:00"}
GEOJSON = {"Accept": "application/geo+json"}
POINTS = [[117.0204, 36.6683], [117.0230, 36.6700]]


def test_geojson_holds_what_json_says(client: TestClient) -> None:
    plain = client.get(NEAREST, params=HERE | AT).json()
    answer = client.get(NEAREST, params=HERE | AT, headers=GEOJSON)
    assert answer.headers["content-type"] == "application/geo+json"
    found = answer.json()
    assert found["type"] == "FeatureCollection"
    assert found["query"] == plain["query"]
    for feature, hit in zip(found["features"], plain["results"], strict=True):
        assert feature["geometry"] == {"type": "Point", "coordinates": [hit.pop("lon"), hit.pop("lat")]}
        assert (feature["id"], feature["properties"]) == (hit["id"], hit | {"point": 0})


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_geojson_in_another_datum_is_refused_since_it_is_wgs84_always(client: TestClient, datum: str) -> None:
    answer = client.get(NEAREST, params=HERE | {"datum": datum, "lang": "en"}, headers=GEOJSON)
    assert answer.status_code == 406
    (error,) = answer.json()["errors"]
    assert error["message"] == f"GeoJSON is always in WGS84, never in {datum}"
    assert client.get(NEAREST, params=HERE | {"datum": "cgcs2000"}, headers=GEOJSON).status_code == 200


def test_many_points_get_the_answers_of_each(client: TestClient) -> None:
    answers = client.post(NEAREST, json={"points": POINTS, "datum": "wgs84", "k": 2, **AT}).json()
    for (lon, lat), answer in zip(POINTS, answers, strict=True):
        asked = {"lon": lon, "lat": lat, "datum": "wgs84", "k": 2, **AT}
        assert answer == client.get(NEAREST, params=asked).json()


def test_every_point_that_is_none_is_named_by_its_number(client: TestClient) -> None:
    points = [[117.0, 36.6], [36.6, 117.0], [1, 2, 3], [181, 0], ["117", "36"], [117.0, None], "117,36"]
    answer = client.post(NEAREST, json={"points": points, "datum": "wgs84", "lang": "en"})
    assert answer.status_code == 422
    assert [error["row"] for error in answer.json()["errors"]] == [2, 3, 4, 5, 6, 7]


ALONG = "/api/v1/stations/along"
# From the west of the small register to its east; the night station is on it, 泉城路 60 m to the north.
WAY = {"lon": "117.0150", "lat": "36.6684", "to_lon": "117.0300", "to_lat": "36.6684", "datum": "wgs84"}


def _ids(client: TestClient, **asked: str) -> list[str]:
    return [one["id"] for one in client.get(ALONG, params={**WAY, **asked}).json()["results"]]


@pytest.mark.parametrize("asked", [{"order": "open_first"}, {"within_min": "60"}, {"exactly": "true"}])
def test_what_no_way_can_heed_is_refused_by_name(client: TestClient, asked: dict[str, str]) -> None:
    answer = client.get(ALONG, params={**WAY, **asked})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == list(asked)


def test_filters_act_at_the_time_when_one_passes(client: TestClient) -> None:
    """At 17:58 泉城路, half a kilometre away, is open until 18:00: by e-bike one is there in time, on foot not."""
    usable = {"usable": "true", "at": "2026-11-20T17:56+08:00"}
    assert _ids(client, travel="ebike", **usable) == ["quancheng", "hostile"]
    late = client.get(ALONG, params={**WAY, "travel": "walk", **usable}).json()
    assert [one["id"] for one in late["results"]] == ["hostile"]
    assert {one["id"] for one in late["skipped"]} == {"night", "staff", "gone", "quancheng"}


def test_a_way_across_the_country_is_refused_with_its_length(client: TestClient) -> None:
    answer = client.get(ALONG, params={**WAY, "to_lon": "121.47", "to_lat": "31.23", "lang": "en"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["message"] == "the way is 730 km long"


WITHIN = "/api/v1/stations/within"
JINAN = "117.00,36.65,117.05,36.68"


def test_a_map_shows_the_stations_of_its_part_with_what_holds_now(client: TestClient) -> None:
    found = client.get(WITHIN, params={"bbox": JINAN}).json()
    assert {mark["id"]: mark["state"] for mark in found["stations"]} == {
        "hostile": "unknown",
        "night": "closed",
        "quancheng": "open",
        "staff": "open",
    }  # not the one that is closed for good
    assert (found["count"], found["cells"], found["cell_deg"]) == (4, [], None)
    assert found["version"] == "6.0"


@pytest.mark.parametrize(
    ("bbox", "message"),
    [
        ("117,36.6,117.1", "bbox: “117,36.6,117.1” is not four numbers"),
        ("117，36，118，37", "bbox: “117，36，118，37” is not four numbers"),  # commas of a Chinese keyboard
        ("١١٧,36,118,37", "bbox: “١١٧,36,118,37” is not four numbers"),  # digits that float() would take
        ("117,36,181,37", "bbox: “117,36,181,37” is not a box on the Earth"),
        ("117,37,118,36", "bbox: “117,37,118,36” is not a box on the Earth"),  # north before south
        ("36,117,37,118", "bbox: “36,117,37,118” is not a box on the Earth"),  # latitude first
    ],
)
def test_what_is_no_box_is_quoted_and_explained(client: TestClient, bbox: str, message: str) -> None:
    answer = client.get(WITHIN, params={"bbox": bbox}, headers={"Accept-Language": "en"})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["message"] == message
    assert "west,south,east,north" in error["remedy"]
