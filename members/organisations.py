"""Organisation names: read a federation's table of codes and names, and store it."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, select

from core.faults import Fault
from core.text_marks import N_
from geo.formats.table import Table
from members.columns import missing_column_fault
from members.organisation import Organisation, is_organisation_code
from members.privacy import scrub_personal_numbers
from members.tables import organisations
from store import insert_into

_CODE = ("组织代码", "代码", "code")
_NAME = ("组织名称", "名称", "name")


def parse_organisations(table: Table) -> tuple[list[Organisation], list[Fault]]:
    """Validate a table of codes and names; return the valid rows and all faults of the others."""
    code_header = next((header for header in table.headers if header in _CODE), None)
    name_header = next((header for header in table.headers if header in _NAME), None)
    if code_header is None or name_header is None:
        wanted = _CODE[0] if code_header is None else _NAME[0]
        return [], [missing_column_fault(table, wanted)]
    good: list[Organisation] = []
    faults = list(table.faults)
    for row in table.rows:
        code, name = row.text((code_header,)), row.text((name_header,))
        if is_organisation_code(code) and name:
            good.append(Organisation(code, name))
        else:
            faults.append(_wrong(code, row.number, code_header, table.file))
    return good, faults


def record_organisations(connection: Connection, rows: Iterable[Organisation]) -> int:
    """Store organisations and update changed names; return the number of rows."""
    values = [{"code": row.code, "name": row.name} for row in rows]
    if not values:
        return 0
    insert = insert_into(connection, organisations)
    connection.execute(
        insert.on_conflict_do_update(index_elements=["code"], set_={"name": insert.excluded.name}), values
    )
    return len(values)


def organisation_names(connection: Connection) -> Mapping[str, str]:
    """Return the name of each organisation by its code."""
    return {row.code: row.name for row in connection.execute(select(organisations))}


def _wrong(code: str, row: int, header: str, file: str) -> Fault:
    return Fault(
        N_("{value} is no organisation code with a name"),
        N_("a code has 6 or 9 digits, or 9 digits, a hyphen and 5 digits; the name must not be empty"),
        file=file,
        row=row,
        field=header,
        value=scrub_personal_numbers(code),
    )
