"""What the rider's page says to a question: a list, a choice of places, or what is wrong with the question."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import inf
from typing import TYPE_CHECKING

from pydantic import ValidationError

from core.civil_time import CIVIL_TIME
from geo.crs import to_wgs84
from members import scrubbed
from yihui.http.errors import invalid_request
from yihui.http.rider.along import End, WayTold, ends, way_told
from yihui.http.rider.cards import Card, Passed, district_card, hit_card, metres, passed
from yihui.http.rider.place_choices import Choice, choices
from yihui.http.rider.request import REACH_M, PageAsked, roughly
from yihui.http.site import Site
from yihui.http.snapshot import Snapshot
from yihui.http.stations.nearest import find
from yihui.http.stations.request import LISTS
from yihui.runtime.errors import Line, Problem
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from geo.nearest.result import Nearest, Skip
    from geo.station import Station

N_ = str  # marks a text for the message catalogue

# Where people get coordinates from → what they are measured against.
DATUMS = {
    "wgs84": N_("a phone's position (WGS84)"),
    "cgcs2000": N_("Tianditu (CGCS2000)"),
    "gcj02": N_("AMap, Tencent, WeChat (GCJ-02)"),
    "bd09": N_("Baidu (BD-09)"),
}
# The same as those who are asked for help call it.
_SYSTEMS = {"wgs84": "WGS84", "cgcs2000": "CGCS2000", "gcj02": "GCJ-02", "bd09": "BD-09"}
LISTED = 20  # of a district: a screen that a thumb can still scroll
# Only a phone says how well it knows a point.
_HERE = N_("Near where you are")
_CHOSEN = N_("Near the place that you chose")
COARSE_M = 1_000.0  # a position that is known no better is told to be so
_FIELDS = {
    "lon": N_("Longitude"),
    "lat": N_("Latitude"),
    "district": N_("District"),
    "q": N_("Address or name"),
    "station": N_("Place"),
    "accuracy": N_("Accuracy"),
    "to_lon": N_("Longitude"),
    "to_lat": N_("Latitude"),
    "to_q": N_("Where to?"),
    "within": N_("How far off the way?"),
}
Point = tuple[float, float]  # lon, lat


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """``answered`` is false as long as nothing was asked, or the question can't be answered."""

    answered: bool = False
    cards: Sequence[Card] = ()
    passed: Sequence[Passed] = ()
    searched: str = ""  # the address in words, and what may be meant by it
    choices: Sequence[Choice | End] = ()
    leading: bool = False  # what is searched is where a way leads
    way: WayTold | None = None  # what stands along a way, in place of what is near
    place: str = ""  # the district listed
    station: str = ""  # the one place asked for
    around: str = ""  # where that is, in plain words
    here: str = ""  # the point, and what it is measured against, for whoever is asked for help
    point: tuple[float, float] | None = None  # WGS84, for the map
    near: str = ""  # roughly where that is, for the next search by words
    coarse: str = ""  # within how much the point is known, where that is worse than a walk
    far: bool = False  # no place of the register is within reach
    more: int = 0  # that pass there and are not listed
    at: str = ""
    grown: str = ""  # how far was looked where nothing within the limit passed
    first: Card | None = None  # to open, where that was for want of an open door
    off_streets: bool = False  # no street is near the point: the minutes are estimates
    by_street: bool = False
    next_k: int = 0  # how many to ask for to see more
    problems: Sequence[Line] = ()
    status: int = 200


def refused(problem: Problem) -> PageAnswer:
    return PageAnswer(problems=problem.errors, status=problem.status)


def answer(site: Site, snapshot: Snapshot, form: Mapping[str, list[str]], language: Language) -> PageAnswer:
    """The answer to what a form sent, one way of saying where at the most."""
    try:
        asked = PageAsked.model_validate({k: v if k in LISTS else v[-1] for k, v in form.items()})
    except ValidationError as error:
        return refused(invalid_request([dict(e) for e in error.errors()], language, _FIELDS))
    if asked.to_q and (asked.point is not None):
        return PageAnswer(True, searched=asked.to_q, choices=ends(site, asked), leading=True)
    if asked.point is not None and asked.end is not None:
        return _along(site, snapshot, asked, asked.point, asked.end, language)
    if asked.leads_somewhere and not asked.q:
        return PageAnswer(problems=[_startless(language)], status=422)
    if asked.point is not None:
        return _near(site, snapshot, asked, asked.point, language)
    if asked.station is not None:
        return _one(site, snapshot, asked, asked.station, language)
    if asked.district is not None:
        return _in_district(site, snapshot, asked, asked.district, language)
    if asked.q:
        return PageAnswer(
            True,
            searched=asked.q,
            choices=choices(site, asked.q, asked.near, language),
            near=roughly(asked.near),
        )
    return PageAnswer()


def _near(
    site: Site, snapshot: Snapshot, asked: PageAsked, point: tuple[float, float], language: Language
) -> PageAnswer:
    question = asked.question(asked.datum, site.wiring.now())
    found = find(site, snapshot, question, point)
    way = replace(question, travel=asked.travel).way
    pace = way.seconds_per_m if way else 0.0
    accuracy = asked.accuracy or 0.0
    first = found.first_to_open
    return PageAnswer(
        True,
        [hit_card(hit, language, asked.travel, pace) for hit in found.results],
        [passed(skip, language) for skip in nearer(found)],
        around=language.text(_HERE if asked.accuracy is not None else _CHOSEN),
        here=_here(asked, point, language),
        point=_in_wgs84(asked, point),
        near=roughly(_in_wgs84(asked, point)),
        coarse=metres(accuracy, language) if accuracy > COARSE_M else "",
        far=not found.results and not found.skipped and asked.within_m >= REACH_M,
        at=_shown(question.at),
        grown="" if found.grown_to_m is None else metres(found.grown_to_m, language),
        first=None if first is None else hit_card(first, language, asked.travel, pace),
        off_streets=found.off_network,
        by_street=bool(found.results) and found.results[0].way_m is not None,
        next_k=min(50, asked.k * 2) if len(found.results) == asked.k < 50 else 0,
    )


def nearer(found: "Nearest") -> Sequence["Skip"]:
    """Who was passed over, nearer than the last on the list; all of them where nothing is on it.

    Where fewer were found than were asked for, a search looks on to its limit, and passes over places that
    no rider wants who has seen an open one nearer by.
    """
    farthest = max((hit.distance_m for hit in found.results), default=inf)
    return [skip for skip in found.skipped if skip.distance_m <= farthest]


def _along(
    site: Site, snapshot: Snapshot, asked: PageAsked, start: Point, end: Point, language: Language
) -> PageAnswer:
    question = asked.question(asked.datum, site.wiring.now())
    way = way_told(site, snapshot, asked, question, start, end, language)
    here = _in_wgs84(asked, start)
    return PageAnswer(
        True, way.cards, way.passed, way=way, point=here, near=roughly(here), at=_shown(question.at)
    )


def _startless(language: Language) -> Line:
    return Line(
        language.say(N_("it isn't known where your way begins")),
        language.say(N_("use your position, search for an address, or tap on the map; then say where to")),
        field="to_q",
    )


def _in_wgs84(asked: PageAsked, point: tuple[float, float]) -> tuple[float, float]:
    ((lon, lat),) = to_wgs84([point], asked.datum).tolist()
    return lon, lat


def _here(asked: PageAsked, point: tuple[float, float], language: Language) -> str:
    place = f"{point[0]:.4f}, {point[1]:.4f}"
    return language.say(
        N_("Coordinates asked about: {place} ({system})"), place=place, system=_SYSTEMS[asked.datum]
    )


def _one(site: Site, snapshot: Snapshot, asked: PageAsked, id: str, language: Language) -> PageAnswer:
    at = asked.at or site.wiring.now()
    found = site.listings.of(snapshot).one(id, at)
    if found is None:
        gone = language.say(N_("no place here has the id {value}"), value=scrubbed(id))
        remedy = language.say(N_("it may have been taken out of the register; look for places near you"))
        return PageAnswer(problems=[Line(gone, remedy, field="station")], status=404)
    card = district_card(found.station, found.opening, at, language, snapshot.live, asked.travel)
    return PageAnswer(True, [card], station=card.name, near=_town(found.station), at=_shown(at))


def _town(station: "Station | None") -> str:
    if station is None or station.lon is None or station.lat is None:
        return ""
    return roughly((station.lon, station.lat))


def _in_district(
    site: Site, snapshot: Snapshot, asked: PageAsked, code: str, language: Language
) -> PageAnswer:
    from geo.nearest.listing import Page

    names, at = site.place_names(), asked.at or site.wiring.now()
    place = snapshot.districts(names).get(code) or names.get(code, "")
    if not place:
        strange = {"type": "unknown_district", "loc": ("district",), "input": code}
        return refused(invalid_request([strange], language, _FIELDS))
    page = Page(asked.filters(), at, LISTED, code)
    there = site.listings.of(snapshot).open_first(page)
    cards = [
        district_card(one.station, one.opening, at, language, snapshot.live, asked.travel)
        for one in there.first
    ]
    return PageAnswer(
        True, cards, place=place, more=there.count - len(cards), near=_town(there.placed), at=_shown(at)
    )


def _shown(at: datetime) -> str:
    return at.astimezone(CIVIL_TIME).strftime("%Y-%m-%d %H:%M")
