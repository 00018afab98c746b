"""GET /api/v1/stations/changes: whoever keeps a copy brings it up to date."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from geo.registry import issue_keeper_key
from geo.station import Kind, Station
from tests.yihui.http.conftest import NOW, RIDERS, STATIONS, import_into
from yihui.bootstrap import Wiring
from yihui.http.app import create_app

CHANGES = "/api/v1/stations/changes"


@pytest.fixture
def client(wiring: Wiring) -> Iterator[TestClient]:
    with TestClient(create_app(wiring, RIDERS)) as opened:
        yield opened


def followed(client: TestClient, since: str, limit: int = 100) -> tuple[dict[str, str], list[str], str]:
    """Names by id, ids of those gone, and the version: of all pages."""
    there: dict[str, str] = {}
    gone: list[str] = []
    asked: dict[str, str | int] = {"since": since, "limit": limit}
    while True:
        answer = client.get(CHANGES, params=asked).json()
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


def test_a_copy_that_follows_the_changes_equals_the_register(client: TestClient, wiring: Wiring) -> None:
    copy, _, version = followed(client, "0.0", limit=4)
    renamed = STATIONS[1].model_copy(update={"name": "夜间驿站二号"})
    added = Station(id="new", name="新站", kind=Kind.LIBRARY)
    import_into(wiring, [renamed, added, *STATIONS[3:]])  # the first and the third are gone
    there, gone, version = followed(client, version, limit=2)
    assert there == {"night": "夜间驿站二号", "new": "新站"}
    assert sorted(gone) == ["hostile", "quancheng"]
    copy = {id: name for id, name in (copy | there).items() if id not in gone}
    listed = client.get("/api/v1/stations").json()
    assert copy == {station["id"]: station["name"] for station in listed["stations"]}
    assert version == listed["version"]


def test_what_changes_while_pages_are_turned_comes_with_the_next_version(
    client: TestClient, wiring: Wiring
) -> None:
    first = client.get(CHANGES, params={"since": "0.0", "limit": 5}).json()
    import_into(wiring, [Station(id="aaa", name="新站", kind=Kind.LIBRARY), *STATIONS])
    rest = client.get(CHANGES, params={"since": "0.0", "limit": 5, "cursor": first["next"]}).json()
    assert (rest["version"], rest["next"], len(rest["stations"])) == ("6.0", None, 1)
    assert followed(client, rest["version"])[0] == {"aaa": "新站"}


def test_what_keepers_say_is_a_change_too(client: TestClient, wiring: Wiring) -> None:
    with wiring.database.write() as connection:
        key = issue_keeper_key(connection, "quancheng", NOW).text
    said = client.post(
        "/api/v1/stations/quancheng/keep",
        json={"act": "closed_today", "reason": "停电"},
        headers={"Authorization": f"Bearer {key}"},
    )
    assert said.status_code == 202, said.text
    settle(client)
    answer = client.get(CHANGES, params={"since": "6.0"}).json()
    assert answer["version"] == "6.1"
    (station,) = answer["stations"]
    assert (station["id"], station["live"][0]["state"]) == ("quancheng", "closed")
    assert followed(client, "6.1") == ({}, [], "6.1")


def settle(client: TestClient) -> None:
    """Until what was said has been handled: each look asks the database again."""
    for _ in range(2_000):
        if client.get("/api/v1/stations", params={"limit": "1"}).json()["version"] == "6.1":
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


def test_changes_as_geojson_name_those_gone_beside_the_features(client: TestClient, wiring: Wiring) -> None:
    import_into(wiring, STATIONS[1:])
    found = client.get(CHANGES, params={"since": "0.0"}, headers={"Accept": "application/geo+json"}).json()
    assert (len(found["features"]), found["gone"], found["version"]) == (5, ["quancheng"], "7.0")
