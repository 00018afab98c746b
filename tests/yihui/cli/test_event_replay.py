"""yihui events replay: as its users run it."""

import json
from pathlib import Path

import pytest

from tests.yihui.cli.conftest import run_events
from tests.yihui.commands import Command, commands_in
from tools.servers.sending import Sender
from yihui.runtime.demo_marker import DEMO_MARKER_FILE


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six members with a birthday, and a budget for three cakes."""
    send, folder = Sender(), tmp_path_factory.mktemp("built")
    lines = [line for n in range(6) for line in (send.joined(f"m-{n}"), send.birthday(f"m-{n}"))]
    with commands_in(folder) as yihui:
        budget = ("--as", "gh-001", "--reason", "年度预算", "birthday-cake", "--amount", "700")
        assert yihui("budgets", "set", *budget).code == 0
        run_events(yihui, folder, lines)
    return folder


def test_the_journal_replayed_into_a_scratch_ledger_gives_the_same_one(
    prepared: Command, tmp_path: Path
) -> None:
    scratch = tmp_path / "scratch.db"
    done = prepared("events", "replay", "--journal", "--into", scratch, "--json")
    told = json.loads(done.out)
    assert (done.code, told["handled"], told["same_ledger"]) == (0, 12, True)
    same = prepared("ledger", "export"), prepared("ledger", "export", "--db", scratch)
    assert same[0].out == same[1].out != ""
    assert prepared("ledger", "verify", "--db", scratch).code == 0


def test_a_scratch_ledger_holds_nothing_else(prepared: Command, tmp_path: Path) -> None:
    real, scratch = tmp_path / "yihui.db", tmp_path / "scratch.db"
    codes = [
        prepared("events", "replay", "--journal", "--into", into).code for into in (real, scratch, scratch)
    ]
    assert codes == [1, 0, 1]
    assert "已经有内容" in prepared("events", "replay", "--journal", "--into", scratch).err


def test_without_the_rules_that_decided_nothing_is_replayed(prepared: Command, tmp_path: Path) -> None:
    for marker in tmp_path.rglob(DEMO_MARKER_FILE):
        marker.unlink()
    scratch = tmp_path / "scratch.db"
    done = prepared("events", "replay", "--journal", "--into", scratch)
    assert (done.code, scratch.exists()) == (1, False)
    assert "birthday-cake" in done.err and "YIHUI_RULES" in done.err


def test_a_part_is_not_compared(prepared: Command, tmp_path: Path) -> None:
    part = ("--journal", "--until", "2026-03-01", "--into", tmp_path / "part.db", "--json")
    told = json.loads(prepared("events", "replay", *part).out)
    assert (told["handled"], told["same_ledger"]) == (6, None)


def test_what_does_not_go_together_is_wrong_usage(yihui: Command) -> None:
    for arguments in (
        (),
        ("--journal", "--dead-letters"),
        ("events.jsonl", "--journal"),
        ("--journal", "--from-time", "2026-01-01T00:00+08:00"),
        ("events.jsonl", "--since", "2026-01-01"),
        ("--topic", "member-events", "--from-offset", "0:1", "--from-time", "2026-01-01T00:00+08:00"),
        ("--dead-letters", "--into", "x.db"),
    ):
        assert yihui("events", "replay", *arguments).code == 2, arguments


def test_without_a_broker_a_topic_cannot_be_replayed(yihui: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("YIHUI_KAFKA", raising=False)
    done = yihui("events", "replay", "--topic", "member-events")
    assert done.code == 3
    assert "YIHUI_KAFKA" in done.err
