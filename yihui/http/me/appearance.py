"""How the member's page looks: its bar, the choices of language and size, and what a question to the union may be about."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.text_marks import N_
from yihui.runtime.language import LANGUAGES, OTHER_LANGUAGE, Language

LANGUAGE_COOKIE = "yihui_me_language"
CHOICES = {"language": (LANGUAGE_COOKIE, tuple(LANGUAGES))}
# What else: how its page's address begins, and the part of it that names the thing.
HELP_TOPICS: Mapping[str, tuple[str, str]] = {
    "benefit": ("/me/benefits/", "grant"),
    "decision": ("/me/decisions/", "decision"),
    "undecided": ("/me/decisions/undecided/", "rule"),
    "application": ("/me/applications/", "thing"),
    "rule": ("/me/apply/", "thing"),
    "poll": ("/me/take-part/polls/", "thing"),
    "draw": ("/me/take-part/draws/", "thing"),
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
            "/me/appeals",
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
