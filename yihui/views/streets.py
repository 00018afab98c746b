"""Streets for readers: the parts of a build, and the places that a search finds."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from core.text_marks import N_
from geo.place_names.kinds import StreetKind
from yihui.runtime.language import Language
from yihui.views.labels import format_distance

if TYPE_CHECKING:
    from yihui.files.street_names.search import FoundName
    from yihui.services.streets.build import BuiltPart

STREET_KIND_LABELS: Mapping[StreetKind, str] = {
    StreetKind.TRANSIT_STATION: N_("station or terminal"),
    StreetKind.TOWNSHIP: N_("township"),
    StreetKind.SIGHT: N_("sight"),
    StreetKind.PARK: N_("park or square"),
    StreetKind.HOSPITAL: N_("hospital"),
    StreetKind.ROAD: N_("road"),
    StreetKind.MALL: N_("shop or market"),
    StreetKind.SCHOOL: N_("school"),
    StreetKind.COMPOUND: N_("residential area"),
    StreetKind.VILLAGE: N_("village"),
    StreetKind.NATURE: N_("hill or water"),
    StreetKind.FACILITY: N_("facility"),
    StreetKind.TRANSIT_STOP: N_("stop"),
    StreetKind.CROSSING: N_("crossing"),
    StreetKind.HOUSE: N_("house number"),
}
_PART_LABELS = {
    "names": N_("names"),
    "ways": N_("ways for travel times"),
    "map": N_("map"),
    "townships": N_("townships"),
}
# Why relations of an extract are no townships of the register.
TOWNSHIP_COUNT_LABELS = {
    "townships": N_("townships"),
    "counties": N_("counties with townships"),
    "broken": N_("left out: without a whole outline"),
    "nameless": N_("left out: without a usable name"),
    "villages": N_("left out: villages and communities"),
    "outside": N_("left out: in no county of the register"),
    "nested": N_("left out: inside of another, or a zone of several"),
}
_OTHER_COUNTS = {
    **TOWNSHIP_COUNT_LABELS,
    "tiles": N_("tiles"),
    "unusable_names": N_("left out: unusable names"),
}
_NEW = N_("{part}: built, {size} ({counts})")
_KEPT = N_("{part}: built from this extract already, {size}; left as it is")
_LEAST_MB_BYTES = 100_000


def format_part(language: Language, built: "BuiltPart") -> str:
    """Format one part of a build as a line: its size, and how much of what is in it."""
    part = language.translate(_PART_LABELS[built.part.value])
    size = format_size(built.record.size_bytes)
    if not built.is_new:
        return language.render(_KEPT, part=part, size=size)
    labels = {kind.value: label for kind, label in STREET_KIND_LABELS.items()} | _OTHER_COUNTS
    counts = [
        f"{language.translate(labels.get(kind, kind))} {count:,}"
        for kind, count in built.record.counts.items()
    ]
    return language.render(_NEW, part=part, size=size, counts=language.format_list(counts))


def format_size(size_bytes: int) -> str:
    """Return a size in MB, or in kB below 0.1 MB.

    >>> format_size(1_234_567), format_size(98_304), format_size(90)
    ('1.2 MB', '98 kB', '1 kB')
    """
    if size_bytes >= _LEAST_MB_BYTES:
        return f"{size_bytes / 1e6:,.1f} MB"
    return f"{max(1, round(size_bytes / 1000))} kB"


def part_data(built: "BuiltPart") -> dict[str, object]:
    """Return a part of a build as JSON data."""
    return {"part": built.part.value, "new": built.is_new, **built.record.model_dump()}


def list_area_names(found: "FoundName") -> list[str]:
    """Return the names of the province, the city and the district in which a place lies, without repeats."""
    if found.area is None:
        return []
    names = dict.fromkeys((found.area.province, found.area.city, found.area.name))
    return [name for name in names if name]


def format_kind(found: "FoundName", language: Language) -> str:
    """Format what a place is; of a house number that nobody knows, what is shown in its place."""
    label = language.translate(STREET_KIND_LABELS[found.kind])
    if not found.asked_number:
        return label
    if found.kind is StreetKind.HOUSE:
        return language.render(N_("the known number nearest to {number}"), number=found.asked_number)
    return language.render(
        N_("{kind}; its number {number} is not known"), kind=label, number=found.asked_number
    )


def format_name(found: "FoundName", language: Language) -> str:
    """Format a place as a line of a list."""
    where = "".join(list_area_names(found)[1:] or list_area_names(found))
    parts = [found.name, format_kind(found, language), where, f"{found.lon:.5f}, {found.lat:.5f}"]
    if found.distance_m is not None:
        parts.append(format_distance(found.distance_m, language))
    return " · ".join(part for part in parts if part)


def name_data(found: "FoundName") -> dict[str, object]:
    """Return a place as JSON data. *CRS*: WGS84. *Units*: metres."""
    return {
        "kind": found.kind.value,
        "id": found.id,
        "name": found.name,
        "areas": list_area_names(found),
        "district": found.area.code if found.area else None,
        "lon": round(found.lon, 6),
        "lat": round(found.lat, 6),
        "distance_m": None if found.distance_m is None else round(found.distance_m),
        "asked_number": found.asked_number or None,
    }
