"""/me/join: join on one's own phone in three steps; who is logged in transfers in one."""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from core.civil_time import civil_date
from core.faults import FaultError
from core.text_marks import N_
from members.hotline.faults import HOTLINE_FAULTS
from members.joining.request import MOST_WRONG_CODES
from yihui.cases.joining.identity import TypedIdentity
from yihui.cases.joining.joining import load_join_terms
from yihui.cases.joining.own import find_join_organisation, load_own_membership
from yihui.cases.joining.phone_joining import (
    PhoneJoin,
    begin_phone_joining,
    bind_request,
    find_bound_request,
    open_joining_reach,
    prove_phone_joining,
    transfer_phone_joining,
    withdraw_phone_joining,
)
from yihui.cases.joining.places import JoinPlaces, Why, find_join_places
from yihui.cases.joining.requests import JoinPlace, JoinStatus, load_status
from yihui.cases.organisations.link_acts import list_consent_facts
from yihui.frame.feedback import NO_FEEDBACK, FormFeedback
from yihui.http.body import FormFields, form_value
from yihui.http.guard.allowances import request_network
from yihui.http.guard.refusals import find_request_id
from yihui.http.login.login_request import (
    MEMBER_JOIN_COOKIE,
    delete_cookie,
    read_cookie,
    require_encrypted,
    set_cookie,
)
from yihui.http.me.card import CARD_PATH
from yihui.http.me.login import build_code_visit, set_member_cookies
from yihui.http.me.pages import MemberPages, private_headers
from yihui.http.rider.place_choices import PlaceChoice, find_place_choices
from yihui.services.access.reach import Reach

LONGEST_NAME = 100
JOIN_PATH = "/me/join"
CODE_PATH = f"{JOIN_PATH}/code"
# Why an organisation is listed for who looks for hers; its place or employer is ``about``.
WHY_LISTED: Mapping[Why, str] = {
    "number": N_("the number that you typed"),
    "name": N_("its name has what you typed"),
    "worker": N_("takes people of {about}"),
    "home": N_("members' home in {about}"),
    "township": N_("township or street in {about}"),
    "trade": N_("trade and joint unions in {about}"),
    "area": N_("union of {about}"),
    "anybody": N_("takes whoever finds no other"),
}


def router(made: APIRouter, pages: MemberPages) -> None:
    page = _JoinPage(pages)

    @made.get("/join", response_class=HTMLResponse)
    def choose(request: Request) -> Response:
        require_encrypted(request)
        return page.show_place(request, NO_FEEDBACK)

    writes = pages.site.write_queue
    pages.add_form(made, "/join", pages.site.message_lane, page.begin, is_gated=True)

    @made.get("/join/code", response_class=HTMLResponse)
    def code(request: Request) -> Response:
        return page.show_request(request, NO_FEEDBACK)

    pages.add_form(made, "/join/code", writes, page.prove, is_gated=True)
    pages.add_form(made, "/join/transfer", writes, page.transfer, reads=False, is_gated=True)
    pages.add_form(made, "/join/withdraw", writes, page.withdraw, reads=False)


def read_place(sent: FormFields) -> JoinPlace:
    """Return the organisation that a form or an address names."""
    return JoinPlace(
        form_value(sent, "token")[:400] or None,
        form_value(sent, "organisation")[:15] or None,
        form_value(sent, "employer") or None,
    )


def _read_point(query: FormFields) -> tuple[float, float] | None:
    """Return the longitude and latitude of a chosen place; None without both, or for what is no number."""
    texts = [form_value(query, name) for name in ("lon", "lat")]
    lon, lat = (float(text) if re.fullmatch(r"-?\d{1,3}(\.\d{1,15})?", text) else None for text in texts)
    return None if lon is None or lat is None else (lon, lat)


def _require_short(sent: FormFields) -> None:
    """*Raises*: FaultError for a name that is longer than the form takes: none is cut."""
    titles = {"name": N_("Name, as on the ID card"), "employer": N_("Where you work (may stay empty)")}
    faults = [
        HOTLINE_FAULTS.build("too_long", field=name, value=size, most=LONGEST_NAME, terms={"field": title})
        for name, title in titles.items()
        if (size := len(form_value(sent, name))) > LONGEST_NAME
    ]
    if faults:
        raise FaultError(faults)


def build_join_path(place: JoinPlace) -> str:
    """Return the address of the page that joins an organisation."""
    named = {"token": place.token or "", "organisation": place.organisation or ""}
    query = urlencode({name: value for name, value in named.items() if value})
    return f"{JOIN_PATH}?{query}" if query else JOIN_PATH


@dataclass(frozen=True, slots=True)
class _JoinPage:
    pages: MemberPages

    def show_place(
        self, request: Request, feedback: FormFeedback, place: JoinPlace | None = None
    ) -> Response:
        """Show how to find the organisation; with one, the next step: of a member a transfer, of others the form."""
        wiring = self.pages.site.wiring
        visit = self.pages.find_visit(request)
        query = {name: request.query_params.getlist(name) for name in request.query_params}
        place = place or read_place(
            {name: query[name] for name in ("token", "organisation") if name in query}
        )
        try:
            organisation = (
                find_join_organisation(wiring, place) if place.token or place.organisation else None
            )
        except FaultError as error:
            if not feedback.problems:
                feedback = self.pages.refuse(request, error, "place", {})
            organisation = None
        if organisation is None:
            return self._show_choice(request, feedback, query)
        own = load_own_membership(wiring, visit.member) if visit is not None else None
        if visit is not None and own is not None and own.is_member:
            return visit.page(
                "join_transfer.html", feedback, organisation=organisation, place=place, own=own,
                now_in=own.names.get(own.organisation or "", ""),
            )  # fmt: skip
        terms = load_join_terms(wiring, organisation.code)
        text = terms.consent and terms.consent.text
        return self.pages.show(
            request, "join.html", feedback, organisation=organisation, place=place, key=secrets.token_urlsafe(24),
            terms=terms, consent=list(list_consent_facts(text)) if text else [],
        )  # fmt: skip

    def _show_choice(self, request: Request, feedback: FormFeedback, query: FormFields) -> Response:
        """List the organisations that fit, each with why; without any, the places that are called so."""
        site, language = self.pages.site, self.pages.appearance(request).language
        text, point = form_value(query, "q")[:LONGEST_NAME].strip(), _read_point(query)
        district = form_value(query, "district")[:6]
        found: JoinPlaces | None = None
        places: Sequence[PlaceChoice] = ()
        if text or point or district:
            found = find_join_places(site.wiring, text, point, district)
            if text and not found.is_placed:
                places = find_place_choices(site, text, None, language)
        values = {"text": text, "found": found, "places": places, "why": WHY_LISTED}
        return self.pages.show(request, "join_choice.html", feedback, **values)

    def begin(self, request: Request, sent: FormFields) -> Response:
        """Take name, ID number and phone, and send a code."""
        place = read_place(sent)
        values = [form_value(sent, name) for name in ("name", "id_number", "phone", "consent")]
        try:
            _require_short(sent)
            status = begin_phone_joining(
                self.pages.site.wiring, place, TypedIdentity(*values), request_network(request),
                form_value(sent, "key")[:200] or secrets.token_urlsafe(24), self._reach(request),
            )  # fmt: skip
        except FaultError as error:
            return self.show_place(request, self.pages.refuse(request, error, "join", sent), place)
        response = RedirectResponse(CODE_PATH, 303, private_headers())
        set_cookie(
            response, request, MEMBER_JOIN_COOKIE, bind_request(self.pages.site.wiring, status.request.id)
        )
        return response

    def show_request(self, request: Request, feedback: FormFeedback) -> Response:
        """Show how far the request of this phone has come, and its next step."""
        status = self._load(request)
        if status is None:
            return RedirectResponse(JOIN_PATH, 303, private_headers())
        found = status.request
        return self.pages.show(
            request, "join_code.html", feedback, one=found, masks=list(status.masks.values()), left=MOST_WRONG_CODES - found.wrong_codes,
            name=status.names.get(found.organisation, ""),
            reviewer=status.names.get(found.reviewer or "", ""),
            elsewhere=status.names.get(status.elsewhere or "", status.elsewhere),
            until=_day(found.review_until), again=build_join_path(JoinPlace(organisation=found.organisation)),
        )  # fmt: skip

    def prove(self, request: Request, sent: FormFields) -> Response:
        """Take the code, and confirm."""
        wiring, reach = self.pages.site.wiring, self._reach(request)
        return self._go_on(
            request,
            lambda id, visit: prove_phone_joining(wiring, id, form_value(sent, "code")[:40], visit, reach),
        )

    def transfer(self, request: Request, sent: FormFields) -> Response:
        wiring, reach = self.pages.site.wiring, self._reach(request)
        return self._go_on(request, lambda id, visit: transfer_phone_joining(wiring, id, visit, reach))

    def withdraw(self, request: Request, sent: FormFields) -> Response:
        try:
            withdraw_phone_joining(self.pages.site.wiring, self._find_id(request), self._reach(request))
        except FaultError as error:
            return self.show_request(request, self.pages.refuse(request, error, "join", {}))
        return RedirectResponse(CODE_PATH, 303, private_headers())

    def _go_on(self, request: Request, act: Any) -> Response:
        """Do a step; who is a member after it is logged in, and sees her card."""
        try:
            done: PhoneJoin = act(self._find_id(request), build_code_visit(request))
        except FaultError as error:
            return self.show_request(request, self.pages.refuse(request, error, "join", {}))
        if done.opened is None:
            return RedirectResponse(CODE_PATH, 303, private_headers())
        response = RedirectResponse(CARD_PATH, 303, private_headers())
        set_member_cookies(response, request, self.pages.site.wiring, done.opened)
        delete_cookie(response, request, MEMBER_JOIN_COOKIE)
        return response

    def _load(self, request: Request) -> JoinStatus | None:
        try:
            return load_status(self.pages.site.wiring, self._find_id(request))
        except FaultError:  # the cookie names none: a fresh beginning
            return None

    def _find_id(self, request: Request) -> str:
        return find_bound_request(self.pages.site.wiring, read_cookie(request, MEMBER_JOIN_COOKIE))

    def _reach(self, request: Request) -> Reach:
        return open_joining_reach(self.pages.site.wiring, find_request_id(request))


def _day(instant: datetime | None) -> str:
    return "" if instant is None else f"{civil_date(instant)}"
