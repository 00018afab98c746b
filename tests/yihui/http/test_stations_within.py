import pytest
from fastapi.testclient import TestClient

from geo.crs import Datum, from_wgs84

WITHIN = "/api/v1/stations/within"
JINAN = "117.00,36.65,117.05,36.68"


@pytest.fixture(scope="module")
def client(filled_riders: TestClient) -> TestClient:
    return filled_riders


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


def test_a_map_acts_on_the_same_filters_as_the_list(client: TestClient) -> None:
    def ids(**asked: str) -> list[str]:
        return [m["id"] for m in client.get(WITHIN, params={"bbox": JINAN, **asked}).json()["stations"]]

    assert ids(usable="true") == ["hostile", "quancheng"]
    assert ids(kind="mother_room") == ["hostile", "staff"]
    assert ids(open="true", at="2026-11-20T21:00+08:00") == ["night", "staff"]
    assert ids(facility="toilet") == ["quancheng"]


def test_many_stations_are_counted_by_cells_with_how_many_are_open(client: TestClient) -> None:
    found = client.get(WITHIN, params={"bbox": JINAN, "limit": "3"}).json()
    assert (found["count"], found["stations"]) == (4, [])
    assert sum(cell["count"] for cell in found["cells"]) == 4
    assert sum(cell["open"] for cell in found["cells"]) == 2
    assert found["cell_deg"] == 2**-8


def test_a_part_in_another_datum_gives_places_in_that_datum(client: TestClient) -> None:
    ((lon, lat),) = from_wgs84([(117.0205, 36.6684)], Datum.GCJ02).tolist()  # the night station
    bbox = f"{lon - 1e-5:.7f},{lat - 1e-5:.7f},{lon + 1e-5:.7f},{lat + 1e-5:.7f}"
    (mark,) = client.get(WITHIN, params={"bbox": bbox, "datum": "gcj02"}).json()["stations"]
    assert mark["id"] == "night"
    assert (mark["lon"], mark["lat"]) == pytest.approx((lon, lat), abs=1e-6)
    assert client.get(WITHIN, params={"bbox": bbox}).json()["stations"] == []


@pytest.mark.parametrize(
    ("bbox", "message"),
    [
        ("117,36.6,117.1", "bbox: “117,36.6,117.1” is not four numbers"),
        ("nan,0,1,1", "bbox: “nan,0,1,1” is not four numbers"),
        ("117，36，118，37", "bbox: “117，36，118，37” is not four numbers"),  # commas of a Chinese keyboard
        ("١١٧,36,118,37", "bbox: “١١٧,36,118,37” is not four numbers"),  # digits that float() would take
        ("117,36,181,37", "bbox: “117,36,181,37” is not a box on the Earth"),
        ("117,-91,118,37", "bbox: “117,-91,118,37” is not a box on the Earth"),
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


def test_a_box_that_is_missing_is_asked_for(client: TestClient) -> None:
    refused = client.get(WITHIN, headers={"Accept-Language": "en"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "bbox")


def test_a_box_over_the_180th_meridian_holds_what_lies_east_of_its_west(client: TestClient) -> None:
    """A west that is east of the east is no fault: it is how a map over the Pacific is written."""
    assert client.get(WITHIN, params={"bbox": "117.0,36,-170,37"}).json()["count"] == 4
    assert client.get(WITHIN, params={"bbox": "118.0,36,-170,37"}).json()["count"] == 0
    shifted = {"bbox": "117.0,36,-170,37", "datum": "gcj02"}
    assert client.get(WITHIN, params=shifted).json()["count"] == 4


def test_a_map_has_no_pages_and_takes_no_cursor_of_a_list(client: TestClient) -> None:
    cursor = client.get("/api/v1/stations", params={"limit": "2"}).json()["next"]
    refused = client.get(WITHIN, params={"bbox": JINAN, "cursor": cursor, "lang": "en"})
    assert refused.status_code == 422
    assert [error["message"] for error in refused.json()["errors"]] == ["the field cursor is not known here"]
