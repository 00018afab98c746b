"""Parse dates and instants in the formats of other programs."""

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

from core.civil_time import civil_date, parse_civil_date

EPOCH_FORMATS = {"epoch_s": 1, "epoch_ms": 1_000}
ISO_FORMAT = "iso"
_PARTS = {"YYYY": "year", "MM": "month", "DD": "day", "HH": "hour", "mm": "minute", "ss": "second"}
_TOKEN = re.compile("|".join(_PARTS))
_LETTER = re.compile("[A-Za-z]")
_OFFSET = re.compile(r"([+-])([01]\d|2[0-3]):([0-5]\d)")
_EPOCH = re.compile(r"-?\d{1,16}(\.\d{1,9})?")
_FIRST_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # earlier: seconds were read as milliseconds


def is_time_format(text: str) -> bool:
    """Return whether a format covers a whole date and names each of its parts once."""
    if text in EPOCH_FORMATS or text == ISO_FORMAT:
        return True
    named = _TOKEN.findall(text)
    rest = _TOKEN.sub("", text).replace("T", "")
    return {"YYYY", "MM", "DD"} <= set(named) and len(named) == len(set(named)) and not _LETTER.search(rest)


@cache
def parse_time_zone(text: str) -> tzinfo | None:
    """Return a time zone by name (Asia/Shanghai) or offset (+08:00); None if there is no such zone."""
    offset = _OFFSET.fullmatch(text)
    if offset:
        sign = -1 if offset[1] == "-" else 1
        return timezone(sign * timedelta(hours=int(offset[2]), minutes=int(offset[3])))
    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        return None


def needs_zone(format: str) -> bool:
    """Return whether values in this format never carry a time zone."""
    return format not in EPOCH_FORMATS and format != ISO_FORMAT


def parse_feed_instant(text: str, format: str, zone: tzinfo | None) -> datetime | None:
    """Return the instant in UTC; None if the text doesn't match the format or no time zone is known."""
    try:
        moment = _moment(_plain(text), format)
        if moment is None:
            return None
        if moment.tzinfo is None:
            if zone is None:
                return None
            moment = moment.replace(tzinfo=zone)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def parse_feed_day(text: str, format: str | None) -> date | None:
    """Return the date.

    Without a format, the usual office forms are accepted: 2026-05-01, 2026/5/1, 2026年5月1日, 20260501.
    """
    text = _plain(text)
    try:
        if format in EPOCH_FORMATS:
            moment = parse_feed_instant(text, format, None)
            return civil_date(moment) if moment else None
        if format is not None and format != ISO_FORMAT:
            written = _moment(text, format)
            return written.date() if written else None
        return parse_civil_date(text)
    except (ValueError, OverflowError):
        return None


def _plain(text: str) -> str:
    """Return a text without surrounding blanks and full-width signs."""
    return unicodedata.normalize("NFKC", text).strip()


def _moment(text: str, format: str) -> datetime | None:
    if format in EPOCH_FORMATS:
        return _since_1970(text, EPOCH_FORMATS[format])
    if format == ISO_FORMAT:
        return datetime.fromisoformat(text)
    written = _pattern(format).fullmatch(text)
    if written is None:
        return None
    parts = {name: int(part) for name, part in written.groupdict().items()}
    return datetime(**parts)  # type: ignore[arg-type]  # noqa: DTZ001 the caller adds the zone


def _since_1970(text: str, per_second: int) -> datetime | None:
    if not _EPOCH.fullmatch(text):
        return None
    whole, _, fraction = text.partition(".")
    micros = int(whole) * (1_000_000 // per_second)
    micros += int((fraction + "000000")[:6]) // per_second if fraction else 0
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
    return moment if moment >= _FIRST_EPOCH else None


@cache
def _pattern(format: str) -> re.Pattern[str]:
    """Compile a format. A part may have one digit if a separator follows: 2026/5/1 matches YYYY/MM/DD."""
    made, rest = "", format
    while rest:
        token = _TOKEN.match(rest)
        if token is None:
            made, rest = made + re.escape(rest[0]), rest[1:]
            continue
        rest = rest[token.end() :]
        digits = r"[0-9]{4}" if token[0] == "YYYY" else "[0-9]{2}" if _TOKEN.match(rest) else "[0-9]{1,2}"
        made += f"(?P<{_PARTS[token[0]]}>{digits})"
    return re.compile(made)
