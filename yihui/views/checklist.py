"""What an inspection looks at: the standard of a station's kind, and all that its register promises."""

from collections.abc import Collection
from dataclasses import dataclass

from geo.checks.standards import LEAST_AREA_M2, MUST_HAVE, area_in
from geo.registry import Inspection
from geo.station import Kind, Station
from yihui.runtime.language import Language
from yihui.views.labels import FACILITIES, label

N_ = str  # marks a text for the message catalogue

ROOM = "room"  # stands among the codes of facilities where the room is too small
# Where the standards in geo/check come from; no document of any of them is at hand.
SOURCES = {
    Kind.OUTDOOR_STATION: N_(
        "The standard as reports on Shandong's stations describe it; no document is at hand."
    ),
    Kind.MOTHER_ROOM: N_("The size as reports on Shandong's mother rooms give it; no document is at hand."),
}
_NO_STANDARD = N_("No standard is known for places of this kind: these are what the register promises.")
# Where the standard says more than our word for the facility.
_WORDS = {
    "aircon": N_("fan or air conditioning"),
    "medicine": N_("medicine box"),
    "seats": N_("table and seats"),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One line. ``is_there`` is what is known now; what nobody has noted counts as there until looked at."""

    code: str
    words: str
    of_standard: bool
    is_there: bool


def checklist(station: Station, broken: Collection[str], language: Language) -> list[Item]:
    """The lines for a station: first the standard's, then what else is promised or broken."""
    standard = MUST_HAVE.get(station.kind, ())
    others = sorted((station.facilities | set(broken)) - set(standard), key=list(FACILITIES).index)
    lines = [_room(station, language)] if station.kind in LEAST_AREA_M2 else []
    for code in standard:
        noted = not station.facilities or code in station.facilities
        lines.append(
            Item(code, language.text(_WORDS.get(code, FACILITIES[code])), True, noted and code not in broken)
        )
    promised = [Item(code, label(FACILITIES, code, language), False, code not in broken) for code in others]
    return lines + promised


def source(kind: Kind, language: Language) -> str:
    """Where the standard of a kind comes from, as one sentence."""
    return language.text(SOURCES.get(kind, _NO_STANDARD))


def _room(station: Station, language: Language) -> Item:
    least = LEAST_AREA_M2[station.kind]
    street = station.kind is Kind.OUTDOOR_STATION
    template = N_("at least {metres} m², at street level") if street else N_("at least {metres} m²")
    area_m2 = area_in(station.note) if station.area_m2 is None else station.area_m2
    return Item(ROOM, language.say(template, metres=f"{least:g}"), True, area_m2 is None or area_m2 >= least)


def inspection_words(found: Inspection, language: Language) -> str:
    """When it took place and what it found; what an officer wrote in words of their own stays as it is."""
    if found.missing:
        words = {**FACILITIES, ROOM: N_("room enough")}
        missing = language.listed(label(words, code, language) for code in found.missing)
        return language.say(N_("{day}, missing: {missing}"), day=found.on, missing=missing)
    template = N_("{day}, standard met") if found.meets_standard else N_("{day}, standard not met")
    return language.say(template, day=found.on)
