"""Find ID numbers and phone numbers in free text, so that they stay out of events, logs and messages."""

import re
from collections.abc import Iterator

from pydantic_core import SchemaValidator, core_schema

from members.persons import normalize_id_number

# Both patterns begin with their digits and look back afterwards, so that a search skips from digit to
# digit. An ID number may adjoin letters (ID3702…): its date and check digit distinguish it from the digits
# of a digest. A phone number has neither, so it may not adjoin one of the letters a-f, unless these
# end a JSON escape (\n, \u001f). Decimals (117.13812345678) are not phone numbers. Chinese keyboards write
# full-width digits (\d) and letters as well; people separate groups with various blanks and dashes.
_ENDS = r"(?![0-9A-Fa-f])"
_PART = r"[\s.\-\u2010-\u2015\u200b-\u200f\u2060\ufeff]"
_PARTS = _PART + "{0,3}"


def _begins(read: int, *others: str) -> str:
    """Return a look-behind over ``read`` characters: where a number may begin."""
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
# Few texts have as many digits in a row as either pattern: pydantic's engine filters first. It is ten times
# as fast but has no look-behind. Its \s lacks the four separators of Unicode's first block.
_MAY_HOLD = SchemaValidator(
    core_schema.str_schema(
        pattern=rf"[1１][3-9３-９]\d[- ]?\d{{4}}[- ]?\d{{4}}|\d(?:(?:{_PART}|[\x1c-\x1f]){{0,3}}\d){{16}}"
    )
)
_HIDDEN = "***"


def has_personal_number(text: str) -> bool:
    """Return whether a text contains an ID number or a phone number."""
    whole = text.encode(errors="replace")  # that engine does not accept halves of surrogate pairs
    return _MAY_HOLD.isinstance_python(whole) and (has_phone(text) or has_id_number(text))


def has_id_number(text: str) -> bool:
    """Return whether a text contains 18 characters that pass an ID number's check digit."""
    return any(_is_id_number(found.group()) for found in _ID_NUMBER.finditer(text))


def has_phone(text: str) -> bool:
    """Return whether a text contains a mobile phone number of mainland China."""
    return _PHONE.search(text) is not None


def _is_id_number(written: str) -> bool:
    """Return whether 18 characters are an ID number: a plausible date of birth and the check digit."""
    from stdnum.cn import ric  # loads pydoc, at which the start of a command would wait

    number = _plain(written)
    return _is_dated(number) and ric.calc_check_digit(number) == number[-1]


def _plain(written: str) -> str:
    """Return the number without separators, in ASCII digits."""
    return normalize_id_number(re.sub(r"[^\dXxＸｘ]", "", written))


def _is_dated(number: str) -> bool:
    from stdnum.cn import ric
    from stdnum.exceptions import InvalidComponent

    try:
        return 1900 <= ric.get_birth_date(number).year <= 2100
    except InvalidComponent:
        return False


def scrub_personal_numbers(text: str) -> str:
    """Return the text with everything that looks like an ID number or a phone number replaced by stars.

    This is stricter than the checks above: a number with a wrong check digit may still identify a person.
    """
    return _PHONE.sub(_HIDDEN, _ID_NUMBER.sub(_hidden_if_dated, text))


def _hidden_if_dated(found: re.Match[str]) -> str:
    return _HIDDEN if _is_dated(_plain(found.group())) else found.group()


def walk_texts(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every key, text and number in a JSON value with its path; paths are scrubbed."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield path, str(key)
            yield from walk_texts(inner, f"{path}.{scrub_personal_numbers(str(key))}".lstrip("."))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from walk_texts(inner, f"{path}[{index}]")
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield path, str(value)
