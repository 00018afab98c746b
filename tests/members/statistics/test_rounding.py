"""Tables for readers outside the subtree: no number of fewer than five, no exact number, no rare trade's name."""

from collections import Counter
from datetime import date
from random import Random

import pytest

from members.statistics.movements import Measure
from members.statistics.tables import ALL, BASE, OTHER, THRESHOLD, TableForm, build_rounded_table, build_table
from store import Database
from tests.members.statistics.test_tables import wiring_of
from tests.yihui.refusals import faults_of, refused
from yihui.services.organisations.statistics import (
    ListQuery,
    StatisticsQuery,
    list_counted_members,
    load_member_statistics,
)

TRADES = ("外卖员", "快递员", "护工", "琴师")
PLACES = ("370202", "370203", "370211")
Counts = dict[Measure, Counter[tuple[str, str]]]


def make_counts(chance: Random, rows: tuple[str, ...], columns: tuple[str, ...] = (ALL,)) -> Counts:
    choice = [0, 1, 2, 4, 5, 7, 8, 30, 202]
    return {
        measure: Counter({(row, column): chance.choice(choice) for row in rows for column in columns})
        for measure in ("members", "joins")
    }


@pytest.mark.parametrize("seed", range(20))
def test_each_number_is_rounded_by_itself_and_a_small_one_is_not_told(seed: int) -> None:
    counts = make_counts(Random(seed), PLACES, ("2025-01", "2025-02"))
    form, months = TableForm("370200", "organisation", "month"), ("2025-01", "2025-02")
    exact, rounded = build_table(form, counts, months), build_rounded_table(form, counts, months)
    assert rounded.is_rounded and (rounded.rows, rounded.columns) == (exact.rows, exact.columns)
    for measure, cells in exact.cells.items():
        for (row, column), number in cells.items():
            shown = rounded.count(measure, row, column)
            assert number is not None and (shown is None) == (0 < number < THRESHOLD)
            assert shown is None or (shown % BASE == 0 and abs(shown - number) <= BASE / 2)


def test_trades_that_hardly_anybody_has_are_one_row_without_their_names() -> None:
    counts: Counts = {
        "members": Counter({("外卖员", ALL): 38, ("护工", ALL): 4, ("琴师", ALL): 1, ("快递员", ALL): 2}),
        "joins": Counter({("快递员", ALL): 9}),
    }
    table = build_rounded_table(TableForm("370200", "trade"), counts, ())
    assert set(table.rows) == {"外卖员", "快递员", OTHER}
    assert [table.count("members", row) for row in ("外卖员", "快递员", OTHER, ALL)] == [40, None, 5, 45]


@pytest.mark.parametrize("turned", [False, True])
def test_rare_trades_are_merged_in_rows_and_in_columns(turned: bool) -> None:
    counts = make_counts(Random(3), PLACES, TRADES[:3])
    for cells in counts.values():
        cells["370202", "琴师"] = 2
        if turned:
            for row, column in list(cells):
                cells[column, row] = cells.pop((row, column))
    form = TableForm("370200", *(("trade", "organisation") if turned else ("organisation", "trade")))
    table = build_rounded_table(form, counts, ())
    named = table.rows if turned else table.columns
    assert "琴师" not in named and OTHER in named and list(named) == sorted(named)


OUTSIDE = [
    (
        StatisticsQuery("370200", first=date(2025, 1, 1), last=date(2025, 6, 30), reader="370100"),
        "outside_year",
    ),
    (StatisticsQuery("370200", first=date(2026, 1, 1), reader="370100"), "outside_year"),
    (StatisticsQuery("370203001", reader="370100"), "outside_small"),
    (StatisticsQuery("370200", "trade", "month", reader="370100"), "outside_traits"),
]


@pytest.mark.parametrize(("query", "code"), OUTSIDE)
def test_outside_the_subtree_only_whole_years_counties_and_single_traits_are_shown(
    database: Database, query: StatisticsQuery, code: str
) -> None:
    assert refused(load_member_statistics, wiring_of(database), query) == [code]


@pytest.mark.parametrize("root", ["370200", "370203001", None])
def test_outside_the_subtree_nobody_is_listed(database: Database, root: str | None) -> None:
    query = StatisticsQuery(root, first=date(2025, 1, 1), last=date(2025, 12, 31), reader="370100")
    faults = faults_of(list_counted_members, wiring_of(database), query, ListQuery())
    code = "outside_small" if root == "370203001" else "outside_list"
    assert [fault.short_code for fault in faults] == [code]
