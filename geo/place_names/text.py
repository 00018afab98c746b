"""Names, numerals and house numbers as an extract spells them, made fit to show and to compare."""

import re
import unicodedata
from collections.abc import Iterable

from geo.place_names.query_words import normalize_text, normalize_texts

MAX_NAME_CHARS = 100  # a longer one is no name of a place
_SPACES = re.compile(r"\s+")
# What follows the number of a building, a floor or a room.
NOT_A_HOUSE = r"号?(?:楼(?![下上])|[栋幢层室座]|单元)"
_HOUSE_NUMBER = re.compile(
    rf"(?P<series>[甲乙丙丁])?(?P<number>[0-9]++[a-z]?+)(?:号?(?:附|之|-)(?P<beside>[0-9]++))?+(?!{NOT_A_HOUSE})"
    r"(?:号?(?P<series_behind>[甲乙丙丁])号?$)?"
)
_VARIANTS = re.compile("[\ufe00-\ufe0f\U000e0000-\U000e0fff]")  # selectors and tags, which show nothing
_DIGITS = {one: at for at, one in enumerate("〇一二三四五六七八九")} | {"零": 0}
_UNITS = {"十": 10, "百": 100, "千": 1000}
# A run of numerals and digits is left as it is, because the number that the writer meant is unclear (3五). A numeral
# does not begin with 千 or 百, which are ordinary words in names (千佛山, 百花园).
_NUMERAL = re.compile(
    r"(?<![0-9〇零一二三四五六七八九十百千])[〇零一二三四五六七八九十][〇零一二三四五六七八九十百千]*"
    r"(?![0-9〇零一二三四五六七八九十百千])"
)
_WITH_UNITS = re.compile(
    r"(?:(?P<k>[一二三四五六七八九])千)?(?:零|〇)?(?:(?P<h>[一二三四五六七八九])百)?"
    r"(?:(?:零|〇)?(?P<t>[一二三四五六七八九]?)(?P<ten>十))?(?:零|〇)?(?P<one>[一二三四五六七八九])?"
)
NUMBER_SIGNS = frozenset((*_DIGITS, "十", *"0123456789"))  # 百 and 千 are as often words


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


def name_key(name: str) -> str:
    """Return a name as it is compared: simplified letters and digits alone, small and of half width."""
    return strip_signs(name.lower() if name.isascii() else normalize_text(name))  # ASCII differs in case only


def name_keys(names: Iterable[str]) -> list[str]:
    """Return names as `name_key`, in a fraction of the time."""
    return [strip_signs(text) for text in normalize_texts(names)]


def strip_signs(text: str) -> str:
    """Return the letters and digits of a text."""
    return "".join(filter(str.isalnum, text))


def write_digits(key: str) -> str:
    """Return a name with its numerals as digits; what is no well-formed number stays.

    ``web/src/offline/numerals.ts`` does the same on a phone.

    >>> write_digits("经十路"), write_digits("环北路二十一段"), write_digits("一〇四国道")
    ('经10路', '环北路21段', '104国道')
    >>> write_digits("千佛山")
    '千佛山'
    """
    return _NUMERAL.sub(lambda found: _read_numeral(found[0]), key)


def _read_numeral(text: str) -> str:
    """Return the digits of a number; the text itself where it is none (二十八九, 一百二)."""
    if not any(one in _UNITS for one in text):
        return "".join(str(_DIGITS[one]) for one in text)
    found = _WITH_UNITS.fullmatch(text)
    if found is None or _lacks_zero(text):
        return text
    tens = 0 if found["ten"] is None else 10 * _DIGITS.get(found["t"], 1)
    thousands, hundreds, ones = (_DIGITS.get(found[place] or "", 0) for place in ("k", "h", "one"))
    return str(1000 * thousands + 100 * hundreds + tens + ones)


def _lacks_zero(text: str) -> bool:
    """Return whether a digit follows 百 or 千 at once: 一百二 may be 120 or 102."""
    return text[-2:-1] in ("百", "千") and text[-1] in _DIGITS


def list_forms(keys: Iterable[str]) -> tuple[str, ...]:
    """Return texts as they are compared, each as it is written and with its numerals as digits."""
    written = list(keys)
    return tuple(dict.fromkeys((*written, *map(write_digits, written))))
