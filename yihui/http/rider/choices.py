"""Which place is meant by an address in words: what the rider chooses from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from yihui.http.site import Site
from yihui.http.stations.finding import find_places
from yihui.language import Language

if TYPE_CHECKING:
    from geo.finding import Place

N_ = str  # marks a text for the message catalogue


@dataclass(frozen=True, slots=True)
class Choice:
    """``where`` are the fields of the question about it; the address in words is then no longer asked."""

    name: str
    detail: str
    where: Mapping[str, object]


def choices(site: Site, text: str, language: Language) -> tuple[Choice, ...]:
    """*Raises*: StoreError where the database can't be read."""
    return tuple(_choice(place, language) for place in find_places(site, text))


def _choice(place: "Place", language: Language) -> Choice:
    if place.kind == "district":
        count = language.say(N_("places: {count}"), count=f"{place.count:,}")
        return Choice(f"{place.areas}{place.name}", count, {"district": place.id})
    return Choice(place.name, place.address or place.areas, _where(place))


def _where(place: "Place") -> Mapping[str, object]:
    """Near the place; where nobody knows its coordinates, the place itself."""
    if place.lon is None or place.lat is None:
        return {"station": place.id}
    return {"lon": f"{place.lon:.5f}", "lat": f"{place.lat:.5f}", "datum": "wgs84"}
