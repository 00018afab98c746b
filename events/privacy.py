"""Keeps ID numbers and phones out of events, logs and dead letters."""

import re
from collections.abc import Iterator

from stdnum.cn import ric
from stdnum.exceptions import InvalidComponent

# Neither side may be a letter: the hexadecimal digits of a digest hold such runs by chance.
_ID_NUMBER = re.compile(r"(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])")
_PHONE = re.compile(r"(?<![0-9A-Za-z])(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?![0-9A-Za-z])")
_HIDDEN = "***"


def holds_id_number(text: str) -> bool:
    """Whether a text holds 18 characters that pass an ID number's check digit."""
    return any(_checks(found.group()) for found in _ID_NUMBER.finditer(text))


def holds_phone(text: str) -> bool:
    """Whether a text holds a number of a mobile phone of the mainland."""
    return _PHONE.search(text) is not None


def _checks(number: str) -> bool:
    if ric.calc_check_digit(number.upper()) != number[-1].upper():
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


def texts_in(value: object, path: str = "data") -> Iterator[tuple[str, str]]:
    """Every text and number in a JSON value with the path at which it stands."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield path, str(key)
            yield from texts_in(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from texts_in(inner, f"{path}[{index}]")
    elif isinstance(value, str | int) and not isinstance(value, bool):
        yield path, str(value)
