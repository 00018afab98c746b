"""Places that match an address in words, for the rider to choose from."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.text_marks import N_
from yihui.http.places import FoundPlace, StreetPlace, find_all_places
from yihui.http.site import Site
from yihui.runtime.language import Language
from yihui.views.distances import format_distance

if TYPE_CHECKING:
    from geo.place_names.register import NamedPlace
    from yihui.files.street_names.search import FoundName

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
    return build_place_choices(site, find_all_places(site, text, near=near), language)


def build_place_choices(
    site: Site, places: Sequence[FoundPlace], language: Language
) -> tuple[PlaceChoice, ...]:
    """Return the choices of places, in their order."""
    made = [_choice(site, place, language) for place in places]
    seen = Counter((choice.name, choice.detail) for choice in made)
    return tuple(
        choice if seen[choice.name, choice.detail] == 1 else _told_apart(choice, place, language)
        for choice, place in zip(made, places, strict=True)
    )


def format_whereabouts(place: "NamedPlace", areas: Sequence[str]) -> str:
    """Format a place's city and district, then its address without repeating them."""
    street = place.address
    for area in areas:
        street = street.removeprefix(area)
    city = "".join(areas[1:] or areas) or place.areas
    return " · ".join(part for part in (city, street.strip()) if part)


def _choice(site: Site, found: FoundPlace, language: Language) -> PlaceChoice:
    if isinstance(found, StreetPlace):
        return _street_choice(found.place, language)
    place = found.place
    if place.kind == "district":
        count = language.render(N_("places: {count}"), count=f"{place.count:,}")
        return PlaceChoice(f"{place.areas}{place.name}", count, {"district": place.id})
    areas = site.place_index_cache.area_names(place)
    return PlaceChoice(place.name, format_whereabouts(place, areas), _where(place))


def _street_choice(found: "FoundName", language: Language) -> PlaceChoice:
    from yihui.views.streets import format_kind, list_area_names

    areas = list_area_names(found)
    parts = [format_kind(found, language), "".join(areas[1:] or areas)]
    if found.distance_m is not None:
        parts.append(format_distance(found.distance_m, language))
    where = {"lon": f"{found.lon:.5f}", "lat": f"{found.lat:.5f}", "datum": "wgs84"}
    return PlaceChoice(found.name, " · ".join(part for part in parts if part), where, is_street=True)


def _told_apart(choice: PlaceChoice, found: FoundPlace, language: Language) -> PlaceChoice:
    if isinstance(found, StreetPlace):
        detail = f"{choice.where['lon']}, {choice.where['lat']}"
    else:
        detail = language.render(N_("number {id} in the register"), id=found.place.id)
    return replace(choice, detail=" · ".join(part for part in (choice.detail, detail) if part))


def _where(place: "NamedPlace") -> Mapping[str, object]:
    """Return the form fields for the place's position; for the station itself if it has no coordinates."""
    if place.lon is None or place.lat is None:
        return {"station": place.id}
    return {"lon": f"{place.lon:.5f}", "lat": f"{place.lat:.5f}", "datum": "wgs84"}
