"""Write the last day of a benefit as a calendar file (RFC 5545), which a phone's calendar takes in."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

_LINE_OCTETS = 75
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
_REMINDERS = ("-P6DT15H", "-PT15H")  # at nine in the morning, seven days and one day before the day


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """An entry for one whole day. ``uid`` stays the same when the same entry is taken in again."""

    uid: str
    day: date
    title: str
    text: str


def render_calendar(entry: CalendarEntry, written_at: datetime) -> str:
    """Return the file: one day with two reminders.

    *Source*: RFC 5545, 3.1 (folding), 3.3.11 (escaping), 3.6.1 (a day without times), 3.6.6 (reminders).
    """
    return "".join(f"{_fold(line)}\r\n" for line in _lines(entry, written_at))


def _lines(entry: CalendarEntry, written_at: datetime) -> Iterator[str]:
    title = _escape(entry.title)
    yield from ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Yihui//Benefits//ZH", "METHOD:PUBLISH")
    yield from ("BEGIN:VEVENT", f"UID:{entry.uid}", f"DTSTAMP:{written_at.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    yield f"DTSTART;VALUE=DATE:{entry.day:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{entry.day + timedelta(days=1):%Y%m%d}"
    yield from (f"SUMMARY:{title}", f"DESCRIPTION:{_escape(entry.text)}", "TRANSP:TRANSPARENT")
    for trigger in _REMINDERS:
        yield from ("BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{title}", f"TRIGGER:{trigger}")
        yield "END:VALARM"
    yield from ("END:VEVENT", "END:VCALENDAR")


def _escape(text: str) -> str:
    """Return a text as a value: one line without control characters, its separators escaped."""
    plain = "".join(
        sign for sign in text.replace("\r\n", "\n").replace("\r", "\n") if sign == "\n" or sign.isprintable()
    )
    return plain.translate(_ESCAPED)


def _fold(line: str) -> str:
    """Break a line after 75 octets at most, never within a character."""
    pieces, piece, size = [], "", 0
    for sign in line:
        octets = len(sign.encode())
        if size + octets > _LINE_OCTETS:
            pieces.append(piece)
            piece, size = " ", 1
        piece, size = piece + sign, size + octets
    return "\r\n".join([*pieces, piece])
