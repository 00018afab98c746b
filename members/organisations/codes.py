"""Organisations: levels and parents of their codes; the stored table of codes and names."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum

from sqlalchemy import Connection, select

from core.faults import Fault, FaultTable
from core.text_marks import N_
from geo.formats.table import Table
from members.columns import missing_column_fault
from members.privacy import scrub_personal_numbers
from members.tables import organisations
from store import insert_into

_CODE_FORM = re.compile(r"[0-9]{6}([0-9]{3}(-[0-9]{5})?)?")

ORGANISATION_FAULTS = FaultTable(
    "organisation_file",
    {
        "invalid_code": (
            N_("{value} is no organisation code with a name"),
            N_("a code has 6 or 9 digits, or 9 digits, a hyphen and 5 digits; the name must not be empty"),
        ),
    },
)


class OrganisationLevel(IntEnum):
    PROVINCE = 1
    CITY = 2
    COUNTY = 3
    TOWNSHIP = 4
    ENTERPRISE = 5


@dataclass(frozen=True, slots=True)
class Organisation:
    """One union organisation. ``code`` determines its parent: 370202001-00017 is below 370202001."""

    code: str
    name: str

    @property
    def level(self) -> OrganisationLevel:
        return organisation_level(self.code)

    @property
    def parent(self) -> str | None:
        return parent_code(self.code)


def is_organisation_code(text: str) -> bool:
    return _CODE_FORM.fullmatch(text) is not None


def organisation_level(code: str) -> OrganisationLevel:
    """Return the level of a code, from its form (GB/T 2260 to the county, GB/T 10114 to the township)."""
    if "-" in code:
        return OrganisationLevel.ENTERPRISE
    if len(code) == 9:
        return OrganisationLevel.TOWNSHIP
    if code.endswith("0000"):
        return OrganisationLevel.PROVINCE
    return OrganisationLevel.CITY if code.endswith("00") else OrganisationLevel.COUNTY


def parent_code(code: str) -> str | None:
    """Return the code one level up; None for a province.

    A county directly under the province's city (code ending in 00) belongs to the city.
    """
    match organisation_level(code):
        case OrganisationLevel.ENTERPRISE:
            return code.partition("-")[0]
        case OrganisationLevel.TOWNSHIP:
            return code[:6]
        case OrganisationLevel.COUNTY:
            return code[:4] + "00"
        case OrganisationLevel.CITY:
            return code[:2] + "0000"
        case OrganisationLevel.PROVINCE:
            return None


def organisation_lineage(code: str) -> tuple[str, ...]:
    """Return the code and all codes above it, nearest first."""
    chain = [code]
    while (above := parent_code(chain[-1])) is not None:
        chain.append(above)
    return tuple(chain)


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
            faults.append(
                ORGANISATION_FAULTS.build(
                    "invalid_code",
                    file=table.file,
                    row=row.number,
                    field=code_header,
                    value=scrub_personal_numbers(code),
                )
            )
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
