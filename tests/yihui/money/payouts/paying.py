"""What tests of payments stand on: a layout, payees, a batch, and how a batch comes to the bank."""

import io
from collections.abc import Sequence
from datetime import UTC, date, datetime

import xlsxwriter

from benefits import PaymentOrder, PayoutBatch
from core.yaml.loading import load_yaml
from yihui.frame.typed import parse_values
from yihui.money.payouts.layout import BankLayout
from yihui.money.payouts.payees import Payee

TERMS = """\
format: csv
encoding: gb18030
columns:
  - {title: 序号, value: line}
  - {title: 收款账号, value: account}
  - {title: 户名, value: name}
  - {title: 金额, value: amount}
  - {title: 币种, text: CNY}
  - {title: 附言, value: reference}
summary: last
summary_cells: "合计\\n{count}\\n\\n{amount}"
reference: 附言
amount: 金额
status: 状态
paid: 成功
failed: 失败、退汇
reason: 原因
on: 日期
"""
PAYEES = "会员代号,账号,户名\nm-1,6222020200112230001,张一\nm-2,6222 0202 0011 2230 002,李二\n"
NOW = datetime(2026, 10, 3, 15, 10, tzinfo=UTC)


def layout(*, replacing: tuple[str, str] = ("", ""), more: str = "") -> BankLayout:
    return read_layout(TERMS.replace(*replacing) + more)


def read_layout(text: str) -> BankLayout:
    """Return the layout of a file as the command reads it."""
    read = load_yaml(text.encode(), "bank.yaml")
    assert isinstance(read, dict)
    return parse_values(BankLayout, {**read, "columns": [dict(one) for one in read.get("columns", ())]})  # type: ignore[union-attr,call-overload,arg-type]


def batch(*amounts_fen: int) -> tuple[PayoutBatch, list[PaymentOrder]]:
    orders = [
        PaymentOrder(f"PB000001-{n:06}", n, f"g-{n}", f"m-{n}", "cake", "生日慰问", fen, 1)
        for n, fen in enumerate(amounts_fen, 1)
    ]
    day = date(2026, 10, 3)
    return PayoutBatch(
        "PB000001", 1, "prepared", len(orders), sum(amounts_fen), "", "", "", "li.min", NOW, day, ""
    ), orders


def payees(count: int) -> dict[str, Payee]:
    return {f"m-{n}": Payee(f"6222020200112230{n:03}", f"张{n}") for n in range(1, count + 1)}


def workbook(
    rows: Sequence[Sequence[object]],
    merges: tuple[tuple[int, int, int, int], ...] = (),
    *,
    more_sheets: int = 0,
) -> bytes:
    """Rows as they are; ``merges`` are first row, first column, last row, last column, from 0."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet("明细")
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if cell is not None:
                    sheet.write(number, column, cell)
        for top, left, bottom, right in merges:
            sheet.merge_range(top, left, bottom, right, rows[top][left])
        for _ in range(more_sheets):
            book.add_worksheet().write(0, 0, "a")
    return content.getvalue()
