"""Invoices as offices make them: merged cells, totals, text numbers, headers in their own words."""

from datetime import date

import pytest

from core.faults import FaultError
from tests.yihui.money.payouts.paying import workbook
from tests.yihui.refusals import faults_of
from yihui.files.invoices.mapping import InvoiceMapping
from yihui.files.invoices.reading import ParsedInvoice, read_invoice
from yihui.files.tables import SheetReader

HEAD: list[object] = ["券码", "核销日期", "金额（元）"]


def read(rows: list[list[object]], merges: tuple[tuple[int, int, int, int], ...] = ()) -> ParsedInvoice:
    return read_invoice(workbook(rows, merges), "i.xlsx", InvoiceMapping(), SheetReader())


def test_an_amount_merged_over_rows_stands_once_and_names_its_rows() -> None:
    found = read([HEAD, ["A", None, 30], ["B", None, None], ["C", None, 5]], ((1, 2, 2, 2),))
    assert [(line.row, line.amount_fen, line.group) for line in found.lines] == [
        (2, 3_000, None),
        (3, None, 2),
        (4, 500, None),
    ]


def test_a_title_above_and_totals_below_are_no_lines() -> None:
    rows: list[list[object]] = [
        ["新岛面包房五月结算单", None, None],
        HEAD,
        ["A", None, "1,234.50元"],
        ["小计", None, 1234.5],
    ]
    rows += [["B", None, "２０．００"], ["合计（大写）", None, "￥1,254.50"]]
    found = read(rows, ((0, 0, 0, 2),))
    assert [line.amount_fen for line in found.lines] == [123_450, 2_000]
    assert [(t.row, t.stated_fen, t.covers) for t in found.totals] == [(4, 123_450, (3,)), (6, 125_450, (5,))]


def test_a_total_in_one_cell_over_the_whole_table_is_read_too() -> None:
    found = read([HEAD, ["A", None, 30], ["合计：30.00元", None, None]], ((2, 0, 2, 2),))
    assert [(t.row, t.stated_fen) for t in found.totals] == [(3, 3_000)]
    assert not [note for note in found.notes if note.severity == "error"]


def test_a_product_whose_name_speaks_of_totals_is_a_line_when_it_has_a_reference() -> None:
    rows: list[list[object]] = [["券码", "品名", "金额"], ["A", "总计套餐", 30], [None, "合计", 30]]
    found = read(rows)
    assert [line.reference for line in found.lines] == ["A"]
    assert len(found.totals) == 1


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        ("待核", "no_amount"),
        (None, "no_amount"),
        (0, "not_positive"),
        (-3, "not_positive"),
        ("1.005", "fraction"),
    ],
)
def test_an_amount_that_is_none_stays_a_line_with_its_fault(cell: object, fault: str) -> None:
    [line, _] = read([HEAD, ["A", None, cell], ["B", None, 1]]).lines
    assert line.amount_fault == fault


def test_fen_are_read_if_the_header_or_mapping_says_so_and_other_units_are_refused() -> None:
    assert read([["券码", "金额（分）"], ["A", 500]]).lines[0].amount_fen == 500
    mapping = InvoiceMapping("X", "Y", unit="fen")
    assert read_invoice(b"X,Y\nA,500\n", "i.csv", mapping, SheetReader()).lines[0].amount_fen == 500
    with pytest.raises(FaultError, match="only 元 and 分"):
        read([["券码", "金额（万元）"], ["A", 5]])


def test_columns_that_nobody_can_know_are_asked_for_all_at_once() -> None:
    asked = ["reference_column", "amount_column"]
    assert [fault.field for fault in faults_of(read, [["甲", "乙"], ["A", 5]])] == asked
    with pytest.raises(FaultError, match="there is no column"):
        read_invoice(b"a,b\n1,2\n", "i.csv", InvoiceMapping("z", "b"), SheetReader())


def test_what_is_no_invoice_is_refused() -> None:
    with pytest.raises(FaultError, match="holds no line"):
        read([HEAD, ["合计", None, 5]])
    with pytest.raises(FaultError, match="empty"):
        read_invoice(b"", "i.csv", InvoiceMapping(), SheetReader())
    with pytest.raises(FaultError, match="can't be read"):
        read_invoice(b"PK\x03\x04 broken", "i.xlsx", InvoiceMapping(), SheetReader())


def test_a_date_that_cannot_be_read_or_is_yet_to_come_is_noted_and_not_used() -> None:
    content = "券码,日期,金额\nA,2026-10-03,500\nB,43898,500\nC,2026-10-04,500\nD,,500\n"
    found = read_invoice(content.encode(), "i.csv", InvoiceMapping(), SheetReader(), date(2026, 10, 3))
    assert [line.on for line in found.lines] == [date(2026, 10, 3), None, None, None]
    assert [(note.code, note.row, note.severity) for note in found.notes] == [
        ("date.no_date", 3, "warning"),
        ("date.future", 4, "warning"),
    ]
