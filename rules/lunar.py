"""The Chinese lunar calendar: months, days and feasts from 1900 to 2100; other years are unknown."""

from datetime import date
from functools import lru_cache
from types import MappingProxyType

FEASTS = (
    "none", "春节", "元宵", "龙抬头", "清明", "端午", "七夕", "中元", "中秋", "重阳", "冬至", "腊八", "小年", "除夕",
)  # fmt: skip
_BY_MOON = MappingProxyType(
    {
        (1, 1): "春节",
        (1, 15): "元宵",
        (2, 2): "龙抬头",
        (5, 5): "端午",
        (7, 7): "七夕",
        (7, 15): "中元",
        (8, 15): "中秋",
        (9, 9): "重阳",
        (12, 8): "腊八",
        (12, 23): "小年",  # as celebrated in northern China
    }
)
_BY_SUN = ("清明", "冬至")
_EVE, _LAST_MONTH = "除夕", 12


def lunar_year(on: date) -> int | None:
    """Return the lunar year, by the number of the solar year in which it begins."""
    found = _lunar(on)
    return found[5] if found else None


def lunar_month(on: date) -> int | None:
    """Return the lunar month, 1 to 12; a leap month has the number of the month before it."""
    found = _lunar(on)
    return found[0] if found else None


def lunar_day(on: date) -> int | None:
    """Return the day of the lunar month, 1 to 30."""
    found = _lunar(on)
    return found[1] if found else None


def feast(on: date) -> str | None:
    """Return the traditional feast of a day, or "none"; leap months have no feasts of the moon.

    Return None for a day outside the calendar.
    """
    found = _lunar(on)
    if found is None:
        return None
    month, day, is_leap, term, is_last, _ = found
    if term in _BY_SUN:
        return term
    if month == _LAST_MONTH and is_last:
        return _EVE
    return "none" if is_leap else _BY_MOON.get((month, day), "none")


@lru_cache(maxsize=4_096)  # a batch looks up the same day for every member
def _lunar(on: date) -> tuple[int, int, bool, str | None, bool, int] | None:
    """Return month, day, whether it is a leap month, the solar term, whether it is the year's last day, and the year."""
    from borax.calendars.lunardate import (
        LunarDate,  # importing takes 70 ms: only rules that read the lunar calendar need it
    )

    try:
        lunar = LunarDate.from_solar(on)
        is_last = lunar.month == _LAST_MONTH and lunar.after(1).year > lunar.year
    except ValueError:  # the day is outside borax's tables
        return None
    return lunar.month, lunar.day, bool(lunar.leap), lunar.term, is_last, lunar.year
