"""What a newcomer meets in the first hour: names typed wrongly, codes, places far away, one language at a time."""

import json

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


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("yihui sta", "stations"), ("yihui members ret", "retire"), ("yihui xyz", "")],
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


def test_a_command_after_two_dashes_is_the_same_command(yihui: Command) -> None:
    assert yihui("--", "schedule", "list").out == yihui("schedule", "list").out != ""
