"""The relay's heartbeat: it beats while it works, and a killed relay shows as dead at the desk and to monitors."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from fastapi.testclient import TestClient

from events.heartbeats import DEAD_AFTER, RELAY, Heartbeat, find_heartbeat, record_start
from events.stream import administration
from events.stream.access import StreamAccess
from tests.transactions import read_in, write_in
from tests.yihui.http.serving import until
from tests.yihui.http.two_districts import read_actor
from tools.servers.desk import Officers, text_of
from yihui.bootstrap import Settings, Wiring
from yihui.http.app import create_app
from yihui.http.monitoring import health_router
from yihui.services.events.stream_state import find_dead_relay, load_stream_state

NOWHERE = "127.0.0.1:1"  # no broker listens there; with nothing to send the relay asks none
STATE = "/desk/stream/state"


class Clock:
    """The real time, and what is added to it."""

    later = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.later


@pytest.fixture(autouse=True)
def short_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking brokers that aren't there ends at once, not after five seconds."""
    monkeypatch.setattr(administration, "_BOOTSTRAP_WITHIN_MS", 10)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def wiring(target: str, tmp_path: Path, clock: Clock) -> Iterator[Wiring]:
    made = Wiring(Settings(target, tmp_path, kafka=StreamAccess(NOWHERE)), clock)
    assert made.database
    yield made
    made.close()


@contextmanager
def relaying(wiring: Wiring) -> Iterator[subprocess.Popen[bytes]]:
    """A relay as a process of its own."""
    settings = {
        "YIHUI_DATABASE_URL": wiring.settings.database,
        "YIHUI_DATA_FOLDER": str(wiring.data_folder),
        "YIHUI_KAFKA": NOWHERE,
        "YIHUI_SCHEDULE": "off",
    }
    started = subprocess.Popen([sys.executable, "-m", "yihui", "relay"], env={**os.environ, **settings})
    try:
        yield started
    finally:
        started.kill()
        started.wait(30)


def seen(wiring: Wiring) -> Heartbeat | None:
    return read_in(wiring.database, find_heartbeat, RELAY)


@pytest.mark.endure
def test_a_killed_relay_is_dead_at_the_desk_and_for_a_monitor(wiring: Wiring, clock: Clock) -> None:
    client = TestClient(create_app(wiring, actor_finder=read_actor), base_url="http://127.0.0.1")
    site = Officers(client)
    assert "no relay has worked here yet" in text_of(site.open(STATE, "administrator/ancestor"))
    with relaying(wiring) as process:
        until(lambda: seen(wiring) is not None)
        found = load_stream_state(wiring)
        assert found.is_relay_alive and find_dead_relay(wiring) is None
        assert "the relay works: last seen" in text_of(site.open(STATE, "administrator/ancestor"))
        process.send_signal(signal.SIGKILL)
        assert process.wait(30) == -signal.SIGKILL
    clock.later = DEAD_AFTER + timedelta(seconds=10)
    assert "the relay does not work: last seen at" in text_of(site.open(STATE, "administrator/ancestor"))
    health = client.get("/healthz").json()
    assert health["status"] == "degraded" and "the relay was last seen" in health["runner"]


@pytest.mark.endure
def test_a_relay_that_begins_takes_the_place_of_the_one_before(wiring: Wiring, clock: Clock) -> None:
    old = clock() - timedelta(hours=1)
    write_in(wiring.database, record_start, Heartbeat(RELAY, "yesterday", old, old))
    assert find_dead_relay(wiring)
    with relaying(wiring):
        until(lambda: find_dead_relay(wiring) is None)
    found = seen(wiring)
    assert found is not None and found.machine != "yesterday" and found.since > old


def test_the_limit_of_a_heartbeats_age_is_alive(clock: Clock) -> None:
    at = clock()
    beat = Heartbeat(RELAY, "m", at, at)
    assert beat.is_alive(at + DEAD_AFTER)
    assert not beat.is_alive(at + DEAD_AFTER + timedelta(microseconds=1))
    assert beat.age(at - timedelta(hours=1)) == timedelta(), "a clock that is behind makes no age below 0"


def test_without_brokers_no_relay_is_missed(target: str, tmp_path: Path) -> None:
    made = Wiring(Settings(target, tmp_path), Clock())
    assert find_dead_relay(made) is None
    made.close()


def test_a_relay_that_no_longer_beats_is_dead_for_a_monitor(wiring: Wiring, clock: Clock) -> None:
    assert load_stream_state(wiring).is_relay_alive is False
    now = clock()
    write_in(wiring.database, record_start, Heartbeat(RELAY, "here", now, now))
    assert load_stream_state(wiring).is_relay_alive and find_dead_relay(wiring) is None
    clock.later = DEAD_AFTER + timedelta(seconds=10)
    assert not load_stream_state(wiring).is_relay_alive and find_dead_relay(wiring)
    site = SimpleNamespace(wiring=wiring, drain=SimpleNamespace(trouble=None))
    (route,) = health_router(site).routes  # type: ignore[arg-type]
    health = route.endpoint()  # type: ignore[attr-defined]
    assert health.status == "degraded" and "the relay was last seen" in health.runner
