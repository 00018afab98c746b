"""Riders' reports over HTTP: once each, with a pin, at their own time, and followed up to the end."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import select, update

from core.civil_time import CIVIL_TIME
from geo.registry.hand_changes import Placing, place_station
from geo.registry.links import link_stations
from geo.registry.tables import station_statements, stations
from geo.registry.usage_counts import use_counts
from tests.yihui.http.conftest import NOW, RIDERS, Clock
from yihui.bootstrap import Wiring
from yihui.http.app import create_app

KEY = "0123456789abcdef0123456789abcdef"
HERE = "http://127.0.0.1"


@dataclass
class Town:
    """A site that several people use; what was accepted is handled when `settle` returns."""

    wiring: Wiring
    clock: Clock
    client: TestClient = field(init=False)

    def __post_init__(self) -> None:
        self.client = TestClient(create_app(self.wiring, RIDERS))

    def report(self, address: str = "10.0.0.1", *, station: str = "quancheng", **said: Any) -> Response:
        client = TestClient(self.client.app, client=(address, 1))
        answer: Response = client.post(f"/api/v1/stations/{station}/reports", json=said)
        return answer

    def withdraw(self, **said: str) -> Response:
        answer: Response = self.client.post("/api/v1/reports/withdrawals", json=said)
        return answer

    def number(self, address: str = "10.0.0.1", **said: Any) -> str:
        answer = self.report(address, **said)
        assert answer.status_code == 202, answer.text
        self.settle()
        return str(answer.json()["number"])

    def settle(self) -> None:
        for _ in self.wiring.runner.run_ingress():
            pass

    def dead_letters(self) -> int:
        with self.wiring.database.read() as connection:
            return int(connection.exec_driver_sql("SELECT count(*) FROM dead_letters").scalar_one())

    def followed(self, number: str) -> dict[str, object]:
        found = self.client.get(f"/api/v1/reports/{number}", params={"lang": "en"})
        assert found.status_code == 200, found.text
        assert found.headers["cache-control"] == "no-store"
        return dict(found.json())

    def sayings(self) -> list[tuple[str, datetime, float | None, float | None]]:
        c = station_statements.c
        with self.wiring.database.read() as connection:
            rows = connection.execute(select(c.what, c.at, c.lon, c.lat).order_by(c.sequence))
            return [(row.what, row.at, row.lon, row.lat) for row in rows]


@pytest.fixture
def town(wiring: Wiring, clock: Clock) -> Town:
    return Town(wiring, clock)


def test_what_is_sent_again_with_the_same_key_is_one_report_with_one_number(town: Town) -> None:
    said = {"observation": "locked", "idempotency_key": KEY}
    first = town.report(**said)
    at_once = town.report(**said)  # it waits to be handled
    town.settle()
    town.clock.later(minutes=5)
    from_elsewhere = town.report("10.9.9.9", **said, observed_at="2026-11-20T10:00:00+08:00")
    anew = Town(town.wiring, town.clock).report(**said)  # the server was started anew meanwhile
    answers = (first, at_once, from_elsewhere, anew)
    assert [answer.status_code for answer in answers] == [202] * 4
    assert len({answer.json()["number"] for answer in answers}) == 1
    assert {answer.json()["at"] for answer in answers} == {NOW.astimezone(CIVIL_TIME).isoformat()}
    town.settle()
    assert [what for what, *_ in town.sayings()] == ["locked"]
    with town.wiring.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM dead_letters").scalar() == 0


def test_a_report_is_taken_back_once_and_by_its_own_key_alone(town: Town) -> None:
    mine = {"station": "quancheng", "idempotency_key": KEY}
    assert town.withdraw(**mine).status_code == 404  # there is none yet
    other = town.number("10.9.0.1", observation="locked")
    number = str(town.report(**said_locked(KEY)).json()["number"])
    town.clock.later(minutes=1)
    taken = town.withdraw(**mine)  # the report still waits to be handled
    assert (taken.status_code, taken.json()["number"]) == (202, number)
    assert town.withdraw(**mine).status_code == 202
    town.settle()
    assert town.withdraw(**mine).status_code == 202
    assert town.report(**said_locked(KEY)).json()["number"] == number  # sent again, it stays taken back
    town.settle()
    assert town.followed(number)["words"] == ["You took it back (10:01); it doesn't count."]
    assert (town.followed(other)["agreeing"], len(town.followed(other)["live"])) == (0, 1)
    for guessed in ({**mine, "station": "night"}, {**mine, "idempotency_key": KEY[::-1]}):
        assert town.withdraw(**guessed).status_code == 404
    assert town.withdraw(station="quancheng", idempotency_key=number).status_code == 404  # others may know it
    with town.wiring.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM station_answers").scalar() == 1
    assert town.dead_letters() == 0


def test_a_report_is_taken_back_by_every_process_alike(town: Town) -> None:
    mine = {"station": "quancheng", "idempotency_key": KEY}
    number = str(town.report(**said_locked(KEY)).json()["number"])
    answers = []
    for is_settled in (False, False, True):
        if is_settled:
            town.settle()
        town.clock.later(minutes=1)
        answers.append(Town(town.wiring, town.clock).withdraw(**mine))  # another process
    assert [answer.status_code for answer in answers] == [202] * 3
    assert answers[0].json()["number"] == number and len({answer.text for answer in answers}) == 1
    town.settle()
    assert town.followed(number)["words"] == ["You took it back (10:02); it doesn't count."]
    assert town.dead_letters() == 0


@pytest.mark.parametrize("is_settled", [False, True])
def test_a_report_under_an_id_that_is_linked_is_taken_back_under_it(town: Town, is_settled: bool) -> None:
    number = str(town.report(**said_locked(KEY)).json()["number"])
    with town.wiring.database.write() as connection:
        connection.execute(update(stations).where(stations.c.id == "night").values(gone_at=town.clock.now))
        link_stations(connection, "night", "quancheng", town.clock.now, "li.min")
    if is_settled:
        town.settle()
    assert town.withdraw(station="quancheng", idempotency_key=KEY).status_code == 202
    town.settle()
    assert town.dead_letters() == 0
    assert "it doesn't count" in str(town.followed(number)["words"])


def test_a_report_is_not_taken_back_a_day_later(town: Town) -> None:
    number = town.number(**said_locked(KEY))
    town.clock.later(hours=24, minutes=1)
    refused = town.withdraw(station="quancheng", idempotency_key=KEY)
    assert refused.status_code == 410 and "24" in refused.json()["errors"][0]["message"]
    town.settle()
    assert "took it back" not in str(town.followed(number)["words"])


def said_locked(key: str) -> dict[str, str]:
    return {"observation": "locked", "idempotency_key": key}


def test_the_same_key_at_another_station_is_another_report(town: Town) -> None:
    numbers = {
        town.report(station=station, observation="locked", idempotency_key=KEY).json()["number"]
        for station in ("quancheng", "night")
    }
    assert len(numbers) == 2
    assert all(re.fullmatch(r"[a-z2-7]{4}(-[a-z2-7]{4}){3}", number) for number in numbers)


def test_sending_again_what_was_taken_is_never_too_often(town: Town) -> None:
    said = {"observation": "locked", "idempotency_key": KEY}
    assert {town.report(**said).status_code for _ in range(40)} == {202}
    sent = [town.report(observation="fine").json() for _ in range(29)]
    assert [one["counts"] for one in sent] == [True] * 5 + [False] * 24, "six of an hour count"
    refused = town.report(observation="fine")
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "3600"
    assert "30" in refused.json()["errors"][0]["message"]
    assert town.report(**said).status_code == 202


@pytest.mark.parametrize(
    ("observed_at", "status"),
    [
        ("2026-11-20T10:05:00+08:00", 202),  # a clock that is fast: taken as now
        ("2026-11-13T10:00:01+08:00", 202),
        ("2026-11-13T09:59:59+08:00", 422),  # longer ago than any word of a rider's lasts
        ("2026-11-20T09:00:00", 422),  # whose clock?
    ],
)
def test_a_report_has_the_time_at_which_it_was_seen_within_a_week(
    town: Town, observed_at: str, status: int
) -> None:
    answer = town.report(observation="wrong_place", observed_at=observed_at)
    assert answer.status_code == status
    if status == 202:
        town.settle()
        ((_, at, *_),) = town.sayings()
        assert at == min(datetime.fromisoformat(observed_at), NOW)
    else:
        assert answer.json()["errors"][0]["field"] == "observed_at"


def test_a_pin_is_kept_in_wgs84_to_a_metre_and_moves_nothing(town: Town) -> None:
    before = town.client.get(
        "/api/v1/stations/nearest", params={"lon": 117.02, "lat": 36.66, "datum": "wgs84"}
    )
    pin = {"lon": 117.0265, "lat": 36.6687, "datum": "gcj02"}
    town.number(observation="wrong_place", pin=pin)
    ((_, _, lon, lat),) = town.sayings()
    assert lon is not None and lat is not None
    assert (round(lon, 5), round(lat, 5)) == (lon, lat)
    assert 0.004 < 117.0265 - lon < 0.008  # GCJ-02 lies so far to the east there
    after = town.client.get(
        "/api/v1/stations/nearest", params={"lon": 117.02, "lat": 36.66, "datum": "wgs84"}
    )
    assert [hit["lon"] for hit in before.json()["results"]] == [hit["lon"] for hit in after.json()["results"]]


def test_a_report_of_the_wrong_place_tells_when_the_entry_was_corrected(town: Town) -> None:
    number = town.number(station="unplaced", observation="wrong_place")
    assert town.followed(number)["answers"] == []
    town.clock.later(days=1)
    with town.wiring.database.write() as connection:
        place_station(connection, "unplaced", Placing(117.56, 34.87, "李四"), town.clock.now)
    (answer,) = town.followed(number)["answers"]
    assert (answer["answer"], answer["at"]) == ("corrected", "2026-11-21T10:00:00+08:00")
    assert "lon" in answer["fields"]
    assert "corrected the entry" in " ".join(town.followed(number)["words"])


def test_a_rest_is_counted_once_an_hour_for_each_and_names_nobody(town: Town, tmp_path: Path) -> None:
    rests = "/api/v1/stations/quancheng/rests"
    with TestClient(create_app(town.wiring, RIDERS), client=("10.1.2.3", 1)) as client:
        others = [TestClient(client.app, client=(f"10.1.2.{n}", 1)) for n in (4, 5)]
        counted = [one.post(rests).json()["counted"] for one in (client, client, *others, client)]
        assert client.post("/api/v1/stations/nowhere/rests").status_code == 404
        town.clock.later(hours=1)
        counted.append(client.post(rests).json()["counted"])
    assert counted == [True, False, True, True, False, True]
    c = use_counts.c
    with town.wiring.database.read() as connection:
        rows = connection.execute(select(c.used_on, c.station_id, c.hour, c.count).order_by(c.hour)).all()
    friday = date(2026, 11, 20)
    assert rows == [(friday, "quancheng", 4 * 24 + 10, 3), (friday, "quancheng", 4 * 24 + 11, 1)]
    town.wiring.database.close()
    kept = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert b"10.1.2." not in kept


def test_a_rest_that_waited_is_counted_once_in_its_own_hour_and_not_after_a_week(town: Town) -> None:
    def sent(hours_ago: float, key: str = KEY) -> bool:
        told = {"rested_at": (NOW - timedelta(hours=hours_ago)).isoformat(), "idempotency_key": key}
        return bool(client.post("/api/v1/stations/quancheng/rests", json=told).json()["counted"])

    other = KEY.replace("0", "f")
    with TestClient(create_app(town.wiring, RIDERS)) as client:
        assert [sent(3.2), sent(3.2)] == [True, False]
        town.clock.later(hours=1)  # the answer was lost, and the phone goes by another network
        assert [sent(3.2), sent(3.2, other), sent(7 * 24, other[::-1]), sent(-9, KEY[::-1])] == [
            False, True, False, True,
        ]  # fmt: skip
        refused = client.post("/api/v1/stations/quancheng/rests", json={"idempotency_key": "short"})
        assert refused.status_code == 422
    c = use_counts.c
    with town.wiring.database.read() as connection:
        rows = connection.execute(select(c.hour, c.count).order_by(c.hour)).all()
    assert rows == [(4 * 24 + 6, 2), (4 * 24 + 11, 1)]


# --- the pages, without script


def test_two_taps_of_a_form_lead_to_what_becomes_of_the_report(town: Town) -> None:
    page = town.client.get("/", params={"lon": 117.0204, "lat": 36.6683, "lang": "zh"}).text
    form = re.search(r'<form method="post" action="(/reports[^"]*)">(.*?)</form>', page, re.S)
    assert form is not None
    choices = re.findall(r'name="found" value="([^"]+)"', form[2])
    assert {"locked", "crowded", "wrong_place", "fine", "broken water"} <= set(choices)
    sent = town.client.post(
        form[1],
        data={"station": "quancheng", "found": "broken water"},
        headers={"Origin": HERE},
        follow_redirects=False,
    )
    assert sent.status_code == 303
    waits = town.client.get(sent.headers["location"])
    assert "马上就算数" in waits.text
    town.settle()
    told = town.client.get(sent.headers["location"]).text
    assert "饮水" in told and "已经收到，算进去了。" in told and "还没有别人证实" in told


def test_a_form_of_another_site_is_refused(town: Town) -> None:
    for headers in ({}, {"Origin": "https://elsewhere.example"}, {"Origin": "null"}):
        for path, data in (("/reports", {"found": "locked"}), ("/rests", {})):
            refused = town.client.post(path, data={"station": "quancheng", **data}, headers=headers)
            assert refused.status_code == 403
    town.settle()
    assert town.sayings() == []


def test_a_number_is_asked_for_by_a_form_and_an_unknown_one_is_told_so(town: Town) -> None:
    number = town.number(observation="fine")
    found = town.client.get("/reports", params={"number": f" {number.upper()} "})
    assert found.status_code == 200 and number in found.text
    wide = "".join(chr(ord(sign) + 0xFEE0) if sign != "-" else "\u3000" for sign in number.upper())
    assert number in town.client.get("/reports", params={"number": wide}).text
    assert town.client.get(f"/api/v1/reports/{number.replace('-', ' ')}").status_code == 200
    wrong = town.client.get("/reports", params={"number": "xxxx"})
    assert wrong.status_code == 404 and "编号是 16 个" in wrong.text
    assert 'name="number"' in wrong.text and 'value="xxxx"' in wrong.text
    for unknown in ("aaaa-aaaa-aaaa-aaaa", "<script>"):
        missing = town.client.get("/reports", params={"number": unknown})
        assert missing.status_code == 404
        assert "<h1>未找到</h1>" in missing.text  # nothing was sent, so nothing was refused
        assert (
            "<script>alert" not in missing.text and "&lt;script&gt;" in missing.text
        ) or unknown != "<script>"
