"""Tables of members and movements with their totals: exact, or rounded for readers outside the subtree."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from members.organisation_codes import OrganisationLevel, organisation_level
from members.statistics.movements import CountedColumns, ListedMember, Measure, MovementGroup

Dimension = Literal["organisation", "level", "trade", "employment_form", "month"]
UNKNOWN = "unknown"
ALL = ""  # the key of a table's only row or column
Cell = tuple[str, str]
Chain = Callable[[str], Sequence[str]]
THRESHOLD = 5  # in a rounded table a smaller number but 0 is shown as fewer than this
BASE = 5  # in a rounded table the other numbers are the nearest multiples of it
OTHER = "other"  # trades and forms of employment that hardly anybody has, in a rounded table
LEVELS = tuple(level.name.lower() for level in OrganisationLevel)
_NAMED = ("trade", "employment_form")
Counts = Mapping[Cell, int]


@dataclass(frozen=True, slots=True)
class TableForm:
    """What a table's rows and columns are, and the organisation at its head; None: all organisations."""

    root: str | None
    rows: Dimension
    columns: Dimension | None = None

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        return (self.rows,) if self.columns is None else (self.rows, self.columns)

    @property
    def counted(self) -> CountedColumns:
        """The columns by which the database has to tell groups apart."""
        used = self.dimensions
        return CountedColumns("trade" in used, "employment_form" in used, "month" in used)


def _trait_key(text: str | None) -> str:
    """Return a trade or employment form as a key: without full-width forms and outer blanks."""
    return unicodedata.normalize("NFKC", text or "").strip() or UNKNOWN


def _level_key(code: str) -> str:
    """Return the level of a member's own organisation as a key."""
    return organisation_level(code).name.lower()


def organisation_key(chain: Sequence[str], root: str | None) -> str | None:
    """Return the organisation directly below the root; the root for itself; None for one outside its subtree."""
    if root is None:
        return chain[0]
    if root not in chain:
        return None
    return chain[min(chain.index(root) + 1, len(chain) - 1)]


def find_cell(group: MovementGroup | ListedMember, form: TableForm, chain: Chain, month: str) -> Cell | None:
    """Return the cell to which a group or a listed member belongs; None outside the subtree.

    ``month`` is that of the group's day.
    """
    own = organisation_key(chain(group.organisation), form.root)
    if own is None:
        return None
    keys = {
        "organisation": own,
        "level": _level_key(group.organisation),
        "trade": _trait_key(group.trade),
        "employment_form": _trait_key(group.employment_form),
        "month": month,
    }
    return keys[form.rows], ALL if form.columns is None else keys[form.columns]


def count_cells(
    groups: Iterable[MovementGroup], form: TableForm, chain: Chain, month: str = ""
) -> Counter[Cell]:
    """Add groups up to cells; ``month`` is that of groups without one."""
    found: Counter[Cell] = Counter()
    for group in groups:
        cell = find_cell(group, form, chain, group.month or month)
        if cell is not None:
            found[cell] += group.count
    return found


@dataclass(frozen=True, slots=True)
class StatisticsTable:
    """Numbers by row and column. ``(row, "")`` and ``("", column)`` are totals; None is one below the threshold.

    ``months`` are in order of time, levels from the province down, all other keys by code or number.
    """

    form: TableForm
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: Mapping[Measure, Mapping[Cell, int | None]]
    is_rounded: bool = False

    def count(self, measure: Measure, row: str, column: str = ALL) -> int | None:
        """Return a number; None if it is below the threshold of a rounded table."""
        return self.cells[measure].get((row, column), 0)


def build_table(form: TableForm, counts: Mapping[Measure, Counts], months: Sequence[str]) -> StatisticsTable:
    """Build the table with its totals. Members of several months are never added: the last month's count."""
    rows = _sort_keys(form.rows, months, counts, 0)
    columns = () if form.columns is None else _sort_keys(form.columns, months, counts, 1)
    shown: dict[Measure, Mapping[Cell, int | None]] = {}
    for measure, cells in counts.items():
        latest = months[-1] if measure == "members" and months else None
        shown[measure] = _add_totals(cells, form, latest)
    return StatisticsTable(form, rows, columns, shown)


def build_rounded_table(
    form: TableForm, counts: Mapping[Measure, Counts], months: Sequence[str]
) -> StatisticsTable:
    """Build a table whose numbers and totals are rounded one by one, so that no sum reveals a number.

    Trades and forms of employment that fewer than the threshold have are one row: such a name could identify a member.
    """
    table = build_table(form, _merge_rare(form, counts), months)
    cells = {
        measure: {cell: _round_count(count) for cell, count in found.items()}
        for measure, found in table.cells.items()
    }
    rows, columns = (
        tuple(sorted(keys)) if dimension in _NAMED else keys  # the order of size would tell more
        for dimension, keys in ((form.rows, table.rows), (form.columns, table.columns))
    )
    return replace(table, rows=rows, columns=columns, cells=cells, is_rounded=True)


def _round_count(count: int | None) -> int | None:
    if count is None or 0 < count < THRESHOLD:
        return None
    return (count + BASE // 2) // BASE * BASE


def _merge_rare(form: TableForm, counts: Mapping[Measure, Counts]) -> Mapping[Measure, Counts]:
    position = next((place for place, one in enumerate(form.dimensions) if one in _NAMED), None)
    if position is None:
        return counts
    sums = [_count_keys([cells], position) for cells in counts.values()]
    frequent = {key for one in sums for key, count in one.items() if count >= THRESHOLD}
    merged: dict[Measure, Counts] = {}
    for measure, cells in counts.items():
        found = Counter[Cell]()
        for (row, column), count in cells.items():
            key = (row, column)[position]
            kept = key if key in frequent else OTHER
            found[(kept, column) if position == 0 else (row, kept)] += count
        merged[measure] = found
    return merged


def _count_keys(counts: Iterable[Counts], position: int) -> Counter[str]:
    """Return the sum of each row (position 0) or column (1)."""
    found: Counter[str] = Counter()
    for cells in counts:
        for cell, count in cells.items():
            found[cell[position]] += count
    return found


def _sort_keys(
    dimension: Dimension, months: Sequence[str], counts: Mapping[Measure, Counts], position: int
) -> tuple[str, ...]:
    """Return the keys of a dimension in the order in which they are shown."""
    if dimension == "month":
        return tuple(months)
    if dimension == "level":
        return LEVELS
    size = _count_keys(counts.values(), position)
    if dimension == "organisation":
        return tuple(sorted(size))
    return tuple(sorted(size, key=lambda key: (-size[key], key)))


def _add_totals(cells: Counts, form: TableForm, latest: str | None) -> Mapping[Cell, int | None]:
    """Add the sums of rows and columns; ``latest`` is the month whose members are the total of months."""
    found: Counter[Cell] = Counter()
    for (row, column), count in cells.items():
        rows = [row] if form.rows == "month" and latest not in (None, row) else [row, ALL]
        if form.columns is None:
            columns = [ALL]
        else:
            columns = [column] if form.columns == "month" and latest not in (None, column) else [column, ALL]
        for one in rows:
            for other in columns:
                found[one, other] += count
    return dict(found)
