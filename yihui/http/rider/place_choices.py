"""Places that match an address in words, for the rider to choose from."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from core.text_marks import N_
from geo.place_names.kinds import StreetKind
from yihui.http.places import find_all_places
from yihui.http.site import Site
from yihui.http.stations.place_search import FoundPlace
from yihui.runtime.language import Language
from yihui.views.labels import format_distance
from yihui.views.streets import format_kind, list_area_names

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class PlaceChoice:
    """One place to choose; ``where`` holds the form fields that select it and replace the address in words.

    No two choices of a list have both the same name and the same detail.
    """

    name: str
    detail: str
    where: Mapping[str, object]
    is_street: bool = False  # from the names of the streets, whose source is named


def find_place_choices(
    site: Site, text: str, near: Point | None, language: Language
) -> tuple[PlaceChoice, ...]:
    """Return the matching places, likeliest first, seen from ``near`` (WGS84).

    *Raises*: StoreError if the database can't be read.
    """
    return build_place_choices(find_all_places(site, text, near=near), language)


def build_place_choices(places: Sequence[FoundPlace], language: Language) -> tuple[PlaceChoice, ...]:
    """Return the choices of places, in their order."""
    made = [_choice(place, language) for place in places]
    seen = Counter((choice.name, choice.detail) for choice in made)
    return tuple(
        choice if seen[choice.name, choice.detail] == 1 else _told_apart(choice, place, language)
        for choice, place in zip(made, places, strict=True)
    )


def _choice(found: FoundPlace, language: Language) -> PlaceChoice:
    areas = list_area_names(found.name)
    if found.name.kind is StreetKind.DISTRICT:
        count = language.render(N_("places: {count}"), count=f"{found.count:,}")
        return PlaceChoice("".join(areas), count, {"district": found.name.ref})
    parts = ["".join(areas[1:] or areas)]
    if found.is_street:
        parts.insert(0, format_kind(found.name, language))
        if found.name.distance_m is not None:
            parts.append(format_distance(found.name.distance_m, language))
    else:
        street = found.address
        for area in areas:
            street = street.removeprefix(area)
        parts.append(street.strip())
    return PlaceChoice(
        found.name.name, " · ".join(part for part in parts if part), _where(found), found.is_street
    )


def _told_apart(choice: PlaceChoice, found: FoundPlace, language: Language) -> PlaceChoice:
    if found.is_street:
        detail = f"{choice.where['lon']}, {choice.where['lat']}"
    else:
        detail = language.render(N_("number {id} in the register"), id=found.name.ref)
    return replace(choice, detail=" · ".join(part for part in (choice.detail, detail) if part))


def _where(found: FoundPlace) -> Mapping[str, object]:
    """Return the form fields for the place's position; for the station itself if it has no coordinates."""
    if found.point is None:
        return {"station": found.name.ref}
    lon, lat = found.point
    return {"lon": f"{lon:.5f}", "lat": f"{lat:.5f}", "datum": "wgs84"}
