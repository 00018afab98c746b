"""A cell's value as text: what a workbook, a database or JSON holds, the way somebody would type it."""

import json
from datetime import date, datetime, time

_MOST_EXACT = 2**53  # above it a float is no whole number that anybody typed


def text_of(value: object) -> str:
    """A value as text; nothing is an empty text, 370102.0 is 370102, midnight is a date."""
    if value is None or value != value:  # NaN is how tables in memory say that nothing is there
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < _MOST_EXACT:
        return str(int(value))
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, (date, time)):
        return _moment(value)
    if isinstance(value, (list, tuple)):
        return ",".join(map(text_of, value))
    return json.dumps(value, ensure_ascii=False, default=str)


def _moment(value: date | time) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    return value.isoformat("minutes") if isinstance(value, time) else value.isoformat()
