"""Convert the texts of a draft to the fields of a station."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from math import inf

from core.faults import FaultTable
from core.text_marks import N_
from geo.calendars import Calendar
from geo.formats.access_words import is_silent, parse_access
from geo.formats.drafts import StationDraft
from geo.formats.facility_words import parse_facilities
from geo.formats.status_words import parse_status
from geo.formats.wording import parse_calendar, parse_entry, parse_kind
from geo.simplified import simplify_characters
from geo.station import Access, Entry, Kind, Status

_KNOWN = N_("write one of {known}")
_FAULTS = FaultTable(
    "fields",
    {
        "no_kind": (N_("“{value}” is no kind of place"), _KNOWN),
        "no_status": (N_("“{value}” is no status"), _KNOWN),
        "no_calendar": (N_("“{value}” is no calendar"), _KNOWN),
        "no_area": (
            N_("“{value}” is no area in square metres"),
            N_("write the number alone, such as 15 or 15.5"),
        ),
        "no_date": (N_("“{value}” is no date"), N_("write it like 2026-03-01")),
    },
)

_CALENDARS = {"71": Calendar.TW, "81": Calendar.NONE, "82": Calendar.NONE}
_BETWEEN_IDS = re.compile(r"[、，,;；|\s]+")
_AREA = re.compile(
    r"约?(?P<number>\d{1,6}(?:\.\d+)?(?:e-?\d{1,3})?)(?:平方米|平米|平方公尺|平方|m2|m²)?左?右?",
    re.IGNORECASE,
)
_ISLANDS = (
    "金門縣",
    "連江縣",
)  # written in traditional characters they use Taipei's calendar; the outlines list them under 福建


def station_kind(draft: StationDraft) -> Kind:
    """Return the kind of place; an unknown one refuses the draft."""
    text = draft.text.get("kind", "")
    kind = parse_kind(text)
    if kind is None:
        draft.refuse([_FAULTS.build("no_kind", field="kind", value=text, known=", ".join(Kind))])
    return kind or Kind.OUTDOOR_STATION


def station_status(draft: StationDraft) -> Status:
    """Return the status; an unknown one refuses the draft."""
    text = draft.text.get("status", "")
    status = parse_status(text)
    if status is None:
        draft.refuse([_FAULTS.build("no_status", field="status", value=text, known=", ".join(Status))])
    return status or Status.ACTIVE


def station_calendar(draft: StationDraft) -> Calendar:
    """Return the calendar that the row names, else the one of its region; 香港 and 澳门 have none yet."""
    text = draft.text.get("calendar", "")
    if not text:
        by_province = _CALENDARS.get((draft.district or "")[:2], Calendar.CN)
        return Calendar.TW if draft.text.get("city") in _ISLANDS else by_province
    calendar = parse_calendar(text)
    if calendar is None:
        draft.refuse([_FAULTS.build("no_calendar", field="calendar", value=text, known=", ".join(Calendar))])
    return calendar or Calendar.NONE


def station_verified_on(draft: StationDraft) -> date | None:
    """Return the date of verification, None if there is none; an invalid one refuses the draft."""
    text = draft.text.get("verified_on", "")
    if not text:
        return None
    parts = "".join(c if c.isdigit() else " " for c in text).split()[:3]
    try:
        year, month, day = map(int, parts)
        return date(year, month, day)
    except (ValueError, OverflowError):
        draft.refuse([_FAULTS.build("no_date", field="verified_on", value=text)])
        return None


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
        draft.refuse([_FAULTS.build("no_area", field="area_m2", value=text[:80])])
        return None
    return area_m2
