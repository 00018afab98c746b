"""Make a table of a worksheet, whichever program wrote it: titles, merged and hidden cells, broken values."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from core.faults import Fault, FaultError, FaultTable, raise_faults
from core.text_marks import N_
from geo.formats.csv import header_faults
from geo.formats.sheet_header import (
    MergedRanges,
    WorksheetHeader,
    clear_covered_across,
    fill_merged_down,
    find_header,
    find_heading_rows,
)
from geo.formats.sheet_xml import CellPosition, column_letters, format_cell_reference
from geo.formats.table import TABLE_FAULTS, Row, Table, choose_layer, format_rows
from geo.formats.titles_and_totals import is_label

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
            N_("{value} cells covered by cells merged downwards were given their text"),
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
        *_covered_across(file, header, [cell for cell in covered if cell[0] not in aside | labels]),
        *((_note("filled_down", file, value=len(filled)),) if filled else ()),
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


def _covered_across(file: str, header: WorksheetHeader, covered: Collection[CellPosition]) -> Iterator[Fault]:
    """Yield a note for each column with cells that a cell to their left covers, with the rows."""
    rows: dict[str, list[int]] = defaultdict(list)
    for row, column in sorted(covered):
        if column < len(header.names) and header.names[column]:
            rows[header.names[column]].append(row + 1)
    for name, numbers in rows.items():
        yield _note("covered_across", file, row=numbers[0], field=name, value=format_rows(numbers))


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
