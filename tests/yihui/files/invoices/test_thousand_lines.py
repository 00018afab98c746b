"""An invoice of 1,000 lines with planted faults is wholly classified and ties to the fen."""

import io
import json
import re
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from python_calamine import load_workbook

from store import open_database
from tests.yihui.commands import Command
from tests.yihui.files.invoices.billing import DAY, MARKET, Shop
from tests.yihui.money.payouts.paying import workbook

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


def test_an_invoice_of_1000_lines_with_planted_faults_is_classified_to_the_fen(
    target: str, yihui: Command, tmp_path: Path
) -> None:
    database = open_database(target)
    p = planted(Shop(database))
    database.close()
    invoice = tmp_path / "五月.xlsx"
    invoice.write_bytes(workbook(p.rows, p.merges))  # type: ignore[attr-defined]
    arguments = ["--db", target, "ledger", "reconcile", "--invoice", invoice, "--merchant", "bakery"]
    arguments += ["--from", "2026-05-01", "--until", "2026-05-31"]
    done = yihui(*arguments, "--xlsx", tmp_path / "out.xlsx", "--html", tmp_path / "out.html", "--json")
    assert done.code == 1, done.words
    found = json.loads(done.out)
    by_row = {row["row"]: [f["kind"] for f in row["findings"]] for row in found["rows"] if row["row"]}
    assert len(by_row) == LINES + 2, "every line and both total rows"
    wanted = {row: kinds for row, kinds in p.wanted.items() if row > 0}
    assert {row: kinds for row, kinds in by_row.items() if kinds} == wanted
    kinds = {kind for several in wanted.values() for kind in several} | {"not_invoiced"}
    assert len(kinds) >= 12, kinds

    missing = [row for row in found["rows"] if row["row"] is None]
    expected = [p.wanted[0][1], *(text.split("/")[0] for text in p.wanted.get(-1, []))]
    assert sorted(row["reference"] for row in missing) == sorted(expected)
    assert {f["kind"] for row in missing for f in row["findings"]} == {"not_invoiced"}

    assert found["invoiced_fen"] == p.fen, "to the fen"
    assert found["ties"]
    assert found["difference_fen"] == found["invoiced_fen"] - found["redeemed_fen"]
    assert found["difference_fen"] == sum(row["difference_fen"] for row in found["rows"])
    assert found["redeemed_fen"] == sum(8_800 + n for n in range(LINES)), "all of May at this shop"
    agreeing = [row for row in found["rows"] if row["row"] and not row["findings"]]
    assert all(row["difference_fen"] == 0 for row in agreeing)

    sheets = load_workbook(io.BytesIO((tmp_path / "out.xlsx").read_bytes()))
    assert sheets.sheet_names == ["汇总", "差异", "全部行"]
    rows = sheets.get_sheet_by_name("全部行").to_python()
    assert len(rows) == 1 + len(found["rows"])
    assert round(sum(float(str(row[7])) for row in rows[1:]) * 100) == found["difference_fen"]
    html = (tmp_path / "out.html").read_text("utf-8")
    assert not re.search(r"(src|href)=[\"']?(https?:)?//", html)
    assert "{" + "kind" not in html and "size: A4" in html
    for kind in kinds:
        assert kind in found["kinds"]


def test_what_is_let_pass_is_named_with_its_reason_and_only_within_its_limit(
    yihui: Command, migrated_file: Path, tmp_path: Path
) -> None:
    database = open_database(str(shutil.copy(migrated_file, tmp_path / "yihui.db")))
    shop = Shop(database)
    shop.use(shop.grants(3), [8_849, 8_851, 8_849])
    database.close()
    invoice = tmp_path / "i.csv"
    invoice.write_text("券码,金额\nB000001,88\nB000002,89\nB000003,88.40\n", "utf-8")
    arguments = ("--db", tmp_path / "yihui.db", "ledger", "reconcile", "--invoice", invoice, "--json")
    assert yihui(*arguments).code == 1
    contract = ("--tolerate", "rounding:60=合同第三条：按元结算")
    most = json.loads(yihui(*arguments, *contract).out)
    assert [row["state"] for row in most["rows"]] == ["tolerated", "tolerated", "differs"]
    assert "合同第三条" in most["rows"][0]["findings"][0]["text"]
    assert most["tolerances"] == {"rounding": {"limit": 60, "reason": "合同第三条：按元结算"}}
    all_pass = yihui(*arguments, *contract, "--tolerate", "amount_under:9=尾差")
    assert all_pass.code == 0
    found = json.loads(all_pass.out)
    assert (found["clean"], found["difference_fen"]) == (True, -9), "let pass, and still counted"
    narrow = json.loads(yihui(*arguments, "--tolerate", "rounding:48=合同").out)
    assert [row["state"] for row in narrow["rows"]] == ["differs"] * 3
    assert yihui(*arguments, "--tolerate", "rounding").code == 2, "no tolerance without a reason"
    assert yihui(*arguments, "--tolerate", "kindness=x").code == 2


def test_nothing_that_an_invoice_says_runs_in_what_is_written(
    yihui: Command, migrated_file: Path, tmp_path: Path
) -> None:
    database = open_database(str(shutil.copy(migrated_file, tmp_path / "yihui.db")))
    Shop(database)
    database.close()
    invoice = tmp_path / "i.csv"
    texts = ("=1+1", "@SUM(A1)", "<script>alert(1)</script>", "+86", "\u202egnp")
    invoice.write_text("券码,金额\n" + "".join(f'"{text}",88\n' for text in texts), "utf-8")
    done = yihui(
        "--db", tmp_path / "yihui.db", "ledger", "reconcile", "--invoice", invoice,
        "--xlsx", tmp_path / "o.xlsx", "--html", tmp_path / "o.html",
    )  # fmt: skip
    assert done.code == 1
    rows = load_workbook(tmp_path / "o.xlsx").get_sheet_by_name("差异").to_python()[1:]
    assert len(rows) == len(texts)
    assert not [row[1] for row in rows if str(row[1]).startswith(("=", "+", "@"))]
    assert "<script>" not in (tmp_path / "o.html").read_text("utf-8")
