"""The rooms of the officers' pages in the bar, and the two cookies with the language and the colours that an officer chose."""

from dataclasses import dataclass

from fastapi import Request

from core.text_marks import N_
from yihui.access.roles import Right
from yihui.frame.pages import OfficerVisit
from yihui.runtime.language import LANGUAGES

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
CHOICES = {"language": (LANGUAGE_COOKIE, tuple(LANGUAGES)), "theme": (THEME_COOKIE, THEMES)}


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
    NavigationEntry("/desk/money/budgets", N_("Money"), Right.READ_MONEY, duty=_MONEY, prefix="/desk/money"),
    NavigationEntry("/desk/approvals", N_("Second person"), Right.READ_RULES, duty=_MONEY),
    NavigationEntry("/desk/rules", N_("Rules"), Right.READ_RULES, duty=_RULES),
    NavigationEntry("/desk/draws", N_("Draws"), Right.READ_RULES, duty=_RULES),
    NavigationEntry(
        "/desk/register",
        N_("Stations"),
        Right.READ_STATIONS,
        duty=_PLACES,
        further=("/desk/stations", "/desk/inspections", "/desk/rider-reports"),
    ),
    NavigationEntry("/desk/planning", N_("Planning"), Right.PLAN, duty=_PLACES),
    NavigationEntry("/desk/organisations", N_("Organisations"), Right.READ_ORGANISATIONS, duty=_CONTROL),
    NavigationEntry("/desk/audit", N_("Audit"), Right.READ_AUDIT, duty=_CONTROL),
    NavigationEntry("/desk/stream", N_("Stream"), Right.READ_OPERATION, is_whole=True, duty=_CONTROL),
)


def list_rooms(visit: OfficerVisit) -> list[NavigationEntry]:
    """Return the rooms that an officer may enter."""
    return [one for one in NAVIGATION if one.right is None or visit.may(one.right, is_whole=one.is_whole)]


def describe_rooms(visit: OfficerVisit) -> dict[str, object]:
    """Return what the navigation shows: the rooms of each duty that has any, and the one in which the page lies."""
    rooms, path = list_rooms(visit), visit.path.split("?")[0]
    found = {duty: [one for one in rooms if one.duty == duty] for duty in DUTIES}
    room = next((one for one in rooms if one.holds_page(path)), None)  # none for a search
    return {"duties": {duty: ones for duty, ones in found.items() if ones}, "room": room}


def read_theme_choice(request: Request) -> str:
    theme = request.cookies.get(THEME_COOKIE, "")
    return theme if theme in THEMES else "auto"
