"""Tables of members and movements with their totals: for the reader's own subtree, or with small cells hidden."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from members.organisation_codes import OrganisationLevel, organisation_level
from members.statistics.cells import (
    ALL,
    Cell,
    Chain,
    Dimension,
    TableForm,
    level_key,
    trait_key,
)
from members.statistics.disclosure import (
    SMALLEST_CELL,
    ColumnCells,
    HiddenTotals,
    Outline,
    hide_columns,
    hide_totals,
)
from members.statistics.movements import Measure, MovementGroup

OTHER = "other"  # trades and forms of work that hardly anybody has, outside the reader's own subtree
OUTSIDE_MEASURES: tuple[Measure, ...] = ("members",)
"""What is shown outside the reader's subtree. Movements would follow from the change of members, or give one another away."""
LEVELS = tuple(level.name.lower() for level in OrganisationLevel)
_TOP = "*"  # above all organisations
_SELF = "/self"  # members of an organisation itself, beside those of the organisations below it
Counts = Mapping[Cell, int]


@dataclass(frozen=True, slots=True)
class StatisticsTable:
    """Numbers by row and column. ``(row, "")`` and ``("", column)`` are totals; None is a hidden number.

    ``months`` are in order of time, levels from the province down, all other keys by code or number.
    """

    form: TableForm
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: Mapping[Measure, Mapping[Cell, int | None]]
    is_protected: bool = False

    def count(self, measure: Measure, row: str, column: str = ALL) -> int | None:
        """Return a number; None if it is hidden, or the measure isn't shown."""
        return self.cells[measure].get((row, column), 0) if measure in self.cells else None


def build_table(
    form: TableForm, counts: Mapping[Measure, Counts], months: Sequence[str], names: Sequence[str] = ()
) -> StatisticsTable:
    """Build the table with its totals. Members of several months are never added: the last month's count."""
    rows = sort_keys(
        form.rows, {row for cells in counts.values() for row, _ in cells} | set(names), months, counts, 0
    )
    columns: tuple[str, ...] = ()
    if form.columns is not None:
        there = {column for cells in counts.values() for _, column in cells}
        columns = sort_keys(form.columns, there, months, counts, 1)
    shown: dict[Measure, Mapping[Cell, int | None]] = {}
    for measure, cells in counts.items():
        latest = months[-1] if measure == "members" and months else None
        shown[measure] = _add_totals(cells, form, latest)
    return StatisticsTable(form, rows, columns, shown)


def sort_keys(
    dimension: Dimension,
    keys: Iterable[str],
    months: Sequence[str],
    counts: Mapping[Measure, Counts],
    position: int,
) -> tuple[str, ...]:
    """Return the keys of a dimension in the order in which they are shown."""
    if dimension == "month":
        return tuple(months)
    if dimension == "level":
        return LEVELS
    if dimension == "organisation":
        return tuple(sorted(keys))
    size: Counter[str] = Counter()
    for cells in counts.values():
        for cell, count in cells.items():
            size[cell[position]] += count
    return tuple(sorted(keys, key=lambda key: (-size[key], key)))


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


@dataclass(frozen=True, slots=True)
class OutsideReader:
    """Who reads: the organisation whose subtree is her own, None for somebody without one."""

    organisation: str | None


class OutsideCounts:
    """Counts of the whole tree, down to the county, for tables outside the reader's own subtree.

    All tables are cut from one: whoever reads several of them, or those of a city and of its counties, sees the
    same cells hidden in each.
    """

    def __init__(self, reader: OutsideReader, chain: Chain) -> None:
        self._reader, self._chain = reader, chain
        self._places: dict[str, tuple[str, ...]] = {}
        self._counts: dict[Measure, Counter[Cell]] = {}

    def add(self, measure: Measure, groups: Iterable[MovementGroup], trait: Dimension | None) -> None:
        """Add a measure's groups; ``trait`` is the dimension beside the organisation."""
        found = self._counts.setdefault(measure, Counter())
        for group in groups:
            place = self._place(group.organisation)
            found[place[-1], _trait_of(group, trait)] += group.count

    def _place(self, code: str) -> tuple[str, ...]:
        """Return the visible organisations above a code, down to the county or the reader's own."""
        if code not in self._places:
            shown = [_TOP]
            for above in self._chain(code):
                if (
                    above == self._reader.organisation
                    or organisation_level(above) <= OrganisationLevel.COUNTY
                ):
                    shown.append(above)
                if above == self._reader.organisation:
                    break
            self._places[code] = tuple(shown)
        return self._places[code]

    def _outline(self) -> Outline:
        parents: dict[str, str | None] = {_TOP: None}
        for place in self._places.values():
            parents |= {row: above for above, row in pairwise(place)}
        inner = {parent for parent in parents.values() if parent is not None}
        direct = {row for cells in self._counts.values() for (row, _), count in cells.items() if count}
        parents |= {row + _SELF: row for row in direct & inner}
        own = self._reader.organisation
        known = {row for row in parents if own is not None and own in _above(parents, row)}
        return Outline(parents, frozenset(known))

    def build_table(self, form: TableForm, months: Sequence[str]) -> StatisticsTable:
        """Build a table of ``form`` with small cells hidden. *Raises*: CannotHide."""
        outline = self._outline()
        trait = next((one for one in form.dimensions if one != "organisation"), None)
        rows = _rows_below(outline, form) if "organisation" in form.dimensions else ()
        shown: dict[Measure, Mapping[Cell, int | None]] = {}
        columns: dict[str, None] = {}
        for measure, direct in self._counts.items():
            values = _add_up(outline, direct)
            totals = {row: values.get((row, ALL), 0) for row in outline.parents}
            hidden = hide_totals(outline, totals)
            cells = _column_cells(outline, values, trait, months)
            secret = hide_columns(outline, hidden, cells) if trait else frozenset()
            columns |= dict.fromkeys(cells.columns)
            shown[measure] = _cut(form, rows, cells, totals, hidden, secret)
        return _arrange(form, tuple(rows), tuple(columns), shown)


def _trait_of(group: MovementGroup, trait: Dimension | None) -> str:
    match trait:
        case "trade":
            return trait_key(group.trade)
        case "employment_form":
            return trait_key(group.employment_form)
        case "level":
            return level_key(group.organisation)
        case "month":
            return group.month or ALL
    return ALL


def _above(parents: Mapping[str, str | None], row: str) -> list[str]:
    """Return a row and all rows above it."""
    found = []
    at: str | None = row
    while at is not None:
        found.append(at)
        at = parents[at]
    return found


def _add_up(outline: Outline, direct: Counts) -> dict[Cell, int]:
    """Add each count to its row and all rows above, and to the total of each."""
    found: Counter[Cell] = Counter()
    for (row, column), count in direct.items():
        lowest = row + _SELF if row + _SELF in outline.parents else row
        for above in _above(outline.parents, lowest):
            found[above, ALL] += count
            if column != ALL:
                found[above, column] += count
    return dict(found)


def _column_cells(
    outline: Outline, values: Mapping[Cell, int], trait: Dimension | None, months: Sequence[str]
) -> ColumnCells:
    own = {cell: count for cell, count in values.items() if cell[1] != ALL}
    match trait:
        case None:
            columns: tuple[str, ...] = ()
        case "month":
            columns = tuple(months)
        case "level":
            columns = LEVELS
        case _:
            return _merge_rare(outline, own)
    filled = {(row, column): own.get((row, column), 0) for row in outline.parents for column in columns}
    empty = (
        {cell for cell, count in filled.items() if not count and _is_too_high(*cell)}
        if trait == "level"
        else set()
    )
    return ColumnCells(columns, filled, frozenset(empty))


def _is_too_high(row: str, level: str) -> bool:
    """Return whether no organisation of a level can stand below a row, by the forms of their codes."""
    code = row.removesuffix(_SELF)
    return code != _TOP and OrganisationLevel[level.upper()] < organisation_level(code)


def _merge_rare(outline: Outline, own: Mapping[Cell, int]) -> ColumnCells:
    """Put traits that fewer than five have in the whole tree into one column: their names could name somebody."""
    whole = {column: count for (row, column), count in own.items() if row == _TOP}
    frequent = sorted((one for one, count in whole.items() if count >= SMALLEST_CELL and one != OTHER))
    columns = (*frequent, OTHER)
    filled: Counter[Cell] = Counter({(row, column): 0 for row in outline.parents for column in columns})
    for (row, column), count in own.items():
        filled[row, column if column in frequent else OTHER] += count
    return ColumnCells(columns, dict(filled), least=dict.fromkeys(frequent, SMALLEST_CELL))


def _rows_below(outline: Outline, form: TableForm) -> list[str]:
    head = form.root or _TOP
    found = sorted(row for row, parent in outline.parents.items() if parent == head)
    return found or ([head] if head in outline.parents else [])


def _cut(
    form: TableForm,
    rows: Sequence[str],
    cells: ColumnCells,
    totals: Mapping[str, int],
    hidden: HiddenTotals,
    secret: frozenset[tuple[str, str]],
) -> Mapping[Cell, int | None]:
    """Cut the cells of a table out of the whole; its head's own numbers are the totals."""
    found: dict[Cell, int | None] = {}
    head = form.root or _TOP
    for row in [*rows, head]:
        name = ALL if row == head else row.removesuffix(_SELF)
        found[name, ALL] = None if row in hidden.rows else totals.get(row, 0)
        for column in cells.columns:
            found[name, column] = None if (row, column) in secret else cells.values.get((row, column), 0)
    if rows == [head]:  # nothing is below it that may be shown: its members are its own row
        found |= {(head, column): count for (name, column), count in found.items() if name == ALL}
    return found


def _arrange(
    form: TableForm,
    rows: tuple[str, ...],
    columns: tuple[str, ...],
    shown: Mapping[Measure, Mapping[Cell, int | None]],
) -> StatisticsTable:
    """Turn the table so that its rows and columns are those that were asked for."""
    names = tuple(row.removesuffix(_SELF) for row in rows)
    if "organisation" not in form.dimensions:
        turned = {
            measure: {(column, ALL): count for (row, column), count in cells.items() if row == ALL}
            for measure, cells in shown.items()
        }
        return StatisticsTable(form, columns, (), turned, is_protected=True)
    table = StatisticsTable(form, names, columns, shown, is_protected=True)
    if form.rows == "organisation":
        return table
    swapped = {
        measure: {(column, row): count for (row, column), count in cells.items()}
        for measure, cells in shown.items()
    }
    return replace(table, rows=columns, columns=names, cells=swapped)
