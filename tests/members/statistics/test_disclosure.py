"""No hidden number below five can be determined: an attacker with integer programming tries."""

import random
from collections import defaultdict
from collections.abc import Mapping

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from members.statistics.disclosure import (
    SMALLEST_CELL,
    CannotHide,
    ColumnCells,
    HiddenTotals,
    Outline,
    hide_columns,
    hide_totals,
)

pytestmark = pytest.mark.endure

Values = dict[tuple[str, str], int]


def make_outline(chance: random.Random) -> Outline:
    parents: dict[str, str | None] = {"top": None}
    for city in range(chance.randint(1, 3)):
        parents[f"c{city}"] = "top"
        for county in range(chance.randint(0, 3)):
            parents[f"c{city}.{county}"] = f"c{city}"
    leaves = [row for row in parents if row not in set(parents.values())]
    known = frozenset(chance.sample(leaves, 1)) if chance.random() < 0.5 else frozenset()
    return Outline(parents, known)


def add_up(outline: Outline, leaves: Values) -> Values:
    """Sums of all rows above the leaves, by walking up from each leaf."""
    found: Values = defaultdict(int)
    for (leaf, column), value in leaves.items():
        row: str | None = leaf
        while row is not None:
            found[row, column] += value
            row = outline.parents[row]
    return dict(found)


class Attacker:
    """Knows all shown numbers of several traits, the reader's own rows, and what an empty row is.

    Unknown is how many each lowest row has of each combination of the first and second trait.
    """

    def __init__(self, outline: Outline, traits: list[ColumnCells], totals: Mapping[str, int]) -> None:
        self.outline, self.traits = outline, traits
        self.leaves = [row for row in outline.parents if row not in outline.inner]
        shape = (len(self.leaves), *(len(one.columns) for one in traits))
        self.index = np.arange(int(np.prod(shape))).reshape(shape)
        self.rows: list[np.ndarray] = []
        self.low: list[float] = []
        self.high: list[float] = []
        self.totals = totals

    def select(self, row: str, trait: int | None = None, column: str = "") -> np.ndarray:
        below = [n for n, leaf in enumerate(self.leaves) if self._is_below(leaf, row)]
        part = self.index[below]
        if trait is not None:
            part = part.take([self.traits[trait].columns.index(column)], axis=trait + 1)
        chosen = np.zeros(self.index.size)
        chosen[part.ravel()] = 1
        return chosen

    def _is_below(self, leaf: str, row: str) -> bool:
        at: str | None = leaf
        while at is not None and at != row:
            at = self.outline.parents[at]
        return at == row

    def learn(self, chosen: np.ndarray, low: float, high: float) -> None:
        self.rows.append(chosen)
        self.low.append(low)
        self.high.append(high)

    def bounds(self, chosen: np.ndarray) -> tuple[int, int]:
        limits = LinearConstraint(np.array(self.rows), self.low, self.high)
        ends = []
        for sign in (1, -1):
            done = milp(
                sign * chosen,
                constraints=limits,
                bounds=Bounds(0, 200),
                integrality=np.ones(self.index.size, dtype=int),
            )
            assert done.success, done.message
            ends.append(round(sign * done.fun))
        return ends[0], ends[1]


def attack(
    outline: Outline,
    traits: list[ColumnCells],
    totals: dict[str, int],
    hidden_rows: HiddenTotals,
    hidden_cells: list[frozenset[tuple[str, str]]],
) -> int:
    """Try to determine every hidden small number; return how many were tried."""
    attacker = Attacker(outline, traits, totals)
    for row, total in totals.items():
        if row in hidden_rows.rows:
            attacker.learn(attacker.select(row), 1, np.inf)
        else:
            attacker.learn(attacker.select(row), total, total)
    for number, (cells, hidden) in enumerate(zip(traits, hidden_cells, strict=True)):
        for (row, column), value in cells.values.items():
            if (row, column) not in hidden:
                attacker.learn(attacker.select(row, number, column), value, value)
        for column, least in cells.least.items():
            attacker.learn(attacker.select("top", number, column), least, np.inf)
    tried = 0
    for row in hidden_rows.rows:
        if totals[row] < SMALLEST_CELL:
            low, high = attacker.bounds(attacker.select(row))
            assert low < high, (row, low)
            tried += 1
    for number, (cells, hidden) in enumerate(zip(traits, hidden_cells, strict=True)):
        for row, column in hidden:
            if cells.values[row, column] < SMALLEST_CELL:
                low, high = attacker.bounds(attacker.select(row, number, column))
                assert low < high, (row, column, low)
                tried += 1
    return tried


def make_case(seed: int) -> tuple[Outline, list[ColumnCells], dict[str, int]]:
    chance = random.Random(seed)
    outline = make_outline(chance)
    leaves = [row for row in outline.parents if row not in outline.inner]
    first = [f"t{n}" for n in range(chance.randint(1, 3))]
    second = [f"f{n}" for n in range(2)]
    people = {
        (leaf, a, b): chance.choice([0, 0, 1, 2, 3, 4, 5, 8, 20])
        for leaf in leaves
        for a in first
        for b in second
    }
    traits = []
    for columns, position in ((first, 1), (second, 2)):
        own: Values = defaultdict(int)
        for key, value in people.items():
            own[key[0], key[position]] += value
        traits.append(ColumnCells(columns, add_up(outline, own)))
    totals = {row: sum(traits[0].values[row, column] for column in first) for row in outline.parents}
    return outline, traits, totals


@pytest.mark.parametrize("seed", range(40))
def test_no_hidden_number_below_five_can_be_determined(seed: int) -> None:
    outline, traits, totals = make_case(seed)
    rows = hide_totals(outline, totals)
    hidden = [hide_columns(outline, rows, cells) for cells in traits]
    seen = outline.add_up({row for row, total in totals.items() if not total} | outline.known)
    for row, total in totals.items():
        assert row in rows.rows or row in seen or total == 0 or total >= SMALLEST_CELL
    for cells, chosen in zip(traits, hidden, strict=True):
        for (row, column), value in cells.values.items():
            assert (row, column) in chosen or row in seen or not totals[row] or value >= SMALLEST_CELL
    attack(outline, traits, totals, rows, hidden)


def test_the_attacker_finds_what_is_hidden_by_itself_alone() -> None:
    """A cell hidden without others follows from the sums: the attack can succeed, so the tests above mean something."""
    outline = Outline({"top": None, "a": "top", "b": "top"})
    cells = ColumnCells(
        ["t", "u"], add_up(outline, {("a", "t"): 3, ("a", "u"): 20, ("b", "t"): 9, ("b", "u"): 9})
    )
    totals = {"top": 41, "a": 23, "b": 18}
    with pytest.raises(AssertionError):
        attack(outline, [cells], totals, HiddenTotals(frozenset(), ()), [frozenset({("a", "t")})])


def test_a_county_that_asks_learns_nothing_from_its_own_number() -> None:
    """With two counties, hiding both would not do: each knows its own, so the city's sum is hidden as well."""
    outline = Outline(
        {"top": None, "city": "top", "x": "city", "y": "city", "other": "top"}, frozenset({"x"})
    )
    totals = {"top": 170, "city": 63, "x": 60, "y": 3, "other": 107}
    assert hide_totals(outline, totals).rows == {"y", "city", "other"}


def test_a_table_in_which_nothing_can_be_hidden_is_refused() -> None:
    outline = Outline({"top": None, "x": "top"}, frozenset({"top", "x"}))
    assert hide_totals(outline, {"top": 3, "x": 3}).rows == frozenset()  # the reader's own
    with pytest.raises(CannotHide):
        hide_columns(
            Outline({"top": None}),
            HiddenTotals(frozenset(), ()),
            ColumnCells(["t", "u"], {("top", "t"): 2, ("top", "u"): 5}, least={"u": 5, "t": 2}),
        )
