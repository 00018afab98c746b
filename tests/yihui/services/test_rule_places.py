"""Lint finds places that no register has: a voucher for a misspelt station could be used nowhere."""

from pathlib import Path

import pytest

from tests.yihui.commands import Command

REGISTER = """\
编号,名称,类型,经度,纬度,地址,区县,开放时间
SD-1,泉城路驿站,户外劳动者驿站,117.0204,36.6683,泉城路1号,历下区,24小时
SD-2,大明湖妈妈小屋,妈妈小屋,117.0254,36.6733,明湖路2号,历下区,每天9:00-17:00
"""
RULE = """\
id: tea
title: 凉茶券
basis: [{kind: example}]
owner: "370000"
in_force: {from: 2026-12-01, until: 2027-11-30}
on: member.card_activated
require:
  - {that: member.status == 'active', else: 没有已激活的会籍, remedy: 办理激活}
benefit:
  kind: voucher
  amount_fen: 300
  unit: 张
  redeem_at: {WHERE}
limit: {times: 1, per: [member], every: once}
budget: tea
expires: P60D
"""


@pytest.fixture
def register(yihui: Command, tmp_path: Path) -> Path:
    """A database with the stations of REGISTER; a rule goes beside it."""
    file = tmp_path / "stations.csv"
    file.write_text(REGISTER, "utf-8")
    done = yihui("stations", "import", file, "--datum", "wgs84", "--partial")
    assert done.code == 0, done.words
    return tmp_path


def rule(folder: Path, where: str) -> Path:
    file = folder / "tea.yaml"
    file.write_text(RULE.replace("{WHERE}", "{" + where + "}"), "utf-8")
    return file


def test_places_of_the_register_are_no_finding(yihui: Command, register: Path) -> None:
    done = yihui(
        "rules", "lint", rule(register, 'stations: [SD-1], districts: ["370102", "370100", "370000"]')
    )
    assert (done.code, done.out.strip()) == (0, "没有发现问题")


@pytest.mark.parametrize(
    ("where", "named", "suggested"),
    [
        ("stations: [SD-1, SD-11]", "SD-11", "SD-1"),
        ("stations: [泉城路驿站]", "泉城路驿站", "SD-1"),
        ('districts: ["370120"]', "370120", "370102"),
    ],
)
def test_a_misspelt_place_is_a_finding_with_the_nearest_one(
    yihui: Command, register: Path, where: str, named: str, suggested: str
) -> None:
    done = yihui("rules", "lint", rule(register, where))
    assert done.code == 0, "the register may be behind"
    assert "tea.yaml:13:" in done.out and named in done.out and suggested in done.out


def test_a_place_like_none_is_a_finding_too(yihui: Command, register: Path) -> None:
    done = yihui("rules", "lint", rule(register, 'stations: [zzzz], districts: ["999999"]'))
    assert done.out.count("tea.yaml:13:") == 2


def test_without_a_register_nothing_judges_a_place(yihui: Command, tmp_path: Path) -> None:
    done = yihui("rules", "lint", rule(tmp_path, 'stations: [SD-11], districts: ["370120"]'))
    assert (done.code, done.out.strip()) == (0, "没有发现问题")
    assert not (tmp_path / "yihui.db").exists(), "lint makes no database"


def test_an_empty_register_judges_nothing(yihui: Command, tmp_path: Path) -> None:
    assert yihui("ledger", "budget", "tea", "100", "--as", "gh-001", "--reason", "年度预算").code == 0
    assert yihui("rules", "lint", rule(tmp_path, "stations: [SD-11]")).out.strip() == "没有发现问题"


def test_submit_shows_the_finding_to_the_officer(yihui: Command, register: Path) -> None:
    done = yihui("rules", "submit", rule(register, "stations: [SD-11]"), "--as", "li.min")
    assert done.code == 0 and "SD-11" in done.out
