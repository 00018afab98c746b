"""When a worker counts as standing still, and how it is told."""

import asyncio
import json
import threading
import urllib.error
import urllib.request
from types import SimpleNamespace
from typing import Any

import pytest

from core.status_address import parse_status_address
from core.status_pages import serve_status_pages
from events.stream.consuming import BatchConsumer
from events.stream.liveness import WorkerProgress
from tests.postgres import free_port


class Clock:
    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


def test_lag_without_progress_is_a_stall_only_after_a_while() -> None:
    clock = Clock()
    progress = WorkerProgress(30, clock)
    progress.record_lag(7)
    clock.time += 30
    assert not progress.is_stalled
    clock.time += 0.1
    assert progress.is_stalled
    progress.record_progress()
    assert not progress.is_stalled


def test_nothing_to_do_is_no_stall() -> None:
    clock = Clock()
    progress = WorkerProgress(30, clock)
    for _ in range(10):
        clock.time += 20
        progress.record_lag(0)
        assert not progress.is_stalled


def test_what_is_waited_for_is_no_stall_as_long_as_it_is_tried_again() -> None:
    clock = Clock()
    progress = WorkerProgress(30, clock)
    progress.record_lag(7)
    for _ in range(5):
        clock.time += 20
        progress.record_trouble("the database is away")
    assert (progress.is_stalled, progress.trouble) == (False, "the database is away")
    clock.time += 31  # whoever tries again hangs
    assert progress.is_stalled


def test_trouble_is_over_once_brokers_say_that_nothing_waits() -> None:
    progress = WorkerProgress(30, Clock())
    progress.record_lag(7)
    progress.record_trouble("the broker is away")
    progress.record_lag(7)
    assert progress.trouble == "the broker is away"
    progress.record_lag(0)
    assert progress.trouble is None


def test_livez_tells_it_and_other_pages_are_served_beside_it() -> None:
    clock, port = Clock(), free_port()
    progress = WorkerProgress(30, clock)
    pages = {"/livez": progress.page, "/more": lambda: (200, "text/plain", b"more")}
    with serve_status_pages(parse_status_address(str(port)), pages):
        progress.record_lag(7)
        assert ask(port, "/livez") == (
            200,
            {"alive": True, "lag": 7, "seconds_without_progress": 0.0, "trouble": None},
        )
        clock.time += 31
        status, said = ask(port, "/livez")
        assert (status, said["alive"]) == (503, False)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/more?x=1") as answer:
            assert answer.read() == b"more"
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/else")
            raise AssertionError("found")
        except urllib.error.HTTPError as error:
            assert error.code == 404


def ask(port: int, path: str) -> tuple[int, dict[str, object]]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def test_a_database_that_hangs_keeps_no_worker_from_its_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("events.stream.consuming._WARM_WITHIN_S", 0.01)
    goes_on, loads = threading.Event(), []

    def load_rules() -> None:
        assert goes_on.wait(30)
        loads.append("done")

    async def warm_up() -> list[str]:
        anything: Any = SimpleNamespace(load_rules=load_rules)
        consuming = BatchConsumer(anything, anything, anything, anything, anything)
        await consuming.warm_up()
        joined = list(loads)
        goes_on.set()
        await consuming.wait_until_idle()
        consuming.close()
        return joined

    assert (asyncio.run(warm_up()), loads) == ([], ["done"])
