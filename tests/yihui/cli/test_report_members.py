"""yihui report members, as an officer of a city and one of its neighbour use them."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import python_calamine as calamine

from tests.yihui.cli.conftest import run_events
from tests.yihui.commands import Command
from tools.servers.sending import Sender

# Members by organisation, trade and number: Qingdao has two counties, Zibo one.
PLACES = [
    ("370202001-00017", "外卖员", 30),
    ("370202001-00017", "快递员", 3),
    ("370203001", "外卖员", 9),
    ("370203001", "=HYPERLINK(1)", 1),
    ("370303", "外卖员", 12),
    ("370303", "快递员", 20),
    ("370102", "快递员", 40),
    ("370102", "外卖员", 40),
]
YEAR = ("--from", "2025-01-01", "--to", "2025-12-31")


def events() -> Iterator[str]:
    send, number = Sender(), 0
    for organisation, trade, count in PLACES:
        for _ in range(count):
            number += 1
            day = f"2025-{1 + number % 12:02}-05"
            yield send.joined(
                f"m-{number:03}", f"{day}T09:00:00+08:00", organisation=organisation, trade=trade
            )
    yield send("member.left", "m-001", "2025-11-01T09:00:00+08:00", reason="辞职")
    yield send("member.transferred", "m-002", "2025-11-02T09:00:00+08:00", organisation="370203001")


@pytest.fixture
def known(yihui: Command, tmp_path: Path) -> Command:
    run_events(yihui, tmp_path, events())
    (tmp_path / "names.csv").write_text(
        "组织代码,组织名称\n370200,青岛市总工会\n370203,市北区总工会\n", encoding="utf-8"
    )
    assert yihui("organisations", "import", "--list", tmp_path / "names.csv").code == 0
    return yihui


def report(known: Command, *words: object) -> dict[str, object]:
    done = known("report", "members", *words, "--json")
    assert done.code == 0, done.err
    found: dict[str, object] = json.loads(done.out)
    return found


@pytest.mark.endure
def test_coverage_comes_from_a_table_of_workers(known: Command, tmp_path: Path) -> None:
    workers = tmp_path / "workers.csv"
    good = '代码,职工数,来源,日期\n370202,１００,青岛统计年鉴,2025-06-30\n370203,"1,000",青岛统计年鉴,2025-06-30\n合计,"1,100",,\n'
    workers.write_text(good, encoding="utf-8")
    done = known("report", "members", "370200", *YEAR, "--eligible", workers)
    told = done.out
    assert "workers.csv:4" in done.err, "the total is left out, and named"
    assert "370202  期末会员 31" in told and "应入会职工 100、入会率 31.0%" in told
    assert "合计" in told and "应入会职工 1,100、入会率 3.8%" in told
    assert "应入会职工数：青岛统计年鉴，2025-06-30" in told
    before = known("report", "members", "370200", "--to", "2025-05-31", "--eligible", workers).out
    assert "入会率" not in before.replace("应入会职工数", ""), "the number isn't from before that day"
    workers.write_text(
        "代码,职工数,来源,日期\n青岛,-5,,昨天\n370202,5,a,2025-01-01\n370202,6,a,2025-01-01\n", "utf-8"
    )
    refused = known("report", "members", "--eligible", workers)
    for words in ("不是区划代码", "不是职工数", "缺少来源", "不是能确定读出的日期", "有两个数字"):
        assert words in refused.err
    workers.write_text("代码,职工数\n370202,5\n", "utf-8")
    assert "缺少列 来源" in known("report", "members", "--eligible", workers).err
    assert known("report", "members", "--eligible", tmp_path / "nothing.csv").code == 3


@pytest.mark.endure
def test_the_same_numbers_stand_in_the_files(known: Command, tmp_path: Path) -> None:
    files = {ending: tmp_path / f"members.{ending}" for ending in ("csv", "xlsx", "html")}
    options = [word for ending, file in files.items() for word in (f"--{ending}", file)]
    assert known("report", "members", "370200", *YEAR, *options).code == 0
    rows = list(csv.reader(io.StringIO(files["csv"].read_text("utf-8-sig"))))
    assert rows[0][:4] == ["代码", "组织", "期末会员", "入会"]
    assert ["370203", "市北区总工会 370203", "11", "10", "1", "0", "0"] in rows
    sheet = calamine.CalamineWorkbook.from_path(str(files["xlsx"])).get_sheet_by_index(0).to_python()
    assert ["370203", "市北区总工会 370203", 11, 10, 1, 0, 0] in sheet
    page = files["html"].read_text("utf-8")
    assert "市北区总工会 370203" in page and page.count("<svg") == 2 and "<script" not in page
    two = ("--by", "organisation", "--across", "trade")
    assert known("report", "members", "370200", *two, *YEAR, *options).code == 0
    assert "'=HYPERLINK(1)" in files["csv"].read_text("utf-8"), "a spreadsheet would run it"
    assert len(calamine.CalamineWorkbook.from_path(str(files["xlsx"])).sheet_names) == 6
    assert known("report", "members", "370200", *two, *YEAR, "--for", "370300", *options).code == 0
    for file in (files["html"], files["csv"]):
        written = file.read_text("utf-8")
        assert "少于 5" in written and "四舍五入到 5 的倍数" in written, file
    book = calamine.CalamineWorkbook.from_path(str(files["xlsx"]))
    texts = [
        str(cell)
        for name in book.sheet_names
        for row in book.get_sheet_by_name(name).to_python()
        for cell in row
    ]
    assert "少于 5" in texts and any("四舍五入到 5 的倍数" in text for text in texts)


def test_another_city_sees_no_small_number(known: Command) -> None:
    """Of 快递员 Qingdao has 3 of 42: Jinan reads fewer than 5 of 40."""
    other = report(known, "370200", "--by", "trade", *YEAR, "--for", "370100")
    shown = {one["key"]: one["members"] for one in other["rows"]}  # type: ignore[attr-defined]
    assert shown == {"other": None, "外卖员": 40}, "a rare trade isn't even named"
