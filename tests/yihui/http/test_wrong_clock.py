"""A site whose machine's clock jumps, with a database whose clock is right: it notices, says so, and dates nothing falsely."""

import http.client
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from core.civil_time import CIVIL_TIME
from store import migrate_database, open_database
from tests.wrong_clock import WrongClock
from tests.yihui.http.conftest import HERE, STATIONS, import_into
from tests.yihui.http.serving import serving, until
from tools.servers import postgres
from tools.servers.postgres import free_port
from tools.servers.sending import Sender
from yihui.bootstrap import build_wiring, load_settings

pytestmark = [pytest.mark.endure, pytest.mark.needs("postgres", "faketime")]
PLACE = f"lon={HERE[0]}&lat={HERE[1]}"
_AT = re.compile(r"截至北京时间 (\d+)月(\d+)日 (\d\d):(\d\d)")


@dataclass(frozen=True, slots=True)
class Served:
    """A site and its probes; ``environ`` is what commands on its machine have."""

    address: str
    probes: int
    clock: WrongClock
    environ: dict[str, str]

    def get(self, path: str, port: int | None = None) -> tuple[int, str]:
        place = f"127.0.0.1:{port}" if port else urlsplit(self.address).netloc
        return _exchange(place, "GET", path, None)

    def post(self, instant: datetime) -> tuple[int, str]:
        event = Sender()(
            "member.joined",
            at=instant.isoformat(),
            organisation="370100",
            joined_on=instant.astimezone(CIVIL_TIME).date().isoformat(),
            envelope={"id": instant.isoformat()},
        )
        return _exchange(urlsplit(self.address).netloc, "POST", "/api/v1/events", event.encode())

    def ready(self) -> dict[str, object]:
        status, body = self.get("/readyz", self.probes)
        return {"status": status, **json.loads(body)}

    def metric(self) -> float:
        text = self.get("/metrics", self.probes)[1]
        return float(re.findall(r"(?m)^yihui_clock_offset_seconds (\S+)$", text)[0])


def _exchange(place: str, method: str, path: str, body: bytes | None) -> tuple[int, str]:
    connection = http.client.HTTPConnection(place, timeout=20)
    headers = {"Content-Type": "application/cloudevents+json", "Accept-Language": "en"}
    try:
        connection.request(method, path, body, headers if body else {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder, probes = tmp_path_factory.mktemp("site"), free_port()
    clock = WrongClock(tmp_path_factory.mktemp("clock"))
    with postgres.cluster() as server:
        url = f"{server}/postgres"
        database = open_database(url)
        migrate_database(database)
        database.close()
        wiring = build_wiring(load_settings({}, url))
        import_into(wiring, STATIONS)
        wiring.close()
        environ = {**clock.environ, "YIHUI_DATABASE_URL": url, "YIHUI_DATA_FOLDER": str(folder)}
        # libfaketime fails a short sleep now and then, such as granian's when it stops
        with serving(folder, "--probes", str(probes), is_told_to_stop=False, **environ) as address:
            yield Served(address, probes, clock, environ)


@pytest.mark.parametrize("ahead", [timedelta(hours=26), timedelta(hours=-26)])
def test_a_clock_that_jumps_is_noticed_and_nothing_is_dated_by_it(site: Served, ahead: timedelta) -> None:
    site.clock.jump(timedelta(0))
    until(
        lambda: site.ready() == {"status": 200, "ready": True, "database": "ok", "rules": "ok", "pages": "ok"}
    )
    assert abs(site.metric()) < 5
    assert site.post(datetime.now(UTC) - timedelta(minutes=1))[0] == 202
    site.clock.jump(ahead)
    until(lambda: abs(site.metric() - ahead.total_seconds()) < 5)
    ready = site.ready()
    assert (ready["status"], ready["ready"]) == (200, True), "a wrong clock takes no work away"
    assert re.fullmatch(r"[+-]936\d\d s from the database's", str(ready["clock"]))
    _check_riders(site, ahead)
    _check_events(site, ahead)
    _check_doctor(site)


def _check_riders(site: Served, ahead: timedelta) -> None:
    """Answers name the instant for which they were computed."""
    computed = datetime.fromisoformat(
        json.loads(site.get(f"/api/v1/stations/nearest?{PLACE}&datum=wgs84")[1])["query"]["at"]
    )
    assert abs(computed - datetime.now(UTC) - ahead) < timedelta(minutes=1)
    status, page = site.get(f"/?{PLACE}")
    assert status == 200
    shown = datetime(computed.year, *map(int, _AT.findall(page)[0]), tzinfo=CIVIL_TIME)
    assert abs(shown - datetime.now(UTC) - ahead) < timedelta(minutes=2)


def _check_events(site: Served, ahead: timedelta) -> None:
    """What has not happened by one of both clocks is refused, in words that name both; what has is taken."""
    now = datetime.now(UTC)
    disputed = now + ahead / 2 if ahead > timedelta(0) else now
    status, answer = site.post(disputed)
    assert status == 422, answer
    [error] = json.loads(answer)["errors"]
    ours, theirs = (
        datetime.fromisoformat(text) for text in re.findall(r"clock says (\S+?\+08:00)", error["message"])
    )
    assert abs(ours - now - ahead) < timedelta(minutes=1)
    assert abs(theirs - now) < timedelta(minutes=1)
    assert "yihui doctor" in error["remedy"]
    assert site.post(now - timedelta(hours=27))[0] == 202


def _check_doctor(site: Served) -> None:
    command = [sys.executable, "-m", "yihui", "--lang", "en", "doctor", "--json"]
    done = subprocess.run(
        command, env={**os.environ, **site.environ}, capture_output=True, text=True, check=False
    )
    found = {check["id"]: check for check in json.loads(done.stdout)}
    assert found["clock"]["state"] == "broken" and "chrony" in found["clock"]["remedy"]
