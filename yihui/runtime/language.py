"""The language that people read: Chinese unless they ask for English."""

import gettext
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path

LOCALE_FOLDER = Path(__file__).parents[1] / "locale"
LANGUAGES = ("zh", "en")
DEFAULT = "zh"

N_ = str  # marks a text for the message catalogue

COMMA, SEMICOLON = N_(", "), N_("; ")  # what parts the items of a list, and half-sentences


class Language:
    """One language's texts. Message ids are the English templates themselves."""

    def __init__(self, code: str, translations: gettext.NullTranslations) -> None:
        self.code = code
        self._translations = translations

    def text(self, template: str) -> str:
        """The template in this language, its ``{placeholders}`` still open."""
        return self._translations.gettext(template) if template else ""

    def say(self, template: str, **params: object) -> str:
        """The template in this language with its placeholders filled in."""
        return self.text(template).format_map(_Lenient(params))

    def listed(self, items: Iterable[object]) -> str:
        """Items one after the other, as this language parts them."""
        return self.text(COMMA).join(map(str, items))

    def clauses(self, items: Iterable[str]) -> str:
        """Half-sentences one after the other."""
        return self.text(SEMICOLON).join(items)


class _Lenient(dict[str, object]):
    """Leaves a placeholder without a value as it stands: a message must never fail to be shown."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


@cache
def language(code: str) -> Language:
    """The language of a code in LANGUAGES. English needs no catalogue: it is what the code says.

    *Raises*: FileNotFoundError where the catalogue has not been built (``make setup`` does).
    """
    if code == "en":
        return Language(code, gettext.NullTranslations())
    return Language(code, gettext.translation("yihui", LOCALE_FOLDER, languages=[code]))


def wanted_by_environment(environ: Mapping[str, str]) -> str:
    """Reads the locale as gettext does; ``C`` and ``POSIX`` say nothing."""
    for name in ("YIHUI_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = environ.get(name, "").lower()
        if value[:2] in LANGUAGES:
            return value[:2]
    return DEFAULT


def wanted_by_arguments(arguments: list[str]) -> str | None:
    """``--lang en`` or ``--lang=en`` anywhere on the command line; help texts need it early."""
    for index, argument in enumerate(arguments):
        if argument == "--lang" and index + 1 < len(arguments):
            return arguments[index + 1][:2].lower()
        if argument.startswith("--lang="):
            return argument.removeprefix("--lang=")[:2].lower()
    return None


@lru_cache(maxsize=256)  # browsers say one of a few dozen things
@lru_cache(maxsize=256)  # browsers say one of a few dozen things
def wanted_by_header(accept_language: str) -> str:
    """The best of LANGUAGES by an ``Accept-Language`` header (RFC 9110, 12.5.4)."""
    weighted = []
    for order, part in enumerate(accept_language.split(",")):
        tag, _, weight = part.strip().partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=")) if weight else 1.0
        except ValueError:
            quality = 0.0
        if tag[:2].lower() in LANGUAGES and quality > 0:
            weighted.append((-quality, order, tag[:2].lower()))
    return min(weighted)[2] if weighted else DEFAULT
