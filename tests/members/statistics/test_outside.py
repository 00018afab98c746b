"""Tables outside the reader's own subtree: cut from one whole, and equal wherever they overlap."""

import random
from collections import Counter

import pytest

from members import organisation_lineage
from members.statistics.cells import ALL, Dimension, TableForm
from members.statistics.movements import MovementGroup
from members.statistics.tables import OTHER, OutsideCounts, OutsideReader, StatisticsTable

pytestmark = pytest.mark.endure

CODES = [
    "370000",
    "370100",
    "370102",
    "370103",
    "370102001",
    "370102001-00001",
    "370200",
    "370202",
    "370303",
    "370303-00009",
]
MONTHS = tuple(f"2025-{number:02}" for number in range(1, 13))


def make_groups(chance: random.Random) -> list[MovementGroup]:
    return [
        MovementGroup(code, trade, chance.choice(["劳务派遣", None]), chance.choice(MONTHS[:3]), count)
        for code in CODES
        for trade in ("外卖员", "快递员", "护工", "琴师")
        if (count := chance.choice([0, 1, 2, 4, 6, 30, 200] if trade != "琴师" else [0, 0, 0, 1]))
    ]


def chain(code: str) -> tuple[str, ...]:
    return organisation_lineage(code)[::-1]


def cut(
    groups: list[MovementGroup], reader: str, root: str | None, rows: Dimension, columns: Dimension | None
) -> StatisticsTable:
    form = TableForm(root, rows, columns)
    trait = next((one for one in form.dimensions if one != "organisation"), None)
    whole = OutsideCounts(OutsideReader(reader), chain)
    whole.add("joins", groups, trait)
    return whole.build_table(form, MONTHS)


@pytest.mark.parametrize("seed", range(25))
def test_a_number_is_hidden_in_all_tables_or_in_none(seed: int) -> None:
    chance = random.Random(seed)
    groups = make_groups(chance)
    reader = chance.choice(["370303", "370102", "370102001-00001"])
    trait: Dimension = chance.choice(["trade", "employment_form", "level", "month"])
    seen: dict[tuple[str, str], int | None] = {}
    exact: Counter[tuple[str, str]] = Counter()
    for group in groups:
        for above in chain(group.organisation):
            exact[above, ALL] += group.count
    for root in ("370000", "370100", "370102", "370200"):
        if root == reader:
            continue
        by_place = cut(groups, reader, root, "organisation", None)
        by_trait = cut(groups, reader, root, trait, None)
        both = cut(groups, reader, root, "organisation", trait)
        turned = cut(groups, reader, root, trait, "organisation")
        told = [((root, ALL), one.count("joins", ALL)) for one in (by_place, by_trait)]
        told += [((root, key), by_trait.count("joins", key)) for key in by_trait.rows]
        told += [((row, ALL), by_place.count("joins", row)) for row in by_place.rows if row != root]
        for row in both.rows:
            for column in (*both.columns, ALL):
                number = both.count("joins", row, column)
                assert number == turned.count("joins", column, row)
                if row != root:
                    told.append(((row, column), number))
        for place, number in told:
            assert seen.setdefault(place, number) == number, place
            if place[1] == ALL:
                assert number in (None, exact[place])
            if reader not in chain(place[0]) and place[1] != ALL and number is not None:
                others = exact[place[0], ALL] - (exact[reader, ALL] if place[0] in chain(reader) else 0)
                assert number >= 5 or others == 0 or trait == "level"
    rare = sum(group.count for group in groups if group.trade == "琴师") < 5
    named = {key for _, key in seen}
    assert trait != "trade" or (("琴师" not in named) == rare and OTHER in named)


def test_what_is_left_beside_the_readers_own_number_is_hidden() -> None:
    """The enterprise knows its own 50; the county's 52 would tell that 2 are elsewhere in it."""
    groups = [
        MovementGroup("370102001-00001", None, None, None, 50),
        MovementGroup("370102", None, None, None, 2),
        MovementGroup("370103", None, None, None, 80),
        MovementGroup("370202", None, None, None, 90),
    ]
    table = cut(groups, "370102001-00001", "370100", "organisation", None)
    assert table.count("joins", "370102") is None
    other = cut(groups, "370202", "370100", "organisation", None)
    assert other.count("joins", "370102") == 52
