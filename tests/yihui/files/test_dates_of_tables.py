"""One reader of dates: every door that takes a table with a date reads the same forms, and refuses the same."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from core.faults import raise_faults
from geo.datum import Datum
from geo.districts import Districts
from geo.formats.files import read_table
from geo.formats.outlines import read_outlines
from members import RollEntry
from members.organisations.lists import parse_organisations
from members.roll import RollParser
from tests.core.sheets.sheets import SheetCell, SheetContent, xlsx
from tests.yihui.money.payouts.paying import layout
from tests.yihui.refusals import faults_of
from yihui.files.invoices.mapping import InvoiceMapping
from yihui.files.invoices.reading import read_invoice
from yihui.files.redemptions import read_redemption_file
from yihui.files.tables import SheetReader
from yihui.money.payouts.return_file import read_bank_return
from yihui.samples.roll import id_number
from yihui.services.organisations.statistics import read_eligible_workers
from yihui.services.stations.station_import import RegisterRequest, read_register

TODAY = date(2026, 11, 29)
ReadDay = Callable[[Path], date | None]


def _register(path: Path) -> date | None:
    request = RegisterRequest(path, Datum.WGS84, constants={"kind": "outdoor_station"})
    reading = read_register(request, lambda: Districts(read_outlines(within="370100"))).reading
    raise_faults(reading.errors)
    return reading.stations[0].verified_on


def _roll(path: Path) -> date:
    table = read_table(path.read_bytes(), path.name)
    found = RollParser(table, b"k" * 32, TODAY, for_vault=False).parse_row(table.rows[0])
    raise_faults([] if isinstance(found, RollEntry) else found)
    assert isinstance(found, RollEntry)
    return found.payload.joined_on


def _bank(path: Path) -> date | None:
    return read_bank_return(path.read_bytes(), path.name, layout(), SheetReader(), TODAY).lines[0].on


def _invoice(path: Path) -> date | None:
    found = read_invoice(path.read_bytes(), path.name, InvoiceMapping(), SheetReader(), TODAY)
    raise_faults(found.notes)
    return found.lines[0].on


def _organisations(path: Path) -> date | None:
    listed, faults = parse_organisations(read_table(path.read_bytes(), path.name))
    raise_faults(faults)
    return listed[0].founded_on


def _eligible(path: Path) -> date:
    return read_eligible_workers(path, TODAY)[0][0].day


def _redemptions(path: Path) -> date:
    return read_redemption_file(path.read_bytes(), path.name, SheetReader()).uses[0].used_at.date()


DOORS: list[tuple[ReadDay, str, list[SheetCell]]] = [
    (_register, "核实日期,名称,经度,纬度", ["甲", 117.02, 36.66]),
    (
        _roll,
        "入会日期,身份证号,手机号,组织代码",
        [id_number("370202", date(1990, 1, 2)), "13812345678", "370202001-00017"],
    ),
    (_bank, "日期,附言,金额,状态,原因", ["PB000001-000001", "5.00", "成功", ""]),
    (_invoice, "日期,券码,金额（元）", ["A", "5.00"]),
    (_organisations, "成立日期,组织代码,组织名称", ["370102", "历下区总工会"]),
    (_eligible, "日期,代码,职工数,来源", ["370102", "100", "统计年鉴"]),
]
FORMS = ["2020-03-08", "2020/3/8", "２０２０年３月８日", "民国109年3月8日", "20200308", date(2020, 3, 8)]
DOUBTS = ["43898", "20.3.8", "8/3/2020", "2020-02-30", "0109-03-08", "2020-W10-7", "2020年3月"]


@pytest.mark.parametrize(("read", "header", "rest"), DOORS)
def test_every_door_reads_the_usual_forms_of_a_date_and_refuses_what_is_doubtful(
    read: ReadDay, header: str, rest: list[SheetCell], tmp_path: Path
) -> None:
    path = tmp_path / "a.xlsx"
    names = header.split(",")
    for written in FORMS:
        path.write_bytes(xlsx(SheetContent([names, [written, *rest]])))
        assert read(path) == date(2020, 3, 8), written
    for written in DOUBTS:
        path.write_bytes(xlsx(SheetContent([names, [written, *rest]])))
        assert [(one.row, one.field) for one in faults_of(read, path)] == [(2, names[0])], written


def test_the_instant_of_a_use_is_read_by_the_same_reader(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    for written in FORMS[:-1]:
        path.write_text(f"请求号,券码,使用时间\n1,AAAA,{written} 8:05\n")
        assert _redemptions(path) == date(2020, 3, 8), written
    for written in DOUBTS:
        path.write_text(f"请求号,券码,使用时间\n1,AAAA,{written} 8:05\n")
        assert [(one.row, one.field) for one in faults_of(_redemptions, path)] == [(2, "used_at")], written
