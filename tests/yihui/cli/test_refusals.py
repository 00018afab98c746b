"""A refused command leaves a structured line in the log: its name, the code and who acts; nothing that was typed."""

import logging

import pytest

from tests.yihui.commands import Command, commands_through
from yihui.cli import build_command
from yihui.cli.refusals import find_command

PHONE = "13812345678"


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    return commands_through(capsys)


@pytest.mark.parametrize(
    ("arguments", "code", "named"),
    [
        (("hardship", "show", "99"), "hardship.unknown_case", "hardship show"),
        (("hardship", "show", PHONE, "--nothing"), "usage", "hardship show"),
        (("hardship", "show"), "usage", "hardship show"),
        ((PHONE,), "usage", "-"),
    ],
)
def test_a_refused_command_is_logged_without_what_was_typed(
    command: Command,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
    arguments: tuple[str, ...],
    code: str,
    named: str,
) -> None:
    monkeypatch.setenv("YIHUI_DATA_FOLDER", str(tmp_path_factory.mktemp("data")))
    with caplog.at_level(logging.INFO, "yihui.cli.refusals"):
        assert command(*arguments).code in (1, 2)
    (record,) = [one for one in caplog.records if one.name == "yihui.cli.refusals"]
    assert record.levelno == logging.INFO
    assert record.fields["code"] == code and record.fields["command"] == named  # type: ignore[attr-defined]
    assert PHONE not in record.getMessage()


def test_a_command_is_named_by_known_words_alone() -> None:
    built = build_command("en")
    assert (
        find_command(built, ["--db", "x", "hardship", "income-lines", "show", "7", "visit"])[0]
        == "hardship income-lines show"
    )
    assert find_command(built, [PHONE, "--json"])[0] == "-"
    assert find_command(None, ["hardship"])[0] == "-"
