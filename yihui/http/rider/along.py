"""The route part of the rider's page: the places along a route, or the choice of its end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from core.civil_time import civil_date
from core.text_marks import N_
from geo.crs import from_wgs84
from geo.datum import Datum
from geo.nearest.query import NearestQuery
from yihui.http.rider.cards import SkippedPlace, StationCard, build_skipped_place, match_card
from yihui.http.rider.place_choices import PlaceChoice, build_place_choices, find_all_places
from yihui.http.rider.request import RiderPageForm
from yihui.http.site import Site
from yihui.http.stations.along import find_route
from yihui.runtime.language import Language
from yihui.services.stations.snapshot import Snapshot
from yihui.views.labels import format_distance

if TYPE_CHECKING:
    from geo.nearest.along import RouteStop


Point = tuple[float, float]
MAX_LISTED_STOPS = 20
_DECIMALS = 7
_ON_THE_WAY_M = 10.0


@dataclass(frozen=True, slots=True)
class RouteView:
    """The places along a route, as finished texts.

    *CRS*: ``line`` is lon, lat in WGS84, for the map. ``further`` is the offset of the next page, or 0.
    """

    to: str
    length: str
    within: str
    by_street: bool
    line: Sequence[Sequence[float]]
    cards: Sequence[StationCard]
    passed: Sequence[SkippedPlace]
    before: int  # number of places on earlier pages
    count: int
    further: int


def build_route_view(
    site: Site,
    snapshot: Snapshot,
    asked: RiderPageForm,
    query: NearestQuery,
    start: Point,
    end: Point,
    language: Language,
) -> RouteView:
    """Build the view of the places along a route; minutes and opening states are for the time of arrival."""
    way = find_route(site, query, start, end)
    limited = replace(query, k=max(MAX_LISTED_STOPS, asked.k), within_m=asked.within, within_min=None)
    found = snapshot.index.along_route(way, limited, asked.offset)
    through = asked.offset + len(found.stops)
    today = query.today or civil_date(query.instant)
    return RouteView(
        to=asked.to_name or language.translate(N_("the place that you chose")),
        length=format_distance(found.length_m, language),
        within=format_distance(asked.within, language),
        by_street=way.by_street,
        line=way.line.round(_DECIMALS).tolist(),
        cards=[_card(stop, asked.travel, today, query.start, language) for stop in found.stops],
        passed=[build_skipped_place(skip, today, language) for skip in found.skipped],
        before=asked.offset,
        count=found.count,
        further=through if found.stops and through < found.count else 0,
    )


def _card(
    stop: "RouteStop", travel: str | None, today: date, start: datetime, language: Language
) -> StationCard:
    card = match_card(stop.match, language, travel, today, start)
    off = N_("then {metres} off the way, {bearing}")
    side = language.render(off, metres=card.metres, bearing=card.bearing)
    if stop.match.distance_m < _ON_THE_WAY_M:
        side = language.render(N_("right on the way"))
    ahead = language.render(N_("{metres} ahead"), metres=format_distance(stop.along_m, language))
    return replace(card, metres=ahead, bearing=side)


def find_route_ends(site: Site, asked: RiderPageForm, language: Language) -> tuple[PlaceChoice, ...]:
    """Return the places that match the words given for the end of a route.

    *Raises*: StoreError if the database can't be read.
    """
    places = [one for one in find_all_places(site, asked.to_q, near=asked.point) if one.point is not None]
    return tuple(
        replace(choice, where=_where(choice.name, place.point, asked.datum))
        for choice, place in zip(build_place_choices(places, language), places, strict=True)
        if place.point is not None
    )


def _where(name: str, point: Point, datum: Datum) -> Mapping[str, object]:
    ((lon, lat),) = from_wgs84([point], datum).tolist()
    return {"to_lon": f"{lon:.5f}", "to_lat": f"{lat:.5f}", "to_name": name, "to_q": None, "offset": None}
