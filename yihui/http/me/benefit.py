"""/me/benefits/…: show one benefit with its code and uses, save its last day, and find the stations that take it."""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request, Response

from benefits import format_code
from core.text_marks import N_
from yihui.cases.benefits.own import BENEFITS
from yihui.frame.feedback import FormFeedback
from yihui.http.me.pages import MemberPages, MemberVisit
from yihui.http.rider.answer import build_page_answer
from yihui.http.rider.request import select_location_fields
from yihui.services.benefits.own_benefit import OwnBenefit, load_own_benefit
from yihui.services.benefits.redemption_stations import (
    RedemptionTerms,
    load_redemption_terms,
    select_redemption_stations,
)
from yihui.services.stations.snapshot import Snapshot
from yihui.views.navigation import find_device_apps

if TYPE_CHECKING:
    from geo.nearest.index import StationIndex
    from yihui.views.calendar_entry import CalendarEntry

_MOST_STORED = 16  # benefits whose stations are stored; most members hold the same ones
_MOST_LISTED = 20  # places, while nobody knows where the member is
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
    @made.get("/benefits/{grant}/last-day.ics")
    def last_day(request: Request, grant: str) -> Response:
        from yihui.views.calendar_entry import render_calendar

        visit = pages.open(request)
        entry = _calendar_entry(load_own_benefit(pages.site.wiring, visit.member, grant), visit)
        headers = {
            "Cache-Control": "no-store",
            "Content-Disposition": "attachment; filename=last-day.ics",
        }
        content = render_calendar(entry, pages.site.wiring.now())
        return Response(content, headers=headers, media_type="text/calendar; charset=utf-8")

    pages.add_page(made, "/benefits/{grant}", _show)
    pages.add_page(made, "/benefits/{grant}/places", partial(_show_places, RedemptionIndexCache()))


def build_benefit_path(grant: str) -> str:
    return f"/me/benefits/{quote(grant, safe='')}"


def _show(visit: MemberVisit, feedback: FormFeedback, grant: str) -> Response:
    from yihui.cases.benefits.own_decision_texts import ground_texts
    from yihui.cases.benefits.own_texts import benefit_card, redemption_place_texts, use_texts
    from yihui.views.grants import grant_position_texts
    from yihui.views.vouchers import amount_text, render_qr_svg

    wiring, language = visit.wiring, visit.language
    found = load_own_benefit(wiring, visit.member, grant)
    held, code = found.held, format_code(found.code) if found.code else None
    terms = load_redemption_terms(wiring, held.grant) if found.usable else None
    return visit.page(
        "benefit.html",
        path=build_benefit_path(grant),
        one=benefit_card(held, visit.today, language),
        held=held,
        positions=list(grant_position_texts(held, language)),
        code=code,
        groups=code.split("-") if code else [],
        qr=render_qr_svg(code, scalable=True) if code else "",
        usable=found.usable,
        left=amount_text(found.usable.left, found.usable.unit, language) if found.usable else "",
        uses=[use_texts(use, found.stations, language, is_usable=bool(found.usable)) for use in found.uses],
        places=redemption_place_texts(terms, visit.pages.site.place_names(), language) if terms else [],
        grounds=ground_texts(found.version, language),
        decision=held.grant.decision_id,
        done=visit.done(BENEFITS.done_texts),
    )


def _calendar_entry(found: OwnBenefit, visit: MemberVisit) -> "CalendarEntry":
    """Return the last day as an entry; it holds neither a code nor an id. *Raises*: FaultError without a day."""
    from core.faults import FaultError
    from yihui.cases.benefits.own_texts import benefit_card
    from yihui.services.benefits.own_benefit import OWN_FAULTS
    from yihui.views.calendar_entry import CalendarEntry

    day = found.held.stands.claim_by or found.held.stands.use_by
    if day is None:
        raise FaultError(OWN_FAULTS.build("no_last_day", field="benefit"))
    card, say = benefit_card(found.held, visit.today, visit.language), visit.language.render
    template = N_("Last day to claim: {title}") if card.claimable else N_("Last day to use: {title}")
    mark = hashlib.sha256(f"calendar\0{card.id}\0{card.claimable}".encode()).hexdigest()[:32]
    return CalendarEntry(f"{mark}@yihui", day, say(template, title=card.title), card.worth)


def _show_places(
    cache: RedemptionIndexCache, visit: MemberVisit, feedback: FormFeedback, grant: str
) -> Response:
    """Show the nearest stations that take a benefit and are open when the member arrives."""
    found = load_own_benefit(visit.wiring, visit.member, grant)
    terms = load_redemption_terms(visit.wiring, found.held.grant)
    taking = cache.narrow(visit.pages.site.snapshots.current(), terms)
    form = _read_form(visit.request)
    answer = build_page_answer(visit.pages.site, taking, {**form, **_MEMBER}, visit.language)
    path = f"{build_benefit_path(grant)}/places"
    by_address = sorted(taking.stations, key=lambda one: (one.district_name, one.address, one.name))
    return visit.page(
        "places.html",
        status=answer.status,
        path=path,
        back=build_benefit_path(grant),
        title=found.held.grant.title,
        answer=answer,
        apps=find_device_apps(visit.request.headers.get("user-agent", "")),
        choices=[one for one in answer.choices if "lon" in one.where],
        typed=form.get("q", [""])[-1],
        count=len(taking.stations),
        merchants=terms.merchants if not terms.redeem_at else (),
        has_shops=any(one.id not in terms.merchant_stations for one in taking.stations),
        listed=[] if answer.answered else by_address[:_MOST_LISTED],
        travel=form.get("travel", ["ebike"])[-1],
        link=partial(_build_link, path, form.get("travel", [])),
    )


def _read_form(request: Request) -> Mapping[str, list[str]]:
    """Return the filled fields that say where the member is."""
    sent = request.query_params
    filled = {name: [text.strip() for text in sent.getlist(name) if text.strip()] for name in _FIELDS}
    return select_location_fields({name: texts for name, texts in filled.items() if texts})


def _build_link(path: str, travel: Sequence[str], where: Mapping[str, object]) -> str:
    """Return the address of the answer for a place that was chosen, by the same way to travel."""
    query = {name: str(value) for name, value in where.items()}
    return f"{path}?{urlencode(query | ({'travel': travel[-1]} if travel else {}))}"
