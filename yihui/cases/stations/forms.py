"""What officers and keepers write into the register: hours as on the door, a telephone, facilities, a note, a point."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator, Field

from core.faults import FaultTable
from core.prompts import Prompt
from core.text_marks import N_
from geo.datum import Datum
from geo.station import FACILITY_CODES
from members.privacy import has_personal_number
from yihui.frame.fields import FieldFaultError
from yihui.frame.types import Form, FreeText, Picture, RecordNumber, StationId, read_text, read_words
from yihui.views.labels import DATUM_LABELS, FACILITY_LABELS

if TYPE_CHECKING:
    from geo.station import Station

_Facility = str
if not TYPE_CHECKING:
    _Facility = Literal[FACILITY_CODES]

LONGEST_HOURS, LONGEST_PHONE, LONGEST_POINT = 200, 30, 100
MOST_KEEPER_M = 500  # from where an import or an officer last placed a station
TYPED_POINT_REMEDY = N_(
    "write the longitude and the latitude with their decimals, such as 117.0204,36.6683, or as the phone's compass "
    "shows them at the door: 东经117°1′13″ 北纬36°40′6″"
)
_PHONE = re.compile(r"(?:\+86[ -]?)?\d[\d -]{1,16}\d(?: ?(?:转|ext\.?) ?\d{1,6})?")
_WITH_AREA = re.compile(  # 0531-12345678, 053112345678
    r"(?:\+86[ -]?0?|0)(?:\d{1,3}[ -]\d{3,4}[ -]?\d{4}|\d{9,11})(?: ?(?:转|ext\.?) ?\d{1,6})?"
)
_DASHES = re.compile(r"[\u2010-\u2015\u2212]")
_EXTENSION = re.compile(r"((?:\+86[ -]?0?|0)\d{1,3}[ -]\d{3,4}[ -]?\d{4})-(\d{1,6})")  # behind a landline
_SPOKEN_DIGITS = str.maketrans("〇零一二三四五六七八九幺", "001234567891")
_CODE = re.compile(r"(?:密码|密碼|口令|password)\D{0,6}\d{3}", re.IGNORECASE)
STATION_FORM_FAULTS = FaultTable(
    "station_form",
    {
        "hours": (
            N_("“{value}” can't be understood as hours: {why}"),
            N_("write them as on the door, such as 周一至周五 9:00-17:00，周末休息, or 24小时"),
        ),
        "phone": (
            N_("“{value}” can't be dialled"),
            N_("write the number with its area code, such as 0531-12345678, or a short one such as 12351"),
        ),
        "phone_length": (
            N_("“{value}” has not as many digits as a number with its area code"),
            N_("is a digit missing or one too many? Write it as 0531-12345678"),
        ),
        "persons_phone": (
            N_("that is a person's mobile phone or an ID number"),
            N_("write the station's own telephone, such as 0531-12345678; leave it empty if it has none"),
        ),
        "code": (
            N_("everybody reads the note, and it holds a code or a password"),
            N_("leave the code out; say where one asks for it"),
        ),
        "far": (
            N_("the point lies about {kilometres} km from where the union placed the station; at most {most} m are yours to change"),
            N_("check the point; if the station really moved so far, tell the union (12351)"),
        ),
        "notice": (N_("this announcement holds no more"), N_("choose one of those that the page names")),
        "unplaced": (N_("the station has no place on the map yet"), N_("tell the union (12351) where it is: it places it first")),
    },
)  # fmt: skip


def _read_hours(value: object) -> object:
    from geo.hours import parse_hours
    from yihui.services.events.special_dates import narrow_hours

    text = read_text(value)
    if isinstance(text, str) and text:
        text = narrow_hours(text)
        phrase = parse_hours(text)
        if not phrase.understood:
            terms = {"why": phrase.reason}
            raise FieldFaultError([STATION_FORM_FAULTS.build("hours", value=text[:60], terms=terms)])
    return text


def _read_phone(value: object) -> object:
    text = read_words(value)
    if isinstance(text, str):
        typed, text = text, _write_phone(text)
        if has_personal_number(typed) or has_personal_number(text):
            raise FieldFaultError([STATION_FORM_FAULTS.build("persons_phone")])
        if text and not _PHONE.fullmatch(text):
            raise FieldFaultError([STATION_FORM_FAULTS.build("phone", value=text[:30])])
        if text.startswith(("0", "+86")) and not _WITH_AREA.fullmatch(text):
            raise FieldFaultError([STATION_FORM_FAULTS.build("phone_length", value=text[:30])])
    return text


def _read_note(value: object) -> object:
    text = read_text(value)
    if isinstance(text, str):
        digits = text.translate(_SPOKEN_DIGITS)
        if has_personal_number(digits):
            raise FieldFaultError([STATION_FORM_FAULTS.build("persons_phone")])
        if _CODE.search(digits):
            raise FieldFaultError([STATION_FORM_FAULTS.build("code")])
    return text


def _write_phone(typed: str) -> str:
    """Return a telephone with plain signs: one dash after the area code, 转 before the extension of a landline."""
    from core.simplified import simplify_characters

    text = _DASHES.sub("-", simplify_characters(typed)).replace("(", " ").replace(")", "-")
    text = re.sub(r" ?-[ -]*", "-", " ".join(text.split())).strip(" -")
    found = _EXTENSION.fullmatch(text)
    return f"{found[1]}转{found[2]}" if found else text


class HoursForm(Form):
    """The regular hours, as they stand on the door."""

    hours: Annotated[
        str,
        Field(min_length=1, max_length=LONGEST_HOURS),
        BeforeValidator(_read_hours),
        Prompt(
            N_("Opening hours"), hint=N_("As on the door, such as 周一至周五 9:00-17:00，周末休息"), rows=2
        ),
    ]

    def values(self, station: "Station") -> Mapping[str, object]:
        return {"hours_text": self.hours}


class PhoneForm(Form):
    """The station's telephone; none: it has none."""

    phone: Annotated[
        Annotated[str, Field(max_length=LONGEST_PHONE), BeforeValidator(_read_phone)] | None,
        Prompt(
            N_("Telephone"), hint=N_("The station's own, not a person's mobile phone. Empty: it has none.")
        ),
    ] = None

    def values(self, station: "Station") -> Mapping[str, object]:
        return {"phone": self.phone or ""}


class FacilitiesForm(Form):
    """What a station has; what its register calls by words of its own stays."""

    facilities: Annotated[tuple[_Facility, ...], Prompt(N_("What is there"), labels=FACILITY_LABELS)] = ()

    def values(self, station: "Station") -> Mapping[str, object]:
        return {"facilities": frozenset(self.facilities) | (station.facilities - set(FACILITY_CODES))}


class NoteForm(Form):
    """A few words that riders read at the station; none: there is nothing to say."""

    note: Annotated[
        Annotated[FreeText, BeforeValidator(_read_note)] | None,
        Prompt(
            N_("Note for riders"), hint=N_("Such as the way to the door. No names and no numbers."), rows=3
        ),
    ] = None

    def values(self, station: "Station") -> Mapping[str, object]:
        return {"note": self.note or ""}


StationForm = HoursForm | PhoneForm | FacilitiesForm | NoteForm
"""What is written about a station; ``values`` are the fields of the register that follow from it."""


class PointForm(Form):
    """Where a station is; ``outside`` confirms a point in another district."""

    point: Annotated[
        str,
        Field(min_length=1, max_length=LONGEST_POINT),
        Prompt(N_("Longitude and latitude, as a map app copies them"), hint=N_("Such as 117.0204,36.6683")),
    ]
    datum: Annotated[Datum, Prompt(N_("Where the coordinates come from"), labels=DATUM_LABELS)] = Datum.GCJ02
    outside: Annotated[bool, Prompt(N_("It is right although it lies outside of the stated district"))] = (
        False
    )


class PhotoForm(Form):
    """A photo of a station."""

    picture: Annotated[Picture, Prompt(N_("Photo"), hint=N_("JPEG, PNG or WebP. No faces, no papers."))]


class ShownPhotoForm(Form):
    """Which photo is meant."""

    photo: Annotated[RecordNumber, Prompt(N_("Photo"))]


class RevokeForm(Form):
    """Which change is taken back, and why."""

    change: Annotated[RecordNumber, Prompt(N_("Which change"))]
    reason: Annotated[FreeText | None, Prompt(N_("Reason"))] = None


class OldIdForm(Form):
    """The id that a station had in its register before."""

    old: Annotated[StationId, Prompt(N_("The old id, which it keeps"))]
