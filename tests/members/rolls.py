"""A roll read in memory, as tests read it; the import reads the rows twice instead."""

from datetime import date

from core.faults import Fault, FaultError
from core.sheets.table import Table
from members import RollEntry, RollParser


def parse_roll(
    table: Table, key: bytes, today: date | None = None, *, for_vault: bool = False
) -> tuple[list[RollEntry], list[Fault]]:
    """Validate every row of a roll in memory; return the valid rows and all faults of the others.

    The arguments are those of ``RollParser``.
    """
    try:
        parser = RollParser(table, key, today, for_vault=for_vault)
    except FaultError as error:
        return [], list(error.faults)
    enrolled: list[RollEntry] = []
    faults: list[Fault] = list(table.faults)
    seen: dict[str, int] = {}
    for row in table.rows:
        found = parser.parse_row(row)
        if not isinstance(found, RollEntry):
            faults += found
        elif (first := seen.setdefault(found.member_id, row.number)) != row.number:
            faults.append(parser.repeated_person_fault(row.number, first))
        else:
            enrolled.append(found)
    return enrolled, faults
