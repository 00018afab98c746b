"""/me/benefits/…: one benefit: its code, its uses, its end, a file for the calendar; claim it, get its code."""

import hashlib
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from benefits import format_code
from core.text_marks import N_
from yihui.access.acting import state_act
from yihui.http.body import FormFields, form_value
from yihui.http.form_acts import FormFeedback
from yihui.http.me.pages import MemberPages
from yihui.http.me.visit import MemberVisit
from yihui.services.benefits.own_benefit import (
    OwnBenefit,
    claim_own_benefit,
    give_own_code,
    load_own_benefit,
)
from yihui.services.benefits.redemption_stations import load_redemption_terms

if TYPE_CHECKING:
    from yihui.views.calendar_entry import CalendarEntry

_DONE: Mapping[str, str] = MappingProxyType(
    {
        "claimed": N_("You have claimed it."),
        "code": N_("Here is your code."),
        "anew": N_("Here is a new code. The old one is no longer valid."),
    }
)


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

    def code(visit: MemberVisit, sent: FormFields, grant: str) -> str:
        anew = form_value(sent, "anew") == "yes"
        state_act("grant", grant)
        give_own_code(pages.site.wiring, visit.member, grant, anew=anew, arrived_at=visit.arrived_at)
        return f"{build_benefit_path(grant)}?done={'anew' if anew else 'code'}"

    def claim(visit: MemberVisit, sent: FormFields, grant: str) -> str:
        state_act("grant", grant)
        claim_own_benefit(pages.site.wiring, visit.member, grant, visit.arrived_at)
        return f"{build_benefit_path(grant)}?done=claimed"

    show = partial(_show, pages)
    pages.add_page(made, "/benefits/{grant}", show)
    pages.add_form(made, "/benefits/{grant}/code", "code", code, show)
    pages.add_form(made, "/benefits/{grant}/claim", "claim", claim, show)


def build_benefit_path(grant: str) -> str:
    return f"/me/benefits/{quote(grant, safe='')}"


def _show(pages: MemberPages, visit: MemberVisit, feedback: FormFeedback, grant: str) -> Response:
    from yihui.views.grants import grant_position_texts
    from yihui.views.member_benefits import (
        benefit_card,
        redemption_place_texts,
        use_texts,
    )
    from yihui.views.member_decisions import ground_texts
    from yihui.views.vouchers import amount_text, render_qr_svg

    wiring, language = pages.site.wiring, visit.language
    found = load_own_benefit(wiring, visit.member, grant)
    held, code = found.held, format_code(found.code) if found.code else None
    terms = load_redemption_terms(wiring, held.grant) if found.usable else None
    done = _DONE.get(visit.request.query_params.get("done", ""))
    return visit.page(
        "benefit.html",
        feedback,
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
        places=redemption_place_texts(terms, pages.site.place_names(), language) if terms else [],
        grounds=ground_texts(found.version, language),
        decision=held.grant.decision_id,
        done=language.translate(done) if done else None,
    )


def _calendar_entry(found: OwnBenefit, visit: MemberVisit) -> "CalendarEntry":
    """Return the last day as an entry; it holds neither a code nor an id. *Raises*: FaultError without a day."""
    from core.faults import FaultError
    from yihui.services.benefits.own_benefit import OWN_FAULTS
    from yihui.views.calendar_entry import CalendarEntry
    from yihui.views.member_benefits import benefit_card

    day = found.held.stands.claim_by or found.held.stands.use_by
    if day is None:
        raise FaultError(OWN_FAULTS.build("no_last_day", field="benefit"))
    card, say = benefit_card(found.held, visit.today, visit.language), visit.language.render
    template = N_("Last day to claim: {title}") if card.claimable else N_("Last day to use: {title}")
    mark = hashlib.sha256(f"calendar\0{card.id}\0{card.claimable}".encode()).hexdigest()[:32]
    return CalendarEntry(f"{mark}@yihui", day, say(template, title=card.title), card.worth)
