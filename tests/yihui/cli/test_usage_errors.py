"""What is typed wrongly, or names what isn't there: told in one shape, with its exit code, and logged without what was typed."""

import json
import logging
from pathlib import Path

import pytest

from tests.yihui.commands import Command
from yihui.cli import build_command, move_global_options_first
from yihui.cli.acting import find_command

NEAREST = ("stations", "nearest", "117", "36.5", "--datum", "wgs84")


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("doctor --db x", "--db x doctor"),
        ("doctor --db=x --json", "--db=x doctor --json"),
        ("stations list --lang en --register r", "--lang en stations list --register r"),
        ("members show b -- --db", "members show b -- --db"),  # behind -- nothing is an option
        ("--lang zh run --db", "--lang zh --db run"),  # typer says what is missing
        ("run", "run"),
    ],
)
def test_wide_options_are_understood_wherever_they_are_typed(typed: str, understood: str) -> None:
    assert move_global_options_first(typed.split()) == understood.split()


def test_a_database_named_behind_the_command_is_the_one_that_is_used(yihui: Command, tmp_path: Path) -> None:
    assert yihui("ledger", "verify", "--db", tmp_path / "other.db").code == 0
    assert (tmp_path / "other.db").exists()
    assert not (tmp_path / "yihui.db").exists()


@pytest.mark.parametrize(
    ("arguments", "field", "value"),
    [
        ((*NEAREST, "-k", "0"), "-k", "0"),
        ((*NEAREST, "-k", "many"), "-k", "many"),
        ((*NEAREST, "--kind", "pub"), "--kind", "pub"),
        ((*NEAREST, "--at", "tonight"), "--at", "tonight"),
        ((*NEAREST[:-1], "wgs48"), "--datum", "wgs48"),
        ((*NEAREST, "--travel", "rocket"), "--travel", "rocket"),
        (("benefits", "why", "--member", "m", "--at", "May"), "--at", "May"),
        (("plan", "demand", "x.tif", "--raster-values", "banana"), "--raster-values", "banana"),
        (("stations", "nearest", "1", "1", "--within-m", "-1"), "--within-m", "-1"),
        (("run", "--colour", "red"), "--colour", ""),
        (("doctor", "--lang", "fr"), "--lang", "fr"),
        (("run", "a", "b", "c"), None, "b c"),
        (("benefits", "list"), "--member", ""),
        (("stations", "nearest", "-.5", "36"), None, "-.5"),
    ],
)
def test_wrong_usage_is_exit_code_2_and_one_shape(
    yihui: Command, arguments: tuple[str, ...], field: str | None, value: str
) -> None:
    done = yihui(*arguments, "--json")
    assert done.code == 2
    problem = json.loads(done.out)
    assert set(problem) == {"title", "status", "errors"}
    (error,) = problem["errors"]
    assert error["field"] == field
    assert value in error["message"]
    assert value in done.err
    assert error["remedy"]
    assert "Input should" not in error["message"]
    assert "Value error" not in error["message"]


def test_a_command_without_arguments_shows_its_help_whole(yihui: Command) -> None:
    done = yihui("stations")
    assert (done.code, done.err) == (2, "")
    told = yihui("stations", "nearest", "--help").out
    assert "…" not in told
    assert "mother_room（妈妈小屋）" in told
    assert "默认 5" in told


def test_what_names_nothing_is_exit_code_1_and_writes_nothing(
    yihui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for arguments, told in (
        (("members", "show", "m-none"), "没有编号为 m-none 的记录"),
        (("members", "show", "11010519491231002X"), "没有编号为 *** 的记录"),
        (("benefits", "why", "--member", "m-1", "--rule", "birthday-cakes"), "请从这些里选：birthday-cake"),
        (("events", "replay", "--letter", "zzz"), "没有编号以“zzz”开头"),
        (("events", "replay", "--reason", "zzz"), "unknown_member（会员不在任何名册上）"),
        (("events", "dead-letters", "--reason", "zzz"), "没有“zzz”这种原因"),
        (("stations", "export", "out.csv", "--register", "nope"), "没有名册“nope”"),
        (("stations", "export", "out.csv"), "没有可导出的站点"),
        (("stations", "list", "--register", "nope"), "没有名册“nope”"),
        (("stations", "check", "--register", "nope"), "没有名册“nope”"),
    ):
        done = yihui(*arguments)
        assert (done.code, done.out) == (1, ""), arguments
        assert told in done.err
    assert not (tmp_path / "out.csv").exists()
    assert yihui("events", "dead-letters", "--reason", "not_json", "--json").code == 0, (
        "known, and none waits"
    )


def test_a_budget_that_no_rule_names_is_set_with_a_warning(yihui: Command) -> None:
    said = ("--amount", "100", "--as", "gh-001", "--reason", "年度预算")
    warning = "没有规则使用这笔预算"
    typo, known = (yihui("budgets", "set", budget, *said) for budget in ("birthday-cakes", "birthday-cake"))
    assert (typo.code, warning in typo.out) == (0, True)
    assert (known.code, warning in known.out) == (0, False)


def test_a_folder_in_place_of_a_file_is_told_in_chinese(yihui: Command, tmp_path: Path) -> None:
    for arguments in (("run", tmp_path), ("ledger", "export", "--out", tmp_path)):
        done = yihui(*arguments)
        assert done.code == 3
        assert "是文件夹，不是文件" in done.err
    missing = yihui("ledger", "export", "--out", tmp_path / "no" / "ledger.jsonl")
    assert missing.code == 3
    assert "所在的文件夹不存在" in missing.err
    assert not (tmp_path / "no").exists()


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


PHONE = "13812345678"


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
    yihui: Command, caplog: pytest.LogCaptureFixture, arguments: tuple[str, ...], code: str, named: str
) -> None:
    with caplog.at_level(logging.INFO, "yihui.cli.acting"):
        assert yihui(*arguments).code in (1, 2)
    (record,) = [one for one in caplog.records if one.name == "yihui.cli.acting"]
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
