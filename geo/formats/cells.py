"""Format a cell's value from a workbook, a database or JSON as a person would type it."""

import json
import re
from datetime import date, datetime, time
from decimal import Decimal

_MOST_EXACT = 2**53  # larger floats don't represent every whole number exactly


_DANGEROUS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")  # OWASP, CSV Injection


def format_cell(value: object) -> str:
    """Format a value as text.

    A missing value is an empty text, 370102.0 is 370102, and a datetime at midnight is a date.
    """
    if value is None or value != value:  # in-memory tables use NaN for a missing value
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < _MOST_EXACT:
        return str(int(value))
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, (date, time)):
        return _moment(value)
    if isinstance(value, (list, tuple)):
        return ",".join(map(format_cell, value))
    return json.dumps(value, ensure_ascii=False, default=str)


def _moment(value: date | time) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    return value.isoformat("minutes") if isinstance(value, time) else value.isoformat()


def escape_formula(cell: str) -> str:
    """Prefix a cell with an apostrophe if a spreadsheet would run it as a formula."""
    return "'" + cell if cell.lstrip("'").startswith(_DANGEROUS) else cell


_AS_TEXT = re.compile(r'="((?:[^"]|"")*)"')
# Default_Ignorable_Code_Point of Unicode 16 (DerivedCoreProperties.txt) and the marks of annotations: they come
# with text that was copied from a page or a chat. U+202E stays: a text that is shown backwards is refused by name.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202d\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_BLANKS = re.compile("[\u115f\u1160\u2800\u3164\uffa0]")  # letters that are shown as a space


def seen_text(text: str) -> str:
    """Return a text as a reader sees it: without invisible characters, and with spaces for blank letters."""
    return text if text.isascii() else _BLANKS.sub(" ", _UNSEEN.sub("", text))


def read_cell(value: object) -> str:
    """Format a value of a file as `format_cell` does, as a reader sees it."""
    return seen_text(format_cell(value))


def plain_text(cell: str) -> str:
    """Return a cell as it is meant: as a reader sees it, without the apostrophe that `escape_formula` added,
    and without ``="…"``, as which programs keep a number's leading zeros in CSV.
    """
    cell = seen_text(cell)
    if as_text := _AS_TEXT.fullmatch(cell):
        return as_text[1].replace('""', '"')
    return unescape_formula(cell)


def unescape_formula(cell: str) -> str:
    """Remove the apostrophe that `escape_formula` added."""
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(_DANGEROUS) else cell
