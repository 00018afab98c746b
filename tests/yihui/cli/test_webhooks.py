"""Webhooks as an operator sets them up, and as their receivers meet them."""

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from standardwebhooks import Webhook as Verifier

from events.webhooks.deliveries import LEASE_DURATION
from tests.events.receiving import Heard, Reply, receiving
from tests.yihui.cli.conftest import run_events
from tests.yihui.commands import Command
from tools.servers.sending import Sender

DOCS = Path(__file__).parents[3] / "docs" / "feeds.md"
NOW = "2026-10-03T23:10:00+08:00"
AFTER_THE_LEASE = "2026-10-03T23:11:01+08:00"


@pytest.fixture
def happen(yihui: Command, tmp_path: Path):  # type: ignore[no-untyped-def]
    """Two members join and have their birthdays."""
    send = Sender()

    def run(*members: str) -> None:
        lines = [line for member in members for line in (send.joined(member), send.birthday(member))]
        run_events(yihui, tmp_path, lines)

    return run


def added(yihui: Command, url: str, *more: object) -> dict[str, str]:
    done = yihui("webhooks", "add", url, *more, "--json")
    assert done.code == 0, done.words
    return dict(json.loads(done.out))


def test_the_way_of_an_operator(yihui: Command, happen, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    with receiving() as receiver:
        hook = added(yihui, receiver.url, "--type", "benefit.granted")
        happen("m-1")
        assert yihui("webhooks", "deliver").out == f"已推送 {len(receiver.heard)} 条\n"
        assert receiver.heard
    [listed] = json.loads(yihui("webhooks", "list", "--json").out)
    assert (listed["id"], listed["delivered"], listed["waiting"]) == (hook["id"], len(receiver.heard), 0)
    told = json.loads(yihui("webhooks", "deliveries", hook["id"], "--json").out)
    assert {one["id"] for one in told} == set(receiver.ids())
    assert {(one["type"], one["state"], one["last_status"]) for one in told} == {
        ("benefit.granted", "delivered", 204)
    }
    assert "已推送" in yihui("webhooks", "deliveries").out
    assert json.loads(yihui("webhooks", "deliveries", "--state", "given_up", "--json").out) == []
    assert yihui("webhooks", "remove", hook["id"]).code == 0
    assert yihui("webhooks", "list").err == "还没有接收方：用 yihui webhooks add 添加\n"


def test_the_secret_is_shown_once_and_stands_nowhere(yihui: Command, tmp_path: Path) -> None:
    hook = added(yihui, "https://app.example.org/yihui")
    assert hook["secret"].startswith("whsec_")
    for command in (("list",), ("list", "--json"), ("deliveries", "--json")):
        assert hook["secret"] not in yihui("webhooks", *command).words
    assert hook["secret"].encode() not in b"".join(file.read_bytes() for file in tmp_path.glob("yihui.db*"))
    assert (tmp_path / "webhook.key").stat().st_mode & 0o077 == 0


def test_a_trial_is_signed_and_its_answer_shown(yihui: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("YIHUI_NOW")
    with receiving() as receiver:
        hook = added(yihui, receiver.url)
        tried = yihui("webhooks", "test", hook["id"], "--json")
        assert (tried.code, json.loads(tried.out)["taken"]) == (0, True)
        [heard] = receiver.heard
        event = Verifier(hook["secret"]).verify(heard.body, dict(heard.headers))
        assert event["type"] == "yihui.webhook_tested"
        receiver.answer = lambda _: Reply(404)
        tried = yihui("webhooks", "test", hook["id"])
        assert (tried.code, tried.out) == (1, "对方没有收下：HTTP 404\n")
    tried = yihui("webhooks", "test", hook["id"])
    assert (tried.code, tried.out) == (1, "对方没有收下：连不上对方\n")


def test_another_key_is_refused_before_anybody_is_told_in_a_wrong_voice(
    yihui: Command, happen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # type: ignore[no-untyped-def]
    with receiving() as receiver:
        added(yihui, receiver.url)
        happen("m-1")
        monkeypatch.setenv("YIHUI_WEBHOOK_KEY", "another key, and long enough for one")
        done = yihui("webhooks", "deliver")
        assert (done.code, receiver.heard) == (1, []) and "推送密钥" in done.err


def _environment(tmp_path: Path, now: str) -> dict[str, str]:
    return {**os.environ, "YIHUI_DATA_FOLDER": str(tmp_path), "YIHUI_NOW": now}


@pytest.mark.endure
def test_killed_between_the_answer_and_the_commit_it_tells_again_under_the_same_id(
    yihui: Command, happen, tmp_path: Path
) -> None:  # type: ignore[no-untyped-def]
    process: list[subprocess.Popen[bytes]] = []

    def kill(_: Heard) -> Reply:
        process[0].send_signal(signal.SIGKILL)
        process[0].wait()
        return Reply()

    with receiving(kill) as receiver:
        added(yihui, receiver.url)
        happen("m-1")
        command = [sys.executable, "-m", "yihui", "webhooks", "deliver"]
        process.append(subprocess.Popen(command, env=_environment(tmp_path, NOW)))
        assert process[0].wait(60) == -signal.SIGKILL
        receiver.answer = lambda _: Reply()
        assert LEASE_DURATION.total_seconds() == 60
        subprocess.run(command, env=_environment(tmp_path, AFTER_THE_LEASE), check=True, timeout=60)
        first, second, *others = receiver.heard
        assert (first.id, first.body) == (second.id, second.body)
        assert first.id not in [heard.id for heard in others]
    left = json.loads(yihui("webhooks", "deliveries", "--json").out)
    assert {one["state"] for one in left} == {"delivered"}


@pytest.mark.endure
def test_the_receiver_of_the_documents_works_as_it_says(
    yihui: Command, happen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.delenv("YIHUI_NOW")
    [example] = re.findall(r"```python\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    (tmp_path / "receiver.py").write_text(example, "utf-8")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    hook = added(yihui, f"http://127.0.0.1:{port}/")
    process = subprocess.Popen(
        [sys.executable, "receiver.py"],
        cwd=tmp_path,
        env={**os.environ, "SECRET": hook["secret"], "PORT": str(port)},
        stderr=subprocess.DEVNULL,
    )
    try:
        _listens(port)
        happen("m-1", "m-2")
        told = json.loads(yihui("webhooks", "deliver", "--json").out)["delivered"]
        assert told > 2
        assert _kept(tmp_path) == (told, told)
        with sqlite3.connect(tmp_path / "yihui.db") as connection:  # as if nobody had noted the answers
            connection.execute("UPDATE webhook_deliveries SET state = 'waiting', next_at = '2026-01-01'")
        assert json.loads(yihui("webhooks", "deliver", "--json").out)["delivered"] == told
        assert _kept(tmp_path) == (told, told), "what comes twice is done once"
        other = added(yihui, f"http://127.0.0.1:{port}/")  # signed with another secret
        assert json.loads(yihui("webhooks", "test", other["id"], "--json").out)["status"] == 401
    finally:
        process.kill()
        process.wait()


def _listens(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except ConnectionRefusedError:
            continue
    raise AssertionError("the example never listened")


def _kept(folder: Path) -> tuple[int, int]:
    with sqlite3.connect(folder / "heard.db") as connection:
        counts = [
            connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("heard", "benefits")
        ]
    return counts[0], counts[1]
