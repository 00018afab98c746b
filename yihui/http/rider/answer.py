"""The rider page's answer to a form: a list of stations, a choice of places, or the form's faults."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from pydantic import ValidationError

from core.civil_time import civil_date
from core.text_marks import N_
from geo.crs import point_to_wgs84
from geo.nearest.candidates import MAX_SKIPPED
from geo.nearest.query import FARTHER_MIN
from geo.station import Access
from yihui.frame.cells import short_text
from yihui.http.errors import invalid_request_problem
from yihui.http.guard.limits import LIST_PARAMETERS
from yihui.http.rider.along import RouteView, build_route_view, find_route_ends
from yihui.http.rider.cards import (
    SkippedPlace,
    StationCard,
    build_skipped_place,
    district_card,
    format_state,
    match_card,
    match_cards,
)
from yihui.http.rider.place_choices import PlaceChoice, find_place_choices
from yihui.http.rider.request import MAX_REACH_M, RiderPageForm, format_coarse_point
from yihui.http.rider.typed_words import find_link_fault
from yihui.http.site import Site
from yihui.http.stations.nearest import find_nearest_stations
from yihui.http.stations.request import MAX_RESULTS
from yihui.http.usage_counting import RiderSearch
from yihui.runtime.errors import ErrorLine, Problem
from yihui.runtime.language import Language
from yihui.services.organisations.district_names import distinct_names
from yihui.services.stations.snapshot import Snapshot
from yihui.views.labels import FACILITY_LABELS, STATION_KIND_LABELS, code_label, format_distance

if TYPE_CHECKING:
    from geo.nearest.query import NearestResult, SkippedStation
    from geo.station import Station
from yihui.views.region_pack import let_in_second
from yihui.views.sessions import SessionNote

# Whose coordinates those of a datum are; the page's own, WGS84, isn't named.
_MAPS = {
    "wgs84": N_("a phone's GPS"),
    "cgcs2000": N_("Tianditu"),
    "gcj02": N_("AMap, Tencent or WeChat"),
    "bd09": N_("Baidu"),
}
_RESERVED = frozenset({Access.EMPLOYER, Access.MEMBERS})
_SAME_M = 1.0  # a point so near to a station is the station's
MAX_LISTED = 20  # stations of a district: a list short enough to scroll by thumb
# A point with an accuracy is a phone's position; one without was chosen.
_HERE = N_("Near where you are")
_CHOSEN = N_("Near the place that you chose")
COARSE_ACCURACY_M = 1_000.0  # the page warns of a position with a worse accuracy
_TYPED = {
    "lon": N_("Longitude"),
    "lat": N_("Latitude"),
    "q": N_("Address or name"),
    "to_q": N_("Where to?"),
    "at": N_("When do you go?"),
}
Point = tuple[float, float]  # lon, lat
_NOW = timedelta(minutes=1)  # the form's field knows whole minutes


class Need(NamedTuple):
    """A thing that the rider looks for, in words, with the form's field and value that ask for it."""

    text: str
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """The answer shown on the page. ``answered`` is false if the form asked nothing or has faults."""

    answered: bool = False
    cards: Sequence[StationCard] = ()
    passed: Sequence[SkippedPlace] = ()
    nearer: int = 0  # how many nearer ones were passed over, those in ``farther`` too
    is_cut: bool = False  # there may be more of these
    searched: str = ""  # the address in words; ``choices`` are the places that match it
    choices: Sequence[PlaceChoice] = ()
    without_streets: bool = False  # the site has no names of roads
    leading: bool = False  # ``searched`` is the end of a route
    way: RouteView | None = None  # the places along a route, instead of the nearest
    place: str = ""  # the district listed
    station: str = ""  # name of the one station requested
    around: str = ""  # the point in words: near the phone, or near the chosen place
    here: str = ""  # the point, to read out when asking for help, with its datum if that isn't the page's own
    point: tuple[float, float] | None = None  # WGS84, for the map
    near: str = ""  # the town, for the next search by words
    search: RiderSearch | None = None  # what the rider's page counts; the member's page doesn't
    coarse: str = ""  # accuracy of the point, if worse than COARSE_ACCURACY_M
    asks: str = ""  # what the page asks back, beside the fields: where, or for another link
    limits: str = ""  # the area that the site shows, where another one may matter
    far: bool = False  # no station of the register is within MAX_REACH_M
    minutes: int = 0  # how long the way may take
    widened: bool = False  # nothing lay within the usual minutes
    farther_min: int = 0  # minutes to request to look farther; 0 if that was done
    farther: Sequence[SkippedPlace] = ()  # the nearest beyond, if nothing is within the minutes or opens soon
    needs: Sequence[Need] = ()  # the kinds and facilities that she looks for
    is_past: bool = False  # the time that she named is over
    filtered: bool = False  # the rider chose conditions that she could leave out
    more: int = 0  # number of stations that pass the filters and are not listed
    closed: Sequence[SkippedPlace] = ()  # the district's that are left out as closed, of many the first
    closed_count: int = 0
    doubtful_count: int = 0  # number of the district's whose hours aren't known, or end within the stay
    others_count: int = 0  # number of the district's that are left out as they are for others only
    at: str = ""
    grown: str = ""  # radius searched because nothing within the limit passed
    first: StationCard | None = None  # the first to open, if no open station was found
    off_streets: bool = False  # no street is near the point, so the minutes are estimates
    by_street: bool = False
    let_in: Mapping[str, int] = field(default_factory=dict)  # by station, the last official word, in seconds
    next_k: int = 0  # number to request to see more; 0 if there are no more
    full: bool = False  # as many are listed as the page lists at most, and there may be more
    problems: Sequence[ErrorLine] = ()
    status: int = 200


def problem_answer(problem: Problem) -> PageAnswer:
    return PageAnswer(problems=problem.errors, status=problem.status)


def build_page_answer(
    site: Site, snapshot: Snapshot, form: Mapping[str, list[str]], language: Language
) -> PageAnswer:
    """Answer a submitted form, which names at most one location (see `select_location_fields`)."""
    if (wrong_link := find_link_fault(form, language)) is not None:  # however long it is
        return PageAnswer(problems=[wrong_link], status=422, asks=f"{wrong_link.message} {wrong_link.remedy}")
    try:
        asked = RiderPageForm.model_validate(
            {k: v if k in LIST_PARAMETERS else v[-1] for k, v in form.items()}
        )
    except ValidationError as error:
        return problem_answer(invalid_request_problem([dict(e) for e in error.errors()], language, _TYPED))
    needs = _list_needs(asked, language)
    wanted = language.format_list([need.text for need in needs])
    is_past = asked.at is not None and asked.at < site.wiring.now() - _NOW
    answer = _answer(site, snapshot, asked, wanted, language)
    words = {card.id: let_in_second(snapshot.live.get(card.id)) for card in answer.cards}
    let_in = {id: second for id, second in words.items() if second is not None}
    return replace(answer, let_in=let_in, needs=needs, is_past=is_past)


def _list_needs(asked: RiderPageForm, language: Language) -> list[Need]:
    kinds = [Need(code_label(STATION_KIND_LABELS, kind, language), "kind", kind.value) for kind in asked.kind]
    needed = [Need(code_label(FACILITY_LABELS, code, language), "facility", code) for code in asked.facility]
    if asked.is_round_the_clock:
        needed.append(Need(language.translate(N_("round the clock")), "stay_min", str(asked.stay_min)))
    return [*kinds, *needed]


def _answer(
    site: Site, snapshot: Snapshot, asked: RiderPageForm, wanted: str, language: Language
) -> PageAnswer:
    if asked.to_q and (asked.point is not None):
        ends = find_route_ends(site, asked, language)
        return PageAnswer(
            True,
            searched=asked.to_q,
            choices=ends,
            limits="" if ends else _limits(site, language),
            without_streets=site.wiring.street_names is None,
            leading=True,
        )
    if asked.point is not None and asked.destination is not None:
        return _along(site, snapshot, asked, asked.point, asked.destination, language)
    if asked.has_destination and not asked.q:
        return PageAnswer(problems=[_startless(language)], status=422)
    if asked.point is not None:
        return _near(site, snapshot, asked, asked.point, language)
    if asked.station is not None:
        return _one(site, snapshot, asked, asked.station, language)
    if asked.district is not None:
        return _in_district(site, snapshot, asked, asked.district, language)
    if asked.q:
        return _called(site, snapshot, asked, language)
    if wanted:
        return PageAnswer(asks=language.render(N_("Where do you need it ({wanted})?"), wanted=wanted))
    return PageAnswer()


def _called(site: Site, snapshot: Snapshot, asked: RiderPageForm, language: Language) -> PageAnswer:
    """List what matches the rider's words, each station with its opening state."""
    now, listing = site.wiring.now(), site.listing_cache.get(snapshot)
    at, today = asked.at or now, civil_date(now)
    found = find_place_choices(site, asked.q, asked.near, language)
    states = {
        one.station: format_state(listed, at, language, today)
        for one in found
        if (listed := listing.find(one.station, at))
    }
    return PageAnswer(
        True,
        searched=asked.q,
        choices=[replace(one, state=states.get(one.station, "")) for one in found],
        near=format_coarse_point(asked.near),
        limits="" if found else _limits(site, language),
        without_streets=site.wiring.street_names is None,
        at=_format_as_of(site, at, language) if states else "",
    )


def _near(
    site: Site, snapshot: Snapshot, asked: RiderPageForm, point: tuple[float, float], language: Language
) -> PageAnswer:
    query, here = asked.nearest_query(asked.datum, site.wiring.now()), point_to_wgs84(point, asked.datum)
    found = find_nearest_stations(site, snapshot, replace(query, widens=not asked.has_conditions), here)
    minutes = int(FARTHER_MIN if found.widened else asked.within_min)
    first, accuracy = found.first_to_open, asked.accuracy or 0.0
    nearer = select_nearer_skips(found, query.reach_m(minutes))
    farther_ids = {skip.station.id for skip in found.beyond}
    passed = [skip for skip in nearer if skip.station.id not in farther_ids]
    far, today = _is_far(found, asked), civil_date(site.wiring.now())
    return PageAnswer(
        True,
        match_cards(found.results, language, asked.travel, today, query.start),
        [build_skipped_place(skip, today, language) for skip in passed],
        nearer=len(nearer),
        is_cut=len(nearer) == MAX_SKIPPED,
        around=_around(asked, found, language),
        here=_here(asked, point, language),
        point=here,
        near=format_coarse_point(here),
        search=RiderSearch(here, query, found.results),
        coarse=format_distance(accuracy, language) if accuracy > COARSE_ACCURACY_M else "",
        limits=_limits(site, language)
        if far
        else _limits_near(
            site,
            here,
            max((hit.distance_m for hit in found.results), default=query.reach_m(minutes)),
            language,
        ),
        far=far,
        minutes=minutes,
        widened=found.widened,
        farther_min=int(FARTHER_MIN) if minutes < FARTHER_MIN else 0,
        farther=[] if far else [build_skipped_place(skip, today, language) for skip in found.beyond],
        filtered=asked.has_conditions,
        at=_format_as_of(site, query.instant, language),
        grown="" if found.grown_to_m is None else format_distance(found.grown_to_m, language),
        first=None if first is None else match_card(first, language, asked.travel, today, query.start),
        off_streets=found.off_network,
        by_street=any(hit.way_m is not None for hit in found.results),
        next_k=min(MAX_RESULTS, asked.k * 2) if len(found.results) == asked.k < MAX_RESULTS else 0,
        full=len(found.results) == MAX_RESULTS,
    )


def _format_as_of(site: Site, at: datetime, language: Language) -> str:
    return short_text(at, language, civil_date(site.wiring.now())) or ""


def _limits_near(site: Site, point_4326: Point, within_m: float, language: Language) -> str:
    """Return what a rider is told where stations of other areas may be as near as those of her answer."""
    area = site.wiring.served_area
    if area is None or not area.may_miss(point_4326, within_m):
        return ""
    told = N_("Only places in {area} are listed here; one beyond its border may be nearer.")
    return language.render(told, area=area.name)


def _limits(site: Site, language: Language) -> str:
    area = site.wiring.served_area
    return (
        "" if area is None else language.render(N_("Only places in {area} are listed here."), area=area.name)
    )


def _is_far(found: "NearestResult", asked: RiderPageForm) -> bool:
    """Return whether no station of the register is near enough to be in the same city."""
    farthest_m = min((skip.distance_m for skip in found.beyond), default=inf)
    return not found.results and not found.skipped and not asked.kind and farthest_m > MAX_REACH_M


def select_nearer_skips(found: "NearestResult", reach_m: float) -> Sequence["SkippedStation"]:
    """Return the skipped stations nearer than the last match; those within the reach if there is no match.

    A search with too few matches continues to its limit; its far skipped stations are of no use to a rider.
    """
    farthest_m = max((hit.distance_m for hit in found.results), default=reach_m)
    return [skip for skip in found.skipped if skip.distance_m <= farthest_m]


def _along(
    site: Site, snapshot: Snapshot, asked: RiderPageForm, start: Point, end: Point, language: Language
) -> PageAnswer:
    query = asked.nearest_query(asked.datum, site.wiring.now())
    way = build_route_view(site, snapshot, asked, query, start, end, language)
    here = point_to_wgs84(start, asked.datum)
    return PageAnswer(
        True,
        way.cards,
        way.passed,
        way=way,
        is_cut=len(way.passed) == MAX_SKIPPED,
        filtered=asked.has_conditions,
        point=here,
        near=format_coarse_point(here),
        at=_format_as_of(site, query.instant, language),
    )


def _startless(language: Language) -> ErrorLine:
    return ErrorLine(
        language.render(N_("it isn't known where your way begins")),
        language.render(N_("use your position, search for an address, or tap on the map; then say where to")),
        field="to_q",
    )


def _here(asked: RiderPageForm, point: tuple[float, float], language: Language) -> str:
    place = f"{point[0]:.4f}, {point[1]:.4f}"
    told = N_("The position that you gave, as {map} counts: {place}")
    return language.render(told, place=place, map=language.translate(_MAPS[asked.datum]))


def _around(asked: RiderPageForm, found: "NearestResult", language: Language) -> str:
    """Return the point in words: the phone's, a station's by its name, or one that was chosen."""
    if asked.accuracy is not None:
        return language.translate(_HERE)
    near = [
        *((one.distance_m, one.station.name) for one in found.results),
        *((one.distance_m, one.station.name) for one in found.skipped),
    ]
    at = next((name for distance_m, name in near if distance_m < _SAME_M), "")
    return language.render(N_("Near {station}"), station=at) if at else language.translate(_CHOSEN)


def _one(site: Site, snapshot: Snapshot, asked: RiderPageForm, id: str, language: Language) -> PageAnswer:
    from yihui.services.stations.desk import list_shown_photos

    at = asked.at or site.wiring.now()
    found = site.listing_cache.get(snapshot).find(id, at)
    if found is None:
        gone = language.render(N_("this place is not listed here"))
        remedy = language.render(N_("it may have been taken out of the register; look for places near you"))
        return PageAnswer(problems=[ErrorLine(gone, remedy, field="station")], status=404)
    today = civil_date(site.wiring.now())
    card = district_card(found.station, found.opening, at, language, snapshot.live, asked.travel, today)
    photos = list_shown_photos(site.wiring, found.station.id)
    card = replace(card, sessions=_sessions(site, found.station.id, language), photos=photos)
    return PageAnswer(
        True, [card], station=card.name, near=_town(found.station), at=_format_as_of(site, at, language)
    )


def _sessions(site: Site, station: str, language: Language) -> "list[SessionNote]":
    """Return the sessions of a station that are approved, not closed and not over."""
    from yihui.services.benefits.sessions import load_session_states
    from yihui.views.sessions import session_note

    today, found = civil_date(site.wiring.now()), load_session_states(site.wiring, station)
    return [session_note(one, today, language) for one in found if one.is_listed]


def _town(station: "Station | None") -> str:
    if station is None or station.lon is None or station.lat is None:
        return ""
    return format_coarse_point((station.lon, station.lat))


def _in_district(
    site: Site, snapshot: Snapshot, asked: RiderPageForm, code: str, language: Language
) -> PageAnswer:
    from geo.nearest.listing import ListingQuery

    names, now = site.place_names(), site.wiring.now()
    at, today = asked.at or now, civil_date(now)
    known = snapshot.district_names(names)
    place = distinct_names(known, {**names, **known}).get(code) or names.get(code, "")
    if not place:
        strange = {"type": "unlisted_district", "loc": ()}
        return problem_answer(invalid_request_problem([strange], language, _TYPED))
    page, listing = ListingQuery(asked.filters(), at, MAX_LISTED, code), site.listing_cache.get(snapshot)
    there = listing.open_first(page)
    anytime = page.filters.at_any_hour()
    closed = listing.open_first(replace(page, filters=anytime, closed_only=True))
    hers, with_others = (
        listing.open_first(replace(page, filters=filters, limit=0)).count
        for filters in (
            anytime,
            replace(anytime, accesses=anytime.accesses and anytime.accesses | _RESERVED, employer=""),
        )
    )
    by_hours = page.filters.depends_on_hours
    cards = [
        district_card(one.station, one.opening, at, language, snapshot.live, asked.travel, today)
        for one in there.first
    ]
    return PageAnswer(
        True,
        cards,
        place=place,
        more=there.count - len(cards),
        closed=[
            SkippedPlace(one.station.id, one.station.name, "", format_state(one, at, language, today))
            for one in closed.first
        ],
        closed_count=closed.count if by_hours else 0,
        doubtful_count=hers - there.count - closed.count if by_hours else 0,
        others_count=with_others - hers,
        limits=""
        if (area := site.wiring.served_area) is None or area.narrow(code)
        else _limits(site, language),
        filtered=asked.has_conditions,
        near=_town(there.placed),
        at=_format_as_of(site, at, language),
    )
