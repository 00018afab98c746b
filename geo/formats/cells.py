"""Format a cell's value from a workbook, a database or JSON as a person would type it."""

import json
import re
from datetime import date, datetime, time
from decimal import Decimal

_MOST_EXACT = 10**15  # of larger numbers workbooks keep the first 15 digits, and floats not every digit
# 3.70102E+17 of a spreadsheet, 1.38E10 of Java; with a small exponent it may be a coordinate.
_SCIENTIFIC = re.compile(
    r"\s*'?[+-]?\d{1,3}(?:\.\d+e\+?|e\+)0*(?:[5-9]|[1-9]\d+)\s*", re.ASCII | re.IGNORECASE
)
_DANGEROUS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")  # OWASP, CSV Injection


def format_cell(value: object) -> str:
    """Format a value as text.

    A missing value is an empty text, 370102.0 is 370102, and a datetime at midnight is a date. A float of more
    than 15 digits, which has lost the others, is written in scientific notation (`is_rounded`).
    """
    if value is None or value != value:  # in-memory tables use NaN for a missing value
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and abs(value) >= _MOST_EXACT:
        return f"{value:.15g}"
    if isinstance(value, float) and value.is_integer():
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


def is_rounded(cell: str) -> bool:
    """Return whether a cell is a number in scientific notation: as an identifier it has lost its last digits."""
    return _SCIENTIFIC.fullmatch(cell) is not None


def _moment(value: date | time) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    return value.isoformat("minutes") if isinstance(value, time) else value.isoformat()


def begins_formula(cell: str) -> bool:
    """Return whether a spreadsheet would run a cell as a formula, if need be without its apostrophes."""
    return cell.lstrip("'").startswith(_DANGEROUS)


def escape_formula(cell: str) -> str:
    """Prefix a cell with an apostrophe if a spreadsheet would run it as a formula."""
    return "'" + cell if begins_formula(cell) else cell


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
    return cell[1:] if cell.startswith("'") and begins_formula(cell) else cell
