"""Keep the rows of a table that list things: no totals, nothing hidden unless it is taken, nothing merged."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from core.faults import Fault, raise_faults
from geo.formats.table import TABLE_FAULTS, Row, Table, format_rows
from geo.formats.titles_and_totals import is_sentence, is_total_or_note


class HiddenRows(StrEnum):
    """What becomes of a workbook's hidden rows and columns: they are refused until one of the others is chosen."""

    REFUSE = "refuse"
    TAKE = "take"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class ListedThings:
    """What a table lists, by headers: ``marks`` are points, ids, accounts, ID numbers and phones; ``names`` are names.

    A row without marks may be a total, unless the list ``has_totals`` as entries. None of them holds for several rows.
    """

    marks: Collection[str | None]
    names: Collection[str | None] = ()
    has_totals: bool = False

    def is_aside(self, row: Row) -> bool:
        """Return whether a row lists no thing."""
        if self.has_totals:
            return False
        return is_total_or_note(row, self.marks) or is_sentence(row, {*self.marks, *self.names})

    def find_merged(self, row: Row) -> Fault | None:
        """Return the fault of a row whose marks or names are cells merged over several rows."""
        merged = {
            header: above for header, above in row.covered.items() if header in {*self.marks, *self.names}
        }
        if not merged:
            return None
        field, above = "、".join(merged), min(merged.values())
        return TABLE_FAULTS.build("merged", row=row.number, field=field, above=above)


def select_listed_rows(table: Table, things: ListedThings, hidden: HiddenRows = HiddenRows.TAKE) -> Table:
    """Return a table with the rows that list things; its notes and faults name the others by number.

    *Raises*: FaultError if hidden columns of marks and names are refused.
    """
    table = _settle_columns(table, things, hidden)
    rows, asides, unseen, doubtful = [], [], [], []
    for row in table.rows:
        if things.is_aside(row):
            asides.append(aside_note(row, table.file))
        elif row.is_hidden and hidden is not HiddenRows.TAKE:
            unseen.append(row.number)
        elif merged := things.find_merged(row):
            doubtful.append(merged.at(file=table.file))
        else:
            rows.append(row)
            unseen += [row.number] if row.is_hidden else []
    noted = [_build_hidden("hidden_rows", hidden, table.file, value=format_rows(unseen))] if unseen else []
    is_refused = hidden is HiddenRows.REFUSE
    return replace(
        table,
        rows=tuple(rows),
        notes=(*table.notes, *asides, *(() if is_refused else noted)),
        faults=(*table.faults, *(noted if is_refused else ()), *doubtful),
    )


def _settle_columns(table: Table, things: ListedThings, hidden: HiddenRows) -> Table:
    """Return a table whose hidden columns are noted; they are dropped if they are to be left.

    *Raises*: FaultError for hidden marks and names that nothing was chosen for.
    """
    unseen = _find_unseen(table)
    if hidden is HiddenRows.REFUSE:
        refused = unseen.keys() & {*things.marks, *things.names}
        raise_faults(
            [
                _build_hidden("hidden_column", hidden, table.file, field=header, letters=letters)
                for header, letters in unseen.items()
                if header in refused
            ]
        )
        hidden = HiddenRows.TAKE  # the others identify nobody
    if hidden is HiddenRows.LEAVE:
        return leave_hidden_columns(table)
    return _note_columns(table, unseen, hidden)


def leave_hidden_columns(table: Table) -> Table:
    """Return a table without the columns that nobody sees, as if the file had none of them."""
    unseen = _find_unseen(table)
    headers = tuple(header for header in table.headers if header not in unseen)
    rows = (
        replace(row, cells={name: cell for name, cell in row.cells.items() if name not in unseen})
        for row in table.rows
    )
    left = replace(table, headers=headers, rows=tuple(rows), hidden_columns={})
    return _note_columns(left, unseen, HiddenRows.LEAVE)


def _find_unseen(table: Table) -> Mapping[str, str]:
    """Return the headers of hidden columns that hold anything, with their letters."""
    return {
        header: letters
        for header, letters in table.hidden_columns.items()
        if any(row.cells.get(header) for row in table.rows)
    }


def _note_columns(table: Table, unseen: Mapping[str, str], hidden: HiddenRows) -> Table:
    notes = (
        _build_hidden("hidden_column", hidden, table.file, field=header, letters=letters)
        for header, letters in unseen.items()
    )
    return replace(table, notes=(*table.notes, *notes))


def _build_hidden(code: str, hidden: HiddenRows, file: str, **said: Any) -> Fault:
    if hidden is HiddenRows.REFUSE:
        return TABLE_FAULTS.build(code, file=file, **said)
    variant = "taken" if hidden is HiddenRows.TAKE else "left"
    return TABLE_FAULTS.build(f"{code}.{variant}", file=file, severity="warning", **said)


def aside_note(row: Row, file: str) -> Fault:
    """Return the note that a row lists no thing."""
    return TABLE_FAULTS.build("total", file=file, row=row.number, severity="warning")
