"""YIHUI_NOW dates nothing that counts, except in the demo's data folder."""

from pathlib import Path

import pytest

from tests.tiers import budget
from tests.yihui.commands import Command
from yihui.runtime.demo_marker import DEMO_MARKER_FILE

ACTS = (
    ("lottery", "commit", "e.csv", "--seats", "1", "--draw-at", "2026-10-04T10:00+08:00", "--source", "双色球", "--to", "l.json", "--secret-to", "l.secret"),
    ("draws", "fix", "may-day", "--draw-at", "2026-10-04T10:00+08:00", "--source", "双色球", "--digits", "14", "--version", "1"),
    ("draws", "draw", "may-day", "--number", "12", "--version", "1"),
    ("draws", "rank", "help", "--version", "1"),
    ("vouchers", "void", "g-1", "--reason", "重复"),
    ("budgets", "set", "cake", "--amount", "100", "--reason", "预算"),
    ("officers", "add", "zhao.wei", "--post", "市总"),
)  # fmt: skip


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "e.csv").write_text("会员代号\nm-1\nm-2\n", "utf-8")


@pytest.mark.deeper
@pytest.mark.parametrize("act", ACTS[-budget(len(ACTS)) :], ids=" ".join)
def test_an_act_that_counts_is_refused_under_a_stopped_clock(
    yihui: Command, tmp_path: Path, act: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = "the clock is stopped by YIHUI_NOW at 2026-10-03T23:10+08:00"
    assert refused not in yihui(*act, lang="en").err, "the demo's folder"
    for file in tmp_path.glob("l.*"):
        file.unlink()
    (tmp_path / DEMO_MARKER_FILE).unlink()
    done = yihui(*act, lang="en")
    assert (done.code, refused in done.err) == (1, True), done.err
    assert not list(tmp_path.glob("l.*"))
    monkeypatch.delenv("YIHUI_NOW")
    assert refused not in yihui(*act, lang="en").err


def test_questions_may_be_asked_of_any_day(yihui: Command, tmp_path: Path) -> None:
    (tmp_path / DEMO_MARKER_FILE).unlink()
    assert yihui("polls", "list").code == 0
    assert yihui("ledger", "verify").code == 0
