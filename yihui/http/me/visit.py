"""Who visits the member's page, in which language and how large, and the page that this visit gets."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol
from urllib.parse import urlencode

from fastapi import Request, Response

from core.civil_time import civil_date, format_civil_minute
from core.text_marks import N_
from yihui.access.actor import Actor
from yihui.access.member_sessions import MemberSession
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.http.body import FormFields, form_value
from yihui.http.form_acts import NO_FEEDBACK, FormFeedback
from yihui.http.guard.refusals import find_request_id
from yihui.http.me.looked import mark_member, read_seen_until
from yihui.http.site import Site
from yihui.runtime.language import LANGUAGES, OTHER_LANGUAGE, Language
from yihui.services.access.reach import Reach, open_own_reach
from yihui.services.messages.member_messages import count_unread_messages

LANGUAGE_COOKIE, LARGE_COOKIE = "yihui_me_language", "yihui_me_large"
# What a question may be about, by the first part of a page's path.
HELP_PAGES: Mapping[str, str] = {
    "benefits": N_("Benefits"),
    "card": N_("Card"),
    "messages": N_("Messages"),
    "decisions": N_("Why, why not"),
    "membership": N_("My membership"),
    "join": N_("My membership"),
    "data": N_("My data"),
    "account": N_("My phones"),
    "apply": N_("Apply"),
    "certificates": N_("My certificates"),
    "mutual-aid": N_("Mutual aid"),
    "take-part": N_("Take part"),
    "points": N_("My points"),
}
# What else: how its page's address begins, and the part of it that names the thing.
_HELP_TOPICS: Mapping[str, tuple[str, str]] = {
    "benefit": ("/me/benefits/", "grant"),
    "decision": ("/me/decisions/", "decision"),
    "undecided": ("/me/decisions/undecided/", "rule"),
    "application": ("/me/applications/", "number"),
    "rule": ("/me/apply/", "rule"),
    "poll": ("/me/take-part/polls/", "poll"),
    "draw": ("/me/take-part/draws/", "draw"),
    "file": ("/me/files/", "number"),
}


@dataclass(frozen=True, slots=True)
class NavigationEntry:
    """A part of the member's page in the bar at the bottom."""

    path: str
    title: str
    below: tuple[str, ...] = ()  # paths whose pages lie in it, beside its own

    def holds_page(self, path: str) -> bool:
        """Return whether a page lies in this part."""
        return path == self.path or any(path == one or path.startswith(f"{one}/") for one in self.below)


NAVIGATION = (
    NavigationEntry(
        "/me",
        N_("Benefits"),
        (
            "/me/benefits",
            "/me/decisions",
            "/me/apply",
            "/me/applications",
            "/me/files",
            "/me/certificates",
            "/me/mutual-aid",
            "/me/take-part",
            "/me/points",
        ),
    ),
    NavigationEntry("/me/card", N_("Card")),
    NavigationEntry("/me/messages", N_("Messages")),
    NavigationEntry("/me/account", N_("Me"), ("/me/data", "/me/membership", "/me/join", "/me/help")),
)


@dataclass(frozen=True, slots=True)
class Appearance:
    """How the page is shown: language, and large high-contrast text for those who want it."""

    language: Language
    is_large: bool
    path: str  # with its query, to come back to

    @property
    def other_language(self) -> str:
        return OTHER_LANGUAGE[self.language.code]


class MemberFrame(Protocol):
    """What a visit needs of the frame that opened it (`MemberPages`)."""

    @property
    def site(self) -> Site: ...

    def create_form_key(self, visit: "MemberVisit") -> str: ...

    def render(
        self,
        appearance: Appearance,
        template: str,
        feedback: FormFeedback = NO_FEEDBACK,
        status: int = 200,
        visit: "MemberVisit | None" = None,
        **values: Any,
    ) -> Response: ...


@dataclass(frozen=True, slots=True)
class MemberVisit:
    """One request of a member who is logged in. ``member`` is the pseudonym; no address or form says who it is.

    ``arrived_at`` is the instant of the request: what she sent in time counts, however long it waits for its turn.
    """

    request: Request
    pages: "MemberFrame"
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
            kind for kind, (start, name) in _HELP_TOPICS.items() if path.startswith(start) and name in named
        )
        if kind := next(topics, ""):
            about = f"{kind}:{named[_HELP_TOPICS[kind][1]]}"
        else:
            section = path.removeprefix("/me").strip("/").partition("/")[0] or "benefits"
            about = f"page:{section}" if section in HELP_PAGES else ""
        return f"/me/help?{urlencode({'about': about})}" if about else "/me/help"

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
        """Return the reach for services that ask for one: this member's own data and nobody else's."""
        return open_own_reach(self.wiring, self.actor, right, find_request_id(self.request))

    def form_key(self) -> str:
        """Return a new key for a form of this page: the form is the member's own, and is carried out once."""
        return self.pages.create_form_key(self)

    def request_key(self, sent: FormFields) -> str:
        """Return what a service knows a form of this page by, so that sent twice it is carried out once."""
        return hashlib.sha256(form_value(sent, "form_key").encode()).hexdigest()

    def done(self, texts: Mapping[str, str]) -> str | None:
        """Return what the act before this page did, in the member's language; None without one."""
        text = texts.get(self.request.query_params.get("done", ""))
        return None if text is None else self.language.translate(text)

    def page(
        self, template: str, feedback: FormFeedback = NO_FEEDBACK, status: int = 200, **context: Any
    ) -> Response:
        """Render a page of ``yihui/templates/me`` for this member alone; nobody else may store it."""
        return self.pages.render(
            self.appearance, template, feedback=feedback, status=status, visit=self, **context
        )


@dataclass(frozen=True, slots=True)
class CookieChoice:
    """A choice of how the page looks: its cookie and what the cookie may hold."""

    cookie: str
    values: tuple[str, ...] = field(default=())


CHOICES: Mapping[str, CookieChoice] = {
    "language": CookieChoice(LANGUAGE_COOKIE, tuple(LANGUAGES)),
    "large": CookieChoice(LARGE_COOKIE, ("yes", "no")),
}
