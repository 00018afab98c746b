"""Read a roll: an organisation's existing list of members, as a table.

Only this module and feed links read ID numbers. What goes on from here into events is a pseudonym, a date
of birth and the facts that the rules need; names and numbers go to the vault alone, if there is one.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from pydantic import ValidationError

from core.civil_time import parse_civil_date, start_of_day
from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from core.validation import fault_from_pydantic
from geo.formats.table import Row, TableHeader
from members.columns import missing_column_fault
from members.employers import normalize_employer
from members.identity import identify_member
from members.messages import MemberImported
from members.persons import (
    InvalidIdNumber,
    InvalidName,
    InvalidPhone,
    PersonalData,
    PersonField,
    mask_possible_name,
    normalize_id_number,
    parse_name,
    parse_phone,
)
from members.privacy import scrub_personal_numbers

_HEADERS: Mapping[str, tuple[str, ...]] = {
    "id_number": ("身份证号", "身份证号码", "证件号码", "居民身份证号", "id_number"),
    "organisation": ("组织代码", "工会组织代码", "单位代码", "organisation"),
    "joined_on": ("入会日期", "入会时间", "joined_on"),
    "district": ("区县代码", "行政区划代码", "区划代码", "district"),
    "trade": ("工种", "职业", "trade"),
    "employer": ("用人单位", "工作单位", "employer"),
    "employment_form": ("就业形态", "就业形式", "employment_form"),
    "skill_level": ("技能等级", "skill_level"),
    "hardship_level": ("困难等级", "hardship_level"),
    "household": ("家庭编号", "户号", "household"),
    "birthday_calendar": ("生日历法", "birthday_calendar"),
}
_CALENDARS: Mapping[str, str] = {
    **dict.fromkeys(("公历", "阳历", "新历"), "solar"),
    **dict.fromkeys(("农历", "阴历", "旧历"), "lunar"),
}
_PERSONAL_HEADERS: Mapping[PersonField, tuple[str, ...]] = {  # of several columns the first one counts
    "name": ("姓名", "会员姓名", "职工姓名", "name"),
    "phone": ("手机号", "手机号码", "移动电话", "手机", "联系电话", "联系方式", "电话", "phone"),
}
_REQUIRED = ("id_number", "organisation", "joined_on")

_NOTHING = PersonalData()

ROLL_FAULTS = FaultTable(
    "roll",
    {
        "rival_columns": (N_("the columns {value} say the same"), N_("keep one of these columns")),
        "future_date": (
            N_("{value} lies in the future"),
            N_("a roll names those who have joined; correct the date"),
        ),
        "repeated_person": (
            N_("this person stands on the roll twice; first in row {first}"),
            N_("keep one of the two rows"),
        ),
        "more_rows": (
            N_("{value} more rows have faults"),
            N_("correct those above, then import the roll again to see the others"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class RollEntry:
    """One row of a roll: the member and the enrolment. ``row`` is its line in the file.

    ``person`` is for the vault and is no part of the event; it is empty where there is no vault.
    """

    member_id: str
    payload: MemberImported
    row: int
    person: PersonalData = _NOTHING

    def as_event(self, source: str) -> dict[str, object]:
        """Return the ``member.imported`` event, CloudEvents 1.0; the same row has the same id."""
        data = self.payload.model_dump(mode="json", exclude_none=True)
        digest = hashlib.sha256(json.dumps([self.member_id, data], sort_keys=True).encode()).hexdigest()
        return {
            "specversion": "1.0",
            "id": f"{self.member_id}-{digest[:12]}",
            "source": source,
            "type": "member.imported",
            "subject": self.member_id,
            "time": start_of_day(self.payload.joined_on).isoformat(),
            "datacontenttype": "application/json",
            "data": data,
        }


class RollParser:
    """Validate a roll's rows one by one; the same rows can be parsed twice.

    ``key`` is the secret of the pseudonyms. A member who joined after ``today`` is a fault. Names and phone
    numbers are read and checked only ``for_vault``. No message quotes a name or a number beyond its mask.
    """

    def __init__(self, table: TableHeader, key: bytes, today: date | None, *, for_vault: bool) -> None:
        """Find the columns. *Raises*: FaultError with each column that is missing or stands there twice."""
        self.columns, faults = _find_columns(table)
        if faults:
            raise FaultError(faults)
        self._file, self._key, self._today = table.file, key, today
        self._personal = find_personal_headers(table) if for_vault else None

    def parse_row(self, row: Row | Fault) -> RollEntry | list[Fault]:
        """Return a row's member and enrolment, or all faults of the row."""
        if isinstance(row, Fault):
            return [row.at(file=self._file)]
        used = (*self.columns.values(), *(self._personal or {}).values())
        found = row.faults_in(used) or self._enrol(row)
        if isinstance(found, RollEntry) and self._today is not None and found.payload.joined_on > self._today:
            header = self.columns["joined_on"]
            found = [
                ROLL_FAULTS.build("future_date", row=row.number, field=header, value=row.text((header,)))
            ]
        return found if isinstance(found, RollEntry) else [fault.at(file=self._file) for fault in found]

    def repeated_person_fault(self, row: int, first: int) -> Fault:
        """Return the fault of a row whose person stands in an earlier row too."""
        header = self.columns["id_number"]
        return ROLL_FAULTS.build("repeated_person", file=self._file, row=row, field=header, first=first)

    def _enrol(self, row: Row) -> RollEntry | list[Fault]:
        columns = self.columns
        cells = {name: row.text((header,)) for name, header in columns.items()}
        id_number = _without_text_mark(cells.pop("id_number"))
        person, faults = _read_person(row, self._personal or {})
        identity = None
        try:
            identity = identify_member(id_number, self._key, self._today)
            if self._personal is not None:
                person = replace(person, id_number=normalize_id_number(id_number))
        except InvalidIdNumber as error:
            faults += [fault.at(row=row.number, field=columns["id_number"]) for fault in error.faults]
        values: dict[str, object] = {name: text for name, text in cells.items() if text}
        if employer := normalize_employer(cells.get("employer", "")):
            values["employer"] = employer
        if identity is not None:
            values["birthday"] = identity.birthday
        if (calendar := _CALENDARS.get(cells.get("birthday_calendar", ""))) is not None:
            values["birthday_calendar"] = calendar
        if (day := parse_civil_date(cells["joined_on"])) is not None:
            values["joined_on"] = day
        try:
            payload = MemberImported.model_validate(values, strict=True)
        except ValidationError as error:
            faults += [
                replace(
                    fault_from_pydantic(found, *_cell(str(found["loc"][0]), columns, cells)), row=row.number
                )
                for found in error.errors()
            ]
            return faults
        if faults or identity is None:
            return faults
        return RollEntry(identity.member_id, payload, row.number, person)


def find_personal_headers(table: TableHeader) -> dict[PersonField, str]:
    """Return the headers of the columns with names and phone numbers."""
    found: dict[PersonField, str] = {}
    by_lower_case = {header.lower(): header for header in reversed(table.headers)}
    for name, known in _PERSONAL_HEADERS.items():
        if (header := next((by_lower_case[one] for one in known if one in by_lower_case), None)) is not None:
            found[name] = header
    return found


def _find_columns(table: TableHeader) -> tuple[dict[str, str], list[Fault]]:
    """Map each field to its header; return a fault for each required column missing and each duplicate."""
    found = {
        name: [header for header in table.headers if header.lower() in known]
        for name, known in _HEADERS.items()
    }
    faults = [missing_column_fault(table, _HEADERS[name][0]) for name in _REQUIRED if not found[name]]
    faults += [
        ROLL_FAULTS.build("rival_columns", file=table.file, row=1, field=rivals[0], value="、".join(rivals))
        for rivals in found.values()
        if len(rivals) > 1
    ]
    return {name: rivals[0] for name, rivals in found.items() if rivals}, faults


def _read_person(row: Row, personal: Mapping[PersonField, str]) -> tuple[PersonalData, list[Fault]]:
    """Read a row's name and phone number; an empty cell is unknown, not a fault."""
    found: dict[str, str] = {}
    faults: list[Fault] = []
    for name, header in personal.items():
        if not (text := _without_text_mark(row.text((header,)))):
            continue
        try:
            found[name] = parse_name(text) if name == "name" else parse_phone(text)
        except (InvalidName, InvalidPhone) as error:
            faults += [fault.at(row=row.number, field=header) for fault in error.faults]
    return PersonalData(**found), faults


def _without_text_mark(text: str) -> str:
    """Return a cell without the mark by which a spreadsheet stores digits as text."""
    return text.removeprefix("'")


def _cell(name: str, columns: Mapping[str, str], cells: Mapping[str, str]) -> tuple[str, str]:
    """Return a cell's header and scrubbed text: in a shifted row any cell may hold a number or a name."""
    return columns.get(name, name), mask_possible_name(scrub_personal_numbers(cells.get(name, "")))
