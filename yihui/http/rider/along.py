"""What the rider's page says of a way: the places along it, or which place is meant to be its end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from geo.crs import Datum, from_wgs84
from yihui.http.rider.cards import Card, Passed, hit_card, metres, passed
from yihui.http.rider.place_choices import whereabouts
from yihui.http.rider.request import PageAsked
from yihui.http.site import Site
from yihui.http.snapshot import Snapshot
from yihui.http.stations.along import find_along, way_between
from yihui.http.stations.place_search import find_places
from yihui.runtime.language import Language
from yihui.services.nearest import Question

if TYPE_CHECKING:
    from geo.nearest.along import Stop

N_ = str  # marks a text for the message catalogue

Point = tuple[float, float]
LISTED = 20
_SEVENTH = 7
_ON_THE_WAY_M = 10.0


@dataclass(frozen=True, slots=True)
class WayTold:
    """*CRS*: ``line`` is lon, lat in WGS84, for the map. ``further`` is where the list goes on; 0 at its end."""

    to: str
    length: str
    within: str
    by_street: bool
    line: Sequence[Sequence[float]]
    cards: Sequence[Card]
    passed: Sequence[Passed]
    before: int  # how many were told before
    count: int
    further: int


def way_told(
    site: Site,
    snapshot: Snapshot,
    asked: PageAsked,
    question: Question,
    start: Point,
    end: Point,
    language: Language,
) -> WayTold:
    """The places along the way; minutes and hours are for when one gets there."""
    way = way_between(site, question, start, end)
    limited = replace(question, k=max(LISTED, asked.k), within_m=asked.within)
    found = find_along(snapshot, limited, way, asked.offset)
    through = asked.offset + len(found.stops)
    return WayTold(
        to=asked.to_name or f"{end[0]:.4f}, {end[1]:.4f}",
        length=metres(found.length_m, language),
        within=metres(asked.within, language),
        by_street=way.by_street,
        line=way.line.round(_SEVENTH).tolist(),
        cards=[_card(stop, asked.travel, language) for stop in found.stops],
        passed=[passed(skip, language) for skip in found.skipped],
        before=asked.offset,
        count=found.count,
        further=through if found.stops and through < found.count else 0,
    )


def _card(stop: "Stop", travel: str | None, language: Language) -> Card:
    card = hit_card(stop.hit, language, travel)
    off = N_("then {metres} off the way, {bearing}")
    side = language.say(off, metres=card.metres, bearing=card.bearing)
    if stop.hit.distance_m < _ON_THE_WAY_M:
        side = language.say(N_("right on the way"))
    ahead = language.say(N_("{metres} ahead"), metres=metres(stop.along_m, language))
    return replace(card, metres=ahead, bearing=side)


@dataclass(frozen=True, slots=True)
class End:
    """A place that may be meant; ``where`` are the fields of the question that leads there."""

    name: str
    detail: str
    where: Mapping[str, object]


def ends(site: Site, asked: PageAsked) -> tuple[End, ...]:
    """Where a way may lead that is asked for in words. *Raises*: StoreError where the database can't be read."""
    places = find_places(site, asked.to_q, near=asked.point)
    return tuple(
        End(
            place.name,
            whereabouts(place, site.finding.areas_over(place)),
            _where(place.name, (place.lon, place.lat), asked.datum),
        )
        for place in places
        if place.lon is not None and place.lat is not None
    )


def _where(name: str, point: Point, datum: Datum) -> Mapping[str, object]:
    ((lon, lat),) = from_wgs84([point], datum).tolist()
    return {"to_lon": f"{lon:.5f}", "to_lat": f"{lat:.5f}", "to_name": name, "to_q": None, "offset": None}
