"""Columns that a table must have."""

from core.faults import Fault
from geo.formats.table import Table, headers_shown

N_ = str  # marks a text for the message catalogue


def missing_column(table: Table, wanted: str) -> Fault:
    """A table without a column that it must have, with what it has instead."""
    return Fault(
        N_("the column {field} is missing; the file has: {value}"),
        N_("add a column {field}"),
        file=table.file,
        row=1,
        field=wanted,
        value=headers_shown(table),
    )
