"""/me/login: a member logs in, or steps her session up, with a code that is sent to her phone; log-out.

/me/handover for a host app's backend, /me/enter for its user: a log-in without a code of ours.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.background import BackgroundTask

from core.faults import FaultError
from yihui.access.member_sessions import MEMBER_LOGIN_FAULTS, MemberSession, OpenedMemberSession
from yihui.bootstrap import Wiring
from yihui.frame.feedback import NO_FEEDBACK, FormFeedback
from yihui.http.body import FormFields, form_value, parse_json_body, read_json_body
from yihui.http.guard.allowances import request_network
from yihui.http.login.login_request import (
    CLEAR_SITE_DATA,
    MEMBER_CODE_COOKIE,
    MEMBER_COOKIE,
    MEMBER_DEVICE_COOKIE,
    MEMBER_HANDOVER_COOKIE,
    MEMBER_JOIN_COOKIE,
    build_visit,
    delete_cookie,
    read_cookie,
    require_encrypted,
    set_cookie,
)
from yihui.http.me.looked import forget_look
from yihui.http.me.pages import (
    FIRST_PATH,
    LOGIN_PATH,
    MemberPages,
    private_headers,
    safe_member_path,
)
from yihui.http.site import Site
from yihui.services.access.login_tries import LoginVisit
from yihui.services.access.member_codes import (
    CODE_LIFE,
    enter_code,
    issue_member_device,
    read_own_phone_mask,
    request_code,
    request_own_code,
    send_code,
)
from yihui.services.access.member_handover import (
    TICKET_LIFE,
    accept_handover,
    enter_handover,
    find_app_title,
    find_app_to_link,
    link_app,
)
from yihui.services.access.member_login import find_member_login, log_member_out
from yihui.services.access.oidc_tokens import MAX_TOKEN_BYTES

CODE_PATH = f"{LOGIN_PATH}/code"
_MAX_BODY_BYTES = MAX_TOKEN_BYTES + (1 << 10)
_CHOICE_CODES = frozenset(f"{MEMBER_LOGIN_FAULTS.area}.{code}" for code in ("choose", "wrong_choice"))


class HandedToken(BaseModel):
    """The token that the app signed for its user."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    token: str = Field(repr=False)


def backend_router(site: Site) -> APIRouter:
    """Build the route that a host app's backend calls; its answers are JSON."""
    made = APIRouter(include_in_schema=False)

    @made.post("/me/handover")
    async def hand_over(request: Request) -> Response:
        """Take a signed token; answer with the path that the app opens in its web view."""
        sent = parse_json_body(HandedToken, await read_json_body(request, _MAX_BODY_BYTES))
        network = request_network(request)
        # The service may fetch the app's keys over the network, so that it runs outside of the queue of writers.
        ticket = await run_in_threadpool(accept_handover, site.wiring, sent.token, network)
        answer = {"path": f"/me/enter/{ticket}", "seconds": int(TICKET_LIFE.total_seconds())}
        return JSONResponse(answer, 201, {"Cache-Control": "no-store"})

    return made


def router(made: APIRouter, pages: MemberPages) -> None:
    page = _LoginPage(pages)

    @made.get("/login", response_class=HTMLResponse)
    def login(request: Request) -> Response:
        require_encrypted(request)
        return page.show_login(request, NO_FEEDBACK)

    writes = pages.site.write_queue
    pages.add_form(made, "/login", writes, page.request_code)

    @made.get("/login/code", response_class=HTMLResponse)
    def code(request: Request) -> Response:
        if not read_cookie(request, MEMBER_CODE_COOKIE):
            return _redirect(request, LOGIN_PATH)
        return page.show_code(request, NO_FEEDBACK)

    pages.add_form(made, "/login/code", writes, page.enter_code)
    pages.add_form(made, "/logout", writes, page.log_out, reads=False)
    pages.add_form(made, "/enter/{ticket}", writes, page.enter_from_app, reads=False)

    @made.get("/enter/{ticket}", response_class=HTMLResponse)
    def show_entrance(request: Request, ticket: str) -> Response:
        """Ask the member to go on: a chat program that opens the address for a preview must not use the ticket up."""
        app = find_app_title(pages.site.wiring, ticket[:100])
        return pages.render(pages.appearance(request), "enter.html", app=app)


@dataclass(frozen=True, slots=True)
class _LoginPage:
    pages: MemberPages

    def show_login(self, request: Request, feedback: FormFeedback) -> Response:
        session, wiring = self._session(request), self.pages.site.wiring
        phone = read_own_phone_mask(wiring, session.member_id) if session else None
        return self._show(request, "login.html", feedback, own_phone=phone)

    def request_code(self, request: Request, sent: FormFields) -> Response:
        """Send a code to the phone that was typed, or for a step-up to the member's own."""
        session, wiring, visit = self._session(request), self.pages.site.wiring, build_code_visit(request)
        try:
            if session is not None:
                asked = request_own_code(wiring, session, visit)
            else:
                asked = request_code(wiring, form_value(sent, "phone")[:40], visit)
        except FaultError as error:
            return self.show_login(request, self.pages.refuse(request, error, "phone", sent))
        response = _redirect(request, CODE_PATH)
        set_cookie(response, request, MEMBER_CODE_COOKIE, asked.ticket)
        if asked.outgoing is not None:  # after the answer: it takes as long for a number that nobody has
            lane = self.pages.site.message_lane
            response.background = BackgroundTask(lane.run_after_answer, send_code, wiring, asked.outgoing)
        return response

    def show_code(self, request: Request, feedback: FormFeedback) -> Response:
        minutes = int(CODE_LIFE.total_seconds() // 60)
        app = find_app_to_link(self.pages.site.wiring, read_cookie(request, MEMBER_HANDOVER_COOKIE))
        return self._show(
            request,
            "login_code.html",
            feedback,
            minutes=minutes,
            app=app,
            chooses=feedback.code in _CHOICE_CODES,
        )

    def enter_code(self, request: Request, sent: FormFields) -> Response:
        wiring, ticket = self.pages.site.wiring, read_cookie(request, MEMBER_CODE_COOKIE)
        visit = build_code_visit(request)
        try:
            who = form_value(sent, "who")[:40]
            opened = enter_code(wiring, ticket, form_value(sent, "code")[:40], visit, who)
        except FaultError as error:
            return self.show_code(request, self.pages.refuse(request, error, "code", sent))
        if form_value(sent, "link") == "yes":
            link_app(wiring, read_cookie(request, MEMBER_HANDOVER_COOKIE), opened.session)
        response: Response = RedirectResponse(_back(request), 303, private_headers())
        set_member_cookies(response, request, wiring, opened)
        delete_cookie(response, request, MEMBER_HANDOVER_COOKIE)
        delete_cookie(response, request, MEMBER_CODE_COOKIE)
        return response

    def enter_from_app(self, request: Request, sent: FormFields) -> Response:
        wiring, ticket = self.pages.site.wiring, request.path_params["ticket"][:100]
        opened = enter_handover(wiring, ticket, build_code_visit(request))
        if opened is None:  # the member must prove her phone first; that links the app's user to her
            response = RedirectResponse(LOGIN_PATH, 303, private_headers())
            set_cookie(response, request, MEMBER_HANDOVER_COOKIE, ticket)
            return response
        response = RedirectResponse(FIRST_PATH, 303, private_headers())
        set_member_cookies(response, request, wiring, opened)
        return response

    def log_out(self, request: Request, sent: FormFields) -> Response:
        """End the session, and have the browser forget all that this site stored on the phone."""
        session = self._session(request)
        if session is not None:
            log_member_out(self.pages.site.wiring, session)
        response = self.pages.render(self.pages.appearance(request), "forgotten.html", is_deleted=False)
        clear_phone(response, request)
        return response

    def _session(self, request: Request) -> MemberSession | None:
        return find_member_login(self.pages.site.wiring, read_cookie(request, MEMBER_COOKIE))

    def _show(self, request: Request, template: str, feedback: FormFeedback, **values: Any) -> Response:
        """Render a page of the log-in; for a member who steps her session up it stays a page of hers."""
        values |= {"query": _query(request), "typed": _was_typing(request)}
        return self.pages.show(request, template, feedback, **values)


def set_member_cookies(
    response: Response, request: Request, wiring: Wiring, opened: OpenedMemberSession
) -> None:
    """Let a browser hold the session that it opened, and the token by which it is known from now on."""
    set_cookie(response, request, MEMBER_COOKIE, opened.token)
    device = issue_member_device(wiring, opened.session.member_id)
    set_cookie(response, request, MEMBER_DEVICE_COOKIE, device)


def clear_phone(response: Response, request: Request) -> None:
    """Have the browser forget all that this site stored of a member: pages, pictures, session, last look.

    The token of its log-in stays: it names nobody, and keeps strangers from locking the next log-in out.
    """
    response.headers["Clear-Site-Data"] = CLEAR_SITE_DATA
    for name in (MEMBER_COOKIE, MEMBER_CODE_COOKIE, MEMBER_HANDOVER_COOKIE, MEMBER_JOIN_COOKIE):
        delete_cookie(response, request, name)
    forget_look(response, request)


def build_code_visit(request: Request) -> LoginVisit:
    """Return the browser that logs in or joins."""
    return build_visit(request, MEMBER_COOKIE, MEMBER_DEVICE_COOKIE)


def _back(request: Request) -> str:
    return safe_member_path(request.query_params.get("next", ""))


def _query(request: Request) -> str:
    typed = {"typed": "yes"} if _was_typing(request) else {}
    return f"?{urlencode({'next': _back(request), **typed})}"


def _was_typing(request: Request) -> bool:
    """Return whether a form led here: what its member typed then stays on the phone for her."""
    return request.query_params.get("typed") == "yes"


def _redirect(request: Request, path: str) -> Response:
    return RedirectResponse(path + _query(request), 303, private_headers())
