"""Probes of a process: alive, ready and measured at an address of their own, which no rider reaches."""

import asyncio
import json
import socket
import subprocess
import sys
from pathlib import Path
from threading import Event, Thread

import httpx
import pytest

from core.status_address import StatusAddress, parse_status_address
from core.status_pages import StatusPage, serve_status_pages
from store import open_database
from store.migration import migrate_database
from tests.store.later_version import upgrade_program
from tests.yihui.commands import Command
from tests.yihui.http.serving import until
from tools.servers.postgres import free_port
from yihui.bootstrap import Settings, Wiring, build_wiring, load_settings
from yihui.http.startup import build_liveness_page
from yihui.runtime.background_job import BoundedQuestion
from yihui.runtime.health.probes import OK, build_probe_pages, render_readiness


def readiness(wiring: Wiring, *, uses_brokers: bool = False) -> tuple[int, dict[str, object]]:
    status, _, body = build_probe_pages(wiring, uses_brokers=uses_brokers)["/readyz"]()
    return status, json.loads(body)


# --- where


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("9100", StatusAddress("127.0.0.1", 9100)),
        (" 9100 ", StatusAddress("127.0.0.1", 9100)),
        ("0.0.0.0:9100", StatusAddress("0.0.0.0", 9100)),
        ("[::]:65535", StatusAddress("::", 65535)),
    ],
)
def test_an_address_is_read_and_written_alike(text: str, address: StatusAddress) -> None:
    assert parse_status_address(text) == address == parse_status_address(str(address))


def test_what_is_no_address_is_refused(yihui: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    for text in ("", "0", "65536", "x", "::1:9100", "1.2.3:9100", "9100:", "９１００", "host:9100"):
        with pytest.raises(ValueError):
            parse_status_address(text)
    monkeypatch.setenv("YIHUI_PROBES", "host:9100")
    refused = yihui("doctor")
    assert refused.code == 3 and "YIHUI_PROBES" in refused.err and "0.0.0.0:9100" in refused.err


def test_a_taken_port_is_told_before_anything_starts(yihui: Command, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for command in (("serve", "--port", free_port()), ("schedule", "follow")):
            refused = yihui(*command, "--probes", port)
            assert refused.code == 3 and f"127.0.0.1:{port}" in refused.err
            assert "--probes" in refused.err and "--port" not in refused.err
    refused = yihui("serve", "--port", port, "--probes", port)
    assert refused.code == 3 and "--probes" in refused.err


# --- what


def test_ready_is_who_has_database_tables_and_rules(target: str, tmp_path: Path) -> None:
    wiring = Wiring(Settings(target, tmp_path))
    assert readiness(wiring) == (200, {"ready": True, "database": "ok", "rules": "ok"})
    wiring.close()


@pytest.mark.both_databases
def test_a_database_that_is_away_or_has_other_tables_is_not_ready(empty_target: str, tmp_path: Path) -> None:
    if "://" in empty_target:
        wiring = Wiring(Settings(empty_target, tmp_path))
        assert readiness(wiring) == (503, {"ready": False, "database": "empty", "rules": "unknown"})
        database = open_database(empty_target)
        migrate_database(database)
        database.close()
        with pytest.MonkeyPatch.context() as patch:
            upgrade_program(patch, tmp_path)
            status, found = readiness(wiring)
        assert (status, found["database"]) == (503, "not_migrated")
        away = f"postgresql://nobody:hidden@127.0.0.1:{free_port()}/none"
    else:
        away = str(tmp_path / "missing" / "yihui.db")
    status, found = readiness(Wiring(Settings(away, tmp_path)))
    assert status == 503 and found["database"] != "ok" and "hidden" not in str(found)


def test_whoever_uses_brokers_waits_for_one_of_them(tmp_path: Path, migrated_file: Path) -> None:
    given = {"YIHUI_DATA_FOLDER": str(tmp_path), "YIHUI_DATABASE_URL": str(tmp_path / "yihui.db")}
    with socket.create_server(("127.0.0.1", 0)) as broker:
        servers = f"localhost, 127.0.0.1:{free_port()}, 127.0.0.1:{broker.getsockname()[1]}"
        wiring = build_wiring(load_settings({**given, "YIHUI_KAFKA": servers}))
        assert readiness(wiring, uses_brokers=True)[1]["brokers"] == "ok"
    status, found = readiness(wiring, uses_brokers=True)
    assert (status, found["brokers"]) == (503, "away")
    status, found = readiness(wiring)
    assert (status, found["ready"], found["brokers"]) == (200, True, "away"), (
        "a site takes events without them"
    )
    wiring.close()


def test_rules_that_can_not_be_read_are_told_by_their_number(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "broken.yaml").write_text("rule: [")
    wiring = Wiring(Settings(str(tmp_path / "yihui.db"), tmp_path, rules=(tmp_path / "rules",)))
    status, found = readiness(wiring)
    assert (status, found["rules"]) == (503, "faults: 1")
    wiring.close()


def test_a_site_lives_while_its_event_loop_takes_turns(tmp_path: Path) -> None:
    """Also where all its threads wait for a database that hangs: to restart it would help nobody."""
    loop = asyncio.new_event_loop()
    turning = Thread(target=loop.run_forever, daemon=True)
    turning.start()
    held, hangs = Event(), Event()
    assert build_liveness_page(loop)[0] == build_liveness_page(None)[0] == 200
    loop.call_soon_threadsafe(lambda: (hangs.set(), held.wait()))
    hangs.wait()
    assert build_liveness_page(loop, within_s=0.05)[0] == 503
    held.set()
    loop.call_soon_threadsafe(loop.stop)
    turning.join()
    loop.close()
    assert build_liveness_page(loop)[0] == 503


def test_what_hangs_is_told_as_no_answer() -> None:
    held = Event()
    hanging = BoundedQuestion(lambda: str(held.wait()), 0.05)
    status, _, body = render_readiness({"database": hanging, "rules": BoundedQuestion(lambda: OK, 0.05)})
    assert (status, json.loads(body)["database"]) == (503, "no answer")
    held.set()


def test_too_many_clients_are_closed_and_a_faulty_page_is_answered() -> None:
    address = parse_status_address(str(free_port()))

    def fail() -> StatusPage:
        raise ValueError("hidden")

    with serve_status_pages(address, {"/faulty": fail, "/fine": lambda: (200, "text/plain", b"ok")}):
        assert asked(address.port, "/faulty") == 503
        silent = [socket.create_connection((address.host, address.port)) for _ in range(40)]
        until(lambda: asked(address.port, "/fine") is None)
        for one in silent:
            one.close()
        until(lambda: asked(address.port, "/fine") == 200)


# --- real processes


@pytest.mark.endure
def test_the_process_of_the_schedule_answers_probes_and_is_alone(
    tmp_path: Path, yihui: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    monkeypatch.setenv("YIHUI_DATABASE_URL", str(tmp_path / "yihui.db"))
    command = [sys.executable, "-m", "yihui", "schedule", "follow", "--probes", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: asked(port, "/readyz") == 200 or process.poll() is not None)
        assert asked(port, "/livez") == 200
        refused = yihui("schedule", "follow")
        assert refused.code == 3 and "另一个进程" in refused.err
        process.terminate()
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait(20)


def asked(port: int, path: str) -> int | None:
    try:
        return httpx.get(f"http://127.0.0.1:{port}{path}", timeout=30).status_code
    except httpx.HTTPError:
        return None
