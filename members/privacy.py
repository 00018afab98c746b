"""Finds ID numbers and phones in what people wrote, so that they stay out of events, logs and messages."""

import re
from collections.abc import Iterator

from stdnum.cn import ric
from stdnum.exceptions import InvalidComponent

from members.identity import compact

# Both patterns begin with their digits and look back afterwards, so that a search leaps from digit to
# digit. Neither side may be a letter or digit: the hexadecimal digits of a digest hold such runs by
# chance. What ends a JSON escape (\n, \u001f) is no such letter; nor are decimals (117.13812345678)
# a number. Chinese keyboards write full-width digits (\d) and letters as well.
_ENDS = r"(?![0-9A-Za-z])"


def _begins(read: int, *others: str) -> str:
    """A look back over what was read: where a number may begin."""
    places = (
        r"(?<![0-9A-Za-z]{})",
        r"(?<=\\[bfnrt]{})",
        r"(?<=\\u[0-9a-f][0-9a-f][0-9a-f][0-9a-f]{})",
        *others,
    )
    return rf"(?:{'|'.join(place.format('.' * read) for place in places)})(?<!\d\.{'.' * read})"


_CHINA = (r"(?<=(?<![0-9A-Za-z])86{})", r"(?<=\+86{})", r"(?<=0086{})")
_ID_NUMBER = re.compile(rf"[0-9０-９]\d{{5}}{_begins(6)}[- ]?\d{{8}}[- ]?\d{{3}}[\dXxＸｘ]{_ENDS}")
_PHONE = re.compile(rf"[1１][3-9３-９]{_begins(2, *_CHINA)}\d[- ]?\d{{4}}[- ]?\d{{4}}{_ENDS}")
_HIDDEN = "***"


def holds_personal_number(text: str) -> bool:
    """Whether a text holds an ID number or a phone."""
    return holds_phone(text) or holds_id_number(text)


def holds_id_number(text: str) -> bool:
    """Whether a text holds 18 characters that pass an ID number's check digit."""
    return any(_checks(found.group()) for found in _ID_NUMBER.finditer(text))


def holds_phone(text: str) -> bool:
    """Whether a text holds a number of a mobile phone of the mainland."""
    return _PHONE.search(text) is not None


def _checks(written: str) -> bool:
    number = compact(written)
    if ric.calc_check_digit(number) != number[-1]:
        return False
    try:
        return 1900 <= ric.get_birth_date(number).year <= 2100
    except InvalidComponent:
        return False


def scrubbed(text: str) -> str:
    """The text with everything that looks like an ID number or a phone blotted out.

    Stricter than the checks above: a number with a wrong check digit may still be a person's.
    """
    return _PHONE.sub(_HIDDEN, _ID_NUMBER.sub(_HIDDEN, text))


def texts_in(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Every key, text and number in a JSON value with the path at which it stands; paths are scrubbed."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield path, str(key)
            yield from texts_in(inner, f"{path}.{scrubbed(str(key))}".lstrip("."))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from texts_in(inner, f"{path}[{index}]")
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield path, str(value)
