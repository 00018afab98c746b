"""Read a table that people submit, such as an invoice: CSV or workbook, with fitting remedies for faults."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from core.faults import Fault, FaultError, FaultTable
from core.sheets.listed_rows import HiddenRows, ListedThings, leave_hidden_columns, select_listed_rows
from core.sheets.table import Table
from core.text_marks import N_
from geo.formats.files import read_table

_ENDINGS = frozenset({"csv", "tsv", "txt", "xlsx", "xlsm", "xls"})
_AGAIN = N_("hand it in as XLSX or CSV: a line with the column names, then one line for each entry")
_FAULTS = FaultTable(
    "table_file",
    {"other_format": (N_("this table is read from XLSX or CSV, not from .{value}"), _AGAIN)},
)
_SHEET = N_("write the sheet's name as layer: into the file that says what the columns mean")


def read_table_file(content: bytes, file: str, layer: str | None = None) -> Table:
    """Read a table as a register's file, but only from CSV and workbooks. *Raises*: FaultError.

    The remedies of the reader are meant for registers of stations; this function replaces them.
    """
    ending = file.lower().rpartition(".")[2]
    if ending not in _ENDINGS:
        raise FaultError(_FAULTS.build("other_format", file=file, value=ending))
    try:
        table = read_table(content, file, layer)
    except FaultError as error:
        raise FaultError([_replace_remedy(fault) for fault in error.faults]) from error
    notes = (_replace_remedy(note) if "--layer" in note.remedy else note for note in table.notes)
    return replace(table, notes=tuple(notes))


@dataclass(frozen=True, slots=True)
class SheetReader:
    """How a door reads sheets: what becomes of hidden rows, and to whom notes are told, before anything is written."""

    hidden: HiddenRows = HiddenRows.REFUSE
    tell: Callable[[Sequence[Fault]], object] = lambda notes: None

    def read(
        self,
        content: bytes,
        file: str,
        find_things: Callable[[Table], ListedThings],
        layer: str | None = None,
    ) -> Table:
        """Read the rows that list things; ``find_things`` returns their columns.

        *Raises*: FaultError if the file is no table, and what ``find_things`` raises.
        """
        return self.select(read_table_file(content, file, layer), find_things)

    def select(self, table: Table, find_things: Callable[[Table], ListedThings]) -> Table:
        """Select the rows of a table that list things, and tell its notes. *Raises*: FaultError as `read`."""
        if self.hidden is HiddenRows.LEAVE:  # so that a needed column that is left is missing, once
            table = leave_hidden_columns(table)
        table = select_listed_rows(table, find_things(table), self.hidden)
        self.tell(table.notes)
        return table


def _replace_remedy(fault: Fault) -> Fault:
    if "--layer" in (fault.field or fault.remedy):
        return replace(fault, remedy=_SHEET, field="layer")
    return replace(fault, remedy=_AGAIN)
