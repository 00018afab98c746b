"""Who visits the officers' pages, in which language and colours, and what the officer's roles show there.

Two cookies hold the language and the colours that an officer chose; they say nothing about anybody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from fastapi import Request, Response

from core.text_marks import N_
from yihui.access.actor import Actor, ActorKind
from yihui.access.decide import subtrees
from yihui.access.roles import Right
from yihui.bootstrap import PROVINCE_CODE
from yihui.runtime.language import LANGUAGES, Language

THEMES = ("auto", "light", "dark")
_TO_DO, _PEOPLE, _SERVICES = N_("To do"), N_("Members and applications"), N_("Services")
_MONEY, _RULES, _PLACES, _CONTROL = (
    N_("Money"),
    N_("Rules"),
    N_("Stations and planning"),
    N_("Administration"),
)
DUTIES = (_TO_DO, _PEOPLE, _SERVICES, _MONEY, _RULES, _PLACES, _CONTROL)
LANGUAGE_COOKIE, THEME_COOKIE = "yihui_language", "yihui_theme"
_YEAR_S = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class NavigationEntry:
    """A room in the navigation; it is shown to officers who hold its right for any subtree, or the whole."""

    path: str
    title: str
    right: Right | None = None
    is_whole: bool = False  # only for those who hold the right for the whole union
    duty: str = ""  # one of DUTIES: the first row of the navigation
    prefix: str = ""  # of the room's pages, where that is not its path
    further: tuple[str, ...] = ()  # prefixes of pages that lie in the room as well

    def holds_page(self, path: str) -> bool:
        """Return whether a page lies in this room; the first page holds no other."""
        prefixes = {self.prefix or self.path, *self.further} - {"/desk"}
        return path == self.path or any(f"{path}/".startswith(f"{one}/") for one in prefixes)


NAVIGATION = (
    NavigationEntry("/desk", N_("To do"), duty=_TO_DO),
    NavigationEntry(
        "/desk/members", N_("Members"), Right.READ_MEMBERS, duty=_PEOPLE, further=("/desk/corrections",)
    ),
    NavigationEntry("/desk/joins", N_("Join requests"), Right.CHANGE_MEMBERS, duty=_PEOPLE),
    NavigationEntry(
        "/desk/applications",
        N_("Applications"),
        Right.READ_APPLICATIONS,
        duty=_PEOPLE,
        further=("/desk/appeals",),
    ),
    NavigationEntry(
        "/desk/hardship/files", N_("Hardship"), Right.READ_HARDSHIP, duty=_PEOPLE, prefix="/desk/hardship"
    ),
    NavigationEntry(
        "/desk/mutual-aid/claims",
        N_("Mutual aid"),
        Right.READ_HARDSHIP,
        duty=_PEOPLE,
        prefix="/desk/mutual-aid",
    ),
    NavigationEntry(
        "/desk/hotline/cases", N_("Hotline"), Right.READ_CASES, duty=_SERVICES, prefix="/desk/hotline"
    ),
    NavigationEntry("/desk/polls", N_("Polls"), Right.READ_STATISTICS, duty=_SERVICES),
    NavigationEntry("/desk/merchants", N_("Merchants"), Right.READ_OPERATION, is_whole=True, duty=_SERVICES),
    NavigationEntry("/desk/money", N_("Money"), Right.READ_MONEY, duty=_MONEY),
    NavigationEntry("/desk/approvals", N_("Second person"), Right.READ_RULES, duty=_MONEY),
    NavigationEntry("/desk/rules", N_("Rules"), Right.READ_RULES, duty=_RULES),
    NavigationEntry("/desk/draws", N_("Draws"), Right.READ_RULES, duty=_RULES),
    NavigationEntry(
        "/desk/stations",
        N_("Stations"),
        Right.READ_STATIONS,
        duty=_PLACES,
        further=("/desk/inspections", "/desk/rider-reports"),
    ),
    NavigationEntry("/desk/planning", N_("Planning"), Right.PLAN, duty=_PLACES),
    NavigationEntry("/desk/organisations", N_("Organisations"), Right.READ_ORGANISATIONS, duty=_CONTROL),
    NavigationEntry("/desk/audit", N_("Audit"), Right.READ_AUDIT, duty=_CONTROL),
    NavigationEntry("/desk/stream", N_("Stream"), Right.READ_OPERATION, is_whole=True, duty=_CONTROL),
)


@dataclass(frozen=True, slots=True)
class OfficerVisit:
    """An officer at the pages, today."""

    actor: Actor
    language: Language
    theme: str
    day: date
    path: str  # with its query: where a log-in or a setting leads back to
    form_token: str = ""  # of the session, for the form that ends it
    notice: str | None = None  # what the act before this page did

    def scope(self, right: Right) -> frozenset[str] | None:
        """Return the organisations for which, and below which, the officer holds a right; None: everywhere."""
        return subtrees(self.actor, right, self.day)

    def holds(self, right: Right) -> bool:
        """Return whether the officer holds a right for any organisation."""
        scope = self.scope(right)
        return scope is None or bool(scope)

    def holds_whole(self, right: Right) -> bool:
        """Return whether the officer holds a right for the whole union."""
        scope = self.scope(right)
        return scope is None or PROVINCE_CODE in scope

    @property
    def navigation(self) -> list[NavigationEntry]:
        return [one for one in NAVIGATION if one.right is None or self._may_enter(one, one.right)]

    @property
    def navigation_by_duty(self) -> dict[str, list[NavigationEntry]]:
        """Return the rooms under their duties, of which only those with a room for the officer are shown."""
        rooms = self.navigation
        found = {duty: [one for one in rooms if one.duty == duty] for duty in DUTIES}
        return {duty: ones for duty, ones in found.items() if ones}

    @property
    def room(self) -> NavigationEntry | None:
        """Return the room in which the page lies; None for a page outside of them, such as a search."""
        path = self.path.split("?")[0]
        return next((one for one in self.navigation if one.holds_page(path)), None)

    def _may_enter(self, entry: NavigationEntry, right: Right) -> bool:
        return self.holds_whole(right) if entry.is_whole else self.holds(right)

    def done(self, request: Request, texts: Mapping[str, str]) -> str | None:
        """Return what the act before this page did, in the officer's language; None without one."""
        text = texts.get(request.query_params.get("done", ""))
        return None if text is None else self.language.translate(text)

    @property
    def is_demo(self) -> bool:
        return self.actor.kind is ActorKind.DEMO


def read_language_choice(request: Request) -> str:
    """Return the language of the address, else the chosen one; empty if there is neither."""
    asked = request.query_params.get("lang", "")[:2].lower()
    return asked if asked in LANGUAGES else request.cookies.get(LANGUAGE_COOKIE, "")[:2]


def read_theme_choice(request: Request) -> str:
    theme = request.cookies.get(THEME_COOKIE, "")
    return theme if theme in THEMES else "auto"


def set_preference(response: Response, request: Request, name: str, value: str) -> None:
    secure = request.scope["scheme"] == "https"
    response.set_cookie(
        name, value, max_age=_YEAR_S, path="/desk", secure=secure, httponly=True, samesite="lax"
    )
