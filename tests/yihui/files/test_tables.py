"""Invoices, banks' answers and payees that can't be read: told in words that fit them, not a register's."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from core.faults import Fault, FaultError, raise_faults
from core.sheets.csv import CsvFile
from core.sheets.table import Table
from geo.datum import Datum
from geo.districts import Districts
from geo.formats.files import read_table
from geo.formats.outlines import read_outlines
from members import find_link_columns, parse_feed_links
from members.organisations.lists import parse_organisations
from members.roll import RollParser
from tests.core.sheets.sheets import SheetContent, xlsx
from tests.yihui.money.payouts.paying import layout, workbook
from tests.yihui.refusals import faults_of
from yihui.cases.joining.batch import read_batch
from yihui.cases.mutual_aid.member_list import read_member_table
from yihui.cases.organisations.lists import read_going_members
from yihui.files.invoices.mapping import InvoiceMapping
from yihui.files.invoices.reading import read_invoice
from yihui.files.redemptions import read_redemption_file
from yihui.files.tables import SheetReader
from yihui.frame.fields import TypedFile
from yihui.money.payouts.payees import read_payees
from yihui.money.payouts.return_file import read_bank_return
from yihui.planning.access.run import station_capacities
from yihui.planning.siting.files import read_candidates, read_district_limits
from yihui.planning.siting.request import SitingOrder
from yihui.runtime.language import Language, load_language
from yihui.services.benefits.lottery import read_lottery_entries
from yihui.services.organisations.statistics import read_eligible_workers
from yihui.services.stations.address_places import read_reviewed

READERS: list[Callable[[bytes, str], object]] = [
    lambda content, file: read_invoice(content, file, InvoiceMapping(), SheetReader()),
    lambda content, file: read_bank_return(content, file, layout(), SheetReader()),
    lambda content, file: read_payees(content, file, SheetReader()),
]
KEY = b"k" * 32


def _read_roll_row(path: Path) -> None:
    with path.open("rb") as stream:
        table = CsvFile(stream, path.name)
        parser = RollParser(table, KEY, None, for_vault=True)
        for row in table.rows():
            if isinstance(found := parser.parse_row(row), list):
                raise FaultError(found)


def _raise_faults(read: tuple[object, list[Fault]]) -> None:
    if read[1]:
        raise FaultError(read[1])


OF_IDENTIFIERS: list[tuple[str, Callable[[Path], object]]] = [
    ("券码,金额（元）", lambda path: READERS[0](path.read_bytes(), path.name)),
    ("附言,金额,状态,原因,日期", lambda path: READERS[1](path.read_bytes(), path.name)),
    ("会员代号,账号,户名", lambda path: READERS[2](path.read_bytes(), path.name)),
    (
        "request_key,code,used_at",
        lambda path: read_redemption_file(path.read_bytes(), path.name, SheetReader()),
    ),
    ("会员代号,权重", lambda path: read_lottery_entries(path, SheetReader())),
    (
        "对方编号,会员代号",
        lambda path: _raise_faults(
            parse_feed_links(SheetReader().select(_table(path), find_link_columns), "app", KEY)
        ),
    ),
    ("组织代码,组织名称", lambda path: _raise_faults(parse_organisations(_table(path)))),
    (
        "会员,组织代码",
        lambda path: read_going_members(TypedFile(path.name, path.read_bytes()), SheetReader()),
    ),
    ("会员编号,姓名", lambda path: read_member_table(path.read_bytes(), path.name, SheetReader())),
    ("站点编号,座位", lambda path: station_capacities([], str(path))),
    ("id,lon,lat", lambda path: read_reviewed(path, "li.min")),
    ("家庭编号,身份证号,组织代码,入会日期,姓名", _read_roll_row),
]


def _table(path: Path) -> Table:
    return read_table(path.read_bytes(), path.name)


@pytest.mark.parametrize(("header", "read"), OF_IDENTIFIERS)
def test_an_identifier_that_has_lost_digits_is_refused(
    header: str, read: Callable[[Path], object], tmp_path: Path
) -> None:
    names = header.split(",")
    texts = tmp_path / "a.csv"
    texts.write_text(f"{header}\n{','.join(['3.70102E+17', *'1' * (len(names) - 1)])}\n")
    numbers = tmp_path / "a.xlsx"
    numbers.write_bytes(workbook([names, [370102199001011234, *[1] * (len(names) - 1)]]))
    for path in (texts,) if read is _read_roll_row else (texts, numbers):
        told = [(fault.field, fault.row) for fault in faults_of(read, path) if fault.code == "cell.rounded"]
        assert told == [(names[0], 2)]


def _jinan() -> Districts:
    return Districts(read_outlines(within="370100"))


def _asking(candidates: Path) -> SitingOrder:
    at = datetime(2026, 11, 29, tzinfo=UTC)
    return SitingOrder(area="370100", at=at, p=1, candidates=candidates, datum=Datum.WGS84)


OF_PERSONS_AND_MONEY: list[tuple[str, Callable[[Path], object]]] = [
    *(one for one in OF_IDENTIFIERS if one[0][:2] in ("券码", "附言", "会员", "re", "对方")),
    (
        "姓名,身份证号,手机号",
        lambda path: raise_faults(read_batch(path.read_bytes(), path.name, SheetReader()).faults),
    ),
]


@pytest.mark.parametrize(("header", "read"), OF_PERSONS_AND_MONEY)
def test_hidden_rows_and_a_merged_identifier_are_refused_by_number(
    header: str, read: Callable[[Path], object], tmp_path: Path
) -> None:
    names = header.split(",")
    rows = [names, *([f"{n}", *["1"] * (len(names) - 1)] for n in range(3))]
    file = tmp_path / "a.xlsx"
    file.write_bytes(xlsx(SheetContent(rows, hidden_rows=[2])))
    assert ("table.hidden_rows", "3") in [(fault.code, fault.value) for fault in faults_of(read, file)]
    file.write_bytes(xlsx(SheetContent(rows, merged=[(1, 0, 2, 0)])))
    assert ("table.merged", 3, names[0]) in [(one.code, one.row, one.field) for one in faults_of(read, file)]


@pytest.mark.parametrize(
    ("header", "read", "column"),
    [
        (
            "request_key,code,used_at,amount",
            lambda path: read_redemption_file(path.read_bytes(), path.name, SheetReader()),
            3,
        ),
        ("会员代号,权重", lambda path: read_lottery_entries(path, SheetReader()), 1),
        ("代码,来源,日期,职工数", lambda path: read_eligible_workers(path, date(2026, 11, 29)), 3),
        ("区县,至多,至少", lambda path: read_district_limits(path, "370100", _jinan()), 2),
        ("名称,纬度,经度,费用", lambda path: read_candidates(_asking(path), _jinan), 3),
    ],
)
def test_an_amount_that_is_merged_over_rows_is_not_that_of_each(
    header: str, read: Callable[[Path], object], column: int, tmp_path: Path
) -> None:
    names = header.split(",")
    rows = [names, *([f"{n}{name}" for name in names[:-1]] + ["5"] for n in range(2))]
    file = tmp_path / "a.xlsx"
    file.write_bytes(xlsx(SheetContent(rows, merged=[(1, column, 2, column)])))
    found = [(one.code, one.row, one.field) for one in faults_of(read, file)]
    assert ("table.merged", 3, names[column]) in found


UNREADABLE = [
    (b"", "a.csv", "文件是空的"),
    (b"a,b\n", "a.csv", "没有数据行"),
    (b"\x9a\x1d\xee\x8b", "a.csv", "GB18030"),
    (b"PK\x03\x04cut off", "a.xlsx", "已损坏"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.xls", "已损坏"),
    (b"[]", "a.json", "不能用 .json"),
    (b'{"type": "FeatureCollection", "features": []}', "a.geojson", "不能用 .geojson"),
    (b"%PDF-1.7", "a.pdf", "不能用 .pdf"),
]


def _told(read: Callable[[bytes, str], object], content: bytes, file: str, words: Language) -> list[str]:
    return [
        words.render(text, **fault.values)
        for fault in faults_of(read, content, file)
        for text in (fault.message, fault.remedy)
    ]


def test_what_is_no_table_is_told_without_a_word_of_stations() -> None:
    chinese, english = load_language("zh"), load_language("en")
    for read in READERS:
        for content, file, what in UNREADABLE:
            told = _told(read, content, file, chinese)
            assert what in told[0] and "请交 XLSX 或 CSV" in told[1]
            assert "站点" not in "".join(told)
            assert "station" not in "".join(_told(read, content, file, english))


@pytest.mark.parametrize("read", READERS)
def test_of_several_sheets_the_right_one_is_named_where_the_columns_are(
    read: Callable[[bytes, str], object],
) -> None:
    message, remedy = _told(read, workbook([["a"], [1]], more_sheets=1), "a.xlsx", load_language("zh"))
    assert "明细" in message
    assert "layer:" in remedy
    assert "--layer" not in remedy


def test_full_width_digits_and_office_dates_of_a_merchants_file_are_read() -> None:
    content = "请求号,券码,使用时间,金额（分）\n1,AAAA,２０２６／１０／３ ８：０５,３００\n2,BBBB,2026年10月3日8:05,1\n"
    first, second = read_redemption_file(content.encode(), "u.csv", SheetReader()).uses
    assert first.amount == 300 and first.used_at == second.used_at
    assert first.used_at.isoformat() == "2026-10-03T08:05:00+08:00"
