"""/: the rider's page. It works without script; with script it can ask the phone for its position."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby, islice
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import URL, QueryParams

from core.civil_time import civil_date
from geo.place_names.query_words import normalize_text, normalize_texts
from geo.station import Access
from store import StoreError
from yihui.frame.cells import short_text
from yihui.http.errors import problem_for_error
from yihui.http.guard.headers import styled_policy
from yihui.http.guard.limits import APPENDED_PARAMETERS
from yihui.http.looks import read_looks
from yihui.http.pages import Pages
from yihui.http.representations import CACHE_PRIVATE
from yihui.http.rider.answer import PageAnswer, build_page_answer, problem_answer
from yihui.http.rider.cards import blank_card
from yihui.http.rider.place_choices import finds_place, list_called
from yihui.http.rider.request import parse_moment, select_location_fields
from yihui.http.rider.typed_words import resolve_typed_words
from yihui.http.site import Site
from yihui.runtime.language import OTHER_LANGUAGE, Language
from yihui.services.stations.snapshot import Snapshot, SnapshotVersion
from yihui.views.labels import DATUM_LABELS, STATION_KIND_LABELS
from yihui.views.navigation import find_device_apps

_MOST_EMPLOYERS = 10
_CITY_DIGITS = 4  # prefix of a district's code; with 00 appended it is the city's code


def group_districts_by_city(
    districts: Mapping[str, str], names: Mapping[str, str]
) -> list[tuple[str, list[tuple[str, str]]]]:
    """Group districts by city: city → (code, name) of its districts. Several cities have a 市中区.

    *Shape*: both map codes to names. If the city has no name (counties directly under a province), the
    province's name is used, else the city's code.
    """
    in_order = sorted(districts.items())
    return [
        (names.get(f"{city}00") or names.get(f"{city[:2]}0000") or f"{city}00", list(members))
        for city, members in groupby(in_order, key=lambda item: item[0][:_CITY_DIGITS])
    ]


# Headers of web/src/page.ts: the version of which the page has heard by news; the page asks its question once more.
_HEARD, _AGAIN = "yihui-heard", "yihui-again"
_RELOADS = frozenset({"max-age=0", "no-cache"})  # Cache-Control of a browser that loads a page again


@dataclass(frozen=True, slots=True)
class FilterOptions:
    """What the register has, so that a rider may choose it."""

    kinds: frozenset[str] = frozenset()
    facilities: frozenset[str] = frozenset()
    # Those with places for their staff alone, the shortest names first: as they are compared, and as the register writes
    # them.
    employers: Sequence[tuple[str, str]] = ()

    def find_employers(self, text: str) -> list[str]:
        """Return up to ten employers whose names hold the text, in either script."""
        typed = normalize_text(text)
        matching = (name for key, name in self.employers if typed in key)
        return list(islice(matching, _MOST_EMPLOYERS)) if typed else []

    def spell_employer(self, text: str) -> str:
        """Return an employer's name as the register writes it; as typed if the register has none of this name."""
        typed = normalize_text(text)
        return next((name for key, name in self.employers if key == typed), text)


NO_FILTER_OPTIONS = FilterOptions()


def build_filter_options(snapshot: Snapshot) -> FilterOptions:
    kinds = frozenset(station.kind.value for station in snapshot.stations)
    facilities = frozenset[str]().union(*(station.facilities for station in snapshot.stations))
    named = {station.employer for station in snapshot.stations if station.access is Access.EMPLOYER}
    employers = sorted(named - {""}, key=lambda name: (len(name), name))
    return FilterOptions(kinds, facilities, list(zip(normalize_texts(employers), employers, strict=True)))


class FilterOptionsCache:
    """Caches the filter options until the register changes."""

    def __init__(self) -> None:
        self._last: tuple[int, FilterOptions] | None = None

    def get(self, snapshot: Snapshot) -> FilterOptions:
        last = self._last
        if last is None or last[0] != snapshot.version.register:
            last = self._last = snapshot.version.register, build_filter_options(snapshot)
        return last[1]


def router(site: Site) -> APIRouter:
    made, offers = APIRouter(), FilterOptionsCache()
    pages = Pages.build(site.wiring.settings)
    headers = {
        "Content-Security-Policy": styled_policy("rider.css"),
        "Cache-Control": CACHE_PRIVATE,
        "Vary": "Accept-Language",
    }

    def frame(request: Request, snapshot: Snapshot | None, language: Language) -> dict[str, object]:
        """What stands around the answer."""
        names = site.place_names()
        other = request.url.include_query_params(lang=OTHER_LANGUAGE[language.code])
        moment = parse_moment(request.query_params.get("at", ""))  # told as the browser's field takes it
        return {
            "origin": str(request.base_url).rstrip("/"),
            **read_looks(request),
            "other_language": str(other.replace(scheme="", netloc="")),
            "districts": group_districts_by_city(snapshot.district_names(names), names) if snapshot else [],
            "datums": DATUM_LABELS,
            "moment": moment.replace(tzinfo=None).isoformat(timespec="minutes") if moment else "",
            "kind_words": STATION_KIND_LABELS,
            "has_streets": site.wiring.street_names is not None,
            "offers": offers.get(snapshot) if snapshot else NO_FILTER_OPTIONS,
            "benefits": _load_benefit_titles(site) if snapshot and "benefit" in request.query_params else {},
            "blank": blank_card(language),
            "members_address": site.members_address,
        }

    @made.get("/", response_class=HTMLResponse, include_in_schema=False)
    def rider(request: Request) -> Response:
        language, sent = site.language(request), _form(request.query_params)
        form = select_location_fields(sent)
        meant = resolve_typed_words(sent, form, partial(list_called, site), partial(finds_place, site))
        if meant is not None:
            return RedirectResponse(f"/?{urlencode(meant, doseq=True)}", 303, headers)
        heard = SnapshotVersion.parse(request.headers.get(_HEARD, ""))
        told, snapshot = _answer(site, offers, form, language, heard)
        if told.search is not None and not _is_asked_again(request, sent):
            site.search_tally.count_search(told.search)
        shown = {
            "answer": told,
            "form": form,
            "asked_with": partial(_changed_query, form),
            "version": snapshot.version if snapshot else "",
            "read_at": _read_at(site, snapshot, language),
            "apps": find_device_apps(request.headers.get("user-agent", "")),
        }
        if form.get("part") == ["answer"]:
            html = pages.render("rider/answer.html", language, **shown)
        else:
            html = pages.render("rider.html", language, **shown, **frame(request, snapshot, language))
        return HTMLResponse(html, told.status, headers)

    @made.get("/employers", include_in_schema=False)
    def employers(q: Annotated[str, Query(max_length=200)] = "") -> list[str]:
        """Return the employers of the register that somebody who types hers may mean."""
        return offers.get(site.snapshots.recent()).find_employers(q)

    return made


def _read_at(site: Site, snapshot: Snapshot | None, language: Language) -> str:
    """Return when the stations were read, in Beijing time, if the database is away; empty while it answers."""
    since = site.snapshots.outdated_since
    today = civil_date(site.wiring.now())
    return short_text(since if snapshot else None, language, today) or ""


def _load_benefit_titles(site: Site) -> Mapping[str, str]:
    from yihui.services.ledger.ledger import load_rule_titles

    return load_rule_titles(site.wiring)


def _changed_query(form: Mapping[str, list[str]], **changed: object) -> str:
    """Return the form as a query string with some fields changed; None removes a field.

    The script asks for a part; it adds the rider's employer to each request by itself, so that no address holds it.
    """
    own = {"employer": None} if "part" in form else {}
    fields = {**form, **changed, **own, "part": None, "by": None}
    return urlencode({name: value for name, value in fields.items() if value is not None}, doseq=True)


def _is_asked_again(request: Request, sent: Mapping[str, list[str]]) -> bool:
    """Return whether the rider has asked this before, as far as the request itself says.

    A browser that loads a page again says so, and the links to the other language, to larger text, to more places and to
    farther ones are on a page that showed the same question. The script sets the page's address before it asks, and says
    itself what it repeats.
    """
    if _AGAIN in request.headers:
        return True
    if "part" in sent:
        return False
    before = URL(request.headers.get("referer", ""))
    is_same = before.path == "/" and _question(_form(QueryParams(before.query))) == _question(sent)
    return is_same or request.headers.get("cache-control") in _RELOADS


def _question(sent: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Return what is asked, in whatever words and however far its answer is shown."""
    return {name: values for name, values in sent.items() if name not in ("lang", "k", "within_min")}


def _form(sent: QueryParams) -> Mapping[str, list[str]]:
    """Return the submitted fields without empty ones, and without what apps append to shared links."""
    names = [name for name in sent if name not in APPENDED_PARAMETERS]
    filled = {name: [text.strip() for text in sent.getlist(name) if text.strip()] for name in names}
    return {name: values for name, values in filled.items() if values}


def _answer(
    site: Site,
    offers: FilterOptionsCache,
    form: Mapping[str, list[str]],
    language: Language,
    heard: SnapshotVersion | None,
) -> tuple[PageAnswer, Snapshot | None]:
    try:
        snapshot = site.snapshots.recent(heard)
    except StoreError as error:
        return problem_answer(problem_for_error(error, language)), None
    if "employer" in form:
        form = {**form, "employer": [offers.get(snapshot).spell_employer(form["employer"][-1])]}
    return build_page_answer(site, snapshot, form, language), snapshot
