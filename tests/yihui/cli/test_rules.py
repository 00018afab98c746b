"""yihui rules: officers' files are read from disk, every fault is told, a good file is in force; own cases are run."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from benefits import set_budget
from core.faults import FaultError
from tests.rules.conftest import rule_text
from tests.rules.terms import render_texts
from tests.yihui.commands import Command
from tests.yihui.refusals import faults_of
from tools.servers.deciding import TREASURER
from yihui.bootstrap import Settings, build_wiring
from yihui.cli.rules import app as rule_commands
from yihui.services.rules.lint import lint_paths
from yihui.services.rules.rules import SHIPPED_RULES, read_library

GOOD = rule_text("event.temperature_c >= 40", "weather.heat_warned", "heat-bonus").replace(
    "fen: 100", "fen: 10000"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A rules folder with one good rule."""
    (tmp_path / "heat.yaml").write_text(GOOD, "utf-8")
    return tmp_path


def run(
    *arguments: str,
    rules: tuple[Path, ...] = (SHIPPED_RULES,),
    language: str = "en",
    database: str = "unused.db",
    catch: bool = True,
) -> Result:
    app = typer.Typer()
    app.add_typer(rule_commands, name="rules")

    @app.callback()
    def wiring(context: typer.Context) -> None:
        context.obj = build_wiring(Settings(database, Path("unused"), rules=rules, language=language))

    return CliRunner().invoke(app, ["rules", *arguments], catch_exceptions=catch)


def test_folders_are_read_below_and_other_files_left_alone(folder: Path) -> None:
    (folder / "heat.yaml").rename(folder / "notes.txt")
    (folder / "qingdao").mkdir()
    (folder / "qingdao" / "heat.yml").write_text(GOOD, "utf-8")
    assert "heat-bonus" in {rule.id for rule in read_library([folder]).rules}


def test_a_file_in_another_encoding_is_told_with_its_line(folder: Path) -> None:
    (folder / "heat.yaml").write_bytes(GOOD.encode("gb18030"))
    [finding] = faults_of(read_library, [folder])
    assert (finding.short_code, finding.row, finding.column) == ("encoding", 2, 8)
    assert finding.file.endswith("heat.yaml") and "0x" in render_texts(finding)[0]


def test_a_byte_order_mark_and_crlf_do_no_harm(folder: Path) -> None:
    (folder / "heat.yaml").write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert lint_paths(build_wiring(Settings("unused.db", Path("unused"))), [folder]) == []


def test_a_folder_that_is_missing_is_an_error_of_the_environment(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_library([tmp_path / "nowhere"])


def test_the_same_file_by_two_names_is_read_once(folder: Path) -> None:
    assert read_library([folder, folder / "heat.yaml", folder / "." / "heat.yaml"])


def test_lint_tells_place_reason_and_remedy_and_exits_with_1(folder: Path) -> None:
    (folder / "bad.yaml").write_text(GOOD.replace("event.temperature_c", "event.temprature_c"), "utf-8")
    done = run("lint", str(folder))
    assert done.exit_code == 1
    assert "bad.yaml:8:13: there is no fact event.temprature_c" in done.stdout
    assert "silently false" in done.stdout and "did you mean event.temperature_c?" in done.stdout
    [finding] = json.loads(run("lint", str(folder), "--json").stdout)
    assert finding.pop("file").endswith("bad.yaml")
    assert finding == {
        "row": 8,
        "column": 13,
        "field": "require[1].that",
        "value": "event.temprature_c",
        "message": "there is no fact event.temprature_c for this event",
        "why": "A misspelt fact would make the condition silently false.",
        "remedy": "did you mean event.temperature_c?",
        "severity": "error",
        "code": "unknown-fact",
    }


SCARCE = GOOD + "allocate: {mode: first_come, quota: 100}\nbudget: heat\n"  # 100 places at 100 fen


def test_lint_holds_quotas_against_the_budgets_of_the_ledger(folder: Path) -> None:
    (folder / "heat.yaml").write_text(SCARCE, "utf-8")
    wiring = build_wiring(Settings(str(folder / "y.db"), Path("unused")))
    with wiring.database.write() as connection:
        set_budget(connection, "heat", 9_999, TREASURER)
    wiring.close()
    before = (folder / "y.db").read_bytes()
    done = run("lint", str(folder), database=str(folder / "y.db"))
    assert done.exit_code == 1 and "the budget heat has 9999 fen" in done.stdout
    assert (folder / "y.db").read_bytes() == before


def test_cautions_are_printed_but_exit_with_0(folder: Path) -> None:
    (folder / "heat.yaml").write_text(
        GOOD.replace("limit: {times: 1, per: [member], every: once}\n", ""), "utf-8"
    )
    done = run("lint", str(folder))
    assert done.exit_code == 0 and "warning: the rule has no limit" in done.stdout


def test_show_lists_rules_of_the_settings(folder: Path) -> None:
    assert "heat-bonus" in run("show", rules=(folder,)).stdout
    assert "heat-bonus" not in run("show").stdout


def test_a_rule_that_is_not_there_is_told_with_those_that_are_near() -> None:
    error = run("show", "birthday").exception
    assert isinstance(error, FaultError)
    [fault] = error.faults
    assert (fault.field, fault.value) == ("rule", "birthday") and "birthday-cake" in fault.params["expected"]


CAKE = """\
- case: 在职会员生日得200元
  rule: birthday-cake
  event: {type: member.birthday, occurred_on: 2026-05-01, "on": 2026-05-01, calendar: solar, year: 2026}
  member: {status: active, organisation: "370102001"}
  expect: {outcome: due, amount_fen: 20000}
"""
HOT = """\
- case: 40度得100元
  rule: heat-bonus
  event: {type: weather.heat_warned, occurred_on: 2026-07-10, temperature_c: 40}
  member: {status: active, organisation: "370202001"}
  expect: {outcome: due, amount_fen: 10000}
"""


@pytest.fixture
def cake(tmp_path: Path) -> Path:
    """An officer's file with one case for the library."""
    file = tmp_path / "cake-cases.yaml"
    file.write_text(CAKE, "utf-8")
    return file


def test_a_draft_is_tried_in_place_of_the_library(yihui: Command, tmp_path: Path) -> None:
    (tmp_path / "heat.yaml").write_text(GOOD, "utf-8")
    (tmp_path / "heat-cases.yaml").write_text(HOT, "utf-8")
    done = yihui("rules", "test", tmp_path / "heat-cases.yaml", "--rule", tmp_path / "heat.yaml")
    assert done.code == 0 and "heat.yaml:8: event.temperature_c >= 40" in done.out
    without = yihui("rules", "test", tmp_path / "heat-cases.yaml")
    assert without.code == 1 and "没有规则 heat-bonus" in without.err


def test_programs_are_told_the_same(yihui: Command, cake: Path) -> None:
    cake.write_text(CAKE.replace("20000", "30000"), "utf-8")
    done = yihui("rules", "test", cake, "--json")
    told = json.loads(done.out)
    assert done.code == 1 and told["cases"] == 1
    assert told["failed"][0]["differences"] == [{"name": "amount_fen", "expected": 30000, "actual": 20000}]
    assert {"rule", "file", "line", "field", "text", "never"} == set(told["untouched"][0])
