"""yihui rules show --at, and lint of adaptations: what a city made of a rule, and where each line is from."""

import json
from pathlib import Path

import pytest

from tests.yihui.commands import Command

RULE = """\
id: tea
title: 暑期清凉
basis: [{kind: example}]
owner: "370000"
in_force: {from: 2026-01-01, until: 2026-12-31}
on: weather.heat_warned
parameters:
  amount: {title: 面额, value: 1000, unit: fen, least: 500, most: 2000}
require:
  - {that: "event.temperature_c >= 37", else: 未到37度, remedy: 等待高温预警}
benefit: {kind: cash, amount_fen: param.amount}
limit: {times: 1, per: [member], every: month}
budget: tea
lower_levels: {may_set: [amount]}
"""
CITY = """\
adapts: tea
owner: "370200"
title: 青岛清凉
basis: [{kind: example}]
in_force: {from: 2026-06-01}
set: {amount: 1500}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "tea.yaml").write_text(RULE, "utf-8")
    (folder / "qingdao.yaml").write_text(CITY, "utf-8")
    return folder


def test_the_merged_rule_is_shown_with_where_each_line_is_from(yihui: Command, folder: Path) -> None:
    done = yihui("rules", "show", "tea", "--at", "370202", "--on", "2026-07-01", "--rules", folder)
    assert done.code == 0
    head, *lines = done.out.splitlines()
    assert head == "青岛清凉（tea），2026-07-01 在 370202 的样子；制定单位 370200"
    shown = [line.split(maxsplit=1) for line in lines]
    by_text = {text.strip(): Path(place).name for place, text in shown}
    assert by_text["value: 1500"] == "qingdao.yaml:6"
    assert by_text["most: 2000"] == "tea.yaml:8"


def test_lint_of_an_adaptation_alone_looks_at_the_rules_shipped(yihui: Command, tmp_path: Path) -> None:
    file = tmp_path / "alone.yaml"
    file.write_text(CITY.replace("adapts: tea", "adapts: birthday-cak"), "utf-8")
    done = yihui("rules", "lint", file)
    assert done.code == 1
    assert done.out.count("\n") == 2  # nothing about the files beside it
    assert "birthday-cake" in done.out


@pytest.mark.endure
def test_what_was_approved_is_shown_with_what_a_folder_makes_of_it(
    yihui: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert yihui("rules", "submit", folder / "tea.yaml", "--as", "zhang").code == 0
    assert yihui("rules", "approve", "tea", "--as", "li").code == 0
    (folder / "tea.yaml").unlink()
    monkeypatch.setenv("YIHUI_RULES", str(folder))
    done = yihui("rules", "show", "tea", "--at", "370202", "--json")
    assert done.code == 0, done.err
    origins = {line["file"] for line in json.loads(done.out)["lines"]}
    assert {Path(origin).name[:4] for origin in origins} == {"tea@", "qing"}
    (folder / "qingdao.yaml").unlink()
    plain = yihui("rules", "show", "tea", "--at", "370202", "--json")
    assert json.loads(plain.out)["owner"] == "370000"


def test_what_cant_be_shown_is_told(yihui: Command, folder: Path) -> None:
    for arguments, code in (
        (("tea", "--at", "3702"), 2),
        (("tea", "--at", "320000"), 1),
        (("tea", "--at", "370200", "--on", "2025-12-31"), 1),
    ):
        assert yihui("rules", "show", *arguments, "--rules", folder).code == code
