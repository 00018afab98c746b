"""Write the numbers in a name in one form, so that 经10路 and 经十路 are compared as the same name."""

import re

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
