"""A device's readings over HTTP: with its key, for its station, and into everybody's next answer."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response

from geo.registry.readings import MAX_READINGS_PER_HOUR
from tests.yihui.http.conftest import HERE, Clock
from yihui.bootstrap import Wiring
from yihui.http.app import create_app
from yihui.http.guard.serving import ServingOptions
from yihui.runtime.audiences import Audience
from yihui.services.operation.upkeep import run_upkeep
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

    def reading(self, number: int = 1, minutes_ago: int = 0, **data: object) -> dict[str, object]:
        at = (self.clock.now - timedelta(minutes=minutes_ago)).isoformat()
        station = data.pop("station", "quancheng")
        return {
            "specversion": "1.0", "id": f"r-{number}", "source": "/lock", "type": "station.sensed",
            "subject": station, "time": at, "data": {"station": station, "device": self.id, **data},
        }  # fmt: skip

    def call(self, method: str, url: str, **options: object) -> Response:
        with TestClient(self.app) as client:  # what was accepted is handled when it is left
            answer: Response = client.request(method, url, **options)  # type: ignore[arg-type]
            return answer

    def send(
        self, *events: object, key: str | None = None, url: str = READINGS, lang: str = "en"
    ) -> Response:
        headers = {"Authorization": f"Bearer {self.key if key is None else key}", "Accept-Language": lang}
        return self.call("POST", url, json=events[0] if len(events) == 1 else list(events), headers=headers)

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


def test_a_lock_closes_the_station_in_every_answer_and_silence_makes_it_unknown(device: Device) -> None:
    assert device.nearest("zh")["quancheng"] == "open"
    sent = device.send(device.reading(door="locked", temperature_c=21))
    assert (sent.status_code, sent.json()["accepted"]) == (202, ["r-1"])
    assert device.nearest("zh")["quancheng"] == "门锁着（设备，10:00）"
    assert device.nearest("en")["quancheng"] == "the door is locked (its device, 10:00)"
    page = device.call("GET", "/", params={**NEAREST, "lang": "zh"}).text
    assert "门锁着（设备，10:00）" in page
    one = device.call("GET", "/api/v1/stations/quancheng", params={"lang": "zh"}).json()
    assert [note["reason"] for note in one["live"]] == ["门锁着（设备，10:00）", "室内 21 °C（设备，10:00）"]
    device.clock.later(minutes=10)
    device.send(device.reading(2, door="open", occupied=True))
    assert device.nearest("zh")["quancheng"] == "open"
    device.clock.later(hours=1)
    assert device.nearest("zh")["quancheng"] == "unknown"
    assert device.nearest("zh", open="true")["quancheng"] == "设备自 10:10 起没有消息：去之前请先问一下"
    assert "设备自 10:10 起没有消息" in device.call("GET", "/", params={**NEAREST, "lang": "zh"}).text


def test_a_device_needs_its_own_key_at_its_own_station(device: Device, wiring: Wiring) -> None:
    event = device.reading(door="open")
    missing = device.call("POST", READINGS, json=event)
    assert missing.status_code == 401 and missing.headers["WWW-Authenticate"] == "Bearer"
    assert device.send(event, key="abcdefgh-nonsense").status_code == 403
    assert device.send(event, url=READINGS.replace("quancheng", "night")).status_code == 403
    other = add_station_device(wiring, "night", "")
    assert device.send(event, key=other.key).status_code == 403
    foreign = device.reading(door="open", station="night")
    assert device.send(foreign).json()["errors"][0]["field"] == "data.device"
    revoke_station_device(wiring, device.key)
    assert device.send(event).status_code == 403


@pytest.mark.endure
def test_a_device_can_not_speak_with_the_name_of_another(device: Device, wiring: Wiring) -> None:
    other = add_station_device(wiring, "quancheng", "")
    stolen = device.reading(door="open")
    assert isinstance(stolen["data"], dict)
    stolen["data"]["device"] = other.device.id
    assert device.send(stolen).status_code == 422


@pytest.mark.endure
def test_wrong_keys_are_counted_and_the_right_one_still_works(device: Device) -> None:
    with TestClient(create_app(device.wiring), base_url="http://127.0.0.1") as client:
        codes = [
            client.post(READINGS, json={}, headers={"Authorization": f"Bearer abcdefgh-{n}"}).status_code
            for n in range(21)
        ]
        right = client.post(
            READINGS, json=device.reading(door="open"), headers={"Authorization": f"Bearer {device.key}"}
        )
    assert codes == [403] * 20 + [429]
    assert right.status_code == 202


@pytest.mark.endure
def test_a_batch_names_what_it_refuses_and_takes_the_rest_in_any_order(device: Device) -> None:
    early, late = device.reading(1, 20, door="open"), device.reading(2, 10, door="locked")
    faulty = device.reading(3, 5, door="ajar", temperature_c=99)
    answer = device.send(late, faulty, early, late, {**early, "data": late["data"]}).json()
    assert answer["accepted"] == ["r-2", "r-1", "r-2"]
    assert [(one["index"], len(one["errors"])) for one in answer["rejected"]] == [(1, 2), (4, 1)]
    assert device.nearest("en")["quancheng"] == "the door is locked (its device, 09:50)"


@pytest.mark.endure
def test_a_flood_is_refused_with_the_time_to_wait(device: Device) -> None:
    many = [device.reading(n, door="open") for n in range(MAX_READINGS_PER_HOUR)]
    assert len(device.send(*many).json()["accepted"]) == MAX_READINGS_PER_HOUR
    assert device.send(many[0]).status_code == 202, "what was taken is taken again"
    more = device.send(device.reading(1000, door="locked"))
    assert (more.status_code, more.headers["Retry-After"]) == (429, "3600")
    assert "120" in more.json()["errors"][0]["message"]
    assert device.nearest("en")["quancheng"] == "open"


@pytest.mark.endure
def test_other_events_and_other_doors_are_refused(device: Device) -> None:
    used = {**device.reading(), "type": "station.used", "data": {"station": "quancheng", "hour": 1}}
    assert device.send(used).json()["errors"][0]["field"] == "type"
    plain = device.call(
        "POST", "/api/v1/events", json=device.reading(door="open"), headers={"Accept-Language": "en"}
    )
    assert plain.status_code == 422
    assert "/api/v1/stations/quancheng/readings" in plain.json()["errors"][0]["remedy"]


@pytest.mark.endure
def test_upkeep_drops_raw_readings_after_two_days(device: Device) -> None:
    device.send(device.reading(door="locked", occupied=True))
    device.clock.later(days=2, seconds=1)
    run_upkeep(device.wiring)
    with device.wiring.database.read() as connection:
        rows = connection.exec_driver_sql(
            "SELECT (SELECT count(*) FROM station_readings), (SELECT count(*) FROM sensed_hours)"
        ).one()
    assert tuple(rows) == (0, 1)
    assert device.nearest("zh")["quancheng"] == "unknown"
