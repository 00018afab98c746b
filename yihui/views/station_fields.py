"""Show which fields of a station changed, with the old and the new value."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from core.text_marks import N_
from geo.station import Station
from yihui.runtime.language import Language
from yihui.views.labels import (
    ACCESS_LABELS,
    ENTRY_LABELS,
    STATION_KIND_LABELS,
    STATION_STATUS_LABELS,
    code_label,
    format_distance,
    format_facilities,
)

STATION_FIELD_LABELS: Mapping[str, str] = {
    name: field.title or name for name, field in Station.model_fields.items()
}
_LABELS = {
    "kind": STATION_KIND_LABELS,
    "entry": ENTRY_LABELS,
    "access": ACCESS_LABELS,
    "status": STATION_STATUS_LABELS,
}
_LONGEST = 60  # characters of a value


def station_field_values(station: Station) -> dict[str, object]:
    """Return the fields of a station as JSON data, as its history holds them."""
    return station.plain_values()


def field_change_lines(
    before: Mapping[str, object],
    after: Mapping[str, object],
    language: Language,
    longest: int | None = _LONGEST,
) -> Iterator[str]:
    """Yield “opening hours: 9:00-17:00 → 8:00-20:00” for each field that differs; an empty value is “(empty)”.

    Of facilities it names those that came and went, of a point how far it moved. A text is cut after ``longest`` letters.
    """
    moved_m = _distance_m(before, after)
    if moved_m:
        distance = format_distance(moved_m, language)
        yield language.render(N_("position: moved by {distance}"), distance=distance)
    for name, label in STATION_FIELD_LABELS.items():
        old, new = before.get(name), after.get(name)
        if old == new or not (name in before or name in after) or (moved_m and name in ("lon", "lat")):
            continue
        if isinstance(old, list) and isinstance(new, list):
            detail = _format_difference(name, old, new, language)
        else:
            detail = " → ".join(_format(name, value, language, longest) for value in (old, new))
        yield language.render(N_("{name}: {detail}"), name=language.translate(label), detail=detail)


def _distance_m(before: Mapping[str, object], after: Mapping[str, object]) -> float:
    """Return how far a station moved, as far as both points are known."""
    from geo.geodesy import distance_and_bearing

    degrees = [point.get(name) for point in (before, after) for name in ("lon", "lat")]
    numbers = [one for one in degrees if isinstance(one, float)]
    return distance_and_bearing(*numbers)[0] if len(numbers) == len(degrees) else 0.0


def _format_difference(name: str, old: Sequence[object], new: Sequence[object], language: Language) -> str:
    signed = (("+", [one for one in new if one not in old]), ("−", [one for one in old if one not in new]))
    return language.join_clauses(f"{sign} {_format(name, some, language)}" for sign, some in signed if some)


def name_fields(names: Iterable[str], language: Language) -> list[str]:
    """Return the names of fields as readers know them; a point is one."""
    return [language.translate(title) for title in title_fields(names)]


def title_fields(names: Iterable[str]) -> list[str]:
    """Return the titles of fields as texts of the catalogue; a point has one."""
    titles = (N_("position") if name in ("lon", "lat") else STATION_FIELD_LABELS[name] for name in names)
    return list(dict.fromkeys(titles))


def _format(name: str, value: object, language: Language, longest: int | None = _LONGEST) -> str:
    if value in (None, "", []):
        return language.translate(N_("(empty)"))
    if name in _LABELS:
        return code_label(_LABELS[name], str(value), language)
    if name == "facilities" and isinstance(value, list):
        return format_facilities([str(code) for code in value], language)
    if isinstance(value, list):
        return language.format_list(str(part) for part in value)
    if isinstance(value, float):
        return f"{value:.6f}" if name in ("lon", "lat") else f"{value:g}"
    text = " / ".join(str(value).split("\n"))
    return text if longest is None or len(text) <= longest else f"{text[:longest]}…"
