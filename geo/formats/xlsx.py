"""Read XLSX with titles, merged cells, formulas and several worksheets, and refuse malicious files."""

import io
import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

import python_calamine as calamine

from core.faults import Fault, FaultError, FaultTable, raise_faults
from core.text_marks import N_
from geo.formats.csv import header_faults
from geo.formats.sheet_header import (
    WorksheetHeader,
    fill_merged_down,
    find_header,
    find_heading_rows,
)
from geo.formats.sheet_xml import (
    WORKBOOK_FAULTS,
    CellPosition,
    WorksheetScan,
    column_letters,
    format_cell_reference,
    pack_zip_parts,
    refuse_doctype,
    refuse_large_area,
    refuse_many_elements,
    scan_worksheet,
    shared_text_lengths,
    unpack_zip_parts,
)
from geo.formats.table import TABLE_FAULTS, Row, Table, choose_layer, content_sha256, format_cell, plain_text

_FAULTS = FaultTable(
    "xlsx",
    {
        "no_workbook": (
            N_("this is a ZIP archive, but no workbook"),
            N_("unpack it and import the file in it: CSV, XLSX, GeoJSON, GeoPackage or GeoParquet"),
        ),
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

_WORKBOOK = "xl/workbook.xml"
_STRINGS = "xl/sharedstrings.xml"


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A worksheet's texts by row and column from 0, its merged cells, and the scan of its XML."""

    name: str
    grid: list[list[str]]
    merged: Sequence[tuple[CellPosition, CellPosition]]
    findings: WorksheetScan


def read_xlsx(content: bytes, file: str, layer: str | None = None) -> Table:
    """Read one worksheet: the one named ``layer``, else the only visible one that is not empty.

    Row numbers are those of the worksheet. For a formula its stored value is read.
    *Raises*: FaultError if there is no table, or if the file is malicious.
    """
    parts = unpack_zip_parts(content, file, _is_read)
    if _WORKBOOK not in parts:
        raise FaultError(_FAULTS.build("no_workbook", file=file))
    for name, part in parts.items():
        refuse_doctype(part, name, file)
        if not name.startswith("xl/worksheets/") and name.lower() != _STRINGS:
            refuse_many_elements(part, name, file)
    try:
        sheets, hidden = _sheets(parts, file, layer)
    except (calamine.CalamineError, ElementTree.ParseError, ValueError) as error:
        raise FaultError(WORKBOOK_FAULTS.build("unreadable", file=file, value=str(error)[:200])) from error
    filled = {sheet.name: sheet for sheet in sheets if any(map(any, sheet.grid))}
    if not filled:
        raise FaultError(_FAULTS.build("empty", file=file))
    chosen = filled[choose_layer({name: len(sheet.grid) for name, sheet in filled.items()}, layer, file)]
    notes = tuple(
        _FAULTS.build("hidden_worksheet", file=file, value=name, severity="warning")
        for name in hidden
        if not layer
    )
    return _table(chosen, file, content_sha256(content), notes)


def _is_read(name: str) -> bool:
    """Return whether a part is read; pictures, fonts and macros aren't."""
    return name.endswith((".xml", ".rels")) and not name.startswith(
        ("xl/drawings/", "xl/media/", "customXml/")
    )


def _sheets(parts: Mapping[str, bytes], file: str, layer: str | None) -> tuple[list[_Sheet], list[str]]:
    """Return the candidate worksheets, and the names of the hidden ones that aren't empty."""
    lengths: list[int] = []
    for name, part in parts.items():
        if name.lower() == _STRINGS:
            lengths = shared_text_lengths(part, name, file)
    where = _parts_of_sheets(parts)
    with calamine.load_workbook(io.BytesIO(pack_zip_parts(parts))) as book:
        seen, hidden, area = [], [], 0
        for data in book.sheets_metadata:
            part_name = where.get(data.name, "")
            if data.typ != calamine.SheetTypeEnum.WorkSheet or part_name not in parts:
                continue
            findings = scan_worksheet(parts[part_name], lengths, part_name, file)
            if data.visible == calamine.SheetVisibleEnum.Visible or data.name == layer:
                area += findings.reach[0] * findings.reach[1]
                refuse_large_area(area, findings.reach, file)
                seen.append(_sheet(book.get_sheet_by_name(data.name), findings))
            elif findings.reach != (0, 0):
                hidden.append(data.name)
        return seen, hidden


def _sheet(sheet: calamine.CalamineSheet, findings: WorksheetScan) -> _Sheet:
    values = sheet.to_python(skip_empty_area=False)
    grid = [[plain_text(format_cell(value)) for value in row] for row in values]
    rows, width = findings.reach  # cells without a value may reach further than those with one
    for row in grid:
        row += [""] * (width - len(row))
    grid += [[""] * width for _ in range(rows - len(grid))]
    merged = _within(sheet.merged_cell_ranges or (), len(grid), width)
    return _Sheet(sheet.name, grid, merged, findings)


def _within(
    merged: Sequence[tuple[CellPosition, CellPosition]], rows: int, width: int
) -> tuple[tuple[CellPosition, CellPosition], ...]:
    """Cut the merged ranges to the grid: a range may reach beyond all values."""
    return tuple(
        ((top, left), (min(bottom, rows - 1), min(right, width - 1)))
        for (top, left), (bottom, right) in merged
        if top < rows and left < width
    )


def _parse_xml(part: bytes) -> ElementTree.Element:
    """Parse a part as UTF-8, whatever encoding it declares."""
    return ElementTree.fromstring(part, ElementTree.XMLParser(encoding="utf-8"))


def _parts_of_sheets(parts: Mapping[str, bytes]) -> dict[str, str]:
    """Return the part that holds each worksheet, by the workbook's relations."""
    relations = _parse_xml(parts.get("xl/_rels/workbook.xml.rels", b"<none/>"))
    target = {
        relation.get("Id"): posixpath.normpath(posixpath.join("/xl", relation.get("Target", ""))).lstrip("/")
        for relation in relations
    }
    found = {}
    for element in _parse_xml(parts[_WORKBOOK]).iter():
        if element.tag.endswith("}sheet"):
            id = next((value for key, value in element.items() if key.endswith("}id")), None)
            found[element.get("name", "")] = target.get(id, "")
    return found


def _table(sheet: _Sheet, file: str, digest: str, notes: tuple[Fault, ...]) -> Table:
    header = find_header(sheet.grid, sheet.merged)
    raise_faults(header_faults(header.names, file, header.row + 1))
    rows = {n: row for n, row in enumerate(sheet.grid) if n > header.row}
    filled = fill_merged_down(rows, sheet.merged, header.row)
    headings = find_heading_rows(sheet.merged, sum(map(bool, header.names)))
    bodies, faults = [], _faults_of_columns(file, header, rows)
    for number, cells in rows.items():
        broken = _broken(sheet, number, header)
        if number in headings:
            faults.append(
                _FAULTS.build("heading", file=file, row=number + 1, value=next(filter(None, cells), "")[:80])
            )
        elif any(cells) or broken:
            named = {name: cell for name, cell in zip(header.names, cells, strict=False) if name}
            bodies.append(Row(number + 1, named, broken, _covered(filled, number, header)))
    if not bodies:
        raise FaultError(TABLE_FAULTS.build("only_a_header", file=file, row=header.row + 1))
    notes += tuple(
        TABLE_FAULTS.build("title", file=file, value=title[:80], severity="warning")
        for title in header.titles
    )
    notes += tuple(_unnamed(file, header, rows))
    if filled:
        notes += (_FAULTS.build("filled_down", file=file, value=len(filled), severity="warning"),)
    return Table(file, tuple(filter(None, header.names)), tuple(bodies), digest, "rows", notes, tuple(faults))


def _covered(filled: Mapping[CellPosition, int], number: int, header: WorksheetHeader) -> Mapping[str, int]:
    """Return the row's cells whose text comes from a cell merged downwards, with that cell's row."""
    if not filled:
        return {}
    columns = enumerate(header.names)
    return {name: filled[number, c] + 1 for c, name in columns if name and (number, c) in filled}


def _broken(sheet: _Sheet, number: int, header: WorksheetHeader) -> dict[str, Fault]:
    findings, broken = sheet.findings, {}
    for column, name in enumerate(header.names):
        cell = (number, column)
        if name and cell in findings.formulas:
            broken[name] = _FAULTS.build(
                "no_value", field=name, value=findings.formulas[cell][:80], cell=format_cell_reference(cell)
            )
        elif name and cell in findings.errors:
            broken[name] = _FAULTS.build(
                "error", field=name, value=findings.errors[cell], cell=format_cell_reference(cell)
            )
    return broken


def _faults_of_columns(file: str, header: WorksheetHeader, rows: Mapping[int, Sequence[str]]) -> list[Fault]:
    """Return faults for columns with data that share a merged header with the column before them."""
    faults = []
    for column, name in header.shared.items():
        row = next((n for n, cells in rows.items() if column < len(cells) and cells[column]), None)
        if row is not None:
            fault = _FAULTS.build("shared_header", field=name, value=name, letters=column_letters(column))
            faults.append(fault.at(file=file, row=row + 1))
    return faults


def _unnamed(file: str, header: WorksheetHeader, rows: Mapping[int, Sequence[str]]) -> list[Fault]:
    counts = {
        column: sum(bool(cells[column]) for cells in rows.values() if column < len(cells))
        for column, name in enumerate(header.names)
        if not name and column not in header.shared
    }
    return [
        _FAULTS.build(
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
