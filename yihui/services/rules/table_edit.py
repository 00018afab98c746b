"""Write the edited grid of a table back into the rule's text: what was not changed stays as it was, comments included."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from core.faults import Fault, FaultError, FaultTable
from core.money import parse_amount
from core.text_marks import N_
from core.yaml.document import PlainValue
from rules.yaml.rule_text import parse_rule_document
from rules.yaml.wording import PARAMETER_PREFIX
from yihui.services.rules.documents import RuleFile
from yihui.services.rules.form_terms import TermFault
from yihui.services.rules.grid import CELLS, read_cell
from yihui.services.rules.table_grid import EditedRow, GridColumn, TableGrid, format_fen
from yihui.services.rules.table_text import (
    FileRowWriter,
    RowWriter,
    TextChange,
    apply_changes,
    change_layout,
    replace_value,
)

TABLE_EDIT_FAULTS = FaultTable(
    "rule_table",
    {
        "cell": (N_("row {line}, {column_title}: “{value}” is not understood"), N_("write {expected}")),
        "empty": (
            N_("row {line}, {column_title} is empty"),
            N_("write 不限 where any value will do; cells that were merged in Excel come out empty"),
        ),
        "expression": (
            N_("row {line}, {column_title}: only what stood there before can stand there, not “{value}”"),
            N_("copy it from a row that has it, or change it in the text of the rule"),
        ),
        "amount": (N_("row {line}: “{value}” is no amount"), N_("write yuan, such as 200 or 1234.50")),
        "shared": (
            N_("row {line}: this figure, “{value}”, also stands elsewhere in the rule"),
            N_("give all its rows the same amount, or change it in the text of the rule"),
        ),
        "bounds": (
            N_(
                "row {line}: {value} yuan lies outside of what the rule allows for {figure}, {least} to {most} yuan"
            ),
            N_("write an amount between them, or change the bounds in the text of the rule"),
        ),
        "columns": (
            N_("row {line} of what was pasted has {count} cells, expected {expected}"),
            N_("copy all columns of the table, the amount last"),
        ),
        "first_day": (N_("the first day “{value}” is no day"), N_("write it as 2027-01-01")),
        "rows": (N_("a table has at most {limit} rows, this has {count}"), N_("leave some out")),
        "no_rows": (N_("no row is left"), N_("keep at least one row")),
        "layout": (
            N_("rows can't be added to or removed from a table that is written like this"),
            N_("do it in the text of the rule"),
        ),
    },
)
MOST_TABLE_ROWS = 200
_FIRST_DAY = ("in_force", "from")


@dataclass(slots=True)
class _Edit:
    """The edit of one table. ``faults`` name their cells by ``row.column``; the amount's column follows the others."""

    grid: TableGrid
    rows: Sequence[EditedRow]
    numbers: Sequence[int]  # of the rows as they were sent, with the blank ones
    faults: list[Fault] = field(default_factory=list)
    changes: list[TextChange] = field(default_factory=list)
    figures: dict[str, list[tuple[int, str, int]]] = field(default_factory=dict)

    def add(self, code: str, row: int, column: int, value: str, **terms: str) -> None:
        """Add a fault of a cell."""
        number = self.numbers[row]
        self.faults.append(
            TABLE_EDIT_FAULTS.build(
                code, field=f"{number}.{column}", value=value[:60], terms=terms, line=number + 1
            )
        )


def find_first_day(file: RuleFile) -> str:
    """Return the first day on which a rule's text is in force, as it is written; empty if it states none."""
    document = parse_rule_document(file.name, file.text)
    stated = document.value.get("in_force") if isinstance(document.value, dict) else None
    if not isinstance(stated, dict) or _FIRST_DAY not in document.spots:
        return ""
    return str(stated["from"])


def change_first_day(file: RuleFile, day: str) -> RuleFile:
    """Return a rule file that is in force from another day on. *Raises*: FaultError if the day is none."""
    before = find_first_day(file)
    if not before or day == before:
        return file
    try:
        date.fromisoformat(day)
    except ValueError as error:
        raise FaultError(TABLE_EDIT_FAULTS.build("first_day", field="since", value=day[:40])) from error
    document = parse_rule_document(file.name, file.text)
    return replace(file, text=apply_changes(file.text, [replace_value(document, _FIRST_DAY, day)]))


def edit_tables(
    file: RuleFile, grids: Sequence[TableGrid], edited: Sequence[Sequence[EditedRow]]
) -> tuple[RuleFile, list[list[Fault]]]:
    """Return the rule file with the edited tables, and for each table the faults of its cells.

    The file is returned as it was if there is a fault. A row that was left blank is left out.
    """
    edits = []
    for grid, rows in zip(grids, edited, strict=True):
        numbers = list_filled_rows(rows)
        edits.append(_Edit(grid, [rows[number] for number in numbers], numbers))
    for edit in edits:
        _collect_changes(edit)
    _collect_figures(file, edits)
    if any(edit.faults for edit in edits):
        return file, [edit.faults for edit in edits]
    texts: dict[str, list[TextChange]] = {}
    for edit in edits:
        texts.setdefault(edit.grid.file, []).extend(edit.changes)
    figures = _figure_changes(file, edits)
    text = apply_changes(file.text, [*texts.pop("", []), *figures])
    tables = {name: apply_changes(table, texts.get(name, [])) for name, table in file.tables.items()}
    return replace(file, text=text, tables=tables), [[] for _ in edits]


def list_filled_rows(rows: Sequence[EditedRow]) -> list[int]:
    """Return the numbers of the rows that are part of the table: all but new ones that were left blank."""
    return [number for number, row in enumerate(rows) if row.origin is not None or not row.is_blank]


def match_pasted_rows(grid: TableGrid, lines: Sequence[Sequence[str]]) -> list[EditedRow]:
    """Return pasted rows, each with the row before that has its conditions, so that its comment stays with it.

    *Raises*: FaultError for lines with too many or too few cells, or too many lines.
    """
    width = len(grid.columns) + 1 + grid.has_notes
    faults = [
        TABLE_EDIT_FAULTS.build("columns", field="pasted", line=number, count=len(cells), expected=str(width))
        for number, cells in enumerate(lines, 1)
        if len(cells) != width
    ]
    if len(lines) > MOST_TABLE_ROWS:
        faults.append(_too_many(len(lines)))
    if faults:
        raise FaultError(faults[:10])
    free = list(range(len(grid.rows)))
    found = []
    for cells in lines:
        conditions = tuple(cell.strip() for cell in cells[: len(grid.columns)])
        shown = (n for n in free if tuple(cell.text for cell in grid.rows[n].cells) == conditions)
        origin = next(shown, None)
        if origin is not None:
            free.remove(origin)
        rest = [cell.strip() for cell in cells[len(grid.columns) :]]
        found.append(EditedRow(origin, conditions, rest[0], rest[1] if grid.has_notes else ""))
    return found


def split_pasted_rows(text: str, amount: int) -> list[list[str]]:
    """Split what was pasted from a spreadsheet at its tabs; a first row without any digit in its amount is a heading."""
    lines = [line.split("\t") for line in text.replace("\r", "").split("\n") if line.strip()]
    if lines and len(lines[0]) > amount and not re.search(r"\d", lines[0][amount]):
        return lines[1:]
    return lines


def _too_many(count: int) -> Fault:
    return TABLE_EDIT_FAULTS.build("rows", field="rows", limit=MOST_TABLE_ROWS, count=count)


# Cells -------------------------------------------------------------------------------------------------------


def _collect_changes(edit: _Edit) -> None:
    """Add what the rows change in the text of their table, and the faults of their cells."""
    if not edit.rows:
        edit.faults.append(TABLE_EDIT_FAULTS.build("no_rows", field="rows"))
        return
    if len(edit.rows) > max(MOST_TABLE_ROWS, len(edit.grid.rows)):
        edit.faults.append(_too_many(len(edit.rows)))
        return
    stay = _rows_that_stay([row.origin for row in edit.rows])
    conditions = [_read_cells(edit, number, row) for number, row in enumerate(edit.rows)]
    amounts = [
        _read_amount(edit, number, row, is_new=number not in stay) for number, row in enumerate(edit.rows)
    ]
    if edit.faults:
        return
    writer = (FileRowWriter if edit.grid.is_file else RowWriter)(edit.grid, edit.changes)
    for number in stay:
        writer.change_row(edit.rows[number], conditions[number], amounts[number])
    if len(stay) == len(edit.rows) == len(edit.grid.rows):
        return
    added = {
        number: writer.render_row(row, conditions[number], amounts[number])
        for number, row in enumerate(edit.rows)
        if number not in stay
    }
    if not change_layout(edit.grid, edit.rows, added, edit.changes):
        edit.faults.append(TABLE_EDIT_FAULTS.build("layout", field="rows"))


def _rows_that_stay(origins: Sequence[int | None]) -> list[int]:
    """Return the rows that keep their places in the text: most of those whose order did not change."""
    tails: list[int] = []
    last: list[int] = []
    before: dict[int, int | None] = {}
    for number, origin in enumerate(origins):
        if origin is None:
            continue
        place = bisect_left(tails, origin)
        tails[place : place + 1] = [origin]
        last[place : place + 1] = [number]
        before[number] = last[place - 1] if place else None
    found: list[int] = []
    step = last[-1] if last else None
    while step is not None:
        found.append(step)
        step = before[step]
    return found[::-1]


def _read_cells(edit: _Edit, number: int, row: EditedRow) -> list[tuple[str, ...]]:
    """Return the conditions of each cell; a fault is added for a cell that is not understood."""
    grid, found = edit.grid, []
    for place, (column, text) in enumerate(zip(grid.columns, row.cells, strict=True)):
        before = grid.rows[row.origin].cells[place] if row.origin is not None else None
        if before is not None and text == before.text:
            found.append(before.terms)
            continue
        known = next((one.cells[place].terms for one in grid.rows if one.cells[place].text == text), None)
        found.append(known if known is not None else _read_new_cell(edit, (number, place), column, text))
    return found


def _read_new_cell(edit: _Edit, place: tuple[int, int], column: GridColumn, text: str) -> tuple[str, ...]:
    if column.fact is None:
        if text:
            edit.add("expression", *place, text, column_title=N_("other conditions"))
        return ()
    try:
        return tuple(read_cell(text, column.fact))
    except TermFault as wrong:
        expected = wrong.expected or CELLS
        code = "cell" if text else "empty"
        edit.add(code, *place, text, column_title=column.fact.title, expected=expected)
        return ()


def _read_amount(edit: _Edit, number: int, row: EditedRow, *, is_new: bool) -> str:
    """Return the amount as the text writes it: that of the row before where it wasn't changed."""
    before = edit.grid.rows[row.origin] if row.origin is not None else None
    if before is not None and row.amount == before.amount and not (is_new and _is_block(before.written)):
        return before.written
    read = parse_amount(row.amount)
    if read.fen is not None and read.fen > 0:
        if before is not None and before.parameter:
            edit.figures.setdefault(before.parameter, []).append((number, row.amount, read.fen))
            return before.written
        return str(read.fen)
    computed = (one.written for one in edit.grid.rows if one.amount == row.amount and row.amount)
    if (written := next(computed, None)) is not None and not _is_block(written):
        return written
    edit.add("amount", number, len(edit.grid.columns), row.amount)
    return ""


def _is_block(written: str) -> bool:
    """Return whether a computed amount is written over lines of its own, which can't be copied to another row."""
    return "\n" in written or ("expression:" in written and not written.startswith("{"))


# Figures that have a name ------------------------------------------------------------------------------------


def _collect_figures(file: RuleFile, edits: Sequence[_Edit]) -> None:
    """Add a fault for a figure that would leave its bounds, change elsewhere too, or change to several amounts."""
    document = parse_rule_document(file.name, file.text)
    stated = document.value.get("parameters") if isinstance(document.value, dict) else None
    whole = "\n".join((file.text, *file.tables.values()))
    for edit in edits:
        for name, uses in edit.figures.items():
            _check_bounds(edit, uses, stated.get(name) if isinstance(stated, dict) else None)
            count = len(re.findall(rf"\b{re.escape(PARAMETER_PREFIX + name)}\b", whole))
            if len({fen for _, _, fen in uses}) == 1 and len(uses) == count:
                continue
            number, amount, _ = uses[0]
            edit.add("shared", number, len(edit.grid.columns), amount)


def _check_bounds(edit: _Edit, uses: Sequence[tuple[int, str, int]], stated: PlainValue) -> None:
    if not isinstance(stated, dict):
        return
    least, most = stated.get("least"), stated.get("most")
    for number, _, fen in uses:
        is_below, is_above = type(least) is int and fen < least, type(most) is int and fen > most
        if is_below or is_above:
            bounds = (format_fen(one) if type(one) is int else "…" for one in (least, most))
            named = dict(zip(("least", "most"), bounds, strict=True))
            figure, column = str(stated.get("title") or ""), len(edit.grid.columns)
            edit.add("bounds", number, column, format_fen(fen), figure=figure, **named)


def _figure_changes(file: RuleFile, edits: Sequence[_Edit]) -> Iterator[TextChange]:
    document = parse_rule_document(file.name, file.text)
    for edit in edits:
        for name, uses in edit.figures.items():
            yield replace_value(document, ("parameters", name, "value"), str(uses[0][2]))
