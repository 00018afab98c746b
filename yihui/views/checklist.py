"""The checklist of an inspection: the standard of the station's kind, and what its register promises."""

from dataclasses import dataclass

from core.text_marks import N_
from geo.checks.shared_building import LEAST_AREA_M2, REQUIRED_FACILITIES, parse_area_m2
from geo.registry.inspections import Inspection
from geo.station import Kind, Station
from geo.status.live import LiveSummary
from yihui.runtime.language import Language
from yihui.views.labels import FACILITY_LABELS, code_label

ROOM_CODE = "room"  # listed among the facility codes where the room is too small
# The standards in geo/check come from public reports: none of the documents is available to us.
STANDARD_SOURCES = {
    Kind.OUTDOOR_STATION: N_("What stations in Shandong usually have; this is no official standard."),
    Kind.MOTHER_ROOM: N_("The usual size of mother rooms in Shandong; this is no official standard."),
}
_NO_STANDARD = N_("No standard is known for places of this kind: these are what the register promises.")
# Texts for facilities of which the standard says more than our label.
_WORDS = {
    "aircon": N_("fan or air conditioning"),
    "medicine": N_("medicine box"),
    "seats": N_("table and seats"),
}


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One line of the checklist.

    ``is_there`` is the known state; a facility of unknown state counts as present until the inspection.
    """

    code: str
    words: str
    of_standard: bool
    is_there: bool


def build_checklist(station: Station, live: LiveSummary, language: Language) -> list[ChecklistItem]:
    """Build the lines for a station: those of the standard, then what else is promised, broken or said to be so."""
    broken = live.broken_facilities & FACILITY_LABELS.keys()
    told = {status.facility for status in live.unconfirmed} & FACILITY_LABELS.keys()
    standard = REQUIRED_FACILITIES.get(station.kind, ())
    others = sorted((station.facilities | broken | told) - set(standard), key=list(FACILITY_LABELS).index)
    lines = [_room(station, language)] if station.kind in LEAST_AREA_M2 else []
    for code in standard:
        noted = not station.facilities or code in station.facilities
        lines.append(
            ChecklistItem(
                code,
                language.translate(_WORDS.get(code, FACILITY_LABELS[code])),
                True,
                noted and code not in broken,
            )
        )
    promised = [
        ChecklistItem(code, code_label(FACILITY_LABELS, code, language), False, code not in broken)
        for code in others
    ]
    return lines + promised


def standard_source(kind: Kind, language: Language) -> str:
    """Return the source of the standard of a kind, as one sentence."""
    return language.translate(STANDARD_SOURCES.get(kind, _NO_STANDARD))


def _room(station: Station, language: Language) -> ChecklistItem:
    least = LEAST_AREA_M2[station.kind]
    street = station.kind is Kind.OUTDOOR_STATION
    template = N_("at least {metres} m², at street level") if street else N_("at least {metres} m²")
    area_m2 = parse_area_m2(station.note) if station.area_m2 is None else station.area_m2
    return ChecklistItem(
        ROOM_CODE, language.render(template, metres=f"{least:g}"), True, area_m2 is None or area_m2 >= least
    )


def inspection_text(found: Inspection, language: Language) -> str:
    """Return the day and the result of an inspection as text; officers' own wording stays as it is."""
    if found.missing:
        words = {**FACILITY_LABELS, ROOM_CODE: N_("the size of the room")}
        missing = language.format_list(code_label(words, code, language) for code in found.missing)
        return language.render(N_("{day}, missing: {missing}"), day=found.on, missing=missing)
    template = N_("{day}, nothing missing") if found.meets_standard else N_("{day}, something missing")
    return language.render(template, day=found.on)
