"""Lint finds places that no register has: a voucher for a misspelt station could be used nowhere."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from geo.registry.diff import Register
from geo.registry.stations import import_stations
from geo.station import Kind, Station
from tests.yihui.commands import Command
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.services.rules.places import find_unknown_places

NOW = datetime(2026, 11, 20, tzinfo=UTC)
STATIONS = [
    Station(id="SD-1", name="泉城路驿站", kind=Kind.OUTDOOR_STATION, district="370102", district_name="历下区"),
    Station(id="SD-2", name="大明湖妈妈小屋", kind=Kind.MOTHER_ROOM, district="370102", district_name="历下区"),
]  # fmt: skip
REGISTER = """\
编号,名称,类型,经度,纬度,地址,区县,开放时间
SD-1,泉城路驿站,户外劳动者驿站,117.0204,36.6683,泉城路1号,历下区,24小时
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
def wiring(migrated_file: Path, tmp_path: Path) -> Iterator[Wiring]:
    made = build_wiring(Settings(str(shutil.copy(migrated_file, tmp_path / "yihui.db")), tmp_path))
    yield made
    made.close()


def find(wiring: Wiring, where: str) -> list[tuple[str, str | None, str | None, int | None]]:
    """Return code, value, suggested id and line of what is found in a rule."""
    text = RULE.replace("{WHERE}", "{" + where + "}")
    return [
        (fault.short_code, fault.value, fault.params.get("suggestion"), fault.row)
        for fault in find_unknown_places(wiring, [("tea.yaml", text)])
    ]


def test_a_place_that_no_register_has_is_found_with_the_nearest_one(wiring: Wiring) -> None:
    assert find(wiring, "stations: [SD-11]") == [], "an empty register judges nothing"
    with wiring.database.write() as connection:
        register = Register(name="test", source="test", file="test.csv", digest="1")
        import_stations(connection, register, STATIONS, NOW, confirmed=True)
    assert find(wiring, 'stations: [SD-1], districts: ["370102", "370100", "370000"]') == []
    for where, value, suggestion in (
        ("stations: [SD-1, SD-11]", "SD-11", "SD-1"),
        ("stations: [泉城路驿站]", "泉城路驿站", "SD-1"),
        ('districts: ["370120"]', "370120", "370102"),
    ):
        [found] = find(wiring, where)
        assert found[1:] == (value, suggestion, 13)
    assert len(find(wiring, 'stations: [zzzz], districts: ["999999"]')) == 2


def test_without_a_register_lint_judges_no_place_and_makes_no_database(
    yihui: Command, tmp_path: Path
) -> None:
    file = tmp_path / "tea.yaml"
    file.write_text(RULE.replace("{WHERE}", "{stations: [SD-11]}"), "utf-8")
    assert yihui("rules", "lint", file).code == 0
    assert not (tmp_path / "yihui.db").exists()


def test_lint_and_submit_tell_an_officer_of_a_place_that_no_register_has(
    yihui: Command, tmp_path: Path
) -> None:
    (tmp_path / "stations.csv").write_text(REGISTER, "utf-8")
    imported = yihui("stations", "import", tmp_path / "stations.csv", "--datum", "wgs84", "--partial")
    assert imported.code == 0, imported.words
    file = tmp_path / "tea.yaml"
    file.write_text(RULE.replace("{WHERE}", "{stations: [SD-11]}"), "utf-8")
    done = yihui("rules", "lint", file)
    assert done.code == 0, "the register may be behind"
    assert "tea.yaml:13:" in done.out and "SD-11" in done.out
    submitted = yihui("rules", "submit", file, "--as", "li.min")
    assert submitted.code == 0 and "SD-11" in submitted.out
