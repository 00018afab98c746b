import pytest
from fastapi.testclient import TestClient

from geo.crs import Datum, from_wgs84

ALONG = "/api/v1/stations/along"
# From the west of the small register to its east; the night station is on it, 泉城路 60 m to the north.
WAY = {"lon": "117.0150", "lat": "36.6684", "to_lon": "117.0300", "to_lat": "36.6684", "datum": "wgs84"}

ALL = ["night", "staff", "gone", "quancheng", "hostile"]  # where nothing is asked, whatever their state


@pytest.fixture(scope="module")
def client(filled_riders: TestClient) -> TestClient:
    return filled_riders


def _ids(client: TestClient, **asked: str) -> list[str]:
    return [one["id"] for one in client.get(ALONG, params={**WAY, **asked}).json()["results"]]


def test_places_come_in_the_order_of_the_way_with_metres_along_and_off(client: TestClient) -> None:
    found = client.get(ALONG, params=WAY).json()
    assert [one["id"] for one in found["results"]] == ALL
    quancheng = found["results"][3]
    assert (quancheng["along_m"], quancheng["bearing"]) == (pytest.approx(536.5, abs=1), "north")
    assert quancheng["distance_m"] == pytest.approx(66.6, abs=0.5)
    assert found["length_m"] == pytest.approx(1341, abs=1)
    assert (found["by"], found["count"]) == ("straight_line", 5)


def test_filters_act_at_the_time_when_one_passes(client: TestClient) -> None:
    """At 17:58 泉城路, half a kilometre away, is open until 18:00: by e-bike one is there in time, on foot not."""
    usable = {"usable": "true", "at": "2026-11-20T17:56+08:00"}
    assert _ids(client, travel="ebike", **usable) == ["quancheng", "hostile"]
    late = client.get(ALONG, params={**WAY, "travel": "walk", **usable}).json()
    assert [one["id"] for one in late["results"]] == ["hostile"]
    assert {one["id"] for one in late["skipped"]} == {"night", "staff", "gone", "quancheng"}


def test_in_another_datum_the_same_places_stand_along_the_same_way(client: TestClient) -> None:
    ends = from_wgs84([(117.0150, 36.6684), (117.0300, 36.6684)], Datum.BD09)
    (lon, lat), (to_lon, to_lat) = ends.tolist()
    asked = {"lon": lon, "lat": lat, "to_lon": to_lon, "to_lat": to_lat, "datum": "bd09"}
    found = client.get(ALONG, params=asked).json()
    assert [one["id"] for one in found["results"]] == ALL
    assert found["line"][0] == pytest.approx([lon, lat], abs=1e-6)
    assert found["results"][0]["lon"] == pytest.approx(
        from_wgs84([(117.0205, 36.6684)], Datum.BD09)[0, 0], abs=1e-6
    )


def test_as_geojson_the_way_is_a_line_and_the_places_are_points(client: TestClient) -> None:
    answer = client.get(ALONG, params=WAY, headers={"Accept": "application/geo+json"})
    way, *places = answer.json()["features"]
    assert answer.headers["content-type"] == "application/geo+json"
    assert (way["geometry"]["type"], len(way["geometry"]["coordinates"])) == ("LineString", 2)
    assert [place["id"] for place in places] == ALL


def test_a_way_across_the_country_is_refused_with_its_length(client: TestClient) -> None:
    answer = client.get(ALONG, params={**WAY, "to_lon": "121.47", "to_lat": "31.23", "lang": "en"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["message"] == "the way is 730 km long"
