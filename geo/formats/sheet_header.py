"""Find the header of a worksheet that has titles above it and cells merged across or down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from geo.formats.sheet_xml import CellPosition
from geo.formats.titles_and_totals import TITLES_LIMIT, is_title

CellGrid = Sequence[Sequence[str]]
MergedRanges = Sequence[tuple[CellPosition, CellPosition]]  # top left, bottom right, both inclusive
_BRACKETS = str.maketrans("()（）[]【】", "        ")


@dataclass(frozen=True, slots=True)
class WorksheetHeader:
    """A worksheet's header: ``row`` is its lowest row, counted from 0.

    ``names`` are by column, empty for a column without a name. ``shared`` are the columns under a merged
    cell that belongs to a column before them.
    """

    names: tuple[str, ...]
    row: int
    titles: tuple[tuple[int, str], ...] = ()
    shared: Mapping[int, str] = field(default_factory=dict)


def find_header(grid: CellGrid, merged: MergedRanges) -> WorksheetHeader:
    """Find the header: the first row that is no title, with the rows into which its merged cells reach.

    A row with one text, or with labels alone, above a wider table is a title. Below a cell merged across, a second level may
    follow. Its names carry the upper name in brackets: 经度（坐标 GCJ-02）.
    """
    titles: list[tuple[int, str]] = []
    top = _next_row(grid, -1)
    while _is_title(grid, top, merged):
        titles.append((top, " ".join(filter(None, grid[top]))))
        top = _next_row(grid, top)
    bottom = _bottom(grid, top, merged)
    filled = _filled(grid, top, bottom, merged)
    names = tuple(_name(column) for column in zip(*filled, strict=True))
    shared = _shared(grid, names, bottom, merged)
    return WorksheetHeader(
        tuple("" if i in shared else n for i, n in enumerate(names)), bottom, tuple(titles), shared
    )


def clear_covered_across(
    rows: dict[int, list[str]], merged: MergedRanges, below: int
) -> frozenset[CellPosition]:
    """Empty the cells that a cell to their left covers, since nobody sees what stands in them; return them."""
    covered = {
        (number, column)
        for (top, left), (bottom, right) in merged
        if top > below
        for number in range(top, bottom + 1)
        if any(rows.get(number, ()))
        for column in range(left + 1, right + 1)
    }
    for number, column in covered:
        rows[number][column] = ""
    return frozenset(covered)


def fill_merged_down(
    rows: dict[int, list[str]], merged: MergedRanges, below: int
) -> Mapping[CellPosition, int]:
    """Copy the text of each cell merged downwards into its rows; return the filled cells with the source row."""
    filled: dict[CellPosition, int] = {}
    for (top, left), (bottom, _) in merged:
        if top <= below or bottom == top or top not in rows:
            continue
        for number in range(top + 1, bottom + 1):
            if number in rows and left < len(rows[number]) and any(rows[number]):
                rows[number][left] = rows[top][left]
                filled[number, left] = top
    return filled


def find_heading_rows(merged: MergedRanges, width: int) -> frozenset[int]:
    """Return the rows that are one cell merged over the whole table, which are headings within the body."""
    return frozenset(
        top for (top, left), (bottom, right) in merged if bottom == top and right - left + 1 >= width > 1
    )


def _next_row(grid: CellGrid, after: int) -> int:
    return next((i for i in range(after + 1, len(grid)) if any(grid[i])), len(grid) - 1)


def _is_title(grid: CellGrid, row: int, merged: MergedRanges) -> bool:
    reaches_down = any(top <= row < bottom for (top, _), (bottom, _) in merged)
    filled = [sum(map(bool, cells)) for cells in grid[row + 1 :] if any(cells)]
    return not reaches_down and is_title(grid[row], max(filled[:TITLES_LIMIT], default=0))


def _bottom(grid: CellGrid, top: int, merged: MergedRanges) -> int:
    """Return the lowest row that merged cells of the top row reach, or one more below cells merged across."""
    begun = [((t, left), (b, right)) for (t, left), (b, right) in merged if t == top]
    bottom = max((b for _, (b, _) in begun), default=top)
    if bottom > top or top + 1 >= len(grid):
        return bottom
    spans = [(left, right) for (_, left), (_, right) in begun if right > left]
    below = [grid[top + 1][column] for left, right in spans for column in range(left, right + 1)]
    named = below and all(text and not any(c.isdigit() for c in text) for text in below)
    only_below = named and sum(map(bool, grid[top + 1])) == len(below)
    return top + 1 if only_below else top


def _filled(grid: CellGrid, top: int, bottom: int, merged: MergedRanges) -> list[list[str]]:
    """Return the header rows with each merged cell's text in all cells that it covers."""
    rows = [list(grid[row]) for row in range(top, bottom + 1)]
    for (t, left), (b, right) in merged:
        if top <= t <= bottom:
            for row in range(t, min(b, bottom) + 1):
                rows[row - top][left : right + 1] = [grid[t][left]] * len(rows[row - top][left : right + 1])
    return rows


def _name(levels: Sequence[str]) -> str:
    """Return the name of the lowest level, with the distinct names above it in brackets."""
    distinct = list(dict.fromkeys(" ".join(text.split()) for text in levels if text))
    if len(distinct) < 2:
        return "".join(distinct)
    above = " ".join(" ".join(distinct[:-1]).translate(_BRACKETS).split())
    return f"{distinct[-1]}（{above}）"


def _shared(grid: CellGrid, names: Sequence[str], bottom: int, merged: MergedRanges) -> dict[int, str]:
    """Return the columns whose only name comes from a cell merged across from a column before them."""
    return {
        column: names[column]
        for (_, left), (b, right) in merged
        if b == bottom and right > left
        for column in range(left + 1, min(right + 1, len(names)))
        if names[column]
    }
