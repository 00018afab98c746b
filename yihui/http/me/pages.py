"""The frame of the member's page: who visits, one layout, errors in words, and forms that act once."""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from core.civil_time import civil_date, format_civil_minute
from core.faults import FaultError
from core.money import format_yuan
from yihui.access.acting import Acting, set_acting
from yihui.access.actor import Actor
from yihui.access.decide import AUTHORISATION_FAULTS, Refusal
from yihui.access.form_keys import check_form_key, create_form_key
from yihui.access.member_sessions import MemberSession
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.cases.hotline.own import build_ask_path
from yihui.cases.hotline.topics import HELP_PAGES, NOTHING
from yihui.frame.cells import reword_days
from yihui.frame.feedback import (
    NO_FEEDBACK,
    FormFeedback,
    FormPage,
    LoginNeeded,
    refuse_form,
    require_own_page,
)
from yihui.http.body import FormFields, form_value, read_form
from yihui.http.form_acts import Act, Again, SentForm
from yihui.http.guard.headers import styled_policy
from yihui.http.guard.refusals import find_request_id, note_actor
from yihui.http.login.login_request import MEMBER_COOKIE, read_cookie
from yihui.http.login.pages import safe_next_path
from yihui.http.looks import is_large
from yihui.http.me.appearance import (
    HELP_TOPICS,
    LANGUAGE_COOKIE,
    NAVIGATION,
    Appearance,
)
from yihui.http.me.looked import mark_member, read_seen_until
from yihui.http.me.rights import PUBLIC_MEMBER_PAGES, list_own_pages
from yihui.http.pages import Pages, read_language_choice
from yihui.http.site import Site
from yihui.http.write_queue import MessageLane, WriteQueue
from yihui.runtime.errors import Problem
from yihui.runtime.language import Language
from yihui.services.access.member_login import find_member_login
from yihui.services.access.reach import Reach, open_own_reach
from yihui.services.messages.member_messages import count_unread_messages

LOGIN_PATH, FIRST_PATH = "/me/login", "/me"
SESSION_MARK = "Yihui-Session-Mark"  # the phone's service worker stores pages under it
_PARTS_OF_PAGE = re.compile(r"<(textarea|script|style)\b.*?</\1>|<[^>]*>|[^<]+", re.DOTALL)


def private_headers() -> dict[str, str]:
    """Return the headers of every page of a member."""
    return {
        "Content-Security-Policy": styled_policy("me.css"),
        "Cache-Control": "no-store",
        "X-Robots-Tag": "noindex, nofollow",
        "Vary": "Accept-Language, Cookie",
    }


@dataclass(frozen=True, slots=True)
class MemberVisit:
    """One request of a member who is logged in. ``member`` is the pseudonym; no address or form says who it is.

    ``arrived_at`` is the instant of the request: what she sent in time counts, however long it waits for its turn.
    """

    request: Request
    pages: "MemberPages"
    session: MemberSession
    appearance: Appearance
    arrived_at: datetime

    @property
    def wiring(self) -> Wiring:
        return self.pages.site.wiring

    @property
    def today(self) -> date:
        return civil_date(self.arrived_at)

    @property
    def member(self) -> str:
        return self.session.member_id

    @property
    def actor(self) -> Actor:
        return self.session.actor

    @property
    def language(self) -> Language:
        return self.appearance.language

    @property
    def path(self) -> str:
        return self.appearance.path

    @property
    def help_path(self) -> str:
        """Return the address that asks for help with this page; it carries only what the page itself is about."""
        named, path = self.request.path_params, self.request.url.path
        topics = (
            f"{kind}:{key}"
            for kind, (start, name) in HELP_TOPICS.items()
            if path.startswith(start) and (key := named.get(name) or named.get("thing"))
        )
        if topic := next(topics, ""):
            about = topic
        else:
            section = path.removeprefix("/me").strip("/").partition("/")[0] or "benefits"
            about = f"page:{section}" if section in HELP_PAGES else NOTHING
        return build_ask_path(about)

    @property
    def session_mark(self) -> str:
        """Return the mark by which a phone tells the pages of one session from another's; it opens nothing."""
        return hashlib.sha256(f"session\0{self.session.id}".encode()).hexdigest()[:16]

    @property
    def owner_mark(self) -> str:
        """Return the mark by which a phone tells what one member typed from another's, in whichever session."""
        return mark_member(self.member)

    @property
    def now_text(self) -> str:
        """Return the time of this page, for a phone that stores it."""
        return format_civil_minute(self.wiring.now())

    def count_unread(self) -> int:
        """Return how many messages are new, for the bar."""
        return count_unread_messages(self.wiring, self.member, self.seen_until)

    @property
    def seen_until(self) -> datetime:
        """Return the time of the newest message that this phone has shown."""
        return read_seen_until(self.request, self.member, self.wiring.now())

    def is_fresh(self) -> bool:
        """Return whether a code was entered in the last minutes."""
        return self.session.is_fresh(self.wiring.now())

    def reach(self, right: Right) -> Reach:
        """Return the reach that services ask for: it covers this member's own data alone."""
        return open_own_reach(self.wiring, self.actor, right, find_request_id(self.request))

    def form_key(self) -> str:
        """Return a new key for a form of this page: the form is the member's own, and is carried out once."""
        return create_form_key(self.wiring, self.actor)

    def done(self, texts: Mapping[str, str]) -> str | None:
        """Return what the act before this page did, in the member's language; None without one."""
        text = texts.get(self.request.query_params.get("done", ""))
        return None if text is None else self.language.translate(text)

    def page(
        self, template: str, feedback: FormFeedback = NO_FEEDBACK, status: int = 200, **context: Any
    ) -> Response:
        """Render a page of ``yihui/templates/me`` for this member; no cache may store it."""
        return self.pages.render(
            self.appearance, template, feedback=feedback, status=status, visit=self, **context
        )


@dataclass(frozen=True, slots=True)
class MemberPages:
    """Renders the member's pages and carries out their forms."""

    site: Site
    pages: Pages = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pages", Pages.build(self.site.wiring.settings))

    def add_page(self, made: APIRouter, path: str, show: Again, *, is_fresh: bool = False) -> None:
        """Add the route of a page."""

        def page(request: Request) -> Response:
            visit = self.open_fresh(request) if is_fresh else self.open(request)
            return show(visit, NO_FEEDBACK, **request.path_params)

        made.add_api_route(path, page, methods=["GET"])

    def add_form(
        self,
        made: APIRouter,
        path: str,
        lane: WriteQueue | MessageLane,
        act: Callable[[Request, FormFields], Response],
        *,
        reads: bool = True,
        is_gated: bool = False,
    ) -> None:
        """Add the route of a form that needs no log-in; one without fields isn't read."""

        async def send(request: Request) -> Response:
            require_own_page(request)
            sent = await read_form(request) if reads else {}
            if is_gated:
                await run_in_threadpool(self.site.gate.check)
            return await lane.run(act, request, sent)

        made.add_api_route(path, send, methods=["POST"])

    def appearance(self, request: Request) -> Appearance:
        """Return how the page is shown on this phone."""
        chosen = read_language_choice(request, LANGUAGE_COOKIE)
        language = self.site.choose_language(chosen, request.headers.get("accept-language", ""))
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return Appearance(language, is_large(request), path)

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
        html = reword_days_of_page(html, appearance.language, civil_date(self.site.wiring.now()))
        answered = status if feedback.status == 200 else feedback.status
        headers = private_headers() | ({SESSION_MARK: visit.session_mark} if visit else {})
        return FormPage(html, answered, headers, feedback.code)

    def check_key(self, actor: Actor, sent: FormFields) -> str:
        """Return the number of the key that a form was made with. *Raises*: FaultError if it is not this member's."""
        return check_form_key(self.site.wiring, actor, form_value(sent, "form_key"))

    def refuse(self, request: Request, error: FaultError, form: str, sent: FormFields) -> FormFeedback:
        """Return the feedback of a refused form, in the member's language."""
        return refuse_form(error, self.appearance(request).language, form, sent)

    def carry_out(self, visit: MemberVisit, sent: FormFields, form: str, act: Act, again: Again) -> Response:
        """Carry out the act of a form by hand once and redirect to what it led to; show a refused form again.

        The form holds ``form_key`` from `MemberVisit.form_key`. *Raises*: FaultError if it is not this member's.
        """
        sent_form = SentForm.build(self.site.wiring, visit, form, sent, private_headers())

        def show_again(error: FaultError) -> Response:
            feedback = self.refuse(visit.request, error, form, sent)
            if feedback.status in (401, 403, 500):
                raise error
            return again(visit, feedback)

        return sent_form.carry_out(lambda: act(visit, sent), show_again)

    def show(
        self, request: Request, template: str, feedback: FormFeedback = NO_FEEDBACK, **values: Any
    ) -> Response:
        """Render a page that needs no log-in; to a member it is a page of hers."""
        visit = self.find_visit(request)
        return self.render(self.appearance(request), template, feedback, visit=visit, **values)

    def render_problem(self, request: Request, problem: Problem) -> Response:
        """Render an error in the layout, with the way back."""
        return self.show(request, "problem.html", status=problem.status, problem=problem)


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
    return next(
        (one for one in (path, path.partition("?")[0].rpartition("/")[0]) if has_page(one)), FIRST_PATH
    )


def has_page(path: str) -> bool:
    """Return whether a member can open an address, which may end with a part of the page."""
    return _page_pattern().fullmatch(path.partition("#")[0].partition("?")[0]) is not None


@cache
def _page_pattern() -> re.Pattern[str]:
    routes = (*PUBLIC_MEMBER_PAGES, *list_own_pages())
    return compile_paths(path for method, path in routes if method == "GET")


def compile_paths(templates: Iterable[str]) -> re.Pattern[str]:
    """Return the pattern of the addresses of some routes."""
    return re.compile("|".join(re.sub(r"\{\w+\}", "[^/]+", template) for template in templates))


def reword_days_of_page(html: str, language: Language, today: date) -> str:
    """Return a page whose texts have their days as people say them; tags and what somebody typed stay."""
    return _PARTS_OF_PAGE.sub(
        lambda found: found[0] if found[0].startswith("<") else reword_days(found[0], language, today), html
    )
