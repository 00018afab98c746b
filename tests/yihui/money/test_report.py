"""The report on benefits for a ledger in which things were used, paid, lapsed and given back: every door agrees."""

import io
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import cast
from urllib.parse import parse_qsl, urlsplit
from zipfile import ZipFile

import pytest
import python_calamine as calamine
from sqlalchemy import select

from benefits import FigureGrouping, Move, compute_run_rates, post_move, set_budget, verify_ledger
from benefits.model.accounts import Stage
from benefits.model.moves import MoveKind
from benefits.tables.decisions import grants
from core.faults import FaultError
from events import process_batch
from store import Database
from tests.benefits.polls import imported, library, poll
from tools.servers.deciding import TREASURER
from yihui.access.actor import Actor, ActorKind
from yihui.bootstrap import Wiring
from yihui.frame.cells import Link
from yihui.frame.content import Chart
from yihui.frame.lines import section_lines
from yihui.frame.listing import MOST_ROWS, Looking, RowSlice, Slice
from yihui.frame.looking import NamedRows
from yihui.frame.names import NO_NAMES
from yihui.frame.plain import render_list, row_json, sections_json
from yihui.frame.typed import parse_values
from yihui.money.report.figures import FIGURE_TITLES
from yihui.money.report.moves import MoveFilter, find_moves
from yihui.money.report.pages import NOUN, ReportFilter, ReportRow, find_groups
from yihui.runtime.language import load_language

NOW = datetime(2026, 12, 31, tzinfo=UTC)
LAST = date(2026, 12, 31)
OFFICER = Actor("li.min", "li.min", ActorKind.DEMO)
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
HEADS = {
    "granted_heads": 12,
    "issued_heads": 5,
    "redeemed_heads": 3,
    "settled_heads": 2,
    "expired_heads": 2,
    "reversed_heads": 2,
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


def look_at(
    database: Database, by: FigureGrouping = "programme", **asked: date
) -> tuple[RowSlice[ReportRow], dict[str, object]]:
    """The report's rows as an officer of the whole union sees them, and all of it as programs read it."""
    with database.read() as connection:
        look = Looking(cast(Wiring, None), connection, OFFICER, NOW, ReportFilter(by=by, **asked))
        found = find_groups(look)
    rows = [row_json(NOUN.listing.columns, row) for row in found.rows]
    return found, {"rows": rows, **sections_json(found.sections)}


def test_every_figure_is_that_of_the_hand_and_ties_with_the_ledger(lived: Database) -> None:
    _, told = look_at(lived)
    fen = {name: 100 * yuan for name, yuan in (MOVED | STANDS).items()}
    assert {name: told[name] for name in fen | HEADS} == fen | HEADS
    assert sum(STANDS.values()) == MOVED["granted_fen"]
    with lived.read() as connection:
        verified = verify_ledger(connection)
    assert verified.disagreements == ()
    assert verified.promised_fen == told["granted_fen"], "one meaning of promised everywhere"
    assert verified.grants == told["granted_heads"]


@pytest.mark.parametrize("by", ["programme", "month"])
def test_a_figure_leads_to_the_moves_that_it_counts(lived: Database, by: FigureGrouping) -> None:
    found, _ = look_at(lived, by, since=date(2026, 3, 2), until=date(2026, 4, 2))
    assert follow_links(lived, found.rows) > 4


def test_the_figures_of_a_citys_own_unions_lead_to_their_members_alone(database: Database) -> None:
    city = imported("m-2", "370100001-00001")
    day = date(2026, 3, 1)
    with database.write() as connection:
        items = [imported("m-1", "370102001-00001"), city, poll("m-1", "p-1", day=day)]
        process_batch([*items, poll("m-2", "p-2", day=day)], connection, RULES, NOW)
    found, _ = look_at(database, "organisation")
    assert [row.group.key for row in found.rows] == ["370100", "370102"]
    assert follow_links(database, found.rows) == 2


def follow_links(database: Database, rows: Sequence[ReportRow]) -> int:
    """Follow each link of some rows: its moves have the sum and the number that the figure says. Return how many there are."""
    followed = 0
    for row in rows:
        for figure in FIGURE_TITLES:
            cell = row.cell(figure)
            fen, heads = (getattr(row.group.figures, f"{figure}_{unit}") for unit in ("fen", "heads"))
            if not isinstance(cell, Link):
                assert (fen, heads) == (0, 0)
                continue
            asked = parse_values(MoveFilter, dict(parse_qsl(urlsplit(cell.path).query)))
            with database.read() as connection:
                part = Slice(0, MOST_ROWS)
                listed = find_moves(Looking(cast(Wiring, None), connection, OFFICER, NOW, asked, part))
            moves = listed.rows
            assert sum(one.fen for one in moves) == fen
            assert sections_json(listed.above) == {"sum_fen": fen}
            assert sum((one.kind != "refund") - 2 * (one.kind == "bounce") for one in moves) == heads
            followed += 1
    return followed


def test_a_period_that_ends_before_it_begins_is_a_fault_of_its_first_day() -> None:
    days = {"since": "2026-09-02", "until": "2026-09-01"}
    assert parse_values(ReportFilter, {**days, "until": "2026-09-02"}).since == date(2026, 9, 2)
    with pytest.raises(FaultError) as refused:
        parse_values(ReportFilter, days)
    assert [fault.field for fault in refused.value.faults] == ["since"]


def test_a_budget_tells_what_went_out_what_came_back_and_what_is_in_use(lived: Database) -> None:
    found, _ = look_at(lived)
    with lived.read() as connection:
        money, shared = compute_run_rates(connection, LAST)
    assert (money.budget, money.titles) == ("money", ("示例",))
    assert (money.granted_fen, money.returned_fen, money.in_use_fen) == (300_000, 25_000, 275_000)
    assert (money.ceiling_fen, money.left_fen) == (None, None)
    assert (shared.granted_fen, shared.returned_fen, shared.in_use_fen) == (60_000, 30_000, 30_000)
    assert (shared.ceiling_fen, shared.left_fen) == (100_000, 70_000)
    by_rule = {row.group.key: row.group.figures.granted_fen for row in found.rows}
    assert by_rule == {"a-voucher": shared.granted_fen, "b-cash": money.granted_fen}


def test_terminal_and_workbook_give_the_same_amounts_in_the_same_words(lived: Database) -> None:
    found, _ = look_at(lived)
    lines = "\n".join(section_lines(found.sections, CHINESE, NO_NAMES))
    for text in ("已承诺：3,600 元 · 12 人次", "已发放：1,300 元 · 5 人次", "已支付：600 元 · 2 人次"):
        assert text in lines
    rows, sums, stands, _ = (sheet.to_python() for sheet in sheets(found))
    heads = [str(head) for head in rows[0]]
    first, second = (dict(zip(heads, row, strict=True)) for row in rows[1:])
    for name, title in FIGURE_TITLES.items():
        title = CHINESE.translate(title)
        assert first[title] + second[title] == MOVED[f"{name}_fen"]
        assert [title, MOVED[f"{name}_fen"]] in sums
    assert [row[1] for row in stands[1:]] == list(STANDS.values())


def test_the_workbook_has_filters_and_real_dates(lived: Database) -> None:
    found, _ = look_at(lived, "month", since=date(2026, 1, 1))
    content = render_list(NOUN, NamedRows(found, NO_NAMES), "xlsx", CHINESE)
    assert isinstance(content, bytes)
    with ZipFile(io.BytesIO(content)) as book:
        assert b"<autoFilter" in book.read("xl/worksheets/sheet1.xml")
    sums = list(sheets(found))[1].to_python()
    assert [row[1] for row in sums[1:3]] == [date(2026, 1, 1), LAST]


def sheets(found: RowSlice[ReportRow]) -> Iterator[calamine.CalamineSheet]:
    content = render_list(NOUN, NamedRows(found, NO_NAMES), "xlsx", CHINESE)
    assert isinstance(content, bytes)
    book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    return map(book.get_sheet_by_name, book.sheet_names)


def test_what_was_granted_and_never_used_has_one_chart_and_one_reason(database: Database) -> None:
    with database.write() as connection:
        process_batch([imported("m-1"), poll("m-1", "p-1", day=date(2026, 3, 1))], connection, RULES, NOW)
    found, _ = look_at(database)
    used, got = (one.draw(CHINESE) for one in found.sections if isinstance(one, Chart))
    assert "没有核销券码，也没有确认付款" in used
    assert got.startswith("<svg")


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
        (shared,) = compute_run_rates(connection, days[-1], only="shared")
    assert (shared.weeks, shared.weeks_returned_fen) == (4, 10_000)
    assert shared.weeks_granted_fen == 10_000 * len(some)
    assert shared.week_fen * 4 == pytest.approx(shared.weeks_granted_fen - 10_000, abs=2)
    low, high = shared.week_range_fen or (0, 0)
    assert 0 <= low < shared.week_fen < high
