"""/me/benefits/…/places: the nearest stations that take a benefit and are open when the member arrives."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from yihui.http.me.benefit import build_benefit_path
from yihui.http.me.pages import MemberPages
from yihui.http.rider.answer import PageAnswer, build_page_answer
from yihui.http.rider.request import select_location_fields
from yihui.http.site import Site
from yihui.runtime.language import Language
from yihui.services.benefits.own_benefit import load_own_benefit
from yihui.services.benefits.redemption_stations import (
    RedemptionTerms,
    load_redemption_terms,
    select_redemption_stations,
)
from yihui.services.stations.snapshot import Snapshot

if TYPE_CHECKING:
    from geo.nearest.index import StationIndex

_MOST_STORED = 16  # benefits whose stations are stored; most members hold the same ones
_FIELDS = ("lon", "lat", "datum", "accuracy", "q", "near", "by", "travel")
_MEMBER = {"member": ["true"], "when": ["arrival"]}


@dataclass(slots=True)
class RedemptionIndexCache:
    """The index of the stations that take a benefit, by the benefit's terms; built anew for a changed register."""

    _stored: "OrderedDict[object, StationIndex]" = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def narrow(self, snapshot: Snapshot, terms: RedemptionTerms) -> Snapshot:
        """Return a snapshot whose index holds those stations alone, with what is reported of them now."""
        from geo.nearest.index import StationIndex

        key = (snapshot.version.register, terms.key)
        with self._lock:
            if key not in self._stored:
                taking = select_redemption_stations(snapshot.stations, terms)
                self._stored[key] = StationIndex.build(taking)
            self._stored.move_to_end(key)
            while len(self._stored) > _MOST_STORED:
                self._stored.popitem(last=False)
            index = self._stored[key]
        return replace(snapshot, index=index.with_live(snapshot.live), stations=index.stations)


def router(made: APIRouter, pages: MemberPages) -> None:
    cache = RedemptionIndexCache()

    @made.get("/benefits/{grant}/places", response_class=HTMLResponse)
    def places(request: Request, grant: str) -> Response:
        visit = pages.open(request)
        found = load_own_benefit(pages.site.wiring, visit.member, grant)
        terms = load_redemption_terms(pages.site.wiring, found.held.grant)
        taking = cache.narrow(pages.site.snapshots.current(), terms)
        form = _read_form(request)
        answer = _answer(pages.site, taking, form, visit.language)
        path = f"{build_benefit_path(grant)}/places"
        return visit.page(
            "places.html",
            status=answer.status,
            path=path,
            back=build_benefit_path(grant),
            title=found.held.grant.title,
            answer=answer,
            choices=[one for one in answer.choices if "lon" in one.where],
            typed=form.get("q", [""])[-1],
            count=len(taking.stations),
            merchants=terms.merchants if not terms.redeem_at else (),
            travel=form.get("travel", ["ebike"])[-1],
            link=partial(_build_link, path, form.get("travel", [])),
        )


def _answer(site: Site, taking: Snapshot, form: Mapping[str, list[str]], language: Language) -> PageAnswer:
    """Return the rider's answer, among the stations that take the benefit."""
    return build_page_answer(site, taking, {**form, **_MEMBER}, language)


def _read_form(request: Request) -> Mapping[str, list[str]]:
    """Return the filled fields that say where the member is."""
    sent = request.query_params
    filled = {name: [text.strip() for text in sent.getlist(name) if text.strip()] for name in _FIELDS}
    return select_location_fields({name: texts for name, texts in filled.items() if texts})


def _build_link(path: str, travel: Sequence[str], where: Mapping[str, object]) -> str:
    """Return the address of the answer for a place that was chosen, by the same way to travel."""
    query = {name: str(value) for name, value in where.items()}
    return f"{path}?{urlencode(query | ({'travel': travel[-1]} if travel else {}))}"
