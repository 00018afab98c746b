"""yihui rules: officers' files are read from disk, every fault is told, and a good file is in force."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from rules import RuleFaults
from yihui.bootstrap import Settings, wire
from yihui.cli.rules import commands
from yihui.rulebook import lint_files, read_library

GOOD = """\
id: heat-bonus
title: 高温补贴
basis: [{kind: example}]
owner: "370200"
in_force: {from: 2026-06-01}
on: weather.heat_warned
require:
  - {that: event.temperature_c >= 40, else: 未到40度, remedy: 无须办理}
benefit: {kind: cash, amount_fen: 1000}
limit: {times: 1, per: [member], every: month}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A rules folder with one good rule."""
    (tmp_path / "heat.yaml").write_text(GOOD, "utf-8")
    return tmp_path


def run(*arguments: str, rules: tuple[Path, ...] = ()) -> Result:
    app = typer.Typer()
    app.add_typer(commands(str), name="rules")

    @app.callback()
    def wiring(context: typer.Context) -> None:
        context.obj = wire(Settings("unused.db", Path("unused"), rules=rules, language="en"))

    return CliRunner().invoke(app, ["rules", *arguments])


def test_a_file_dropped_into_a_folder_joins_the_shipped_rules(folder: Path) -> None:
    ids = {rule.id for rule in read_library([folder]).rules}
    assert {"heat-bonus", "birthday-cake"} <= ids
    assert "heat-bonus" not in {rule.id for rule in read_library().rules}


def test_folders_are_read_below_and_other_files_left_alone(folder: Path) -> None:
    (folder / "heat.yaml").rename(folder / "notes.txt")
    (folder / "qingdao").mkdir()
    (folder / "qingdao" / "heat.yml").write_text(GOOD, "utf-8")
    assert "heat-bonus" in {rule.id for rule in read_library([folder]).rules}


def test_a_file_in_another_encoding_is_told_with_its_line(folder: Path) -> None:
    (folder / "heat.yaml").write_bytes(GOOD.encode("gb18030"))
    with pytest.raises(RuleFaults) as raised:
        read_library([folder])
    [finding] = raised.value.findings
    assert (finding.code, finding.line, finding.column) == ("encoding", 2, 8)
    assert finding.file.endswith("heat.yaml") and "0x" in finding.texts()[0]


def test_a_byte_order_mark_and_crlf_do_no_harm(folder: Path) -> None:
    (folder / "heat.yaml").write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert lint_files([folder]) == ()


def test_a_folder_that_is_missing_is_an_error_of_the_environment(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_library([tmp_path / "nowhere"])


def test_the_same_file_by_two_names_is_read_once(folder: Path) -> None:
    assert read_library([folder, folder / "heat.yaml", folder / "." / "heat.yaml"])


def test_lint_of_the_library_finds_nothing() -> None:
    done = run("lint")
    assert (done.exit_code, done.stdout.strip()) == (0, "no findings")


def test_lint_tells_place_reason_and_remedy_and_exits_with_1(folder: Path) -> None:
    (folder / "bad.yaml").write_text(GOOD.replace("event.temperature_c", "event.temprature_c"), "utf-8")
    done = run("lint", str(folder))
    assert done.exit_code == 1
    assert "bad.yaml:8:12: there is no fact event.temprature_c" in done.stdout
    assert "silently false" in done.stdout and "did you mean event.temperature_c?" in done.stdout
    [finding] = json.loads(run("lint", str(folder), "--json").stdout)
    assert (finding["row"], finding["column"], finding["code"]) == (8, 12, "unknown-fact")
    assert finding["remedy"] == "did you mean event.temperature_c?"


def test_lint_holds_a_file_against_the_caps_shipped(folder: Path) -> None:
    over = GOOD.replace("amount_fen: 1000", "amount_fen: 30001") + "caps: [birthday-cake]\n"
    (folder / "heat.yaml").write_text(over, "utf-8")
    assert [finding.code for finding in lint_files([folder])] == ["over-cap"]


def test_cautions_are_printed_but_exit_with_0(folder: Path) -> None:
    (folder / "heat.yaml").write_text(
        GOOD.replace("limit: {times: 1, per: [member], every: month}\n", ""), "utf-8"
    )
    done = run("lint", str(folder))
    assert done.exit_code == 0 and "warning: the rule has no limit" in done.stdout


def test_show_lists_rules_of_the_settings_and_of_the_option(folder: Path) -> None:
    assert "heat-bonus" in run("show", rules=(folder,)).stdout
    assert "heat-bonus" in run("show", "--rules", str(folder)).stdout
    assert "heat-bonus" not in run("show").stdout


def test_show_tells_conditions_amount_limit_basis_and_hash() -> None:
    text = run("show", "qingdao-1138-senior").stdout
    for part in ("会籍未激活", "2,000.00 yuan", "3000 places", "per programme period", "reported", "370200"):
        assert part in text
    [shown] = json.loads(run("show", "qingdao-1138-senior", "--json").stdout)
    assert shown["hash"] in text and shown["allocate"]["quota"] == 3000
    assert shown["in_force"] == {"from": "2024-01-01", "until": "2026-12-31"}


def test_a_rule_that_is_not_there_is_wrong_usage() -> None:
    done = run("show", "birthday")
    assert done.exit_code == 2 and "birthday-cake" in done.output
