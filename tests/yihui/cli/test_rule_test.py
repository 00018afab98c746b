"""yihui rules test: an officer's own cases, on the command line."""

import json
from pathlib import Path

import pytest

from tests.yihui.commands import Command

CAKE = """\
- case: 在职会员生日得200元
  rule: birthday-cake
  event: {type: member.birthday, occurred_on: 2026-05-01, "on": 2026-05-01, calendar: solar, year: 2026}
  member: {status: active, organisation: "370102001"}
  expect: {outcome: due, amount_fen: 20000}
"""
HEAT = """\
id: heat-bonus
title: 高温补贴
basis: [{kind: example, note: 测试用}]
owner: "370200"
in_force: {from: 2026-06-01}
on: weather.heat_warned
require:
  - {that: event.temperature_c >= 40, else: 未到40度, remedy: 无须办理}
benefit: {kind: cash, amount_fen: 1000}
limit: {times: 1, per: [member], every: month}
"""
HOT = """\
- case: 40度得10元
  rule: heat-bonus
  event: {type: weather.heat_warned, occurred_on: 2026-07-10, temperature_c: 40}
  member: {status: active, organisation: "370202001"}
  expect: {outcome: due, amount_fen: 1000}
"""


@pytest.fixture
def cake(tmp_path: Path) -> Path:
    """An officer's file with one case for the library."""
    file = tmp_path / "cake-cases.yaml"
    file.write_text(CAKE, "utf-8")
    return file


def test_a_draft_is_tried_in_place_of_the_library(yihui: Command, tmp_path: Path) -> None:
    (tmp_path / "heat.yaml").write_text(HEAT, "utf-8")
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
