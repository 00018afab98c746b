"""What a newcomer meets in the first hour: names typed wrongly, codes, places far away, one language at a time."""

import json
from pathlib import Path
from unicodedata import east_asian_width

import pytest

from tests.yihui.commands import Command
from tests.yihui.officer_commands import WGS84, Desk


def test_a_wrong_command_is_named_with_the_one_that_was_meant(yihui: Command) -> None:
    for typed, word, meant in (
        (("membrs",), "membrs", "members"),
        (("members", "shw"), "shw", "show"),
        (("rules", "list"), "list", "lint"),
        (("stations", "最近"), "最近", ""),
        (("members", "members"), "members", ""),
    ):
        done = yihui(*typed, "--json")
        assert done.code == 2
        (error,) = json.loads(done.out)["errors"]
        assert error["value"] == word
        assert meant in error["message"] and "No such" not in error["message"]


@pytest.fixture
def roll(yihui: Command, tmp_path: Path) -> Command:
    names = tmp_path / "names.csv"
    names.write_text("组织代码,组织名称\n370000,山东省总工会\n", "utf-8")
    done = yihui("organisations", "import", names, "--json")
    assert [one["code"] for one in json.loads(done.out)["acts"]] == ["370000"]
    return yihui


def test_birthdays_are_one_document_of_json(roll: Command, tmp_path: Path) -> None:
    done = roll("members", "birthdays", "--month", "2026-05", "--json")
    assert json.loads(done.out) == {"birthdays": 0, "lunar": 0, "events": []}
    written = roll("members", "birthdays", "--month", "2026-05", "--to", tmp_path / "b.jsonl", "--json")
    assert json.loads(written.out) == {"birthdays": 0, "lunar": 0}


def test_a_place_far_from_every_station_is_called_far(desk: Desk) -> None:
    file = desk.file("名称,类型,经度,纬度\n站,驿站,117.02,36.66\n")
    assert desk("import", file, *WGS84).code == 0
    far = desk("nearest", "2.35", "48.85", *WGS84)  # Paris
    assert "公里以外" in far.out
    assert "公里以外" not in desk("nearest", "117.1", "36.6", *WGS84).out


@pytest.mark.parametrize("columns", [60, 120])
def test_help_takes_the_terminals_width(
    yihui: Command, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = yihui("stations", "import", "--help").out.splitlines()
    widths = [sum(1 + (east_asian_width(c) in "WF") for c in line) for line in lines]
    words = [max((len(word) for word in line.split()), default=0) for line in lines]
    assert all(width <= columns or word > columns // 3 for width, word in zip(widths, words, strict=True))
    assert max(widths) > columns * 0.8, "the width is used"


@pytest.mark.parametrize(
    ("typed", "offered"), [("yihui sta", "stations"), ("yihui members bir", "birthdays"), ("yihui xyz", "")]
)
def test_the_shell_completes_commands(
    yihui: Command, monkeypatch: pytest.MonkeyPatch, typed: str, offered: str
) -> None:
    monkeypatch.setenv("_YIHUI_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", typed)
    monkeypatch.setenv("COMP_CWORD", str(len(typed.split()) - 1))
    done = yihui()
    assert done.code == 0
    assert done.out.split() == offered.split()
