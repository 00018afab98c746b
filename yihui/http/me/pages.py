"""The frame of the member's page: who visits, one layout, errors in words, and forms that act once."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from core.civil_time import civil_date
from core.faults import FaultError
from core.money import format_yuan
from yihui.access.acting import Acting, set_acting
from yihui.access.decide import AUTHORISATION_FAULTS, Refusal
from yihui.http.body import FormFields, read_form
from yihui.http.desk.faults import FORM_FAULTS
from yihui.http.form_acts import (
    NO_FEEDBACK,
    ActOutcome,
    FormFeedback,
    FormPage,
    LoginNeeded,
    SentForm,
    refuse_form,
)
from yihui.http.guard.headers import styled_policy
from yihui.http.guard.host import is_same_origin
from yihui.http.guard.refusals import note_actor
from yihui.http.login.login_request import MEMBER_COOKIE, read_cookie
from yihui.http.login.pages import safe_next_path
from yihui.http.me.rights import OWN_MEMBER_PAGES
from yihui.http.me.visit import (
    LANGUAGE_COOKIE,
    LARGE_COOKIE,
    NAVIGATION,
    Appearance,
    MemberVisit,
)
from yihui.http.pages import Pages
from yihui.http.site import Site
from yihui.runtime.errors import Problem
from yihui.runtime.language import LANGUAGES
from yihui.services.access.member_login import find_member_login
from yihui.services.desk.form_submissions import create_form_key

MAX_FORM_BYTES = 64 << 10
LOGIN_PATH, FIRST_PATH = "/me/login", "/me"
SESSION_MARK = "Yihui-Session-Mark"  # the phone's service worker stores pages under it
# What a form does: it gets the visit, what was sent and what the address names, and returns the page that it leads to.
Act = Callable[..., ActOutcome | str]
Again = Callable[..., Response]  # shows a page: it gets the visit, the feedback and what the address names


def private_headers() -> dict[str, str]:
    """Return the headers of every page of a member."""
    return {
        "Content-Security-Policy": styled_policy("me.css"),
        "Cache-Control": "no-store",
        "X-Robots-Tag": "noindex, nofollow",
        "Vary": "Accept-Language, Cookie",
    }


@dataclass(frozen=True, slots=True)
class MemberPages:
    """Renders the member's pages and carries out their forms."""

    site: Site
    pages: Pages = field(default_factory=Pages)

    def add_page(self, made: APIRouter, path: str, show: Again, *, is_fresh: bool = False) -> None:
        """Add the route of a page."""

        def page(request: Request) -> Response:
            visit = self.open_fresh(request) if is_fresh else self.open(request)
            return show(visit, NO_FEEDBACK, **request.path_params)

        made.add_api_route(path, page, methods=["GET"])

    def add_form(
        self, made: APIRouter, path: str, form: str, act: Act, again: Again, *, is_fresh: bool = False
    ) -> None:
        """Add the route of a form."""

        async def submit(request: Request) -> Response:
            named = request.path_params
            carry_out, show = partial(act, **named), partial(again, **named)
            return await self.submit(request, form, carry_out, show, is_fresh=is_fresh)

        made.add_api_route(path, submit, methods=["POST"])

    def appearance(self, request: Request) -> Appearance:
        """Return how the page is shown on this phone."""
        asked = request.query_params.get("lang", "")[:2].lower()
        chosen = asked if asked in LANGUAGES else request.cookies.get(LANGUAGE_COOKIE, "")[:2]
        language = self.site.choose_language(chosen, request.headers.get("accept-language", ""))
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return Appearance(language, request.cookies.get(LARGE_COOKIE) == "yes", path)

    def open(self, request: Request, arrived_at: datetime | None = None) -> MemberVisit:
        """Return who visits; the request arrived now if no other instant is given. *Raises*: LoginNeeded."""
        session = find_member_login(self.site.wiring, read_cookie(request, MEMBER_COOKIE))
        if session is None:
            raise LoginNeeded
        note_actor(request, session.member_id)
        now = arrived_at or self.site.wiring.now()
        # Set in this thread: each transaction of the page judges the actor again.
        set_acting(Acting(session.actor, civil_date(now)))
        return MemberVisit(request, self, session, self.appearance(request), now)

    def find_visit(self, request: Request) -> MemberVisit | None:
        """Return the visit of the member who is logged in; None without a session."""
        try:
            return self.open(request)
        except LoginNeeded:
            return None

    def open_fresh(self, request: Request, arrived_at: datetime | None = None) -> MemberVisit:
        """Return who visits, with a code of the last minutes: for bank details and deletion.

        *Raises*: LoginNeeded; FaultError (`step_up`), which leads to a fresh code and back.
        """
        visit = self.open(request, arrived_at)
        if not visit.is_fresh():
            raise FaultError(AUTHORISATION_FAULTS.build(Refusal.STEP_UP, minutes=5))
        return visit

    def create_form_key(self, visit: MemberVisit) -> str:
        return create_form_key(self.site.wiring, visit.actor)

    def render(
        self,
        appearance: Appearance,
        template: str,
        feedback: FormFeedback = NO_FEEDBACK,
        status: int = 200,
        visit: MemberVisit | None = None,
        **values: Any,
    ) -> Response:
        """Render a page in the layout; without a visit, one for somebody who isn't logged in."""
        html = self.pages.render(
            f"me/{template}",
            appearance.language,
            appearance=appearance,
            visit=visit,
            navigation=NAVIGATION,
            feedback=feedback,
            yuan=format_yuan,
            **{"done": None, **values},
        )
        answered = status if feedback.status == 200 else feedback.status
        headers = private_headers() | ({SESSION_MARK: visit.session_mark} if visit else {})
        return FormPage(html, answered, headers, feedback.code)

    def refuse(self, appearance: Appearance, error: FaultError, form: str, sent: FormFields) -> FormFeedback:
        """Return the feedback of a refused form, in the member's language."""
        return refuse_form(error, appearance.language, form, sent)

    async def submit(
        self, request: Request, form: str, act: Act, again: Again, *, is_fresh: bool = False
    ) -> Response:
        """Carry out a form's act once and redirect to what it led to; show a refused form again.

        The form holds ``form_key`` from `MemberVisit.form_key`. With ``is_fresh`` a code of the last minutes is needed.

        *Raises*: LoginNeeded; FaultError if the form is not this member's.
        """
        arrived_at = self.site.wiring.now()
        require_own_page(request)
        visit = await run_in_threadpool(self.open_fresh if is_fresh else self.open, request, arrived_at)
        sent = await read_form(request, MAX_FORM_BYTES)
        return await self.site.write_queue.run(self.carry_out, visit, sent, form, act, again)

    def carry_out(self, visit: MemberVisit, sent: FormFields, form: str, act: Act, again: Again) -> Response:
        """Carry out the act of a form that was read; see ``submit``."""
        sent_form = SentForm.build(self.site.wiring, visit, form, sent, private_headers())

        def show_again(error: FaultError) -> Response:
            feedback = self.refuse(visit.appearance, error, form, sent)
            if feedback.status in (401, 403, 500):
                raise error
            return again(visit, feedback)

        return sent_form.carry_out(lambda: act(visit, sent), show_again)

    def render_problem(self, request: Request, problem: Problem) -> Response:
        """Render an error in the layout, with the way back."""
        visit = self.find_visit(request)
        return self.render(
            self.appearance(request), "problem.html", status=problem.status, visit=visit, problem=problem
        )


def require_own_page(request: Request) -> None:
    """*Raises*: FaultError unless one of our own pages sent the form."""
    if not is_same_origin(request):
        raise FaultError(FORM_FAULTS.build("foreign", field="Origin"))


def safe_member_path(path: str) -> str:
    """Return a path of the member's page; of another site or another part of this one, the first page."""
    is_ours = path == FIRST_PATH or path.startswith((f"{FIRST_PATH}/", f"{FIRST_PATH}?"))
    return path if is_ours and safe_next_path(path) == path else FIRST_PATH


def login_redirect(request: Request) -> Response:
    """Lead to the log-in, and from there back to the page; after a form, to its page, with what was typed there."""
    path, is_read = request.url.path, request.method in ("GET", "HEAD")
    path = path if is_read else find_form_page(path)
    query = f"?{request.url.query}" if request.url.query and path == request.url.path else ""
    values = {"next": safe_member_path(path + query)} | ({} if is_read else {"typed": "yes"})
    return RedirectResponse(f"{LOGIN_PATH}?{urlencode(values)}", 303, private_headers())


def find_form_page(path: str) -> str:
    """Return the page that shows the form with an address: the address itself, the one above it, or the first page."""
    templates = [template for method, template in OWN_MEMBER_PAGES if method == "GET"]
    pages = re.compile("|".join(re.sub(r"\{\w+\}", "[^/]+", template) for template in templates))
    return next((one for one in (path, path.rpartition("/")[0]) if pages.fullmatch(one)), FIRST_PATH)
