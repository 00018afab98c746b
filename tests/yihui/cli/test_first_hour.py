"""What a newcomer meets in the first hour: names typed wrongly, codes, places far away, one language at a time."""

import json
from unicodedata import east_asian_width

import pytest

from tests.yihui.commands import Command


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
