"""Make a table of a worksheet, whichever program wrote it: titles and header, merged and hidden cells, broken values."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from core.faults import Fault, FaultError, FaultTable, raise_faults
from core.sheets.csv import header_faults
from core.sheets.listed_rows import TITLES_LIMIT, is_label, is_title
from core.sheets.sheet_xml import CellPosition, column_letters, format_cell_reference
from core.sheets.table import TABLE_FAULTS, Row, Table, choose_layer, format_rows
from core.text_marks import N_

CellGrid = Sequence[Sequence[str]]
MergedRanges = Sequence[tuple[CellPosition, CellPosition]]  # top left, bottom right, both inclusive
_BRACKETS = str.maketrans("()（）[]【】", "        ")
WORKSHEET_FAULTS = FaultTable(
    "worksheet",
    {
        "empty": (
            N_("the workbook has no visible sheet with anything in it"),
            N_("unhide the sheet with the stations, or name it with --layer"),
        ),
        "no_value": (
            N_("cell {cell} holds a formula whose value is not stored: {value}"),
            N_(
                "open the workbook in Excel or WPS and save it, so that values are stored; or paste the column as values"
            ),
        ),
        "error": (
            N_("cell {cell} holds the error {value}"),
            N_("mend the formula in the workbook, or type the value in its place"),
        ),
        "heading": (
            N_("the row is one cell merged over the whole table, no station: {value}"),
            N_("delete the row; give what it says (such as the city) a column of its own"),
        ),
        "filled_down": (
            N_("“{field}” was filled down from cells merged over several rows; rows: {value}"),
            N_("unmerge the cells if that is not what was meant"),
        ),
        "covered_across": (
            N_("“{field}” is covered by a cell merged over it and was read as empty; rows: {value}"),
            N_("unmerge the cells if something stands below them"),
        ),
        "no_name": (
            N_("column {letters} has no name; its {value} cells are not read"),
            N_("name it in the header if it matters"),
        ),
        "shared_header": (
            N_(
                "the header “{value}” is merged over several columns; column {letters} has data, but no name of its own"
            ),
            N_("unmerge the header and give each column a name"),
        ),
        "hidden_worksheet": (
            N_("the sheet “{value}” is hidden and was not read"),
            N_("name it with --layer if the stations are there"),
        ),
    },
)


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


@dataclass(frozen=True, slots=True)
class Worksheet:
    """A worksheet's texts, and what else is known of its cells; rows and columns count from 0.

    ``formulas`` have no stored value, ``errors`` hold #REF! and the like.
    """

    name: str
    grid: list[list[str]]
    merged: MergedRanges
    formulas: Mapping[CellPosition, str] = field(default_factory=dict)
    errors: Mapping[CellPosition, str] = field(default_factory=dict)
    hidden_rows: Collection[int] = ()
    hidden_columns: Collection[int] = ()


def build_worksheet(
    name: str, grid: list[list[str]], merged: MergedRanges, reach: CellPosition, **cells: object
) -> Worksheet:
    """Build a worksheet whose rows all reach as far as ``reach``; a merged range may reach beyond and is cut."""
    rows, width = max(reach[0], len(grid)), max(reach[1], *map(len, grid), 0)
    for row in grid:
        row += [""] * (width - len(row))
    grid += [[""] * width for _ in range(rows - len(grid))]
    within = tuple(
        ((top, left), (min(bottom, rows - 1), min(right, width - 1)))
        for (top, left), (bottom, right) in merged
        if top < rows and left < width
    )
    return Worksheet(name, grid, within, **cells)  # type: ignore[arg-type]


def choose_worksheet(sheets: Sequence[Worksheet], layer: str | None, file: str) -> Worksheet:
    """Return the worksheet named ``layer``, else the only one that is not empty. *Raises*: FaultError."""
    filled = {sheet.name: sheet for sheet in sheets if any(map(any, sheet.grid))}
    if not filled:
        raise FaultError(WORKSHEET_FAULTS.build("empty", file=file))
    return filled[choose_layer({name: len(sheet.grid) for name, sheet in filled.items()}, layer, file)]


def table_from_worksheet(
    sheet: Worksheet, file: str, digest: str, hidden_worksheets: Sequence[str] = ()
) -> Table:
    """Return the rows of a worksheet, numbered as in its margin. *Raises*: FaultError if there is no table."""
    header = find_header(sheet.grid, sheet.merged)
    raise_faults(header_faults(header.names, file, header.row + 1))
    rows = {n: row for n, row in enumerate(sheet.grid) if n > header.row}
    labels = frozenset(n for n, row in rows.items() if is_label(next(filter(None, row), "")))
    aside = find_heading_rows(sheet.merged, sum(map(bool, header.names)))
    headings = aside - labels
    covered = clear_covered_across(rows, sheet.merged, header.row)
    filled = fill_merged_down(rows, sheet.merged, header.row)
    bodies, faults = [], _faults_of_columns(file, header, rows)
    for number, cells in rows.items():
        broken = _broken(sheet, number, header)
        if number in headings:
            text = next(filter(None, cells), "")[:80]
            faults.append(WORKSHEET_FAULTS.build("heading", file=file, row=number + 1, value=text))
        elif any(cells) or broken:
            named = {name: cell for name, cell in zip(header.names, cells, strict=False) if name}
            from_above = _covered(filled, number, header)
            bodies.append(Row(number + 1, named, broken, from_above, number in sheet.hidden_rows))
    if not bodies:
        raise FaultError(TABLE_FAULTS.build("only_a_header", file=file, row=header.row + 1))
    notes = (
        *(_note("hidden_worksheet", file, value=name) for name in hidden_worksheets),
        *(
            TABLE_FAULTS.build("title", file=file, row=row + 1, value=title[:80], severity="warning")
            for row, title in header.titles
        ),
        *_unnamed(file, header, rows),
        *_notes_by_column(
            "covered_across", file, header, [cell for cell in covered if cell[0] not in aside | labels]
        ),
        *_notes_by_column("filled_down", file, header, filled),
    )
    names = tuple(filter(None, header.names))
    hidden = {header.names[c]: column_letters(c) for c in sheet.hidden_columns if c < len(header.names)}
    hidden.pop("", None)
    return Table(file, names, tuple(bodies), digest, "rows", notes, tuple(faults), hidden_columns=hidden)


def _note(code: str, file: str, **said: object) -> Fault:
    return WORKSHEET_FAULTS.build(code, file=file, severity="warning", **said)  # type: ignore[arg-type]


def _covered(filled: Mapping[CellPosition, int], number: int, header: WorksheetHeader) -> Mapping[str, int]:
    """Return the row's cells whose text comes from a cell merged downwards, with that cell's row."""
    if not filled:
        return {}
    columns = enumerate(header.names)
    return {name: filled[number, c] + 1 for c, name in columns if name and (number, c) in filled}


def _notes_by_column(
    code: str, file: str, header: WorksheetHeader, cells: Collection[CellPosition]
) -> Iterator[Fault]:
    """Yield a note for each column with cells that another cell covers, with the rows."""
    rows: dict[str, list[int]] = defaultdict(list)
    for row, column in sorted(cells):
        if column < len(header.names) and header.names[column]:
            rows[header.names[column]].append(row + 1)
    for name, numbers in rows.items():
        yield _note(code, file, row=numbers[0], field=name, value=format_rows(numbers))


def _broken(sheet: Worksheet, number: int, header: WorksheetHeader) -> dict[str, Fault]:
    broken: dict[str, Fault] = {}
    for column, name in enumerate(header.names):
        cell = (number, column)
        if name and cell in sheet.formulas:
            broken[name] = WORKSHEET_FAULTS.build(
                "no_value", field=name, value=sheet.formulas[cell][:80], cell=format_cell_reference(cell)
            )
        elif name and cell in sheet.errors:
            broken[name] = WORKSHEET_FAULTS.build(
                "error", field=name, value=sheet.errors[cell], cell=format_cell_reference(cell)
            )
    return broken


def _faults_of_columns(file: str, header: WorksheetHeader, rows: Mapping[int, Sequence[str]]) -> list[Fault]:
    """Return faults for columns with data that share a merged header with the column before them."""
    faults = []
    for column, name in header.shared.items():
        row = next((n for n, cells in rows.items() if column < len(cells) and cells[column]), None)
        if row is not None:
            fault = WORKSHEET_FAULTS.build(
                "shared_header", field=name, value=name, letters=column_letters(column)
            )
            faults.append(fault.at(file=file, row=row + 1))
    return faults


def _unnamed(file: str, header: WorksheetHeader, rows: Mapping[int, Sequence[str]]) -> list[Fault]:
    counts = {
        column: sum(bool(cells[column]) for cells in rows.values() if column < len(cells))
        for column, name in enumerate(header.names)
        if not name and column not in header.shared
    }
    return [
        WORKSHEET_FAULTS.build(
            "no_name",
            file=file,
            row=header.row + 1,
            value=count,
            severity="warning",
            letters=column_letters(column),
        )
        for column, count in counts.items()
        if count
    ]
