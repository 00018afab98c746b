"""yihui rules: officers' files are read from disk, every fault is told, and a good file is in force."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from geo.faults import InputFaults
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


def run(*arguments: str, rules: tuple[Path, ...] = (), language: str = "en") -> Result:
    app = typer.Typer()
    app.add_typer(commands(str), name="rules")

    @app.callback()
    def wiring(context: typer.Context) -> None:
        context.obj = wire(Settings("unused.db", Path("unused"), rules=rules, language=language))

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


def test_lint_tells_programs_in_the_one_shape_of_errors_what_stands_where(folder: Path) -> None:
    (folder / "heat.yaml").write_text(GOOD.replace(">= 40", "== '40'"), "utf-8")
    [finding] = json.loads(run("lint", str(folder), "--json").stdout)
    assert finding.pop("file").endswith("heat.yaml")
    assert finding == {
        "row": 8,
        "column": 12,
        "field": "require[1].that",
        "value": "event.temperature_c == '40'",
        "message": "event.temperature_c (a whole number) can't be compared with '40' (a text)",
        "why": "A comparison of unlike things would silently be false.",
        "remedy": "write numbers without quotes and texts in quotes",
        "severity": "error",
        "code": "unlike-types",
    }


def test_lint_speaks_chinese_and_quotes_both_sides(folder: Path) -> None:
    (folder / "heat.yaml").write_text(GOOD.replace(">= 40", "== '40'"), "utf-8")
    told = run("lint", str(folder), language="zh").stdout
    assert "event.temperature_c（整数）与 '40'（文字）不能相比" in told
    assert "数字不加引号，文字加引号" in told


def test_a_file_of_any_size_is_told_and_not_read_whole(folder: Path) -> None:
    with (folder / "huge.yaml").open("wb") as stream:
        stream.truncate(50_000_000_000)  # a hole: it takes no room
    done = run("lint", str(folder))
    assert done.exit_code == 1 and "huge.yaml:1:1: the file has more than 256000 bytes" in done.stdout


def test_facts_lists_the_typed_catalogue() -> None:
    facts = json.loads(run("facts", "--json").stdout)
    by_source = {(fact["source"], fact["path"]): fact for fact in facts}
    assert by_source["member", "member.birthday"] == {
        "path": "member.birthday",
        "kind": "date",
        "title": "date of birth",
        "source": "member",
        "unit": None,
        "allowed": [],
        "open": False,
        "personal": "sensitive",
    }
    level = by_source["member.skill_certified", "event.level"]
    assert level["allowed"] == ["初级工", "中级工", "高级工", "技师", "高级技师"] and not level["open"]
    assert by_source["weather.heat_warned", "event.temperature_c"]["unit"] == "°C"
    assert len(by_source) == len(facts)


def test_facts_are_readable_in_chinese() -> None:
    lines = run("facts", language="zh").stdout.splitlines()
    assert "  member.birthday  出生日期  日期  敏感个人信息" in lines
    assert "  event.temperature_c  气温  整数 (摄氏度)" in lines
    assert lines.index("weather.heat_warned") < lines.index("  event.temperature_c  气温  整数 (摄氏度)")


def test_schema_prints_a_json_schema_by_which_every_shipped_rule_is_sound() -> None:
    schema = json.loads(run("schema").stdout)
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert set(schema["required"]) == {"id", "title", "basis", "owner", "in_force", "on", "benefit"}
    assert "weather.heat_warned" in schema["properties"]["on"]["enum"]
    for shown in json.loads(run("show", "--json").stdout):
        assert set(shown) - {"hash", "file", "reads"} <= set(schema["properties"])


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
    for part in ("会籍未激活", "2,000 yuan", "3000 places", "per programme period", "reported", "370200"):
        assert part in text
    first, second = json.loads(run("show", "qingdao-1138-senior", "--json").stdout)
    assert first["hash"] in text and second["hash"] in text
    assert first["allocate"]["quota"] == "param.quota" and first["parameters"]["quota"]["value"] == 3000
    assert first["in_force"] == {"from": "2024-01-01", "until": "2026-12-31"}
    assert second["in_force"] == {"from": "2027-01-01", "until": "2029-12-31"}


def test_a_rule_that_is_not_there_is_told_with_those_that_are_near() -> None:
    error = run("show", "birthday").exception
    assert isinstance(error, InputFaults)
    [fault] = error.faults
    assert (fault.field, fault.value) == ("rule", "birthday") and "birthday-cake" in fault.params["expected"]
