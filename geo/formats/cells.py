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
# Zero-width spaces and marks of direction, which come with text that was copied from a page or a chat.
_UNSEEN = "\u00ad\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"


def plain_text(cell: str) -> str:
    """Return a cell as it is meant: without invisible characters around it, without the apostrophe that
    `escape_formula` added, and without ``="…"``, as which programs keep a number's leading zeros in CSV.
    """
    cell = cell.strip(_UNSEEN)
    if as_text := _AS_TEXT.fullmatch(cell):
        return as_text[1].replace('""', '"')
    return unescape_formula(cell)


def unescape_formula(cell: str) -> str:
    """Remove the apostrophe that `escape_formula` added."""
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(_DANGEROUS) else cell
