"""/ : the rider's page. It works without script; with script it can ask the phone where it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import ValidationError

from geo.civil import CIVIL_TIME
from store import StoreError
from yihui.http.asked import PageAsked
from yihui.http.cards import Card, Passed, district_card, hit_card, metres, passed
from yihui.http.districts import by_city, listed
from yihui.http.errors import invalid_request, problem_for
from yihui.http.pages import Pages
from yihui.http.site import Site
from yihui.http.snapshot import Snapshot
from yihui.http.stations import find
from yihui.labels import FACILITIES, KINDS
from yihui.language import Language
from yihui.problems import Line

N_ = str  # marks a text for the message catalogue

# Asked for most; the others are in the API.
FACILITIES_ASKED = ("toilet", "charging", "water", "microwave", "aircon", "ebike_charging")
# Where people get coordinates from → what they are measured against.
DATUMS = {
    "wgs84": N_("a phone's position (WGS84)"),
    "cgcs2000": N_("Tianditu (CGCS2000)"),
    "gcj02": N_("AMap, Tencent, WeChat (GCJ-02)"),
    "bd09": N_("Baidu (BD-09)"),
}
LISTED = 20  # of a district: a screen that a thumb can still scroll
_OTHER = {"zh": "en", "en": "zh"}
_FIELDS = {"lon": N_("Longitude"), "lat": N_("Latitude"), "district": N_("District")}
_MORE = frozenset({"facility", "open", "entry", "member", "travel"})  # folded away until one is used
_LISTS = ("kind", "facility", "entry", "access", "benefit")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the page says. ``answered`` is false as long as nothing was asked."""

    answered: bool = False
    cards: Sequence[Card] = ()
    passed: Sequence[Passed] = ()
    place: str = ""  # the district listed
    more: int = 0  # that pass there and are not listed
    at: str = ""
    grown: str = ""  # how far was looked where nothing within the limit passed
    first: Card | None = None  # to open, where that was for want of an open door
    off_streets: bool = False  # no street is near the point: the minutes are estimates
    problems: Sequence[Line] = ()
    status: int = 200


def router(site: Site) -> APIRouter:
    made, pages = APIRouter(), Pages()

    @made.get("/", response_class=HTMLResponse, include_in_schema=False)
    def rider(request: Request) -> HTMLResponse:
        language = site.language(request)
        form = _form(request)
        answer, snapshot = _answer(site, form, language)
        names = site.place_names()
        html = pages.render(
            "rider.html",
            language,
            answer=answer,
            form=form,
            more_asked=not _MORE.isdisjoint(form),
            other_language=str(
                request.url.include_query_params(lang=_OTHER[language.code]).replace(scheme="", netloc="")
            ),
            districts=by_city(snapshot.districts(names), names) if snapshot else [],
            datums=DATUMS,
            kinds=_kinds(snapshot),
            facilities={code: FACILITIES[code] for code in FACILITIES_ASKED},
        )
        return HTMLResponse(html, answer.status)

    return made


def _form(request: Request) -> Mapping[str, list[str]]:
    """What was sent, without the fields that were left empty."""
    sent = request.query_params
    filled = {name: [value.strip() for value in sent.getlist(name) if value.strip()] for name in sent}
    return {name: values for name, values in filled.items() if values}


def _answer(site: Site, form: Mapping[str, list[str]], language: Language) -> tuple[Answer, Snapshot | None]:
    try:
        snapshot = site.snapshots.current()
    except StoreError as error:
        problem = problem_for(error, language)
        return Answer(problems=problem.errors, status=problem.status), None
    try:
        asked = PageAsked.model_validate({k: v if k in _LISTS else v[-1] for k, v in form.items()})
    except ValidationError as error:
        problem = invalid_request([dict(e) for e in error.errors()], language, _FIELDS)
        return Answer(problems=problem.errors, status=problem.status), snapshot
    place = ""
    if asked.district and asked.point is None:
        names = site.place_names()
        place = snapshot.districts(names).get(asked.district) or names.get(asked.district, "")
        if not place:
            strange = {"type": "unknown_district", "loc": ("district",), "input": asked.district}
            problem = invalid_request([strange], language, _FIELDS)
            return Answer(problems=problem.errors, status=problem.status), snapshot
    return _found(site, snapshot, asked, place, language), snapshot


def _found(site: Site, snapshot: Snapshot, asked: PageAsked, place: str, language: Language) -> Answer:
    now = site.wiring.now()
    at = asked.at or now
    shown_at = at.astimezone(CIVIL_TIME).strftime("%Y-%m-%d %H:%M")
    if asked.point is not None:
        question = asked.question(asked.datum, now)
        found = find(site, snapshot, question, asked.point)
        cards = [hit_card(hit, language, asked.travel) for hit in found.results]
        skipped = [passed(skip, language) for skip in found.skipped]
        grown = "" if found.grown_to_m is None else metres(found.grown_to_m, language)
        opening = found.first_to_open
        first = None if opening is None else hit_card(opening, language, asked.travel)
        return Answer(
            True, cards, skipped, at=shown_at, grown=grown, first=first, off_streets=found.off_network
        )
    if asked.district is not None:
        there = listed(snapshot.in_district(asked.district), asked.filters(), at, snapshot.live)
        cards = [
            district_card(station, opening, at, language, snapshot.live)
            for station, opening in there[:LISTED]
        ]
        return Answer(True, cards, place=place, more=len(there) - len(cards), at=shown_at)
    return Answer()


def _kinds(snapshot: Snapshot | None) -> Mapping[str, str]:
    there = {station.kind for station in snapshot.stations} if snapshot else set()
    return {code: text for code, text in KINDS.items() if code in there}
