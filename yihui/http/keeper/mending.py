"""/keep/mend: what a keeper changes of the register itself; hours are shown back as a week before they are stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.faults import FaultError
from core.text_marks import N_
from geo.datum import Datum
from geo.hours import DaysOff, classify_days_off
from geo.registry.photos import PHOTO_FAULTS
from geo.station import Station
from yihui.cases.stations.calls import (
    LONGEST_HOURS,
    LONGEST_PHONE,
    FacilitiesForm,
    HoursForm,
    NoteForm,
    PhoneForm,
    PointForm,
    StationForm,
    preview_week,
    read_photo,
)
from yihui.files.pictures import picture_file
from yihui.frame.typed import parse_values, read_typed
from yihui.frame.types import LONGEST_TEXT
from yihui.http.body import FormFields, UploadedFile, form_value
from yihui.http.keeper.form import KEEPER_FORM_FAULTS
from yihui.runtime.language import Language
from yihui.views.labels import FACILITY_LABELS, code_label

if TYPE_CHECKING:
    from yihui.bootstrap import Wiring

MAX_PHOTO_FORM_BYTES = 256 << 10  # as much as all of riders may send: the phone makes the photo small
_FORMS: Mapping[str, type[StationForm] | type[PointForm]] = {
    "hours": HoursForm,
    "phone": PhoneForm,
    "facilities": FacilitiesForm,
    "note": NoteForm,
    "point": PointForm,
}
_HOLIDAY_WORDS = ("节假日照常", "节假日休息")
_NO_PICTURES = ("attachment.no_file", "attachment.kind", "attachment.broken")
_DATUM_NAMES = {
    Datum.GCJ02: N_("Amap or Tencent maps"),
    Datum.BD09: N_("Baidu maps"),
    Datum.WGS84: N_("this phone's GPS"),
}


@dataclass(frozen=True, slots=True)
class TypedEntry:
    """What a keeper typed, checked. Of hours ``week`` is what riders will read, as days and hours.

    Where the hours don't say what holds on public holidays, ``offers`` are the words that would say it.
    """

    form: StationForm | PointForm
    week: Sequence[tuple[str, str]] = ()
    offers: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class EntryOption:
    """An option of the entry's forms: its code, its text, and whether it is chosen."""

    code: str
    words: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class EntryView:
    """What the register says of a station, as the forms of the keeper's page begin."""

    hours: str
    phone: str
    note: str
    point: str
    facilities: Sequence[EntryOption]
    chosen: str
    datums: Sequence[EntryOption]
    longest_hours: int = LONGEST_HOURS
    longest_phone: int = LONGEST_PHONE
    longest_note: int = LONGEST_TEXT


def build_entry_view(station: Station, sent: FormFields, language: Language) -> EntryView:
    """Return what the forms hold: what the register says, or what was typed and is not stored yet."""
    act = form_value(sent, "act")

    def typed(name: str, known: str) -> str:
        return form_value(sent, name) if act == name else known

    chosen = set(sent.get("facilities", ())) if act == "facilities" else station.facilities
    datum = form_value(sent, "datum") or Datum.GCJ02
    facilities = [
        EntryOption(code, code_label(FACILITY_LABELS, code, language), code in chosen)
        for code in FACILITY_LABELS
    ]
    return EntryView(
        typed("hours", station.hours_text),
        typed("phone", station.phone),
        typed("note", station.note),
        typed("point", ""),
        facilities,
        language.format_list(one.words for one in facilities if one.is_chosen),
        [
            EntryOption(code.value, language.translate(name), code.value == datum)
            for code, name in _DATUM_NAMES.items()
        ],
    )


def parse_entry(sent: FormFields, station: Station, wiring: "Wiring", language: Language) -> TypedEntry:
    """Check what a keeper typed. *Raises*: FaultError with all that is wrong."""
    model = _FORMS.get(form_value(sent, "act"))
    if model is None:
        raise FaultError(KEEPER_FORM_FAULTS.build("no_act", field="act"))
    form = parse_values(model, read_typed(model, sent))
    if not isinstance(form, HoursForm):
        return TypedEntry(form)
    changed = station.model_copy(update=dict(form.values(station)))
    week = preview_week(station, form.values(station), wiring.now(), language)
    return TypedEntry(form, week, _offer_holiday_words(changed))


def _offer_holiday_words(station: Station) -> list[str]:
    """List the words that, added to a station's hours, say what holds on public holidays; none if they say it, or none does."""

    def is_unclear(text: str) -> bool:
        return classify_days_off(text, station.calendar) is DaysOff.UNCLEAR

    if not is_unclear(station.hours_text):
        return []
    return [words for words in _HOLIDAY_WORDS if not is_unclear(f"{station.hours_text}；{words}")]


def read_sent_photo(files: Mapping[str, UploadedFile]) -> bytes:
    """Return the photo that came with a form, drawn anew; it takes a second. *Raises*: FaultError."""
    file = files.get("picture")
    try:
        return read_photo(picture_file(file.content if file is not None else b""))
    except FaultError as error:
        if any(one.code in _NO_PICTURES for one in error.faults):
            raise FaultError(PHOTO_FAULTS.build("no_photo", field="picture")) from error
        raise


def is_confirmed(sent: FormFields, entry: TypedEntry) -> bool:
    """Return whether a form may be stored: hours only as they were shown back."""
    return not isinstance(entry.form, HoursForm) or form_value(sent, "seen") == form_value(sent, "hours")
