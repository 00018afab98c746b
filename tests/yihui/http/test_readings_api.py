"""A device's readings over HTTP: with its key, for its station, and into everybody's next answer."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response

from tests.yihui.http.conftest import HERE, Clock
from yihui.bootstrap import Wiring
from yihui.http.app import create_app
from yihui.http.guard.serving import ServingOptions
from yihui.runtime.audiences import Audience
from yihui.services.stations.devices import add_station_device, revoke_station_device

SITE = ServingOptions(chosen=frozenset({Audience.RIDERS, Audience.SENDERS}))
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
        return create_app(self.wiring, SITE)

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
        """Return the states of usable stations, and the reasons why others are skipped."""
        found = self.call("GET", "/api/v1/stations/nearest", params={**NEAREST, "lang": lang, **asked}).json()
        return {hit["id"]: hit["state"] for hit in found["results"]} | {
            skip["id"]: skip["reason"] for skip in found["skipped"]
        }


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
        codes = [
            client.post(READINGS, json=sent, headers={"Authorization": f"Bearer abcdefgh-{n}"}).status_code
            for n in range(21)
        ]
        right = client.post(READINGS, json=sent, headers={"Authorization": f"Bearer {device.key}"})
    assert codes == [403] * 20 + [429]
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
