"""Read a roll: an organisation's existing list of members, as a table.

Only this module and feed links read ID numbers. What goes on from here into events is a pseudonym, a date
of birth and the facts that the rules need; names and numbers go to the vault alone, if there is one.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from pydantic import ValidationError

from core.civil_time import parse_civil_date, parse_past_date, start_of_day
from core.faults import Fault, FaultTable, raise_faults
from core.sheets.listed_rows import ListedThings, aside_note
from core.sheets.table import Row, TableHeader, quotable_header, quotable_headers
from core.text_marks import N_
from core.validation import fault_from_pydantic
from members.columns import missing_column_fault
from members.employers import normalize_employer
from members.identity import identify_member
from members.messages import MemberImported
from members.organisation_codes import ORGANISATION_CODE_FORM, is_organisation_code
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
from members.roll_columns import COMPARED_FIELDS, RollColumns, RollField, usual_columns

_SEX_DIGIT = 16
_DOUBTS: Mapping[RollField, str] = {
    "id_type": "other_document",
    "change": "unknown_change",
    "sex": "unknown_sex",
}
_REQUIRED: tuple[RollField, ...] = ("id_number", "organisation", "joined_on")

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
        "no_organisation": (
            N_("the roll has no column {field}, and no organisation was chosen; it has: {value}"),
            N_("choose the organisation of everybody on it: --organisation CODE"),
        ),
        "two_organisations": (
            N_("the roll has a column {field}; an organisation was chosen as well"),
            N_("leave --organisation out, or delete the column"),
        ),
        "invalid_organisation": (N_("{value} is no organisation code"), ORGANISATION_CODE_FORM),
        "other_document": (
            N_("“{value}” is no resident identity card; only its numbers are read"),
            N_("leave the person out, and let her join by the organisation's code"),
        ),
        "unknown_change": (
            N_("“{value}” is no change of membership that is known"),
            N_("write 入会, 转入, 保留, 转出, 除名, 退会, or 1 to 6; say what else is meant with --columns"),
        ),
        "unknown_sex": (
            N_("“{value}” is no sex that is known"),
            N_("write 男 or 女, or leave the cell empty: the ID number says it"),
        ),
        "left": (
            N_("{field} says “{value}”: the person is no member here, and was left out"),
            N_("if she is one here still, end it by an act of its own (yihui members)"),
        ),
        "other_birthday": (
            N_("{field} isn't the day of birth in the ID number, which counts"),
            N_("compare the two: a column may have been sorted alone"),
        ),
        "other_sex": (
            N_("{field} isn't that of the ID number"),
            N_("compare the two: a column may have been sorted alone"),
        ),
        "unused": (
            N_("columns that are not used: {value}"),
            N_("nothing is to be done; or say with --columns what they mean"),
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
    notes: tuple[Fault, ...] = ()

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

    def __init__(
        self,
        table: TableHeader,
        key: bytes,
        today: date | None,
        *,
        for_vault: bool,
        known: RollColumns | None = None,
        organisation: str | None = None,
    ) -> None:
        """Find the columns. *Raises*: FaultError with each column that is missing or stands there twice."""
        self._known = known or usual_columns()
        self.columns, faults = _find_columns(table, self._known, organisation)
        raise_faults(faults)
        self._file, self._key, self._today, self._organisation = table.file, key, today, organisation
        personal = self._known.find_personal(table)
        self._personal = personal if for_vault else None
        self.personal_headers = tuple(personal.values())
        self.things = ListedThings(
            (self.columns["id_number"], personal.get("phone")),
            (personal.get("name"), self.columns.get("household")),
        )
        used = {*self.columns.values(), *personal.values()}
        self.unused = tuple(header for header in table.headers if header and header not in used)

    def parse_row(self, row: Row | Fault) -> RollEntry | list[Fault]:
        """Return a row's member and enrolment, or all faults of the row.

        Of a row that lists no member, or one who left, the only fault is a warning.
        """
        if isinstance(row, Fault):
            return [row.at(file=self._file)]
        if self.things.is_aside(row):
            return [aside_note(row, self._file)]
        if left := self._left(row):
            return [left.at(file=self._file)]
        used = (*self.columns.values(), *(self._personal or {}).values())
        found = row.faults_in(used) or self._enrol(row)
        if isinstance(found, RollEntry) and self._today is not None and found.payload.joined_on > self._today:
            header, text = self._cell("joined_on", row)
            found = [ROLL_FAULTS.build("future_date", row=row.number, field=header, value=text)]
        return found if isinstance(found, RollEntry) else [fault.at(file=self._file) for fault in found]

    def unused_note(self) -> Fault:
        """Return the note that names the columns that are not used."""
        value = "、".join(map(quotable_header, self.unused))
        return ROLL_FAULTS.build("unused", file=self._file, value=value, severity="warning")

    def _left(self, row: Row) -> Fault | None:
        """Return the note that a row is about a member who is none here any more."""
        header, text = self._cell("change", row)
        if not text or self._known.find_word("change", text) != "left":
            return None
        return ROLL_FAULTS.build("left", row=row.number, field=header, value=text, severity="warning")

    def _cell(self, field: RollField, row: Row) -> tuple[str, str]:
        """Return the header of a field, and the row's text under it; both are empty without a column."""
        header = self.columns.get(field, "")
        return header, row.text((header,)) if header else ""

    def repeated_person_fault(self, row: int, first: int) -> Fault:
        """Return the fault of a row whose person stands in an earlier row too."""
        header = self.columns["id_number"]
        return ROLL_FAULTS.build("repeated_person", file=self._file, row=row, field=header, first=first)

    def _enrol(self, row: Row) -> RollEntry | list[Fault]:
        columns: dict[str, str] = {
            name: header for name, header in self.columns.items() if name not in COMPARED_FIELDS
        }
        cells = {name: row.text((header,)) for name, header in columns.items()}
        id_number = _without_text_mark(cells.pop("id_number"))
        person, faults = _read_person(row, self._personal or {})
        faults += self._doubtful_cells(row)
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
        if self._organisation is not None:
            values["organisation"] = self._organisation
        if identity is not None:
            values["birthday"] = identity.birthday
        if calendar := self._known.find_word("birthday_calendar", cells.get("birthday_calendar", "")):
            values["birthday_calendar"] = calendar
        if (day := parse_civil_date(cells["joined_on"])) is not None:
            values["joined_on"] = day
        try:
            payload = MemberImported.model_validate(values, strict=True)
        except ValidationError as error:
            for found in error.errors():
                place, shown = _cell(str(found["loc"][0]), columns, cells)
                faults.append(fault_from_pydantic(found, place, shown).at(row=row.number))
            payload = None
        differences = [] if identity is None else [*self._differences(row, id_number, identity.birthday)]
        if faults or identity is None or payload is None:
            return [*faults, *differences]
        notes = tuple(note.at(file=self._file) for note in differences)
        return RollEntry(identity.member_id, payload, row.number, person, notes)

    def _doubtful_cells(self, row: Row) -> list[Fault]:
        """Return faults for another document than an ID card, for unknown words, and for a birthday that is no date."""
        found = []
        for field, code in _DOUBTS.items():
            header, text = self._cell(field, row)
            if text and self._known.find_word(field, text) is None:
                found.append(
                    ROLL_FAULTS.build(code, row=row.number, field=header, value=_quote_scrubbed(text))
                )
        header, text = self._cell("birthday", row)
        calendar = self._known.find_word("birthday_calendar", self._cell("birthday_calendar", row)[1])
        # 30 February is a day of the lunar calendar; the solar birthday is that of the ID number.
        day = parse_past_date(text, self._today) if text and calendar != "lunar" else None
        if isinstance(day, Fault):
            found.append(day.at(row=row.number, field=header, value=_quote_scrubbed(text)))
        return found

    def _differences(self, row: Row, id_number: str, birthday: date) -> Iterator[Fault]:
        """Yield notes for what the sheet says otherwise than the ID number; they quote neither."""
        header, text = self._cell("birthday", row)
        if text and (day := parse_civil_date(text)) is not None and day != birthday:
            yield ROLL_FAULTS.build("other_birthday", row=row.number, field=header, severity="warning")
        header, text = self._cell("sex", row)
        number = normalize_id_number(id_number)
        said = "male" if int(number[_SEX_DIGIT]) % 2 else "female"
        if self._known.find_word("sex", text) not in (None, "unsaid", said):
            yield ROLL_FAULTS.build("other_sex", row=row.number, field=header, severity="warning")


def find_personal_headers(table: TableHeader) -> dict[PersonField, str]:
    """Return the headers of the columns with names and phone numbers."""
    return usual_columns().find_personal(table)


def _find_columns(
    table: TableHeader, known: RollColumns, organisation: str | None
) -> tuple[dict[RollField, str], list[Fault]]:
    """Map each field to its header; return a fault for each required column missing and each duplicate."""
    found = known.find_headers(table)
    faults = [
        missing_column_fault(table, known.columns[name][0])
        for name in _REQUIRED
        if not found[name] and name != "organisation"
    ]
    if bad := _doubtful_organisation(found["organisation"], organisation):
        field, value = known.columns["organisation"][0], organisation or quotable_headers(table)
        faults.append(ROLL_FAULTS.build(bad, file=table.file, row=1, field=field, value=value))
    faults += [
        ROLL_FAULTS.build("rival_columns", file=table.file, row=1, field=rivals[0], value="、".join(rivals))
        for rivals in found.values()
        if len(rivals) > 1
    ]
    return {name: rivals[0] for name, rivals in found.items() if rivals}, faults


def _doubtful_organisation(headers: Sequence[str], chosen: str | None) -> str | None:
    """Return the code of the fault unless exactly one of both, the column or the choice, names the organisation."""
    if chosen is None:
        return None if headers else "no_organisation"
    if headers:
        return "two_organisations"
    return None if is_organisation_code(chosen) else "invalid_organisation"


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
    return columns.get(name, name), _quote_scrubbed(cells.get(name, ""))


def _quote_scrubbed(text: str) -> str:
    return mask_possible_name(scrub_personal_numbers(text))
