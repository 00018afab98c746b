"""The fault of a table without a required column."""

from core.faults import Fault, FaultTable
from core.sheets.table import TableHeader, quotable_headers
from core.text_marks import N_

_FAULTS = FaultTable(
    "member_columns",
    {"missing": (N_("the column {field} is missing; the file has: {value}"), N_("add a column {field}"))},
)


def missing_column_fault(table: TableHeader, wanted: str) -> Fault:
    """Return the fault of a missing required column; it lists the table's columns."""
    return _FAULTS.build("missing", file=table.file, row=1, field=wanted, value=quotable_headers(table))
