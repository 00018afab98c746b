"""What a commit asks of /ogc; the abstract test suites of the standard are carried out by `make endure`."""

from datetime import UTC, datetime

import pytest

from tests.yihui.http.conftest import STATIONS
from tests.yihui.http.ogc.asking import DEFINITION, Get, check_links, features, links
from yihui.http.ogc.documents import CONFORMS_TO
from yihui.http.ogc.request import parse_datetime_parameter

PLACED = sorted(station.id for station in STATIONS if station.is_placed)


def ids(get: Get, **asked: object) -> list[str]:
    return [one["id"] for one in features(get, "stations", **asked)]


def test_the_landing_page_leads_to_the_definition_the_classes_and_the_data(get: Get) -> None:
    document = get("/ogc").json()
    check_links(document)
    assert links(document, "service-desc", DEFINITION)
    (classes,) = links(document, "conformance", "application/json")
    assert get(classes["href"]).json() == {"conformsTo": [*CONFORMS_TO]}
    (data,) = links(document, "data", "application/json")
    assert "stations" in [one["id"] for one in get(data["href"]).json()["collections"]]
    assert get("/ogc", accept="text/html").headers["content-type"] == "text/html; charset=utf-8"


def test_placed_stations_are_features_and_a_box_gives_what_lies_in_it(get: Get) -> None:
    assert ids(get) == PLACED
    assert ids(get, bbox="117.0204,36.6680,117.02055,36.6687") == ["night"]


@pytest.mark.parametrize("form", ["json", "html"])
def test_nobody_finds_a_telephone_number_or_a_note(get: Get, form: str) -> None:
    """Two of the stations have one."""
    for path in ("items", "items/quancheng", "items/hostile", "schema", "queryables"):
        page = get(f"collections/stations/{path}", f=form)
        assert page.status_code == 200
        for hidden in ("0531", "第一行", "phone", "<img src=x"):
            assert hidden not in page.text or (hidden == "<img src=x" and form == "json")


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (None, "2026-11-20T02:00:00+00:00"),
        ("2026-11-20T10:00:30.5+08:00", "2026-11-20T02:00:30.500000+00:00"),
        ("2026-11-20T10:00 08:00", "2026-11-20T02:00:00+00:00"),  # a bare + in an address
        ("2026-11-20T02:00:00z", "2026-11-20T02:00:00+00:00"),
        ("2026-11-19", "2026-11-19T15:59:59+00:00"),  # the last second of a civil day that is over
        ("2026-11-21", "2026-11-20T16:00:00+00:00"),  # the first of one to come
    ],
)
def test_an_instant_is_read_as_it_is_meant(asked: str | None, expected: str) -> None:
    now = datetime(2026, 11, 20, 2, 0, 59, tzinfo=UTC)
    assert parse_datetime_parameter(asked, now).isoformat() == expected
