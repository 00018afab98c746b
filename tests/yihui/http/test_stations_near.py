"""GET and POST /api/v1/stations/nearest: representations, and many points at once."""

import pytest
from fastapi.testclient import TestClient

NEAREST = "/api/v1/stations/nearest"
HERE = {"lon": "117.0204", "lat": "36.6683", "datum": "wgs84"}
AT = {"at": "2026-11-20T10:00+08:00"}
GEOJSON = {"Accept": "application/geo+json"}
POINTS = [[117.0204, 36.6683], [117.0230, 36.6700]]


@pytest.fixture(scope="module")
def client(filled_riders: TestClient) -> TestClient:
    return filled_riders


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


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("application/geo+json", "application/geo+json"),
        ("application/geo+json;q=0.5, application/json", "application/json"),
        ("application/json;q=0.2, application/geo+json;q=0.7", "application/geo+json"),
        ("text/html, application/xhtml+xml, */*;q=0.8", "application/json"),  # a browser
        ("APPLICATION/GEO+JSON", "application/geo+json"),
        ("application/json;q=0, */*", "application/geo+json"),
        ("application/json;q=much", "application/json"),  # no weight: as if none were given
        ("", "application/json"),
    ],
)
def test_the_media_type_is_the_one_that_is_accepted_best(
    client: TestClient, accept: str, media_type: str
) -> None:
    answer = client.get(NEAREST, params=HERE, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)


@pytest.mark.parametrize("accept", ["text/csv", "image/*", "application/json;q=0", "*/*;q=0"])
def test_what_can_not_be_made_is_406(client: TestClient, accept: str) -> None:
    answer = client.get(NEAREST, params=HERE, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (406, "application/problem+json")


def test_an_answer_names_itself_and_is_not_sent_twice(client: TestClient) -> None:
    first = client.get(NEAREST, params=HERE | AT)
    assert first.headers["cache-control"] == "private, no-cache"  # its address holds a position
    assert first.headers["vary"].startswith("Accept, Accept-Language")
    tag = first.headers["etag"]
    for held in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        assert client.get(NEAREST, params=HERE | AT, headers={"If-None-Match": held}).status_code == 304
    for other in ('"other"', "", tag.replace('"', "")):
        assert client.get(NEAREST, params=HERE | AT, headers={"If-None-Match": other}).status_code == 200
    english = client.get(NEAREST, params=HERE | AT | {"usable": "true", "lang": "en"})
    assert english.headers["etag"] != tag


def test_many_points_get_the_answers_of_each(client: TestClient) -> None:
    answers = client.post(NEAREST, json={"points": POINTS, "datum": "wgs84", "k": 2, **AT}).json()
    for (lon, lat), answer in zip(POINTS, answers, strict=True):
        asked = {"lon": lon, "lat": lat, "datum": "wgs84", "k": 2, **AT}
        assert answer == client.get(NEAREST, params=asked).json()


def test_many_points_as_geojson_say_near_which_point_each_is(client: TestClient) -> None:
    asked = {"points": POINTS, "datum": "wgs84", "k": 1}
    answer = client.post(NEAREST, json=asked, headers=GEOJSON)
    features = answer.json()["features"]
    assert [(f["id"], f["properties"]["point"]) for f in features] == [("night", 0), ("hostile", 1)]
    assert answer.headers["cache-control"] == "no-store"


def test_every_point_that_is_none_is_named_by_its_number(client: TestClient) -> None:
    points = [[117.0, 36.6], [36.6, 117.0], [1, 2, 3], [181, 0], ["117", "36"], [117.0, None], "117,36"]
    answer = client.post(NEAREST, json={"points": points, "datum": "wgs84", "lang": "en"})
    assert answer.status_code == 422
    assert [error["row"] for error in answer.json()["errors"]] == [2, 3, 4, 5, 6, 7]


def test_a_body_that_is_no_json_or_too_long_is_refused_by_its_own_status(client: TestClient) -> None:
    form = client.post(NEAREST, data={"points": "117,36"})
    long = client.post(NEAREST, content=b" " * (257 << 10), headers={"Content-Type": "application/json"})
    broken = client.post(NEAREST, content=b"{", headers={"Content-Type": "application/json"})
    assert [answer.status_code for answer in (form, long, broken)] == [415, 413, 422]
    for answer in (form, long, broken):
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["errors"][0]["remedy"]
