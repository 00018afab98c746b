"""Finds ID numbers and phones in what people wrote, so that they stay out of events, logs and messages."""

import hashlib
import re
from collections.abc import Iterator

from pydantic_core import SchemaValidator, core_schema
from stdnum.cn import ric
from stdnum.exceptions import InvalidComponent

from members.identity import compact

# Both patterns begin with their digits and look back afterwards, so that a search leaps from digit to
# digit. An ID number may touch letters (ID3702…): its date and its check digit tell it from the digits
# of a digest. A phone has neither, so that it may not touch one of the letters a-f, save where these
# end a JSON escape (\n, \u001f); nor are decimals (117.13812345678) a phone. Chinese keyboards write
# full-width digits (\d) and letters as well; people part groups with all sorts of blanks and strokes.
_ENDS = r"(?![0-9A-Fa-f])"
_PART = r"[\s.\-\u2010-\u2015\u200b-\u200f\u2060\ufeff]"
_PARTS = _PART + "{0,3}"


def _begins(read: int, *others: str) -> str:
    """A look back over what was read: where a number may begin."""
    places = (
        r"(?<![0-9A-Fa-f]{})",
        r"(?<=\\[bfnrt]{})",
        r"(?<=\\u[0-9a-f][0-9a-f][0-9a-f][0-9a-f]{})",
        *others,
    )
    return rf"(?:{'|'.join(place.format('.' * read) for place in places)})(?<!\d\.{'.' * read})"


_CHINA = (r"(?<=(?<![0-9A-Fa-f])86{})", r"(?<=\+86{})", r"(?<=0086{})")
_ID_NUMBER = re.compile(rf"[0-9０-９](?<!\d\d)(?:{_PARTS}\d){{16}}{_PARTS}[\dXxＸｘ](?!\d)")
_PHONE = re.compile(rf"[1１][3-9３-９]{_begins(2, *_CHINA)}\d[- ]?\d{{4}}[- ]?\d{{4}}{_ENDS}")
# Nearly no text has as many digits in a row as either of them: pydantic's engine, which can't look back but is
# ten times as fast, sends these on. Its \s lacks the four separators of Unicode's first block.
_MAY_HOLD = SchemaValidator(
    core_schema.str_schema(
        pattern=rf"[1１][3-9３-９]\d[- ]?\d{{4}}[- ]?\d{{4}}|\d(?:(?:{_PART}|[\x1c-\x1f]){{0,3}}\d){{16}}"
    )
)
_HIDDEN = "***"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")


def holds_personal_number(text: str) -> bool:
    """Whether a text holds an ID number or a phone."""
    whole = text.encode(errors="replace")  # halves of surrogate pairs are no text to that engine
    return _MAY_HOLD.isinstance_python(whole) and (holds_phone(text) or holds_id_number(text))


def holds_id_number(text: str) -> bool:
    """Whether a text holds 18 characters that pass an ID number's check digit."""
    return any(_checks(found.group()) for found in _ID_NUMBER.finditer(text))


def holds_phone(text: str) -> bool:
    """Whether a text holds a number of a mobile phone of the mainland."""
    return _PHONE.search(text) is not None


def _checks(written: str) -> bool:
    """Whether 18 characters are an ID number: a date that may be a birthday, and the check digit."""
    number = _plain(written)
    return _is_dated(number) and ric.calc_check_digit(number) == number[-1]


def _plain(written: str) -> str:
    """Without what parts its groups, in plain digits."""
    return compact(re.sub(r"[^\dXxＸｘ]", "", written))


def _is_dated(number: str) -> bool:
    try:
        return 1900 <= ric.get_birth_date(number).year <= 2100
    except InvalidComponent:
        return False


def pseudonym(name: str) -> str:
    """An id as it is; anything else (a household called by a name) as a digest that stands for it."""
    if _ID.fullmatch(name):
        return name
    return "h-" + hashlib.sha256(name.encode()).hexdigest()[:24]


def scrubbed(text: str) -> str:
    """The text with everything that looks like an ID number or a phone blotted out.

    Stricter than the checks above: a number with a wrong check digit may still be a person's.
    """
    return _PHONE.sub(_HIDDEN, _ID_NUMBER.sub(_hidden_if_dated, text))


def _hidden_if_dated(found: re.Match[str]) -> str:
    return _HIDDEN if _is_dated(_plain(found.group())) else found.group()


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
