"""Places that match an address in words, for the rider to choose from."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.text_marks import N_
from yihui.http.site import Site
from yihui.http.stations.place_search import find_places
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from geo.place_search.search import NamedPlace


Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class PlaceChoice:
    """One place to choose; ``where`` holds the form fields that select it and replace the address in words.

    No two choices of a list have both the same name and the same detail.
    """

    name: str
    detail: str
    where: Mapping[str, object]


def find_place_choices(
    site: Site, text: str, near: Point | None, language: Language
) -> tuple[PlaceChoice, ...]:
    """Return the matching places, likeliest first, seen from ``near`` (WGS84).

    *Raises*: StoreError if the database can't be read.
    """
    places = find_places(site, text, near=near)
    made = [_choice(place, site.place_index_cache.area_names(place), language) for place in places]
    seen = Counter((choice.name, choice.detail) for choice in made)
    return tuple(
        choice if seen[choice.name, choice.detail] == 1 else _with_register_id(choice, place, language)
        for choice, place in zip(made, places, strict=True)
    )


def format_whereabouts(place: "NamedPlace", areas: Sequence[str]) -> str:
    """Format a place's city and district, then its address without repeating them."""
    street = place.address
    for area in areas:
        street = street.removeprefix(area)
    city = "".join(areas[1:] or areas) or place.areas
    return " · ".join(part for part in (city, street.strip()) if part)


def _choice(place: "NamedPlace", areas: Sequence[str], language: Language) -> PlaceChoice:
    if place.kind == "district":
        count = language.render(N_("places: {count}"), count=f"{place.count:,}")
        return PlaceChoice(f"{place.areas}{place.name}", count, {"district": place.id})
    return PlaceChoice(place.name, format_whereabouts(place, areas), _where(place))


def _with_register_id(choice: PlaceChoice, place: "NamedPlace", language: Language) -> PlaceChoice:
    number = language.render(N_("number {id} in the register"), id=place.id)
    return replace(choice, detail=" · ".join(part for part in (choice.detail, number) if part))


def _where(place: "NamedPlace") -> Mapping[str, object]:
    """Return the form fields for the place's position; for the station itself if it has no coordinates."""
    if place.lon is None or place.lat is None:
        return {"station": place.id}
    return {"lon": f"{place.lon:.5f}", "lat": f"{place.lat:.5f}", "datum": "wgs84"}
