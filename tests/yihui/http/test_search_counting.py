"""Searches over HTTP are counted by cell and hour; a position is kept nowhere, and the CLI counts nothing."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from core.civil_time import hour_of_week
from events import Event, parse_event
from events.runner import ingress_backlog
from geo.coverage.cells import cell_name_at
from geo.messages import Searched
from geo.registry.usage_counts import record_search_counts, search_counts
from geo.usage_counts import SearchCount
from store import DatabaseReadOnly, ingress
from tests.yihui.http.conftest import NOW, RIDERS
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.http.app import create_app
from yihui.http.guard.serving import ServingOptions
from yihui.http.ingress_gate import IngressGate
from yihui.http.snapshot import SnapshotCache
from yihui.http.stations.request import NearestParameters
from yihui.http.usage_counting import CountedSearch, RiderSearch, SearchTally, utc_hour_start
from yihui.runtime.audiences import Audience
from yihui.services.operation.upkeep import run_upkeep

NEAREST = "/api/v1/stations/nearest"
HERE = {"lon": "117.0204", "lat": "36.6683", "datum": "wgs84"}
CELL = cell_name_at(117.0204, 36.6683, 7)
FRIDAY_10 = 4 * 24 + 10


def counts(wiring: Wiring) -> list[tuple[str, str, int, bool, int]]:
    c = search_counts.c
    query = select(c.cell, c.searched_on, c.hour, c.found, c.count).order_by(c.cell, c.hour, c.found)
    with wiring.database.read() as connection:
        rows = connection.execute(query)
        return [(cell, str(day), hour, found, count) for cell, day, hour, found, count in rows]


def test_searches_on_the_page_and_by_the_api_are_counted_when_the_site_ends(wiring: Wiring) -> None:
    with TestClient(create_app(wiring, RIDERS)) as client:
        for _ in range(3):
            assert client.get(NEAREST, params=HERE).status_code == 200
        night = HERE | {"at": "2026-11-21T03:00+08:00", "usable": "true", "facility": "water"}
        assert client.get(NEAREST, params=night).status_code == 200
        assert client.get("/", params={"lon": "117.0204", "lat": "36.6683"}).status_code == 200
        assert client.get("/").status_code == 200  # nothing was asked
        assert client.get("/", params={"district": "370102"}).status_code == 200  # no position
        assert client.get(NEAREST, params=HERE | {"lat": "91"}).status_code == 422
        assert counts(wiring) == []  # nothing is written while somebody waits for an answer
    assert counts(wiring) == [
        (CELL, "2026-11-20", FRIDAY_10, True, 4),
        (CELL, "2026-11-20", 5 * 24 + 3, False, 1),  # asked on Friday about Saturday at three
    ]


BESIDE_UNKNOWN = {
    "lon": "117.0229",
    "lat": "36.67",
}  # nearest is a place with unknown hours; an open one is 200 m off
MIDWAY = {"lon": "117.0222", "lat": "36.6697"}  # the open one is near enough to be put first
AT_NIGHT = {"at": "2026-11-21T03:00+08:00"}
MORE, FARTHER = {"k": "10"}, {"within_min": "60"}
PAGE = f"http://testserver/?{urlencode(MIDWAY)}"


@pytest.mark.parametrize(
    ("door", "asked", "headers", "seen"),
    [
        (NEAREST, HERE, {}, [True]),
        (NEAREST, HERE | AT_NIGHT, {}, [False]),
        (NEAREST, HERE, {"Accept": "application/geo+json"}, [True]),  # beside the fast path
        (NEAREST, HERE, {"Accept": "text/csv"}, []),  # refused
        ("/", BESIDE_UNKNOWN, {}, [True]),
        ("/", BESIDE_UNKNOWN | AT_NIGHT, {}, [False]),
        ("/", MIDWAY, {}, [True]),
        ("/", MIDWAY | {"part": "answer"}, {}, [True]),
        ("/", MIDWAY | AT_NIGHT | {"datum": "gcj02"}, {}, [False]),
        ("/", MIDWAY | {"part": "answer"}, {"Yihui-Again": "1"}, []),  # the page itself asks again
        ("/", MIDWAY, {"Cache-Control": "max-age=0"}, []),  # a browser loads the page again
        (
            "/",
            MIDWAY | {"lang": "en"},
            {"Referer": PAGE},
            [],
        ),  # the link to the other language, or larger text
        ("/", MIDWAY | {"facility": "water"}, {"Referer": PAGE}, [True]),  # another question
        ("/", MIDWAY | {"part": "answer"}, {"Referer": PAGE}, [True]),  # the script sets the address first
        ("/", MIDWAY | MORE, {"Referer": PAGE}, []),  # more of an answer that was counted
        ("/", MIDWAY | FARTHER, {"Referer": PAGE}, []),
        ("/", MIDWAY | MORE | FARTHER, {}, [True]),  # a link that was kept
        ("/", MIDWAY | {"to_lon": "117.1", "to_lat": "36.7"}, {}, []),  # along a way
        ("/", {"q": "泉城路"}, {}, []),
        ("/", {"station": "night"}, {}, []),
        ("/api/v1/stations/along", HERE | {"to_lon": "117.1", "to_lat": "36.7"}, {}, []),
        ("/api/v1/stations/within", {"bbox": "116.9,36.5,117.2,36.8"}, {}, []),
        ("/api/v1/stations/regions/117.0_36.5", {}, {}, []),  # what a phone saves
        ("/ogc/collections/stations/items", {}, {}, []),
    ],
)
def test_a_request_is_counted_once_at_most_and_met_if_the_rider_saw_an_open_place(
    wiring: Wiring, door: str, asked: dict[str, str], headers: dict[str, str], seen: list[bool]
) -> None:
    chosen = frozenset({Audience.RIDERS, Audience.GIS})
    with TestClient(create_app(wiring, ServingOptions(chosen=chosen))) as client:
        status = client.get(door, params=asked, headers=headers).status_code
    assert status == (406 if "text/csv" in headers.values() else 200)
    assert [found for *_, found, count in counts(wiring) for _ in range(count)] == seen


def test_many_points_of_a_program_are_no_riders_searches(wiring: Wiring) -> None:
    with TestClient(create_app(wiring, RIDERS)) as client:
        assert client.post(NEAREST, json={"points": [[117.02, 36.66]], "datum": "wgs84"}).status_code == 200
    assert counts(wiring) == []


def test_a_point_in_another_datum_is_counted_where_it_is(wiring: Wiring) -> None:
    with TestClient(create_app(wiring, RIDERS)) as client:
        shifted = {"lon": "117.02650", "lat": "36.66870", "datum": "gcj02"}  # HERE, as AMap says it
        assert client.get(NEAREST, params=shifted).status_code == 200
    assert [row[0] for row in counts(wiring)] == [CELL]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, True),
        ({"kind": "mother_room"}, False),  # an open one for staff only, one with unknown hours
        ({"kind": "mother_room", "access": "employer"}, True),  # asked for by somebody of the staff
        ({"entry": "scan"}, False),  # closed till the evening
        ({"lon": "117.2"}, False),  # the next open one is kilometres away
    ],
)
def test_found_means_open_near_and_not_for_others_only(
    wiring: Wiring, asked: dict[str, str], found: bool
) -> None:
    with TestClient(create_app(wiring, RIDERS)) as client:
        assert client.get(NEAREST, params=HERE | asked).status_code == 200
    assert [row[3] for row in counts(wiring)] == [found]


def test_what_is_told_holds_a_cell_an_hour_and_a_count_and_nothing_of_the_position(
    tmp_path: Path, wiring: Wiring
) -> None:
    searching = SearchTally(wiring, IngressGate(10, lambda: 0))
    ask(searching, wiring, 3)
    assert "117.02" not in repr(searching)
    searching.publish()
    with wiring.database.read() as connection:
        (text,) = connection.execute(select(ingress.c.event)).scalars()
    event = parse_event(text, NOW)
    assert isinstance(event, Event) and isinstance(event.payload, Searched)
    assert event.payload == Searched(cell=CELL, hour=FRIDAY_10, found=True, count=3)
    assert event.subject == CELL and event.occurred_at == NOW  # on the hour
    assert "117.02" not in text and "36.66" not in text


def ask(searching: SearchTally, wiring: Wiring, times: int) -> None:
    asked = NearestParameters.model_validate(HERE)
    question = asked.nearest_query(asked.datum, NOW)
    found = SnapshotCache(wiring).current().index.nearest_at(asked.lon, asked.lat, question)
    for _ in range(times):
        searching.count_search(RiderSearch((asked.lon, asked.lat), question, found.results))


def published(wiring: Wiring) -> list[Searched]:
    """Return what the events say that wait at the ingress, in their order."""
    with wiring.database.read() as connection:
        texts = connection.execute(select(ingress.c.event).order_by(ingress.c.sequence)).scalars().all()
    events = [parse_event(text, NOW) for text in texts]
    return [e.payload for e in events if isinstance(e, Event) and isinstance(e.payload, Searched)]


def test_the_order_of_what_is_published_does_not_tell_what_was_asked_first(wiring: Wiring) -> None:
    searching = SearchTally(wiring, IngressGate(10, lambda: 0))
    cells = [cell_name_at(117.0 + n / 10, 36.66, 7) for n in range(4)]
    for asked in (cells, cells[::-1]):
        for cell in asked:
            searching.count(CountedSearch(utc_hour_start(NOW), cell, FRIDAY_10, found=True))
        searching.publish()
    told = [payload.cell for payload in published(wiring)]
    assert sorted(told[:4]) == sorted(cells) and told[:4] == told[4:]


def test_counts_of_a_clock_that_was_set_back_are_left_out_and_later_ones_published(
    wiring: Wiring, caplog: pytest.LogCaptureFixture
) -> None:
    clock = [NOW + timedelta(hours=26)]
    searching = SearchTally(replace(wiring, now=lambda: clock[0]), IngressGate(10, lambda: 0))
    ask(searching, wiring, 2)
    clock[0] = NOW
    ask(searching, wiring, 3)
    searching.publish()
    assert [payload.count for payload in published(wiring)] == [3]
    assert "2 counts are left out: this machine's clock was ahead" in caplog.text


def test_while_the_database_is_away_nothing_is_lost_or_told_twice(tmp_path: Path, wiring: Wiring) -> None:
    away = build_wiring(
        Settings(database=str(tmp_path / "yihui.db"), data_folder=tmp_path, read_only=True), now=lambda: NOW
    )
    searching = SearchTally(wiring, IngressGate(10, lambda: 0))
    ask(searching, wiring, 2)
    searching.wiring = away
    with pytest.raises(DatabaseReadOnly):
        searching.publish()
    ask(searching, wiring, 1)  # meanwhile
    searching.wiring = wiring
    for _ in range(3):
        searching.publish()
    away.database.close()
    assert [payload.count for payload in published(wiring)] == [2, 1]


def test_while_too_much_waits_searches_wait_too(wiring: Wiring) -> None:
    gate = IngressGate(1, lambda: 1)
    searching = SearchTally(wiring, gate)
    ask(searching, wiring, 2)
    searching.publish()
    with wiring.database.read() as connection:
        assert ingress_backlog(connection, 10) == 0
    searching.gate = IngressGate(1, lambda: 0)
    searching.publish()
    with wiring.database.read() as connection:
        assert ingress_backlog(connection, 10) == 1


def test_the_hour_is_that_of_the_week_on_the_clock_of_shanghai() -> None:
    assert hour_of_week(datetime(2026, 11, 22, 15, 59, tzinfo=UTC)) == 167
    assert hour_of_week(datetime(2026, 11, 22, 16, 0, tzinfo=UTC)) == 0


def test_upkeep_drops_counts_that_are_older_than_two_years(wiring: Wiring) -> None:
    with wiring.database.write() as connection:
        for on in (date(2024, 10, 31), date(2024, 11, 1)):  # it is November 2026
            record_search_counts(connection, [SearchCount(CELL, on, 3, False, 12)], on)
    run_upkeep(wiring)
    assert [row[1] for row in counts(wiring)] == ["2024-11-01"]
