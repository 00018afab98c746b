"""Counts and lists of members and movements, beside an oracle that folds the raw changes of each day."""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from types import SimpleNamespace
from typing import get_args

import pytest
from sqlalchemy import Connection

from core.civil_time import start_of_day
from members import (
    MemberChange,
    facts_on,
    parent_code,
    rebuild_memberships,
    record_member_changes,
)
from members.statistics.movements import MEASURES, ListedMember, Measure
from members.statistics.tables import ALL, Dimension
from store import Database
from tests.members.organisations.acting import NOW, event_of, handle
from yihui.bootstrap import Wiring
from yihui.services.organisations.statistics import (
    ListQuery,
    StatisticsQuery,
    list_counted_members,
    load_member_statistics,
)

pytestmark = pytest.mark.endure

FIRST, DAYS = date(2024, 12, 20), 60
MOVED = date(2025, 1, 10)
CODES = ["370000", "370200", "370202", "370203", "370203001", "370203001-00001", "370300", "370302-00007"]
LEVEL = {"370000": "province", "370200": "city", "370300": "city", "370202": "county", "370203": "county"}


def chain(code: str, day: date) -> list[str]:
    """The codes above, from the root; the county 370203 belongs to another city from a day on."""
    found, at = [code], code
    while (above := "370300" if at == "370203" and day >= MOVED else parent_code(at)) is not None:
        found.append(above)
        at = above
    return found[::-1]


def make_changes(chance: random.Random, member: str) -> list[MemberChange]:
    changes = []
    for number in range(chance.randint(1, 5)):
        at = start_of_day(FIRST + timedelta(days=chance.randrange(DAYS))) + timedelta(
            hours=chance.randint(0, 23)
        )
        values = chance.choice(
            [
                {"organisation": chance.choice(CODES), "status": "active"},
                {"organisation": chance.choice(CODES), "status": "active", "trade": "快递员"},
                {"organisation": chance.choice(CODES)},
                {"status": chance.choice(["left", "suspended", "active"])},
                {"trade": chance.choice(["快递员", "护工", " 护工"]), "employment_form": "劳务派遣"},
            ]
        )
        changes.append(MemberChange(member, at, "member.changed", "/t", f"{member}-{number}", values))
    return changes


Movement = tuple[Measure, str, date, str, str | None, str | None]


def fold(history: dict[str, list[MemberChange]], first: date, last: date) -> list[Movement]:
    """Every movement of every member, found by comparing each day with the day before."""
    found: list[Movement] = []
    for member, changes in history.items():
        before = place_on(changes, first - timedelta(days=1))
        day = first
        while day <= last:
            facts, now = facts_on(changes, day), place_on(changes, day)
            traits = (facts["member.trade"], facts["member.employment_form"])
            if now is not None and before is None:
                found.append(("joins", member, day, now, *traits))  # type: ignore[arg-type]
            elif now is None and before is not None:
                found.append(("leavers", member, day, before, *traits))  # type: ignore[arg-type]
            elif now != before and now is not None and before is not None:
                found.append(("transfers_in", member, day, now, *traits))  # type: ignore[arg-type]
                found.append(("transfers_out", member, day, before, *traits))  # type: ignore[arg-type]
            before, day = now, day + timedelta(days=1)
    return found


def place_on(changes: Sequence[MemberChange], day: date) -> str | None:
    facts = facts_on(changes, day)
    return None if facts["member.status"] in ("none", "left") else facts["member.organisation"]  # type: ignore[return-value]


def members_on(history: dict[str, list[MemberChange]], day: date) -> list[Movement]:
    return [
        ("members", member, day, place, facts["member.trade"], facts["member.employment_form"])  # type: ignore[misc]
        for member, changes in history.items()
        if (place := place_on(changes, day)) is not None
        for facts in [facts_on(changes, day)]
    ]


def keys_of(one: Movement, root: str, last: date) -> dict[Dimension, str] | None:
    above = chain(one[3], last)
    if root not in above:
        return None
    own = above[above.index(root) + 1] if one[3] != root else root
    level = LEVEL.get(one[3], "enterprise" if "-" in one[3] else "township")
    trade, form = ((text or "unknown").strip() for text in one[4:])
    return {
        "organisation": own,
        "level": "province" if one[3] == "370000" else level,
        "trade": trade,
        "employment_form": form,
        "month": f"{one[2]:%Y-%m}",
    }


@pytest.fixture
def history(database: Database) -> dict[str, list[MemberChange]]:
    chance = random.Random(7)
    found = {f"m-{n}": make_changes(chance, f"m-{n}") for n in range(30)}
    with database.write() as connection:
        fill(connection, [one for changes in found.values() for one in changes])
    return found


def fill(connection: Connection, changes: list[MemberChange]) -> None:
    for code in ("370000", "370200", "370300", "370203"):
        handle(connection, event_of("organisation.founded", code, "2015-01-01", name=f"工会{code}"))
    handle(connection, event_of("organisation.moved", "370203", MOVED, parent="370300"))
    record_member_changes(connection, changes, NOW)
    rebuild_memberships(connection)


def wiring_of(database: Database) -> Wiring:
    return SimpleNamespace(database=database, now=lambda: NOW)  # type: ignore[return-value]


LAST = date(2025, 2, 9)
FORMS = [(rows, None) for rows in get_args(Dimension)] + [
    ("organisation", "trade"),
    ("trade", "month"),
    ("month", "employment_form"),
    ("level", "organisation"),
]


@pytest.mark.parametrize(("rows", "columns"), FORMS)
def test_sums_and_lists_are_those_of_the_folded_changes(
    database: Database, history: dict[str, list[MemberChange]], rows: Dimension, columns: Dimension | None
) -> None:
    wiring = wiring_of(database)
    for root, first in (("370000", date(2025, 1, 1)), ("370300", FIRST), ("370200", date(2025, 1, 10))):
        query = StatisticsQuery(root, rows, columns, first, LAST)
        table = load_member_statistics(wiring, query).table
        expected = expected_cells(history, query)
        for measure in MEASURES:
            shown = {
                cell: count
                for cell, count in table.cells[measure].items()
                if ALL not in cell or columns is None
            }
            shown = {cell: count for cell, count in shown.items() if cell[0] != ALL and count}
            assert shown == {cell: len(who) for cell, who in expected[measure].items()}, (measure, root)
            for (row, column), who in expected[measure].items():
                listed = list_counted_members(wiring, query, ListQuery(measure, row, column or None))
                assert sorted((one.member_id, one.day) for one in listed.items) == sorted(who) or (
                    measure == "members"
                    and sorted(one.member_id for one in listed.items) == [m for m, _ in sorted(who)]
                )


def expected_cells(
    history: dict[str, list[MemberChange]], query: StatisticsQuery
) -> dict[Measure, dict[tuple[str, str], list[tuple[str, date]]]]:
    assert query.first is not None and query.root is not None
    days = [LAST]
    if "month" in (query.rows, query.columns):
        days = [day for day in (date(2024, 12, 31), date(2025, 1, 31), LAST) if day >= query.first]
    movements = fold(history, query.first, LAST) + [one for day in days for one in members_on(history, day)]
    found: dict[Measure, dict[tuple[str, str], list[tuple[str, date]]]] = {
        measure: {} for measure in MEASURES
    }
    for one in movements:
        keys = keys_of(one, query.root, LAST)
        if keys is not None:
            cell = keys[query.rows], keys[query.columns] if query.columns else ALL
            found[one[0]].setdefault(cell, []).append((one[1], one[2]))
    return found


def test_members_at_the_end_are_those_before_with_all_movements(
    database: Database, history: dict[str, list[MemberChange]]
) -> None:
    def total(first: date, last: date) -> dict[Measure, int]:
        query = StatisticsQuery("370300", "level", None, first, last)
        table = load_member_statistics(wiring_of(database), query).table
        return {measure: table.count(measure, ALL) or 0 for measure in MEASURES}

    before, after = total(FIRST, date(2025, 1, 9)), total(MOVED, LAST)
    moved = total(MOVED, MOVED)  # the tree of the later day, for the members on the day before
    assert after["members"] == (
        moved["members"]
        - moved["joins"] - moved["transfers_in"] + moved["transfers_out"] + moved["leavers"]
        + after["joins"] + after["transfers_in"] - after["transfers_out"] - after["leavers"]
    )  # fmt: skip
    assert before["members"] != after["members"]


def test_pages_of_a_list_are_together_the_whole(
    database: Database, history: dict[str, list[MemberChange]]
) -> None:
    wiring, query = wiring_of(database), StatisticsQuery("370000", "level", None, FIRST, LAST)
    for measure in MEASURES:
        whole = list_counted_members(wiring, query, ListQuery(measure)).items
        found: list[ListedMember] = []
        after = None
        while True:
            page = list_counted_members(wiring, query, ListQuery(measure, after=after, most=3))
            found += page.items
            after = page.after
            if after is None:
                break
        assert tuple(found) == whole
        assert (
            len(whole)
            == Counter(one[0] for one in fold(history, FIRST, LAST) + members_on(history, LAST))[measure]
        )
