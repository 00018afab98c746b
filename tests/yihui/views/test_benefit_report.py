"""The report on benefits for a ledger in which things were used, paid, lapsed and given back: every face agrees."""

import io
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import cast
from zipfile import ZipFile

import pytest
import python_calamine as calamine
from sqlalchemy import select

from benefits import FigureGrouping, Move, ReportPeriod, post_move, set_budget, verify_ledger
from benefits.model.accounts import Stage
from benefits.model.moves import MoveKind
from benefits.tables.decisions import grants
from events import process_batch
from store import Database
from tests.benefits.polls import imported, library, poll
from tools.servers.deciding import TREASURER
from yihui.bootstrap import Wiring
from yihui.runtime.language import load_language
from yihui.services.benefits.report import BenefitReport, build_benefit_report
from yihui.views.benefit_report import benefit_report_json, benefit_report_lines
from yihui.views.benefit_report_files import render_benefit_report_page, render_benefit_report_xlsx

NOW = datetime(2026, 12, 31, tzinfo=UTC)
WHOLE = ReportPeriod(None, date(2026, 12, 31))
CHINESE = load_language("zh")
RULES = library(
    a_voucher="benefit: {kind: voucher, amount_fen: 10000}\nbudget: shared",
    b_cash="benefit: {kind: cash, amount_fen: 50000}\nbudget: money",
)
# A voucher (100 yuan) and cash (500 yuan) for each of six polls. Rule, poll, then what happens, in yuan.
LIFE: tuple[tuple[str, int, tuple[tuple[MoveKind, Stage, Stage, int], ...]], ...] = (
    ("a-voucher", 0, (("issue", "promised", "issued", 100), ("redeem", "issued", "redeemed", 100), ("settle", "redeemed", "settled", 100))),
    ("a-voucher", 1, (("issue", "promised", "issued", 100), ("redeem", "issued", "redeemed", 70), ("refund", "redeemed", "issued", 20))),
    ("a-voucher", 2, (("expire", "promised", "expired", 100),)),
    ("a-voucher", 3, (("issue", "promised", "issued", 100), ("expire", "issued", "expired", 100))),
    ("a-voucher", 4, (("void", "promised", "reversed", 100),)),
    ("b-cash", 0, (("issue", "promised", "issued", 500), ("pay", "issued", "redeemed", 500), ("settle", "redeemed", "settled", 500), ("claw_back", "settled", "reversed", 250))),
    ("b-cash", 1, (("issue", "promised", "issued", 500), ("pay", "issued", "redeemed", 500), ("bounce", "redeemed", "issued", 500))),
)  # fmt: skip
MOVED = {  # by hand, in yuan
    "granted_fen": 6 * 600,
    "issued_fen": 3 * 100 + 2 * 500,
    "redeemed_fen": 100 + 70 - 20 + 500 + 500 - 500,
    "settled_fen": 100 + 500,
    "expired_fen": 200,
    "reversed_fen": 100 + 250,
}
STANDS = {
    "at_promised_fen": 100 + 4 * 500,
    "at_issued_fen": 50 + 500,
    "at_redeemed_fen": 50,
    "at_settled_fen": 100 + 250,
    "at_expired_fen": 200,
    "at_reversed_fen": 350,
}


@pytest.fixture
def lived(database: Database) -> Database:
    """A ledger in which everything has happened."""
    with database.write() as connection:
        set_budget(connection, "shared", 100_000, TREASURER)
        items = [
            imported("m-1"),
            *(poll("m-1", f"p-{n}", day=date(2026, 3, 1 + 7 * (n % 4))) for n in range(6)),
        ]
        process_batch(items, connection, RULES, NOW)
        ids: dict[str, list[str]] = {"a-voucher": [], "b-cash": []}
        for row in connection.execute(select(grants.c.id, grants.c.rule_id).order_by(grants.c.id)):
            ids[row.rule_id].append(row.id)
        for rule, number, moves in LIFE:
            for turn, (kind, from_, to, yuan) in enumerate(moves):
                key = f"t/{rule}/{number}/{turn}"
                day = date(2026, 4, 1 + turn)
                move = Move(kind, ids[rule][number], 100 * yuan, from_, to, key, day)
                post_move(connection, move, NOW)
    return database


def report(
    database: Database, by: FigureGrouping = "programme", period: ReportPeriod = WHOLE
) -> BenefitReport:
    return build_benefit_report(cast(Wiring, SimpleNamespace(database=database)), by, period)


def test_every_figure_is_that_of_the_hand_and_ties_with_the_ledger(lived: Database) -> None:
    told = benefit_report_json(report(lived))
    assert told["total"] == {name: 100 * yuan for name, yuan in (MOVED | STANDS).items()}
    assert sum(STANDS.values()) == MOVED["granted_fen"]
    with lived.read() as connection:
        verified = verify_ledger(connection)
    assert verified.disagreements == ()
    assert verified.promised_fen == 100 * MOVED["granted_fen"], "one meaning of promised everywhere"


def test_a_budget_tells_what_went_out_what_came_back_and_what_is_in_use(lived: Database) -> None:
    told = benefit_report_json(report(lived))
    money, shared = cast(list[dict[str, object]], told["budgets"])
    assert (money["budget"], money["titles"]) == ("money", ["示例"])
    assert [money[f"{part}_fen"] for part in ("granted", "returned", "in_use")] == [300_000, 25_000, 275_000]
    assert (money["ceiling_fen"], money["left_fen"]) == (None, None)
    parts = ("granted", "returned", "in_use", "ceiling", "left")
    assert [shared[f"{part}_fen"] for part in parts] == [60_000, 30_000, 30_000, 100_000, 70_000]
    by_rule = {group["key"]: group for group in cast(list[dict[str, object]], told["groups"])}
    assert by_rule["a-voucher"]["granted_fen"] == shared["granted_fen"]
    assert by_rule["b-cash"]["granted_fen"] == money["granted_fen"]


def test_terminal_page_and_workbook_give_the_same_amounts_in_the_same_words(lived: Database) -> None:
    found = report(lived)
    lines = "\n".join(benefit_report_lines(found, CHINESE))
    page = render_benefit_report_page(found, CHINESE, NOW)
    for text in ("已承诺 600 元，退回 300 元，占用 300 元；上限 1,000 元，剩余 700 元", "示例（shared）"):
        assert text in lines
        assert text in page
    assert "已承诺 3,600、已发放 1,300、已使用或已送银行 650、已支付 600、已过期 200、收回 350" in lines
    assert "±" not in lines + page
    assert "已承诺：批准发放的全部金额" in page
    sheet = workbook(found)
    figures, budgets = sheet.get_sheet_by_index(0).to_python(), sheet.get_sheet_by_index(1).to_python()
    assert figures[-1][2:] == [*MOVED.values(), *STANDS.values()]
    heads = [str(head) for head in budgets[0]]
    shared = dict(zip(heads, budgets[2], strict=True))
    assert shared["预算"] == "示例（shared）"
    assert [shared[name] for name in ("已承诺", "退回", "占用", "上限", "剩余")] == [
        600,
        300,
        300,
        1_000,
        700,
    ]


def test_the_workbook_has_filters_and_real_dates(lived: Database) -> None:
    found = report(lived, "month", ReportPeriod(date(2026, 1, 1), date(2026, 12, 31)))
    content = render_benefit_report_xlsx(found, CHINESE)
    with ZipFile(io.BytesIO(content)) as book:
        figures, budgets = (book.read(f"xl/worksheets/sheet{n}.xml") for n in (1, 2))
    assert b'<autoFilter ref="A1:N3"/>' in figures, "the total below the two months stays in sight"
    assert b"<autoFilter" in budgets
    sheet = workbook(found)
    rows = sheet.get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows[1:3]] == [date(2026, 3, 1), date(2026, 4, 1)]
    period = sheet.get_sheet_by_index(2).to_python()
    assert [row[1] for row in period[1:3]] == [date(2026, 1, 1), date(2026, 12, 31)]
    shared = sheet.get_sheet_by_index(1).to_python()[2]
    assert all(day == "" or isinstance(day, date) for day in shared[13:16])


def workbook(found: BenefitReport) -> calamine.CalamineWorkbook:
    return calamine.CalamineWorkbook.from_filelike(io.BytesIO(render_benefit_report_xlsx(found, CHINESE)))


def test_what_was_granted_and_never_used_has_one_chart_and_one_reason(database: Database) -> None:
    with database.write() as connection:
        process_batch([imported("m-1"), poll("m-1", "p-1", day=date(2026, 3, 1))], connection, RULES, NOW)
    page = render_benefit_report_page(report(database), CHINESE, NOW)
    assert "没有核销券码，也没有确认付款" in page
    assert "没有承诺也没有发放" not in page


def test_the_pace_says_what_went_out_and_came_back_and_its_range(database: Database) -> None:
    days = [date(2026, 3, 1 + n) for n in range(28)]
    with database.write() as connection:
        set_budget(connection, "shared", 1_000_000, TREASURER)
        some = [poll("m-1", f"p-{n}", day=day) for n, day in enumerate(days) if n % 3 or n < 9]
        process_batch([imported("m-1"), *some], connection, RULES, NOW)
        first = (
            connection.execute(
                select(grants.c.id).where(grants.c.rule_id == "a-voucher").order_by(grants.c.granted_on)
            )
            .scalars()
            .first()
        )
        assert first is not None
        post_move(connection, Move("expire", first, 10_000, "promised", "expired", "t/1", days[-1]), NOW)
    found = report(database, period=ReportPeriod(None, days[-1]))
    (shared,) = (rate for rate in found.rates if rate.budget == "shared")
    assert (shared.weeks, shared.weeks_returned_fen) == (4, 10_000)
    assert shared.weeks_granted_fen == 10_000 * len(some)
    assert shared.week_fen * 4 == pytest.approx(shared.weeks_granted_fen - 10_000, abs=2)
    low, high = shared.week_range_fen or (0, 0)
    assert 0 <= low < shared.week_fen < high
