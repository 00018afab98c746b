"""yihui rules show --at, and lint of adaptations: what a city made of a rule."""

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
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir()
    monkeypatch.setenv("YIHUI_RULES", str(folder))
    (folder / "tea.yaml").write_text(RULE, "utf-8")
    (folder / "qingdao.yaml").write_text(CITY, "utf-8")
    return folder


def test_the_rule_is_shown_as_the_level_above_the_organisation_adapted_it(
    yihui: Command, folder: Path
) -> None:
    done = yihui("rules", "show", "tea", "--at", "370202", "--on", "2026-07-01")
    assert done.code == 0
    assert "青岛清凉" in done.out and "param.amount: 面额  15 元" in done.out
    assert "暑期清凉" in yihui("rules", "show", "tea", "--at", "370300", "--on", "2026-07-01").out


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
    assert yihui("rules", "show", "tea").code == 0  # the folder has it too
    (folder / "tea.yaml").unlink()
    monkeypatch.setenv("YIHUI_RULES", str(folder))
    done = yihui("rules", "show", "tea", "--at", "370202", "--json")
    assert done.code == 0, done.err
    [merged] = json.loads(done.out)
    assert (Path(merged["file"]).name, merged["owner"]) == ("qingdao.yaml", "370200")
    (folder / "qingdao.yaml").unlink()
    plain = yihui("rules", "show", "tea", "--at", "370202", "--json")
    [stated] = json.loads(plain.out)
    assert (stated["file"][:4], stated["owner"]) == ("tea@", "370000")


def test_what_cant_be_shown_is_told(yihui: Command, folder: Path) -> None:
    for arguments, code in (
        (("tea", "--at", "3702"), 2),
        (("tea", "--at", "320000"), 1),
        (("tea", "--at", "370200", "--on", "2025-12-31"), 1),
    ):
        assert yihui("rules", "show", *arguments).code == code
