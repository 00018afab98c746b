"""Which place is meant by an address in words: what the rider chooses from."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from yihui.http.site import Site
from yihui.http.stations.place_search import find_places
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from geo.place_search.search import Place

N_ = str  # marks a text for the message catalogue

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Choice:
    """``where`` are the fields of the question about it; the address in words is then no longer asked.

    No two of a list have both the same name and the same detail.
    """

    name: str
    detail: str
    where: Mapping[str, object]


def choices(site: Site, text: str, near: Point | None, language: Language) -> tuple[Choice, ...]:
    """The likeliest first, from ``near`` (WGS84). *Raises*: StoreError where the database can't be read."""
    places = find_places(site, text, near=near)
    made = [_choice(place, site.finding.areas_over(place), language) for place in places]
    seen = Counter((choice.name, choice.detail) for choice in made)
    return tuple(
        choice if seen[choice.name, choice.detail] == 1 else _told_apart(choice, place, language)
        for choice, place in zip(made, places, strict=True)
    )


def whereabouts(place: "Place", areas: Sequence[str]) -> str:
    """Its city and district, then its address without what is said already."""
    street = place.address
    for area in areas:
        street = street.removeprefix(area)
    city = "".join(areas[1:] or areas) or place.areas
    return " · ".join(part for part in (city, street.strip()) if part)


def _choice(place: "Place", areas: Sequence[str], language: Language) -> Choice:
    if place.kind == "district":
        count = language.say(N_("places: {count}"), count=f"{place.count:,}")
        return Choice(f"{place.areas}{place.name}", count, {"district": place.id})
    return Choice(place.name, whereabouts(place, areas), _where(place))


def _told_apart(choice: Choice, place: "Place", language: Language) -> Choice:
    number = language.say(N_("number {id} in the register"), id=place.id)
    return replace(choice, detail=" · ".join(part for part in (choice.detail, number) if part))


def _where(place: "Place") -> Mapping[str, object]:
    """Near the place; where nobody knows its coordinates, the place itself."""
    if place.lon is None or place.lat is None:
        return {"station": place.id}
    return {"lon": f"{place.lon:.5f}", "lat": f"{place.lat:.5f}", "datum": "wgs84"}
