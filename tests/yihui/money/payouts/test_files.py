"""The bank's files: what goes out, what comes back, and what is refused with all of its faults."""

import io
from datetime import date

import pytest
from python_calamine import load_workbook

from core.faults import FaultError
from tests.yihui.money.payouts.paying import PAYEES, TERMS, batch, layout, payees, read_layout, workbook
from tests.yihui.refusals import faults_of
from yihui.files.tables import SheetReader
from yihui.money.payouts.order_file import render_order_file
from yihui.money.payouts.payees import Payee, check_for_bank, read_payees
from yihui.money.payouts.return_file import read_bank_return
from yihui.runtime.errors import fault_line
from yihui.runtime.language import load_language


def told(caught: pytest.ExceptionInfo[FaultError]) -> list[str]:
    return [f.message.format_map(f.values) for f in caught.value.faults]


def test_a_csv_holds_every_order_and_a_sum_that_ties() -> None:
    made, orders = batch(20_000, 7)
    content = render_order_file(made, orders, payees(2), layout())
    assert content.decode("gb18030").split("\r\n") == [
        "序号,收款账号,户名,金额,币种,附言",
        "1,6222020200112230001,张1,200.00,CNY,PB000001-000001",
        "2,6222020200112230002,张2,0.07,CNY,PB000001-000002",
        "合计,2,,200.07",
        "",
    ]


@pytest.mark.parametrize("as_", ["text", "number"])
def test_a_workbook_holds_accounts_as_text_and_amounts_exactly(as_: str) -> None:
    made, orders = batch(20_000, 12_345_678_901_234)
    said = layout(replacing=("format: csv", "format: xlsx"), more=f"amount_as: {as_}\n")
    content = render_order_file(made, orders, payees(2), said)
    rows = load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert rows[1][1] == "6222020200112230001"
    assert str(rows[2][3]) == "123456789012.34"
    assert rows[1][3] == ("200.00" if as_ == "text" else 200)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_same_batch_gives_the_same_bytes_and_another_account_others(form: str) -> None:
    made, orders = batch(20_000)
    said = layout(replacing=("format: csv", f"format: {form}"))
    once = render_order_file(made, orders, payees(1), said)
    assert once == render_order_file(made, orders, payees(1), said)
    assert once != render_order_file(made, orders, {"m-1": Payee("6222020200112239999", "张1")}, said)


@pytest.mark.parametrize(
    ("more", "ends", "begins"),
    [
        ("encoding: utf-8-sig\nseparator: ';'\nline_end: lf\nheader: false\n", b"\n", b"\xef\xbb\xbf1;"),
        ("encoding: utf-8\nseparator: '|'\namount_unit: fen\nheader: true\n", b"\r\n", "序号|".encode()),
    ],
)
def test_encoding_separator_ends_and_unit_are_the_configurations(
    more: str, ends: bytes, begins: bytes
) -> None:
    made, orders = batch(20_000)
    text = TERMS.replace("encoding: gb18030\n", "")
    content = render_order_file(made, orders, payees(1), read_layout(text + more))
    assert content.startswith(begins)
    assert content.endswith(ends)
    assert (b"|20000|" in content) == ("fen" in more)


def test_a_layout_is_told_all_of_its_faults_at_once() -> None:
    wrong = """\
format: pdf
encoding: utf-7
colour: red
amount_unit: cents
columns:
  - {title: 账号, value: account}
  - {title: 账号, value: account}
summary: middle
summary_cells: "{total}\\n{count"
amount: 金额
paid: 成功
failed: 成功
"""
    said = {(fault.field, fault.value) for fault in faults_of(read_layout, wrong)}
    assert {field for field, _ in said} >= {
        "format",
        "encoding",
        "colour",
        "amount_unit",
        "columns",
        "summary",
        "summary_cells",
        "reference",
        "status",
        "failed",
    }
    assert {value for field, value in said if field == "columns"} == {
        "account",
        "amount",
        "reference",
        "账号",
    }
    assert "有 2 列是 账号" in " ".join(
        fault_line(one, load_language("zh")).message for one in faults_of(read_layout, wrong)
    )
    for cells in ("{count:>2000000}", "{count:d}", "{count!r}"):
        shaped = TERMS.replace("{count}", cells)
        assert [fault.field for fault in faults_of(read_layout, shaped)] == ["summary_cells"]
    wordless = TERMS.replace("paid: 成功", "paid: 、")
    assert [fault.field for fault in faults_of(read_layout, wordless)] == ["paid"]
    both = TERMS.replace("{title: 币种, text: CNY}", "{title: 币种, text: CNY, value: line}")
    assert [fault.field for fault in faults_of(read_layout, both)] == ["columns.4"]


def test_payees_are_read_from_csv_and_workbook_alike() -> None:
    rows = [line.split(",") for line in PAYEES.splitlines()]
    from_csv = read_payees(PAYEES.encode("gb18030"), "p.csv", SheetReader())
    assert from_csv.payees == read_payees(workbook(rows), "p.xlsx", SheetReader()).payees
    assert from_csv.payees["m-2"] == Payee("6222020200112230002", "李二")
    assert "6222" not in repr(from_csv) and "李" not in repr(from_csv), "no log can show an account"


def test_all_faults_of_payees_are_reported_without_an_account_or_a_name() -> None:
    content = """\
会员代号,账号,户名
m-1,6222020200112230001,张一
m-1,6222020200112230009,张一
m-3,6222020200112230001,王三
m-4,6.22202E+18,赵四
m-5,6222020200112230005,＝HYPERLINK(1)
m-6,6222020200112230006,
张七,6222020200112230007,钱七
m-8,6222020200112230008,孙\u202e八
m-9,6222020200112230009,周\ue863
"""
    with pytest.raises(FaultError) as caught:
        read_payees(content.encode(), "p.csv", SheetReader())
    assert [(f.row, f.field) for f in caught.value.faults] == [
        (3, "member"),
        (5, "账号"),
        (6, "户名"),
        (7, "户名"),
        (8, "会员代号"),
        (9, "户名"),
        (10, "户名"),
    ]
    assert caught.value.faults[-1].value == "U+E863"
    words = " ".join(told(caught)) + repr(caught.value.faults)
    for secret in ("62220202", "张一", "王三", "赵四", "钱七", "孙"):
        assert secret not in words


def test_an_account_that_a_workbook_kept_as_a_number_is_refused_not_guessed() -> None:
    """A workbook keeps 15 digits: 16 of them look like an account, and are another one."""
    rows: list[list[object]] = [
        ["会员代号", "账号", "户名"],
        ["m-1", 6222020200112230001, "张一"],
        ["m-2", 6225881234500011, "李二"],
        ["m-3", "6225881234500029", "王三"],
    ]
    faults = faults_of(read_payees, workbook(rows), "p.xlsx", SheetReader())
    told = {(f.code, f.row, f.field) for f in faults}
    assert told >= {("cell.rounded", 2, "账号"), ("cell.rounded", 3, "账号")}
    assert {row for _, row, _ in told} == {2, 3}
    assert not any("62258812345" in f"{f.value}{f.params}" for f in faults)


def test_one_account_for_several_members_is_refused_unless_the_layout_says_so() -> None:
    content = PAYEES.replace("6222 0202 0011 2230 002", "6222020200112230001").encode()
    found = read_payees(content, "p.csv", SheetReader())
    with pytest.raises(FaultError, match="stands in row 2 already"):
        check_for_bank(found.payees, found.rows, layout(), {"m-1"})
    check_for_bank(found.payees, found.rows, layout(more="shared_accounts: true\n"), {"m-1"})


def test_a_name_that_the_banks_encoding_has_not_is_refused_for_who_is_paid() -> None:
    found = read_payees(PAYEES.replace("张一", "𠮷一").encode(), "p.csv", SheetReader())
    gbk = layout(replacing=("encoding: gb18030", "encoding: gbk"))
    assert [f.row for f in faults_of(check_for_bank, found.payees, found.rows, gbk, {"m-1"})] == [2]
    check_for_bank(found.payees, found.rows, gbk, {"m-2"})


RETURN = """\
附言,金额,状态,原因,日期
PB000001-000001,"1,234.50元",成功,,2026-10-03
代发PB000001-000002,7.00,失败,户名不符（张三）,20261003
合计,1241.50,,,
"""


def test_a_return_file_says_paid_or_failed_and_keeps_no_name() -> None:
    found = read_bank_return(RETURN.encode("gb18030"), "r.csv", layout(), SheetReader())
    assert [(s.line, s.reference, s.outcome, s.amount_fen, s.reason) for s in found.lines] == [
        (2, "PB000001-000001", "paid", 123_450, ""),
        (3, "PB000001-000002", "failed", 700, "户名不符"),
    ]
    other = read_bank_return(
        RETURN.replace("户名不符", "查无此人").encode(), "r.csv", layout(), SheetReader()
    )
    assert other.lines[1].reason == "other: see the bank's file"


def test_amounts_of_a_workbook_are_exact_though_it_keeps_floats() -> None:
    rows: list[list[object]] = [["附言", "金额", "状态", "原因", "日期"]]
    rows += [[f"PB000001-{n:06}", fen / 100, "成功", None, None] for n, fen in enumerate(range(1, 2_000), 1)]
    rows += [["PB000001-002000", 0.1 + 0.2, "成功", None, None]]
    found = read_bank_return(workbook(rows), "r.xlsx", layout(), SheetReader())
    assert [said.amount_fen for said in found.lines] == [*range(1, 2_000), 30]


def test_a_return_file_is_told_all_of_its_faults_at_once() -> None:
    content = """\
附言,金额,状态,原因,日期
PB000001-000001,0,成功,,
无,1.00,成功,,
PB000001-000003,-1.00,成功,,
PB000001-000004,1.005,成功,,
PB000001-000005,1.00,处理中,,
PB000001-000006,1.00,成功,,2026-02-30
PB000001-000007,1.00,成功,,2026-10-04
"""
    today = date(2026, 10, 3)
    found = faults_of(read_bank_return, content.encode(), "r.csv", layout(), SheetReader(), today)
    assert [(f.row, f.field) for f in found] == [
        (2, "金额"),
        (3, "附言"),
        (4, "金额"),
        (5, "金额"),
        (6, "状态"),
        (7, "日期"),
        (8, "日期"),  # after today
    ]
    with pytest.raises(FaultError, match="there is no column"):
        read_bank_return("附言,金额\n1,2\n".encode(), "r.csv", layout(), SheetReader())
    with pytest.raises(FaultError, match="no line about an order"):
        read_bank_return(
            "附言,金额,状态,原因,日期\n合计,1.00,,,\n".encode(), "r.csv", layout(), SheetReader()
        )


@pytest.mark.endure
def test_a_workbook_that_unpacks_to_too_much_is_refused_before_it_is() -> None:
    import zipfile

    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 300_000_000)
    assert len(content.getvalue()) < 1_000_000
    with pytest.raises(FaultError, match="at most 256 are read"):
        read_bank_return(content.getvalue(), "r.xlsx", layout(), SheetReader())
