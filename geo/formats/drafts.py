"""Draft a station from a row: its texts by field name, its point and its district."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from math import inf
from typing import TypeVar

import numpy as np

from core.calendars import Calendar
from core.civil_time import parse_past_date
from core.faults import Fault, FaultTable
from core.sheets.table import Row
from core.sheets.text_encoding import broken_text_fault
from core.simplified import simplify_characters
from core.text_marks import N_
from geo.crs import Points, to_wgs84
from geo.datum import UNSHIFTED_DATUMS, Datum, is_same_datum
from geo.formats.columns import COORDINATE_FIELDS, ColumnMapping, find_datum_in_text
from geo.formats.coordinates import (
    CoordinateText,
    is_in_china,
    outside_china_warning,
    parse_station_point,
    split_coordinate_cell,
)
from geo.formats.facility_words import names_facility, parse_facilities
from geo.formats.places import DistrictClues, Gazetteer
from geo.formats.wording import (
    is_silent,
    parse_access,
    parse_calendar,
    parse_entry,
    parse_kind,
    parse_status,
    strip_question,
)
from geo.station import Access, Entry

_Coded = TypeVar("_Coded", bound=StrEnum)
_YES = re.compile(r"是的?|√|✓|✔|☑|y|yes|true|1|对|可以?|有", re.IGNORECASE)
_NO = re.compile(r"否|不是?|非|×|✗|✘|x|n|no|false|0|无|没有|不可以?|未", re.IGNORECASE)
_FAULTS = FaultTable(
    "draft",
    {
        "control_characters": (
            N_("the cell holds characters that are no text: {value}"),
            N_("type the cell again; such characters come from a broken export or a wrong encoding"),
        ),
        "unknown_datum": (N_("the datum “{value}” is not known"), N_("write one of {known}")),
        "contradicting_datum": (
            N_("the row says that its datum is {value}, but for the whole file it is {named}"),
            N_("leave --datum out where each row names its own; GeoJSON is WGS84 by RFC 7946"),
        ),
    },
)
# Controls, the override of direction, unpaired surrogates, private-use characters and U+FFFD: no register is
# written in them.
_NO_TEXT = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff\ue000-\uf8ff\ufffd\U000f0000-\U0010ffff]"
)
_LINES = ("hours_text", "note")  # fields in which line breaks are significant
# How programs write a missing value as text. In a coordinate they stay a fault, as half a point is one.
_MISSING = frozenset({"nan", "none", "null", "nat", "<na>", "n/a", "#n/a"})
_WITH_SUCH_CODES = frozenset({*COORDINATE_FIELDS, "calendar", "accepts"})  # “none” is a calendar
_NO_DISTRICT = frozenset({"-", "--", "—", "——", "/", "无", "無"})
_DISTRICT_FIELDS = ("district", "district_code", "city")
_QUESTIONS: Mapping[str, Callable[[str], object]] = {
    "access": lambda text: parse_access(text) is not Access.UNKNOWN,
    "status": parse_status,
    "facilities": lambda text: parse_facilities(text).present | parse_facilities(text).absent,
}
_DECIMALS = 9  # 0.1 mm; further digits are noise of the conversion to WGS84
_KNOWN = N_("write one of {known}")
_FIELD_FAULTS = FaultTable(
    "fields",
    {
        "no_kind": (N_("“{value}” is no kind of place"), _KNOWN),
        "no_status": (N_("“{value}” is no status"), _KNOWN),
        "no_calendar": (N_("“{value}” is no calendar"), _KNOWN),
        "no_area": (
            N_("“{value}” is no area in square metres"),
            N_("write the number alone, such as 15 or 15.5"),
        ),
    },
)
_CALENDARS = {"71": Calendar.TW, "81": Calendar.NONE, "82": Calendar.NONE}
_BETWEEN_IDS = re.compile(r"[、，,;；|\s]+")
_AREA = re.compile(
    r"约?(?P<number>\d{1,6}(?:\.\d+)?(?:e-?\d{1,3})?)(?:平方米|平米|平方公尺|平方|m2|m²)?左?右?",
    re.IGNORECASE,
)
# Written in traditional characters they use Taipei's calendar; the outlines list them under 福建.
_ISLANDS = ("金門縣", "連江縣")


def answer_in_words(header: str, answer: str) -> str:
    """Return what a short answer states under its header; empty if the cell holds no such answer.

    >>> answer_in_words("是否对外开放", "否"), answer_in_words("启用（是/否）", "√"), answer_in_words("是否启用", "装修")
    ('不对外开放', '启用', '')
    """
    plain, statement = simplify_characters(answer).strip(" \t。."), strip_question(header)
    if _YES.fullmatch(plain):
        return statement
    return "不" + statement if _NO.fullmatch(plain) else ""


@dataclass(slots=True)
class StationDraft:
    """A row that is being converted to a station.

    ``file_point`` is the point as written, in ``datum``; ``point`` is the same point in WGS84.
    ``located_district`` is the district that contains the point, ``stated_district`` the one that the row
    names, and ``district`` the result. A draft that is not ``is_accepted`` gives no station.
    """

    row: Row
    text: dict[str, str]
    faults: list[Fault] = field(default_factory=list)
    is_accepted: bool = True
    file_point: tuple[float, float] | None = None
    datum: Datum | None = None
    point: tuple[float, float] | None = None
    stated_district: str | None = None
    located_district: str | None = None
    district: str | None = None
    id: str = ""

    def refuse(self, faults: Iterable[Fault]) -> None:
        self.faults.extend(faults)
        self.is_accepted = False


def texts_by_field(row: Row, columns: ColumnMapping) -> dict[str, str]:
    """Return the cells by field name.

    Constants fill empty cells. A constant kind also replaces a kind that isn't known.
    """
    text = dict(columns.constants)
    for name, headers in columns.fields.items():
        told = row.lines(headers) if name in _LINES else row.text(headers)
        if name in _QUESTIONS:
            told = "; ".join(filter(None, (_answer(name, one, row.text((one,))) for one in headers)))
        if (
            told
            and not _is_missing(name, told)
            and not (name == "kind" and name in text and parse_kind(told) is None)
        ):
            text[name] = told
    return text


def _is_missing(name: str, told: str) -> bool:
    """Return whether a cell only says that there is no value."""
    text = told.casefold()
    return (text in _MISSING and name not in _WITH_SUCH_CODES) or (
        text in _NO_DISTRICT and name in _DISTRICT_FIELDS
    )


def _answer(name: str, header: str, told: str) -> str:
    """Return the cell; 是 or 否 is replaced by what it states under its header, if that is a word of the field.

    What else stands under the name of a facility (两台, 损坏) is stated of it.
    """
    statement, asked = answer_in_words(header, told), strip_question(header)
    if statement and _QUESTIONS[name](statement):
        return statement
    return f"{asked}：{told}" if told and name == "facilities" and names_facility(asked) else told


def build_station_draft(row: Row, columns: ColumnMapping) -> StationDraft:
    """Build a draft from a row.

    A used cell without a valid value is a fault, and so is a control character, an unpaired surrogate or Chinese text
    that was read as Latin letters.
    """
    draft = StationDraft(row, texts_by_field(row, columns))
    used = {header for headers in columns.fields.values() for header in headers}
    if broken := [fault for header, fault in row.broken.items() if header in used]:
        draft.refuse(broken)
    for name, told in draft.text.items():
        if _NO_TEXT.search(told):
            draft.text[name] = _NO_TEXT.sub("", told)
            draft.refuse([_FAULTS.build("control_characters", field=name, value=ascii(told)[1:-1][:80])])
        elif broken_text := broken_text_fault(told):
            draft.refuse([broken_text.at(field=name)])
    return draft


def place_drafts(drafts: Sequence[StationDraft], columns: ColumnMapping, datum: Datum | None) -> None:
    """Set the WGS84 point of each draft; if ``datum`` is None, each row names its own."""
    by_datum: dict[Datum, list[StationDraft]] = {}
    for draft in drafts:
        point = _read(draft, columns)
        if isinstance(point, list):
            draft.refuse(point)
        elif point is not None:
            draft.file_point = draft.point = point
            draft.datum = _datum_of(draft, datum)
            if draft.datum is not None:
                by_datum.setdefault(draft.datum, []).append(draft)
    for own, several in by_datum.items():
        points = to_wgs84(np.array([draft.point for draft in several], dtype=np.float64), own)
        if own not in UNSHIFTED_DATUMS:
            points = points.round(_DECIMALS)
        for draft, (lon, lat) in zip(several, points.tolist(), strict=True):
            draft.point = (lon, lat)


def _read(draft: StationDraft, columns: ColumnMapping) -> tuple[float, float] | list[Fault] | None:
    text = draft.text
    lon_header = "+".join(columns.headers("lon")) or "lon"
    lat_header = "+".join(columns.headers("lat")) or "lat"
    written: CoordinateText | Fault | None = CoordinateText(
        text.get("lon", ""), text.get("lat", ""), lon_header, lat_header
    )
    if columns.has_field("point"):
        written = split_coordinate_cell(text.get("point", ""), "+".join(columns.headers("point")))
    if written is None:
        return None
    if isinstance(written, Fault):
        return [written]
    point = parse_station_point(written)
    if isinstance(point, tuple) and not is_in_china(*point):
        draft.faults.append(outside_china_warning(written))
    return point


def _datum_of(draft: StationDraft, of_file: Datum | None) -> Datum | None:
    """Return the datum of a row; a row that contradicts the file's datum is refused."""
    text = draft.text.get("datum", "")
    if of_file is not None and not text:
        return of_file
    named = find_datum_in_text(text)
    if named is None:
        draft.refuse([_FAULTS.build("unknown_datum", field="datum", value=text, known=", ".join(Datum))])
    elif of_file is not None and not is_same_datum(named, of_file):
        draft.refuse([_FAULTS.build("contradicting_datum", field="datum", value=text, named=of_file.value)])
    return of_file or named


def assign_districts(
    drafts: Sequence[StationDraft], located: Callable[[Points], Sequence[str | None]], gazetteer: Gazetteer
) -> None:
    """Set the district of each draft: the one that the row states, if it is known, else that of its point.

    Without either, the address may name it: 济南市历下区解放路….
    """
    placed = [draft for draft in drafts if draft.point is not None]
    if placed:
        codes = located(np.array([draft.point for draft in placed], dtype=np.float64))
        for draft, code in zip(placed, codes, strict=True):
            draft.located_district = code
    for draft in drafts:
        text = draft.text
        stated = DistrictClues(
            text.get("district_code", ""),
            text.get("district", ""),
            text.get("city", ""),
            text.get("address", ""),
            draft.located_district,
        )
        draft.faults += gazetteer.foreign_codes(stated)
        draft.stated_district = gazetteer.find_stated(stated)
        found = gazetteer.find(stated)
        if isinstance(found, Fault):
            _judge(draft, found)
            found = draft.located_district
        draft.district = found or draft.stated_district


def _judge(draft: StationDraft, unknown: Fault) -> None:
    """Refuse a draft whose district is not known; where the point identifies the district, only warn."""
    if draft.located_district is None:
        draft.refuse([unknown])
    else:
        draft.faults.append(replace(unknown, severity="warning"))


def read_code(
    draft: StationDraft, name: str, parse: Callable[[str], _Coded | None], default: _Coded
) -> _Coded:
    """Return the code that a field states in words; an unknown one refuses the draft."""
    text = draft.text.get(name, "")
    code = parse(text)
    if code is None:
        known = ", ".join(type(default))
        draft.refuse([_FIELD_FAULTS.build(f"no_{name}", field=name, value=text, known=known)])
    return code or default


def station_calendar(draft: StationDraft) -> Calendar:
    """Return the calendar that the row names, else the one of its region; 香港 and 澳门 have none yet."""
    if draft.text.get("calendar"):
        return read_code(draft, "calendar", parse_calendar, Calendar.NONE)
    if draft.text.get("city") in _ISLANDS:
        return Calendar.TW
    return _CALENDARS.get((draft.district or "")[:2], Calendar.CN)


def station_verified_on(draft: StationDraft, today: date | None) -> date | None:
    """Return the date of verification, None if there is none; an invalid one or one after ``today`` refuses the draft."""
    text = draft.text.get("verified_on", "")
    found = parse_past_date(text, today) if text else None
    if isinstance(found, Fault):
        draft.refuse([found.at(field="verified_on")])
        return None
    return found


def station_entry(text: Mapping[str, str]) -> Entry:
    """Return how to get in: by the column, else by the note, else by the remarks in the hours."""
    told = (parse_entry(text.get(name, "")) for name in ("entry", "note", "hours_text"))
    return next((entry for entry in told if entry is not Entry.UNKNOWN), Entry.UNKNOWN)


def station_access(text: Mapping[str, str]) -> Access:
    """Return who may enter: by the note, else by the remarks in the hours, else by the column.

    A row that names an employer and has no access column is for that employer's staff.
    """
    told = (parse_access(text.get(name, "")) for name in ("note", "hours_text", "access"))
    silent = Access.EMPLOYER if text.get("employer") and not text.get("access") else Access.UNKNOWN
    return next((access for access in told if access is not Access.UNKNOWN), silent)


def station_facilities(text: Mapping[str, str]) -> frozenset[str]:
    """Return the codes of the facilities that are there, and the texts that were not understood."""
    found = parse_facilities(text.get("facilities", ""))
    return found.present | found.unknown


def list_unread_words(text: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the field and the words of each text that was not understood and so states nothing."""
    found = parse_facilities(text.get("facilities", ""))
    yield from (("facilities", words) for words in sorted(found.unknown | found.unclear))
    for name, known in (
        ("access", station_access(text) is not Access.UNKNOWN),
        ("entry", station_entry(text) is not Entry.UNKNOWN),
    ):
        if not known and not is_silent(text.get(name, "")):
            yield name, text[name]


def station_accepts(text: Mapping[str, str]) -> frozenset[str]:
    """Return the ids of the rules that the station accepts, as written in the file."""
    parts = (part.strip() for part in _BETWEEN_IDS.split(text.get("accepts", "")))
    return frozenset(part for part in parts if part)


def station_area_m2(draft: StationDraft) -> float | None:
    """Return the area, None if there is none; an invalid one refuses the draft."""
    text = draft.text.get("area_m2", "")
    if not text:
        return None
    found = _AREA.fullmatch("".join(simplify_characters(text).split()))
    area_m2 = float(found["number"]) if found else inf
    if area_m2 == inf:
        draft.refuse([_FIELD_FAULTS.build("no_area", field="area_m2", value=text[:80])])
        return None
    return area_m2
