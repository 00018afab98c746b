"""Reads days and instants as other people's programs write them."""

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

from core.civil_time import civil_date

EPOCHS = {"epoch_s": 1, "epoch_ms": 1_000}
ISO = "iso"
_PARTS = {"YYYY": "year", "MM": "month", "DD": "day", "HH": "hour", "mm": "minute", "ss": "second"}
_TOKEN = re.compile("|".join(_PARTS))
_LETTER = re.compile("[A-Za-z]")
_OFFSET = re.compile(r"([+-])([01]\d|2[0-3]):([0-5]\d)")
_PLAIN_DAY = re.compile(
    r"(\d{4})(?:年|[-/.])(\d{1,2})(?:月|[-/.])(\d{1,2})日?(?:[ T]0{1,2}:00(?::00(?:\.0+)?)?)?"
)
_DIGITS_DAY = re.compile(r"(\d{4})(\d\d)(\d\d)")
_EPOCH = re.compile(r"-?\d{1,16}(\.\d{1,9})?")
_FIRST_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # before it, seconds were taken for thousandths


def is_format(text: str) -> bool:
    """Whether a format says a whole day, and each of its parts once."""
    if text in EPOCHS or text == ISO:
        return True
    named = _TOKEN.findall(text)
    rest = _TOKEN.sub("", text).replace("T", "")
    return {"YYYY", "MM", "DD"} <= set(named) and len(named) == len(set(named)) and not _LETTER.search(rest)


@cache
def zone_of(text: str) -> tzinfo | None:
    """A time zone by its name (Asia/Shanghai) or offset (+08:00); None where there is none."""
    offset = _OFFSET.fullmatch(text)
    if offset:
        sign = -1 if offset[1] == "-" else 1
        return timezone(sign * timedelta(hours=int(offset[2]), minutes=int(offset[3])))
    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        return None


def needs_zone(format: str) -> bool:
    """Whether a format always leaves open where the clock hangs."""
    return format not in EPOCHS and format != ISO


def read_instant(text: str, format: str, zone: tzinfo | None) -> datetime | None:
    """The instant in UTC; None where the text doesn't have the format, or nobody says its zone."""
    try:
        moment = _moment(text.strip(), format)
        if moment is None:
            return None
        if moment.tzinfo is None:
            if zone is None:
                return None
            moment = moment.replace(tzinfo=zone)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def read_day(text: str, format: str | None, zone: tzinfo | None = None) -> date | None:
    """The day; without a format as offices write it: 2026-05-01, 2026/5/1, 2026年5月1日, 20260501."""
    text = text.strip()
    try:
        if format in EPOCHS:
            moment = read_instant(text, format, None)
            return civil_date(moment) if moment else None
        if format is not None and format != ISO:
            written = _moment(text, format)
            return written.date() if written else None
        plain = _PLAIN_DAY.fullmatch(text) or _DIGITS_DAY.fullmatch(text)
        if plain:
            return date(int(plain[1]), int(plain[2]), int(plain[3]))
        moment = datetime.fromisoformat(text)
        return civil_date(moment) if moment.tzinfo else moment.date()
    except (ValueError, OverflowError):
        return None


def _moment(text: str, format: str) -> datetime | None:
    if format in EPOCHS:
        return _since_1970(text, EPOCHS[format])
    if format == ISO:
        return datetime.fromisoformat(text)
    written = _pattern(format).fullmatch(text)
    if written is None:
        return None
    parts = {name: int(part) for name, part in written.groupdict().items()}
    return datetime(**parts)  # type: ignore[arg-type]  # noqa: DTZ001 its zone is put on by who asks


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
    """Parts of one digit are taken where a sign parts them: 2026/5/1 has the format YYYY/MM/DD."""
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
