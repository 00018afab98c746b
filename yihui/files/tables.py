"""A table that people hand in, such as an invoice: CSV or workbook, its faults in words that fit it."""

from dataclasses import replace

from core.faults import Fault, InputFaults
from geo.formats.files import read_table
from geo.formats.table import Table

N_ = str  # marks a text for the message catalogue

_ENDINGS = frozenset({"csv", "tsv", "txt", "xlsx", "xlsm", "xls"})
_AGAIN = N_("hand it in as XLSX or CSV: a line with the column names, then one line for each entry")
_SHEET = N_("write the sheet's name as layer: into the file that says what the columns mean")


def read_table_file(content: bytes, file: str, layer: str | None = None) -> Table:
    """Read as a register's file is, but CSV and workbooks only. *Raises*: InputFaults.

    What to do about a file is told elsewhere for registers of stations; here it is told anew.
    """
    ending = file.lower().rpartition(".")[2]
    if ending not in _ENDINGS:
        raise InputFaults([_other_format(file, ending)])
    try:
        table = read_table(content, file, layer)
    except InputFaults as error:
        raise InputFaults([_said_anew(fault) for fault in error.faults]) from error
    notes = (_said_anew(note) if "--layer" in note.remedy else note for note in table.notes)
    return replace(table, notes=tuple(notes))


def _said_anew(fault: Fault) -> Fault:
    if "--layer" in (fault.field or fault.remedy):
        return replace(fault, remedy=_SHEET, field="layer")
    return replace(fault, remedy=_AGAIN)


def _other_format(file: str, ending: str) -> Fault:
    return Fault(
        N_("this table is read from XLSX or CSV, not from .{value}"), _AGAIN, file=file, value=ending
    )
