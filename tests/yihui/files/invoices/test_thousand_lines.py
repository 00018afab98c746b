"""An invoice of 1,000 lines with planted faults is wholly classified and ties to the fen."""

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from benefits import Merchant, add_merchant
from tests.transactions import values_in
from tests.yihui.files.invoices.billing import BAKERY, DAY, MARKET, Shop
from tests.yihui.money.payouts.paying import workbook
from tests.yihui.nouns import do, form_of, preview
from tests.yihui.refusals import faults_of
from yihui.access.actor import CONSOLE
from yihui.access.tables import audit_entries
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.frame.acts import Doing
from yihui.frame.fields import TypedFile
from yihui.money.merchants.invoices import COMPARE, ComparedInvoice, compare

HEAD: list[object] = ["核销单号", "核销日期", "门店", "结算金额（元）"]
LINES = 1_000


class Planted:
    """An invoice in the making: what is right, what is planted, and what must be found where."""

    def __init__(self, shop: Shop) -> None:
        self.rows: list[list[object]] = [HEAD]
        self.wanted: dict[int, list[str]] = {}
        self.fen = 0
        grants = shop.grants(LINES + 40)
        amounts = [8_800 + n for n in range(LINES)]
        numbers = shop.use(grants[:LINES], amounts)
        self.ours = list(zip(numbers, amounts, strict=True))
        self.spare = grants[LINES:]
        self.shop = shop

    def line(self, number: str, amount: object, fen: int, *found: str, day: date = DAY) -> None:
        self.rows.append([number, day.isoformat(), "新岛面包房", amount])
        self.fen += fen
        if found:
            self.wanted[len(self.rows)] = list(found)

    def right(self) -> tuple[str, int]:
        number, fen = self.ours.pop(0)
        forms = (fen / 100, f"{fen / 100:,.2f}元", f"{fen / 100:.2f}".translate(_WIDE))
        self.line(number, forms[fen % 3], fen)
        return number, fen


_WIDE = {ord(c): ord(c) + 0xFEE0 for c in "0123456789."}


# Of an amount what the cell holds, and what counts of it.
WRONG_AMOUNTS: dict[str, Callable[[int], tuple[object, int]]] = {
    "amount_over": lambda fen: ((fen + 1_234) / 100, fen + 1_234),
    "amount_under": lambda fen: ((fen - 1_201) / 100, fen - 1_201),
    "wrong_unit": lambda fen: (fen, fen * 100),
    "no_amount": lambda fen: ("见附件", 0),
    "not_positive": lambda fen: (-fen / 100, -fen),
    "fraction": lambda fen: (f"{fen / 100:.2f}5", 0),
    "rounding": lambda fen: (round(fen / 100), round(fen / 100) * 100),
}


def planted(shop: Shop) -> Planted:
    p = Planted(shop)
    for _ in range(400):
        p.right()
    twice = p.right()
    p.line(twice[0], twice[1] / 100, twice[1], "duplicate_line")
    p.line("B999999", 88, 8_800, "unknown_reference")
    for kind, write in WRONG_AMOUNTS.items():
        number, fen = p.ours.pop(0)
        p.line(number, *write(fen), kind)
    number, fen = p.ours.pop(0)
    p.line(number, fen / 100, fen, "other_day", day=DAY + timedelta(days=3))
    [unused] = shop.grants(1, until=date(2026, 12, 31))
    p.line(unused, 50, 5_000, "not_redeemed")
    shop.end(p.spare[1], "expire")
    p.line(p.spare[1], 50, 5_000, "expired")
    shop.end(p.spare[2], "void")
    p.line(p.spare[2], 50, 5_000, "void")
    [elsewhere] = shop.use([p.spare[3]], [5_000], at=MARKET)
    p.line(elsewhere, 50, 5_000, "other_merchant")
    [earlier] = shop.use([p.spare[4]], [5_000], day=date(2026, 6, 2), first=900_001)
    p.line(earlier, 50, 5_000, "other_period")
    number, fen = p.ours.pop(0)
    p.line(number, "0.30000000000000004", 30, "float_noise", "amount_under")
    left_out = p.ours.pop(0)
    p.wanted[0] = ["not_invoiced", left_out[0], str(left_out[1])]
    while len(p.rows) < LINES - 2:
        p.right()
    first = len(p.rows)  # the merged cell's row, from 0
    merged = [p.ours.pop(0) for _ in range(3)]
    for n, (number, fen) in enumerate(merged):
        p.line(number, sum(f for _, f in merged) / 100 if n == 0 else None, fen, "merged_cell")
    p.rows.append(["小计", None, None, p.fen / 100])
    p.rows.append(["合计", None, None, (p.fen + 100) / 100])
    p.wanted[len(p.rows)] = ["total_row"]
    p.merges = ((first, 3, first + 2, 3),)  # type: ignore[attr-defined]
    for number, fen in p.ours:  # the rest is invoiced another time
        p.wanted.setdefault(-1, []).append(f"{number}/{fen}")
    return p


@pytest.fixture
def wiring(target: str, tmp_path: Path) -> Iterator[Wiring]:
    made = build_wiring(Settings(target, tmp_path))
    yield made
    made.close()


def compared(wiring: Wiring, name: str, content: bytes, **said: Any) -> ComparedInvoice:
    form = form_of(COMPARE, {"invoice": TypedFile(name, content), **said})
    with wiring.database.read() as connection:
        return compare(Doing(wiring, connection, CONSOLE, wiring.now(), form, None))


def test_an_invoice_of_1000_lines_with_planted_faults_is_classified_to_the_fen(wiring: Wiring) -> None:
    p = planted(Shop(wiring.database))
    content = workbook(p.rows, p.merges)  # type: ignore[attr-defined]
    days = {"since": "2026-05-01", "until": "2026-05-31"}
    result = compared(wiring, "五月.xlsx", content, merchant=BAKERY.name, **days)
    found, rows = result.found, result.rows
    by_row = {row.row: [one.kind for one in row.findings] for row in rows if row.row}
    assert len(by_row) == LINES + 2, "every line and both total rows"
    wanted = {row: kinds for row, kinds in p.wanted.items() if row > 0}
    assert {row: kinds for row, kinds in by_row.items() if kinds} == wanted
    kinds = {kind for several in wanted.values() for kind in several} | {"not_invoiced"}
    assert len(kinds) >= 12 and kinds == set(found.count_by_kind())

    missing = [row for row in rows if row.row is None]
    expected = [p.wanted[0][1], *(text.split("/")[0] for text in p.wanted.get(-1, []))]
    assert sorted(row.reference for row in missing) == sorted(expected)
    assert {one.kind for row in missing for one in row.findings} == {"not_invoiced"}

    assert found.invoiced_fen == p.fen, "to the fen"
    assert found.difference_fen == sum(row.difference_fen for row in rows)
    assert found.redeemed_fen == sum(8_800 + n for n in range(LINES)), "all of May at this shop"
    assert all(row.difference_fen == 0 for row in rows if row.row and not row.findings)


def test_what_is_let_pass_is_named_with_its_reason_and_only_within_its_limit(wiring: Wiring) -> None:
    shop = Shop(wiring.database)
    shop.use(shop.grants(3), [8_849, 8_851, 8_849])
    invoice = TypedFile("i.csv", "券码,金额\nB000001,88\nB000002,89\nB000003,88.40\n".encode())

    def passing(*rows: dict[str, str]) -> dict[str, Any]:
        return {"invoice": invoice, "tolerances": rows}

    contract = {"kind": "rounding", "most": "0.60", "reason": "合同第三条：按元结算"}
    [refused] = faults_of(do, wiring, CONSOLE, COMPARE, **passing(contract))
    assert (refused.code, refused.params["count"]) == ("invoice.differs", "1")
    most = preview(wiring, CONSOLE, COMPARE, None, **passing(contract))["rows"]
    assert [row["state"] for row in most] == ["tolerated", "tolerated", "differs"]
    assert "合同第三条" in most[0]["findings"]
    rest = {"kind": "amount_under", "most": "0.09", "reason": "尾差"}
    assert (
        do(wiring, CONSOLE, COMPARE, **passing(contract, rest), merchant=BAKERY.name, since="2026-05-01")
        == ""
    )
    [said] = values_in(
        wiring.database, select(audit_entries.c.changes).where(audit_entries.c.act == COMPARE.audit)
    )
    told = json.loads(said)["after"]
    assert (told["merchant"], told["since"], told["until"]) == (BAKERY.id, "2026-05-01", None)
    assert told["passed"]["rounding"] == {"limit": 60, "reason": "合同第三条：按元结算"}
    narrow = preview(wiring, CONSOLE, COMPARE, None, **passing({**contract, "most": "0.48"}))["rows"]
    assert [row["state"] for row in narrow] == ["differs"] * 3
    faults = faults_of(form_of, COMPARE, passing({"kind": "kindness", "most": "1"}))
    assert {one.field for one in faults} == {"tolerances.0.kind", "tolerances.0.reason"}
    days = {"kind": "other_day", "most": "5", "reason": "跨零点"}
    unlike = faults_of(form_of, COMPARE, passing({**contract, "days": "3"}, days))
    assert [(one.field, one.short_code) for one in unlike] == [
        ("tolerances.0.days", "in_yuan"),
        ("tolerances.1.most", "in_days"),
    ]
    [twice] = faults_of(form_of, COMPARE, passing(contract, {**contract, "most": "0.90"}))
    assert (twice.field, twice.short_code) == ("tolerances", "twice")


def test_a_merchant_whom_the_file_calls_otherwise_is_named_once(wiring: Wiring) -> None:
    shop = Shop(wiring.database)
    [number] = shop.use(shop.grants(1), [8_800])
    invoice = {"invoice": TypedFile("i.csv", f"券码,门店,金额\n{number},新岛泉城店,88\n".encode())}
    assert not compared(wiring, "i.csv", invoice["invoice"].content).found.is_clean
    names = [{"name": "新岛泉城店", "merchant": BAKERY.name}]
    assert do(wiring, CONSOLE, COMPARE, **invoice, names=names) == ""
    wrong = faults_of(do, wiring, CONSOLE, COMPARE, **invoice, merchant="无名")
    assert [(one.code, one.field) for one in wrong] == [("invoice.merchant", "merchant")]


def test_of_two_merchants_with_one_name_the_id_says_which(wiring: Wiring) -> None:
    shop, name = Shop(wiring.database), BAKERY.name
    [number] = shop.use(shop.grants(1), [8_800])
    with wiring.database.write() as connection:
        add_merchant(connection, Merchant("second", name), wiring.now())
    content = f"核销单号,门店,金额\n{number},{name},88\n".encode()
    invoice = {"invoice": TypedFile("i.csv", content)}
    other = {"merchant": BAKERY.id, "names": [{"name": "分店", "merchant": name}]}
    for said, fields in (({"merchant": name}, ["merchant", "invoice"]), (other, ["names.0.merchant"])):
        refused = faults_of(do, wiring, CONSOLE, COMPARE, **invoice, **said)
        assert [(one.short_code, one.field) for one in refused] == [("several", field) for field in fields]
    assert compared(wiring, "i.csv", content, merchant=BAKERY.id).found.is_clean
    assert compared(wiring, "i.csv", content, names=[{"name": name, "merchant": BAKERY.id}]).found.is_clean
