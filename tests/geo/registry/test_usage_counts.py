"""Counts of searches: added up, given out in groups of ten or more only, and dropped after two years."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.coverage.cells import cell_name_at, parent_cell_name
from geo.registry.diff import Register
from geo.registry.stations import import_stations
from geo.registry.usage_counts import (
    delete_old_counts,
    has_old_counts,
    has_search_groups,
    load_search_groups,
    load_use_groups,
    record_search_counts,
    record_use_counts,
    search_counts,
)
from geo.station import Kind, Station
from geo.usage_counts import (
    MIN_GROUP_SIZE,
    SearchCount,
    SearchGroup,
    UseCount,
    first_retained_day,
    group_searches,
    next_publication_day,
    publishable_months,
)
from store import Database
from tests.profile import searched

HERE = cell_name_at(117.02, 36.66, 7)
NEXT = next(
    cell
    for cell in (cell_name_at(117.02 + step / 100, 36.66, 7) for step in range(1, 9))
    if cell != HERE and parent_cell_name(cell, 6) == parent_cell_name(HERE, 6)
)
MAY = date(2026, 5, 1)
DAY = date(2026, 5, 20)
JULY = date(2026, 7, 1)


def search(
    cell: str = HERE, on: date = DAY, hour: int = 3, found: bool = False, count: int = 1
) -> SearchCount:
    return SearchCount(cell, on, hour, found, count)


def shown(database: Database, today: date = JULY) -> list[SearchGroup]:
    with database.read() as connection:
        return list(load_search_groups(connection, today, parent_cell_name))


def add(database: Database, *searches: SearchCount, today: date = DAY) -> int:
    with database.write() as connection:
        return record_search_counts(connection, searches, today)


def test_searches_of_one_cell_hour_and_outcome_add_up(database: Database) -> None:
    for _ in range(4):
        add(database, search(count=2), search(count=1))
    add(database, search(found=True, count=30))
    assert shown(database) == [
        SearchGroup(MAY, HERE, 3, False, 12),
        SearchGroup(MAY, HERE, 3, True, 30),
    ]


@pytest.mark.parametrize(("count", "is_shown"), [(9, False), (10, True)])
def test_nine_searches_are_never_shown_and_ten_are(database: Database, count: int, is_shown: bool) -> None:
    add(database, search(count=count))
    assert bool(shown(database)) is is_shown


def test_small_hours_are_merged_and_small_cells_are_shown_by_a_larger_cell(
    database: Database,
) -> None:
    add(database, search(hour=1, count=6), search(hour=2, count=6))
    assert shown(database) == [SearchGroup(MAY, HERE, None, False, 12)]
    add(database, search(hour=2, count=4, on=DAY - timedelta(days=2)))  # now 10: of age by itself
    assert shown(database) == [SearchGroup(MAY, HERE, 2, False, 10)]  # and the other six are dropped
    add(database, search(cell=NEXT, hour=1, count=5))
    groups = shown(database)
    assert SearchGroup(MAY, parent_cell_name(HERE, 6), None, False, 11) in groups and len(groups) == 2


@pytest.mark.parametrize("today", [MAY + timedelta(days=days) for days in (0, 6, 7, 8, 30, 31)])
def test_another_month_is_shown_from_the_next_publication_day_on(today: date) -> None:
    first, shown_today = date(2026, 1, 1), len(list(publishable_months(date(2026, 1, 1), today)))
    day = next_publication_day(today)
    months = [len(list(publishable_months(first, one))) for one in (day - timedelta(days=1), day)]
    assert months == [shown_today, shown_today + 1]


@pytest.mark.parametrize(("counts", "has"), [([10], True), ([6, 6], True), ([6, 3], False)])
def test_groups_are_there_if_a_row_or_a_sum_of_rows_is_large_enough(
    database: Database, counts: list[int], has: bool
) -> None:
    add(database, *(search(hour=hour, count=count) for hour, count in enumerate(counts)))
    with database.read() as connection:
        assert has_search_groups(connection, JULY, parent_cell_name) is has
        assert not has_search_groups(connection, date(2026, 6, 7), parent_cell_name)


def test_a_month_is_shown_when_nothing_can_be_added_to_it_any_more(database: Database) -> None:
    last = date(2026, 5, 31)
    add(database, search(on=last, count=10), today=last)
    assert not shown(database, date(2026, 6, 7))
    assert add(database, search(on=last), today=date(2026, 6, 7)) == 0
    (group,) = shown(database, date(2026, 6, 8))
    assert group.count == 11
    assert add(database, search(on=last, count=3), today=date(2026, 6, 8)) == 3  # too late
    assert shown(database, date(2026, 6, 8)) == [group]


@pytest.mark.both_databases
def test_no_two_answers_differ_by_fewer_than_ten(database: Database) -> None:
    """Someone who asks each day gets more groups each time, and each of them whole."""
    for day in range(1, 29):
        on = date(2026, 5, day)
        add(
            database, search(on=on), search(on=on, hour=day), search(on=on.replace(month=4), hour=9), today=on
        )
    answers = [sum(g.count for g in shown(database, JULY - timedelta(days=n))) for n in range(60)]
    steps = {abs(one - other) for one in answers for other in answers if one != other}
    assert steps and min(steps) >= MIN_GROUP_SIZE


def test_after_two_years_whole_months_are_dropped(database: Database) -> None:
    old, kept = date(2024, 6, 30), date(2024, 7, 1)
    add(database, search(on=old, count=20), today=old)
    add(database, search(on=kept, count=20), today=kept)
    assert first_retained_day(date(2026, 7, 31)) == kept
    assert [group.month for group in shown(database, date(2026, 7, 31))] == [
        kept
    ]  # even before it is dropped
    with database.write() as connection:
        assert has_old_counts(connection, search_counts, date(2026, 7, 31))
        assert delete_old_counts(connection, search_counts, date(2026, 7, 31)) == 1
        assert not has_old_counts(connection, search_counts, date(2026, 7, 31))
    assert [group.month for group in shown(database, date(2026, 7, 31))] == [kept]


@pytest.mark.both_databases
def test_a_station_counts_in_the_district_that_it_had_first_in_a_month(database: Database) -> None:
    for day, district in ((3, "370103"), (5, "370102")):
        station = Station(id="a", name="a", kind=Kind.OUTDOOR_STATION, district=district)
        with database.write() as connection:
            import_stations(connection, Register("r", "r", "r.csv", district), [station], datetime(2026, 5, day, tzinfo=UTC))  # fmt: skip
            record_use_counts(connection, [UseCount("a", date(2026, 5, day), 3, 10)], date(2026, 5, day))
    with database.read() as connection:
        groups = list(load_use_groups(connection, JULY))
        assert list(load_use_groups(connection, JULY, date(2026, 5, 31))) == groups  # months are whole
    assert [(group.district, group.count) for group in groups] == [("370103", 20)]


CELLS = [cell_name_at(117 + step / 50, 36.6, 7) for step in range(12)]
COUNTS = st.dictionaries(
    st.tuples(st.sampled_from(CELLS), st.integers(0, 3), st.booleans()), st.integers(1, 25), max_size=60
)


@searched(100)
@given(COUNTS)
def test_groups_hold_ten_or_more_and_no_search_twice(counts: dict[tuple[str, int, bool], int]) -> None:
    groups = list(group_searches(MAY, counts, parent_cell_name))
    assert all(group.count >= MIN_GROUP_SIZE for group in groups)
    for found in (False, True):
        mine = [group for group in groups if group.found is found]
        all_of = sum(count for (_, _, f), count in counts.items() if f is found)
        left = all_of - sum(group.count for group in mine)
        assert left >= 0
        # What is dropped is too little in the coarsest cell; its sum is never told.
        rest: Counter[str] = Counter()
        for (cell, _, f), count in counts.items():
            rest[parent_cell_name(cell, 5)] += count * (f is found)
        for group in mine:
            rest[parent_cell_name(group.cell, 5)] -= group.count
        assert all(0 <= count < MIN_GROUP_SIZE for count in rest.values())
        for (cell, hour, f), count in counts.items():  # an hour that is enough by itself stands by itself
            if f is found and count >= MIN_GROUP_SIZE:
                assert SearchGroup(MAY, cell, hour, found, count) in mine
