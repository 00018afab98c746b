"""What apps and devices push: an app's own records, a device's readings; what is accepted, and what not and why."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response

from events.stream.access import StreamAccess
from tests.events.feeds.samples import APP, PHONE, TABLE, id_number, joining, survey
from tests.yihui.http.conftest import HERE, Clock, nearest_places, wire_register
from yihui.bootstrap import Wiring, build_wiring
from yihui.http.app import create_app
from yihui.http.guard.serving import ServingOptions
from yihui.runtime.audiences import Audience
from yihui.services.stations.devices import add_station_device, revoke_station_device

SENDERS = ServingOptions(chosen=frozenset({Audience.SENDERS}))
SITE = ServingOptions(chosen=frozenset({Audience.SENDERS, Audience.OFFICERS}))
FEED = "/api/v1/feeds/zibo-aigonghui"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_feeds(tmp_path)


def write_feeds(folder: Path) -> Path:
    made = folder / "feeds"
    made.mkdir()
    (made / "app.yaml").write_text(APP, encoding="utf-8")
    (made / "table.yaml").write_text(TABLE, encoding="utf-8")
    return made


@pytest.fixture
def fed(wiring: Wiring, folder: Path) -> Wiring:
    wiring.settings = replace(wiring.settings, feeds=(folder,))
    return wiring


@pytest.fixture
def client(fed: Wiring) -> TestClient:
    return TestClient(create_app(fed, SENDERS))


@pytest.fixture(scope="module")
def refusing(register_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A site for tests whose records need no database of their own."""
    wiring = wire_register(register_file, tmp_path_factory.mktemp("refusing"))
    wiring.settings = replace(wiring.settings, feeds=(write_feeds(wiring.data_folder),))
    yield TestClient(create_app(wiring, SENDERS))
    wiring.close()


def test_what_an_app_pushes_becomes_a_benefit(fed: Wiring) -> None:
    with TestClient(create_app(fed, SENDERS)) as client:
        answer = client.post(FEED, json=[joining(), survey(), {"bizType": "LOGIN"}])
        assert answer.status_code == 202
        assert answer.json()["accepted"] == ["1:1", "2:1"]
        assert answer.json()["skipped"] == [2]
        assert answer.json()["rejected"] == []
        assert [warning["field"] for warning in answer.json()["warnings"]] == ["用户.证件.类型"]
    outbox = "SELECT count(*) FROM grants"
    with fed.database.read() as connection:
        assert connection.exec_driver_sql(outbox).scalar_one() == 2


def test_each_rejected_record_is_told_by_its_index_without_a_persons_number(refusing: TestClient) -> None:
    card = id_number(3)
    bad = survey(9, user=PHONE, 详情={"问卷名称": card, "答题数": "八"})
    answer = refusing.post(FEED, json=[joining(), bad, 7, {}], headers={"accept-language": "en"})
    assert answer.status_code == 202
    rejected = answer.json()["rejected"]
    assert [item["index"] for item in rejected] == [1, 2, 3]
    assert len(rejected[0]["errors"]) == 3
    assert all(error["remedy"] for item in rejected for error in item["errors"])
    assert card not in answer.text
    assert PHONE not in answer.text


def test_a_body_that_holds_no_records_is_refused(refusing: TestClient) -> None:
    for body in ("", "{", "[1", '{"a": NaN}', "7"):
        answer = refusing.post(FEED, content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 422, body
        assert answer.headers["content-type"] == "application/problem+json"


def test_feeds_that_are_not_there_or_come_as_tables_are_not_found(refusing: TestClient) -> None:
    for feed in ("nope", "qingdao-table"):
        answer = refusing.post(f"/api/v1/feeds/{feed}", json=[])
        assert answer.status_code == 404
        assert answer.json()["errors"][0]["remedy"]
        assert "YIHUI_FEEDS" not in answer.text


def test_a_mapping_that_was_spoiled_meanwhile_is_our_fault_and_a_mended_one_is_taken(
    client: TestClient, folder: Path
) -> None:
    (folder / "app.yaml").write_text(APP.replace("poll.completed", "poll.complete"), encoding="utf-8")
    assert client.post(FEED, json=joining()).status_code == 503
    (folder / "app.yaml").write_text(APP, encoding="utf-8")
    assert client.post(FEED, json=joining()).status_code == 202


def test_too_much_that_waits_closes_this_door_as_well(fed: Wiring) -> None:
    scaled = build_wiring(replace(fed.settings, kafka=StreamAccess("127.0.0.1:1"), ingress_limit=2), fed.now)
    with TestClient(create_app(scaled, SITE)) as client:
        answers = [client.post(FEED, json=[joining(), survey(), 7]) for _ in range(2)]
        counted = client.get("/metrics").text.splitlines()
    assert [answer.status_code for answer in answers] == [202, 429]
    assert int(answers[1].headers["retry-after"]) > 0
    with scaled.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM ingress").scalar_one() == 2
    scaled.close()
    assert 'yihui_received_total{answer="accepted",door="feeds/zibo-aigonghui"} 2.0' in counted
    assert 'yihui_received_total{answer="rejected",door="feeds/zibo-aigonghui"} 1.0' in counted
    assert "yihui_turned_away_total 1.0" in counted


def test_too_many_records_at_once_are_refused(refusing: TestClient) -> None:
    assert refusing.post(FEED, json=[{}] * 5_001).status_code == 422


READING_SITE = ServingOptions(chosen=frozenset({Audience.RIDERS, Audience.SENDERS}))
READINGS = "/api/v1/stations/quancheng/readings"
NEAREST = {"lon": HERE[0], "lat": HERE[1], "datum": "wgs84", "usable": "true", "kind": "outdoor_station"}


@dataclass
class Device:
    """A device of the station “quancheng”, and the site that it reports to."""

    wiring: Wiring
    clock: Clock
    id: str
    key: str

    @cached_property
    def app(self) -> FastAPI:
        return create_app(self.wiring, READING_SITE)

    def call(self, method: str, url: str, **options: object) -> Response:
        with TestClient(self.app) as client:
            answer: Response = client.request(method, url, **options)  # type: ignore[arg-type]
            return answer

    def send(
        self, *, key: str | None = None, url: str = READINGS, minutes_ago: int = 0, **sent: object
    ) -> Response:
        if minutes_ago:
            sent["measured_at"] = (self.clock.now - timedelta(minutes=minutes_ago)).isoformat()
        headers = {"Authorization": f"Bearer {self.key if key is None else key}", "Accept-Language": "en"}
        return self.call("POST", url, json=sent, headers=headers)

    def nearest(self, lang: str, **asked: str) -> dict[str, str]:
        with TestClient(self.app) as client:
            return nearest_places(client, lang=lang, **asked)


@pytest.fixture
def device(wiring: Wiring, clock: Clock) -> Device:
    added = add_station_device(wiring, "quancheng", "门锁")
    return Device(wiring, clock, added.device.id, added.key)


def test_a_device_closes_the_station_in_every_answer_and_silence_makes_it_unknown(device: Device) -> None:
    assert device.nearest("zh")["quancheng"] == "open"
    assert device.send(door="closed", free_places=0).status_code == 204
    assert device.nearest("zh")["quancheng"] == "门关着，进不去（设备，10:00）"
    assert device.nearest("en")["quancheng"] == "the door is closed (its device, 10:00)"
    page = device.call("GET", "/", params={**NEAREST, "lang": "zh"}).text
    assert "门关着，进不去（设备，10:00）" in page
    one = device.call("GET", "/api/v1/stations/quancheng", params={"lang": "zh"}).json()
    assert [note["reason"] for note in one["live"]] == [
        "门关着，进不去（设备，10:00）",
        "空位 0 个（设备，10:00）",
    ]
    device.clock.later(minutes=10)
    device.send(door="open", free_places=4)
    assert device.nearest("zh")["quancheng"] == "open"
    device.clock.later(hours=1)
    assert device.nearest("zh")["quancheng"] == "unknown"
    assert device.nearest("zh", open="true")["quancheng"] == "设备自 10:10 起没有消息：去之前请先问一下"
    assert "设备自 10:10 起没有消息" in device.call("GET", "/", params={**NEAREST, "lang": "zh"}).text


def test_a_device_needs_its_own_key_at_its_own_station(device: Device, wiring: Wiring) -> None:
    missing = device.call("POST", READINGS, json={"door": "open"})
    assert missing.status_code == 401 and missing.headers["WWW-Authenticate"] == "Bearer"
    assert device.send(key="abcdefgh-nonsense", door="open").status_code == 403
    assert device.send(url=READINGS.replace("quancheng", "night"), door="open").status_code == 403
    other = add_station_device(wiring, "night", "")
    assert device.send(key=other.key, door="open").status_code == 403
    revoke_station_device(wiring, device.key)
    assert device.send(door="open").status_code == 403


@pytest.mark.endure
def test_wrong_keys_are_counted_and_the_right_one_still_works(device: Device) -> None:
    sent = {"door": "open"}
    with TestClient(create_app(device.wiring), base_url="http://127.0.0.1") as client:
        refused = [
            client.post(READINGS, json=sent, headers={"Authorization": f"Bearer abcdefgh-{n}"})
            for n in range(21)
        ]
        right = client.post(READINGS, json=sent, headers={"Authorization": f"Bearer {device.key}"})
    assert [one.status_code for one in refused] == [403] * 20 + [429]
    assert refused[-1].headers["Retry-After"] == "900"
    assert right.status_code == 204


def test_a_late_reading_changes_nothing_and_a_clock_that_is_fast_counts_as_now(device: Device) -> None:
    assert device.send(door="open", measured_at="0001-01-01T00:00:00+14:00").status_code == 204
    device.send(door="closed", minutes_ago=5)
    device.send(door="open", minutes_ago=20)
    assert device.nearest("en")["quancheng"] == "the door is closed (its device, 09:55)"
    device.send(door="open", minutes_ago=-600)
    device.clock.later(minutes=1)
    device.send(door="closed")
    assert device.nearest("en")["quancheng"] == "the door is closed (its device, 10:01)"


def test_a_word_that_is_not_understood_is_refused_and_never_its_opposite(device: Device) -> None:
    faulty: list[tuple[dict[str, object], str]] = [
        ({}, "door"),
        ({"door": "ajar"}, "door"),
        ({"door": "开"}, "door"),
        ({"door": True}, "door"),
        ({"door": "open", "free_places": "3"}, "free_places"),
        ({"door": "open", "free_places": -1}, "free_places"),
        ({"door": "open", "measured_at": "2026-10-03T10:00:00"}, "measured_at"),
        ({"door": "open", "face": "王"}, "face"),
    ]
    for sent, field in faulty:
        answer = device.send(**sent)
        assert answer.status_code == 422 and [error["field"] for error in answer.json()["errors"]] == [field]
    assert device.nearest("en")["quancheng"] == "open"
