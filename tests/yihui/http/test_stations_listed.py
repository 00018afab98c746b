"""GET /api/v1/stations, /api/v1/stations/{id} and /api/v1/stations/changes, by which whoever keeps a copy brings it up to date."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from geo.registry.keys import issue_keeper_key
from geo.station import Kind, Station
from tests.yihui.http.conftest import HOSTILE, NOW, RIDERS, STATIONS, import_into
from yihui.bootstrap import Wiring
from yihui.http.app import create_app
from yihui.services.stations.upkeep import link_station_ids, unlink_station_id

LIST = "/api/v1/stations"


@pytest.fixture(scope="module")
def client(filled_riders: TestClient) -> TestClient:
    return filled_riders


def pages(client: TestClient, **asked: str) -> list[list[str]]:
    """The ids of each page, to the end."""
    found, answer = [], client.get(LIST, params=asked).json()
    found.append([station["id"] for station in answer["stations"]])
    while answer["next"]:
        answer = client.get(LIST, params=asked | {"cursor": answer["next"]}).json()
        found.append([station["id"] for station in answer["stations"]])
    return found


def test_all_stations_are_listed_by_id_placed_or_not(client: TestClient) -> None:
    assert pages(client) == [["gone", "hostile", "night", "quancheng", "staff", "unplaced"]]
    assert pages(client, limit="4") == [["gone", "hostile", "night", "quancheng"], ["staff", "unplaced"]]
    assert pages(client, limit="3") == [["gone", "hostile", "night"], ["quancheng", "staff", "unplaced"]]


def test_a_list_keeps_to_a_district_its_city_or_its_province(client: TestClient) -> None:
    assert pages(client, district="370402") == [["unplaced"]]
    assert pages(client, district="370400") == [["unplaced"]]
    assert len(pages(client, district="370000")[0]) == 6


def test_a_station_tells_what_its_door_says(client: TestClient) -> None:
    one = client.get(f"{LIST}/night", params={"lang": "en"}).json()
    assert (one["state"], one["opens_at"], one["at"]) == (
        "closed",
        "2026-11-20T20:00:00+08:00",
        "2026-11-20T10:00:00+08:00",
    )
    later = client.get(f"{LIST}/night", params={"at": "2026-11-20T20:30+08:00"}).json()
    assert (later["state"], later["closes_at"]) == ("open", "2026-11-20T23:00:00+08:00")
    assert client.get(f"{LIST}/hostile").json()["name"] == HOSTILE
    listed = client.get(LIST).json()["stations"]
    assert {**listed[2], "sessions": []} == client.get(f"{LIST}/night").json()


@pytest.mark.parametrize("id", ["nobody", "no/body", "…", "night/", "11010519491231002X"])
def test_a_station_that_is_not_there_is_404(client: TestClient, id: str) -> None:
    answer = client.get(f"{LIST}/{quote(id)}", headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert "11010519491231002X" not in answer.text


def test_a_cursor_is_good_for_its_own_question_only(client: TestClient) -> None:
    cursor = client.get(LIST, params={"limit": "2", "usable": "true"}).json()["next"]
    good = {"limit": "1", "usable": "true", "datum": "gcj02", "lang": "en"}  # how it is shown may change
    assert client.get(LIST, params=good | {"cursor": cursor}).status_code == 200
    for wrong in (cursor[:-1], cursor + "A", cursor.swapcase(), "!", "AAAA", "é", "=", f"{cursor}=", " "):
        answer = client.get(LIST, params=good | {"cursor": wrong})
        assert answer.status_code == 422, wrong
        assert answer.json()["errors"][0]["field"] == "cursor"
    assert client.get(LIST, params={"limit": "2", "cursor": cursor}).status_code == 422


def test_pages_that_are_turned_while_the_register_changes_skip_and_repeat_nobody(wiring: Wiring) -> None:
    with TestClient(create_app(wiring, RIDERS)) as client:
        first = client.get(LIST, params={"limit": "3"}).json()
        more = Station(id="aaa", name="新站", kind=Kind.LIBRARY)
        import_into(wiring, [more, *STATIONS])
        rest = client.get(LIST, params={"limit": "9", "cursor": first["next"]}).json()
    assert [station["id"] for station in rest["stations"]] == ["quancheng", "staff", "unplaced"]
    assert (first["version"], rest["version"]) == ("6.0", "7.0")


def test_a_linked_id_finds_the_station_under_the_id_that_it_keeps(wiring: Wiring) -> None:
    import_into(wiring, STATIONS)
    with TestClient(create_app(wiring, RIDERS)) as client:
        assert client.get(f"{LIST}/SD-7").status_code == 404
        link_station_ids(wiring, "night", "SD-7", "甲")
        found = client.get(f"{LIST}/SD-7").json()
        assert (found["id"], found["name"]) == ("night", "夜间驿站")
        assert "夜间驿站" in client.get("/", params={"station": "SD-7"}).text
        unlink_station_id(wiring, "SD-7", "甲")
        assert client.get(f"{LIST}/SD-7").status_code == 404


CHANGES = "/api/v1/stations/changes"


@pytest.fixture
def site(wiring: Wiring) -> Iterator[TestClient]:
    with TestClient(create_app(wiring, RIDERS)) as opened:
        yield opened


def followed(site: TestClient, since: str, limit: int = 100) -> tuple[dict[str, str], list[str], str]:
    """Names by id, ids of those gone, and the version: of all pages."""
    there: dict[str, str] = {}
    gone: list[str] = []
    asked: dict[str, str | int] = {"since": since, "limit": limit}
    while True:
        answer = site.get(CHANGES, params=asked).json()
        there |= {station["id"]: station["name"] for station in answer["stations"]}
        gone += answer["gone"]
        if answer["next"] is None:
            return there, gone, answer["version"]
        asked["cursor"] = answer["next"]


def test_from_nothing_all_there_is_comes_in_pages(filled_riders: TestClient) -> None:
    every = {station.id: station.name for station in STATIONS}
    assert followed(filled_riders, "0.0") == (every, [], "6.0")
    assert followed(filled_riders, "0.0", limit=1) == (every, [], "6.0")
    assert followed(filled_riders, "6.0") == ({}, [], "6.0")


def test_a_copy_that_follows_the_changes_equals_the_register(site: TestClient, wiring: Wiring) -> None:
    copy, _, version = followed(site, "0.0", limit=4)
    renamed = STATIONS[1].model_copy(update={"name": "夜间驿站二号"})
    added = Station(id="new", name="新站", kind=Kind.LIBRARY)
    import_into(wiring, [renamed, added, *STATIONS[3:]])  # the first and the third are gone
    there, gone, version = followed(site, version, limit=2)
    assert there == {"night": "夜间驿站二号", "new": "新站"}
    assert sorted(gone) == ["hostile", "quancheng"]
    copy = {id: name for id, name in (copy | there).items() if id not in gone}
    listed = site.get("/api/v1/stations").json()
    assert copy == {station["id"]: station["name"] for station in listed["stations"]}
    assert version == listed["version"]


def test_what_changes_while_pages_are_turned_comes_with_the_next_version(
    site: TestClient, wiring: Wiring
) -> None:
    first = site.get(CHANGES, params={"since": "0.0", "limit": 5}).json()
    import_into(wiring, [Station(id="aaa", name="新站", kind=Kind.LIBRARY), *STATIONS])
    rest = site.get(CHANGES, params={"since": "0.0", "limit": 5, "cursor": first["next"]}).json()
    assert (rest["version"], rest["next"], len(rest["stations"])) == ("6.0", None, 1)
    assert followed(site, rest["version"])[0] == {"aaa": "新站"}


def test_what_keepers_say_is_a_change_too(site: TestClient, wiring: Wiring) -> None:
    with wiring.database.write() as connection:
        key = issue_keeper_key(connection, "quancheng", NOW).text
    said = site.post(
        "/api/v1/stations/quancheng/keep",
        json={"act": "closed_today", "reason": "停电"},
        headers={"Authorization": f"Bearer {key}"},
    )
    assert said.status_code == 202, said.text
    settle(site)
    answer = site.get(CHANGES, params={"since": "6.0"}).json()
    assert answer["version"] == "6.1"
    (station,) = answer["stations"]
    assert (station["id"], station["live"][0]["state"]) == ("quancheng", "closed")
    assert followed(site, "6.1") == ({}, [], "6.1")


def settle(site: TestClient) -> None:
    """Until what was said has been handled: each look asks the database again."""
    for _ in range(2_000):
        if site.get("/api/v1/stations", params={"limit": "1"}).json()["version"] == "6.1":
            return
    raise AssertionError("what was said was not handled")


def test_a_version_of_another_register_is_gone(filled_riders: TestClient) -> None:
    for since in ("7.0", "6.1", "999999999999999.0"):
        answer = filled_riders.get(CHANGES, params={"since": since}, headers={"Accept-Language": "en"})
        assert answer.status_code == 410
        assert "since=0.0" in answer.json()["errors"][0]["remedy"]


def test_what_is_no_version_is_said(filled_riders: TestClient) -> None:
    for since in ("", "6", "-1.0", "6.0.0", "٣.٠"):
        answer = filled_riders.get(CHANGES, params={"since": since})
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json()["errors"]] == ["since"]
