"""Names and house numbers as an extract spells them, made fit to show and to compare."""

import re
import unicodedata
from collections.abc import Iterable

from geo.place_names.query_words import normalize_texts

MAX_NAME_CHARS = 100  # a longer one is no name of a place
_SPACES = re.compile(r"\s+")
NOT_A_HOUSE = (
    r"号?(?:楼(?![下上])|[栋幢层室座]|单元)"  # what follows the number of a building, a floor or a room
)
_HOUSE_NUMBER = re.compile(
    rf"(?P<series>[甲乙丙丁])?(?P<number>[0-9]++[a-z]?+)(?:号?(?:附|之|-)(?P<beside>[0-9]++))?+(?!{NOT_A_HOUSE})"
    r"(?:号?(?P<series_behind>[甲乙丙丁])号?$)?"
)
_VARIANTS = re.compile(
    "[\ufe00-\ufe0f\U000e0000-\U000e0fff]"
)  # variation selectors and tags, which show nothing


def clean_name(text: str) -> str | None:
    """Return a name without marks that show nothing, with single spaces; None if nothing or too much is left."""
    shown = "".join(
        " " if unicodedata.category(one) in ("Cc", "Zl", "Zp") else one
        for one in _VARIANTS.sub("", text[: 4 * MAX_NAME_CHARS])
        if unicodedata.category(one) not in ("Cf", "Cs", "Co", "Cn")
    )
    shown = _SPACES.sub(" ", shown).strip()
    return shown if 0 < len(shown) <= MAX_NAME_CHARS and len(text) <= 4 * MAX_NAME_CHARS else None


def read_house_number(text: str) -> str | None:
    """Return a house number as it is compared (200号, ２００ and 200 are 200, 18-1 and 甲20 stay); None if it is none.

    A floor, a building or a room is none.

    >>> read_house_number("２００號"), read_house_number("甲 20号"), read_house_number("7栋")
    ('200', '甲20', None)
    """
    plain = unicodedata.normalize("NFKC", text).casefold().replace("號", "号")
    found = _HOUSE_NUMBER.match("".join(plain.split()))
    if found is None:
        return None
    beside = f"-{found['beside']}" if found["beside"] else ""
    return f"{found['series'] or found['series_behind'] or ''}{found['number']}{beside}"


def name_keys(names: Iterable[str]) -> list[str]:
    """Return names as they are compared: simplified letters and digits alone, small and of half width."""
    return [strip_signs(text) for text in normalize_texts(names)]


def strip_signs(text: str) -> str:
    """Return the letters and digits of a text."""
    return "".join(filter(str.isalnum, text))
