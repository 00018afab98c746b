"""The reader's language: Chinese unless English is requested."""

import gettext
import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path

from core.prompts import Placeholders
from core.text_marks import N_

LOCALE_FOLDER = Path(__file__).parents[1] / "locale"
LANGUAGES = ("zh", "en")
OTHER_LANGUAGE = {"zh": "en", "en": "zh"}
DEFAULT_LANGUAGE = "zh"


_MARK = re.compile(r" \([a-z ]+\)$")
_PLACES = re.compile(r"\{(\w+)\}")
COMMA, SEMICOLON = N_(", "), N_("; ")  # separators of list items and of clauses


class Language:
    """One language's texts. Message ids are the English templates themselves.

    ``numbers`` has those that are otherwise where their first number is one; Chinese has none.
    """

    def __init__(
        self,
        code: str,
        translations: gettext.NullTranslations,
        numbers: gettext.NullTranslations | None = None,
    ) -> None:
        self.code = code
        self._translations, self._numbers = translations, numbers

    def translate(self, template: str) -> str:
        """Return the template in this language, with its ``{placeholders}`` unfilled."""
        return self._translations.gettext(template) if template else ""

    def title(self, title: str) -> str:
        """Return a title in this language, without the mark in brackets that tells it from others of the catalogue."""
        return _MARK.sub("", self.translate(title))

    def render(self, template: str, **params: object) -> str:
        """Render the template in this language with its placeholders filled in."""
        text = self.translate(template)
        if self._numbers is not None:
            values = (str(params.get(name)) for name in _PLACES.findall(template))
            first = next((value for value in values if value.replace(",", "").isdecimal()), "")
            text = self._numbers.ngettext(template, text, 1 if first == "1" else 2)
        return text.format_map(Placeholders(params))

    def format_list(self, items: Iterable[object]) -> str:
        """Join items with this language's list separator."""
        return self.translate(COMMA).join(map(str, items))

    def join_clauses(self, items: Iterable[str]) -> str:
        """Join clauses with this language's separator of clauses."""
        return self.translate(SEMICOLON).join(items)


@cache
def load_language(code: str) -> Language:
    """Return the language of a code in LANGUAGES. The templates are English, but for the forms of one thing.

    *Raises*: FileNotFoundError if the catalogue has not been built (``make setup`` builds it).
    """
    found = gettext.translation("yihui", LOCALE_FOLDER, languages=[code])
    return Language(code, gettext.NullTranslations(), found) if code == "en" else Language(code, found)


def language_from_environment(environ: Mapping[str, str]) -> str:
    """Read the language from the locale as gettext does. ``C`` and ``POSIX`` name none: Chinese is the default."""
    for name in ("YIHUI_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if (found := find_language(environ.get(name, ""))) is not None:
            return found  # it overrides the variables after it
    return DEFAULT_LANGUAGE


def find_language(locale: str) -> str | None:
    """Return the language of a locale's name, such as en_US.UTF-8; None if it names one that there isn't here."""
    name = locale.lower()
    if name.partition(".")[0] in ("c", "posix"):
        return DEFAULT_LANGUAGE
    return name[:2] if name[:2] in LANGUAGES else None


def language_from_arguments(arguments: list[str]) -> str | None:
    """Find ``--lang en`` or ``--lang=en`` on the command line before it is parsed, as help texts need it."""
    for index, argument in enumerate(arguments):
        if argument == "--lang" and index + 1 < len(arguments):
            return arguments[index + 1][:2].lower()
        if argument.startswith("--lang="):
            return argument.removeprefix("--lang=")[:2].lower()
    return None


@lru_cache(maxsize=256)  # browsers send one of a few dozen headers
def language_from_header(accept_language: str) -> str:
    """Return the best of LANGUAGES for an ``Accept-Language`` header (RFC 9110, 12.5.4)."""
    weighted = []
    for order, part in enumerate(accept_language.split(",")):
        tag, _, weight = part.strip().partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=")) if weight else 1.0
        except ValueError:
            quality = 0.0
        if tag[:2].lower() in LANGUAGES and quality > 0:
            weighted.append((-quality, order, tag[:2].lower()))
    return min(weighted)[2] if weighted else DEFAULT_LANGUAGE


def format_choices(labels: Mapping[str, str], language: Language) -> str:
    """Format the codes that may be chosen, each with its label."""
    return language.format_list(
        language.render(N_("{code} ({word})"), code=code, word=language.translate(word))
        for code, word in labels.items()
    )
