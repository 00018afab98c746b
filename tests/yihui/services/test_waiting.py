"""An officer says which value those who wait get, with a reason that is kept."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benefits.draws.waiting_list import WaitingChoice
from tests.yihui.cli.test_run_ends import RULE
from tests.yihui.commands import Command
from tools.servers.sending import Sender
from yihui.bootstrap import Wiring, build_wiring, choose_clock, load_settings
from yihui.services.operation.upkeep import move_up_and_seal

NEW = (
    RULE.replace("from: 2026-01-01, until: 2026-12-31", "from: 2026-06-01, until: 2026-12-31").replace(
        "20000", "25000"
    )
    + "on_change: {waiting: ask}\n"
)
DECIDE = ("draws", "decide", "seat", "--as", "gh-017", "--reason", "会议决定")
OLD = RULE.replace("until: 2026-12-31", "until: 2026-05-31")


@pytest.fixture
def waiting(yihui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """m-1 has the one place since May, m-2 waits; it is June, and the new version asks."""
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "old.yaml").write_text(OLD, "utf-8")
    (folder / "new.yaml").write_text(NEW, "utf-8")
    monkeypatch.setenv("YIHUI_RULES", str(folder))
    send, members = Sender(), ("m-1", "m-2")
    people = [send.imported(m, organisation="370202001", joined_on="2020-01-01") for m in members]
    polls = [send("poll.completed", m, "2026-05-30T09:00:00+08:00", poll="y") for m in members]
    file = tmp_path / "events.jsonl"
    file.write_text("\n".join([*people, *polls]) + "\n", "utf-8")
    monkeypatch.setenv("YIHUI_NOW", "2026-05-30T20:00+08:00")
    assert yihui("run", file).code == 0
    monkeypatch.setenv("YIHUI_NOW", "2026-06-10T20:00+08:00")
    return yihui


@contextmanager
def opened() -> Iterator[Wiring]:
    """The installation of the commands, on the day that is set."""
    wiring = build_wiring(load_settings(os.environ), choose_clock(os.environ))
    yield wiring
    wiring.close()


@pytest.mark.parametrize(("choice", "amount"), [("reprice", 25_000), ("keep", 20_000)])
def test_an_officer_decides_and_who_waits_is_served(
    waiting: Command, choice: WaitingChoice, amount: int, tmp_path: Path
) -> None:
    with opened() as wiring:
        assert move_up_and_seal(wiring).count("moved_up") == 0, "nobody is served before"
    decided = waiting(*DECIDE, "--choice", choice)
    assert decided.code == 0, decided.words
    granted = json.loads(waiting("benefits", "list", "--member", "m-2", "--json").out)
    assert [grant["amount_fen"] for grant in granted] == [amount]
    assert "决定候补会员的金额" in waiting("rules", "log", "seat").out
    assert waiting("ledger", "verify").code == 0
    replayed = waiting("events", "replay", "--journal", "--into", tmp_path / "replayed.db")
    assert replayed.code == 0, replayed.words


def test_a_version_that_does_not_ask_needs_no_answer(
    waiting: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YIHUI_NOW", "2026-05-31T20:00+08:00")  # the old version still holds
    assert "asks no officer" in waiting(*DECIDE, "--choice", "keep", lang="en").err
