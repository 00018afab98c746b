"""Parse a keeper's or an officer's text about special dates (除夕到初三：10:00–15:00) into days and hours, or a fault."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from core.calendars import workday_table
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from geo.hours import USUAL_HOURS, name_usual_hours, parse_hours
from geo.messages import MAX_EXCEPTION_DAYS
from rules.lunar import feast, lunar_day, lunar_month

_WRITE_HOURS = N_("write them as 10:00-15:00, or 9:00-12:00, 14:00-18:00; or choose “closed on these days”")
_FAULTS = FaultTable(
    "special_dates",
    {
        "no_hours": (N_("the hours are missing"), _WRITE_HOURS),
        "unclear_hours": (N_("“{value}” can't be understood as hours: {why}"), _WRITE_HOURS),
        "no_table": (
            N_("“{value}” depends on the days off of {year}, which are not published yet"),
            N_("write the hours without 工作日 or 节假日, day by day if they differ"),
        ),
        "no_days": (N_("the days are missing"), N_("choose the days, or write them, as in 除夕到初三")),
        "ambiguous": (
            N_("“{value}” may mean one day or many"),
            N_("say the first and the last day, as in 除夕到初三 or 10月1日到7日"),
        ),
        "no_date": (N_("there is no day “{value}”"), N_("write the day as 2027-02-05 or 2月5日")),
        "backwards": (
            N_("the last day, {last}, lies before the first, {first}"),
            N_("correct one of the two"),
        ),
        "past": (N_("{value} is over already"), N_("choose days that are still to come")),
        "swapped": (
            N_("{first} to {last} would be {count} days"),
            N_("are the two days swapped? If it is meant, write both with their year"),
        ),
        "too_long": (
            N_("{first} to {last} is longer than a year"),
            N_("choose fewer days; for hours that stay, ask whoever keeps the register"),
        ),
    },
)

_LONG_DAYS = 92  # longer spans without a written year: the two days are probably swapped
_LOOK_AHEAD_DAYS = 400  # a lunar feast recurs within 384 days
_NUMERALS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
_SOON = {"今天": 0, "今日": 0, "today": 0, "明天": 1, "明日": 1, "tomorrow": 1, "后天": 2, "大后天": 3}
_SOLAR = {"元旦": (1, 1), "五一": (5, 1), "劳动节": (5, 1), "国庆": (10, 1), "十一": (10, 1)}
_FEASTS = {
    "除夕": "除夕",
    "大年三十": "除夕",
    "年三十": "除夕",
    "清明": "清明",
    "端午": "端午",
    "中秋": "中秋",
    "元宵": "元宵",
}
_NAMES = "|".join(sorted((*_SOON, *_SOLAR, *_FEASTS, "春节"), key=len, reverse=True))
_DAY = (
    rf"(?:{_NAMES})节?|(?:大年|正月|年)?初[一二三四五六七八九十]"
    r"|(?:\d{4}[-./年])?\d{1,2}[-./月]\d{1,2}[日号]?(?![\d:])"
)
_DATES = re.compile(
    rf"^(?:从|自)?\s*(?P<first>{_DAY})(?:\s*(?:到|至|~|～|—|–|-|to)\s*(?P<last>{_DAY}|\d{{1,2}}[日号]))?"
    r"(?:期间)?\s*[:：,，、;；]?\s*",
    re.IGNORECASE,
)
_NUMBERS = re.compile(r"(?:(?P<year>\d{4})[-./年])?(?P<month>\d{1,2})[-./月](?P<day>\d{1,2})")
_YEAR = re.compile(r"\d{4}")
_WIDE = str.maketrans("０１２３４５６７８９－～〜．／\u3000", "0123456789---./ ")
_WIDE_COLON = re.compile(r"(?<=\d)：(?=\d)")
_CLOSED = re.compile(
    r"^(?:全天)?(?:关门|关闭|闭馆|闭站|休息|放假|不开放?|不营业|停止开放|closed)[。.]?$", re.IGNORECASE
)
_SEVERAL_DAYS = ("春节", "国庆", "国庆节", "五一", "劳动节", "十一")


@dataclass(frozen=True, slots=True)
class SpecialDays:
    """Days with hours of their own; empty hours mean closed."""

    first: date
    last: date
    hours_text: str


def parse_special_days(
    text: str,
    today: date,
    calendar: str,
    first: date | None = None,
    last: date | None = None,
    *,
    is_closed: bool = False,
) -> SpecialDays:
    """Parse the days and hours of a text; days given as arguments apply if the text has none.

    Days without a year are the next ones to come. ``calendar`` is the station's, ``is_closed`` closes the days
    whatever hours the text has. *Raises*: FaultError.
    """
    stripped = text.strip()
    found = _DATES.match(stripped)
    # otherwise 9-17 means hours, not a date
    if found is not None and (found.end() < len(stripped) or first is None):
        first, last = _days(found, today)
        stripped = stripped[found.end() :]
    if first is None:
        raise FaultError(_FAULTS.build("no_days", field="days"))
    last = first if last is None else last
    _check(first, last, today)
    hours = _hours(stripped or ("closed" if is_closed else ""))
    if is_closed:
        return SpecialDays(first, last, "")
    _check_workdays(hours, (first, last), calendar)
    return SpecialDays(first, last, hours)


def narrow_hours(text: str) -> str:
    """Return hours with plain digits, dashes, and colons between digits; riders read them as they are stored."""
    return _WIDE_COLON.sub(":", text.translate(_WIDE))


def _days(found: re.Match[str], today: date) -> tuple[date, date]:
    first_text, last_text = found["first"], found["last"]
    if last_text is None and first_text in _SEVERAL_DAYS:
        raise FaultError(_FAULTS.build("ambiguous", field="days", value=first_text))
    first = _day(first_text, today, today)
    if last_text is None:
        return first, first
    if re.fullmatch(r"\d{1,2}[日号]", last_text):
        last_text = f"{first.year}-{first.month}-{last_text[:-1]}"
    last = _day(last_text, first, today)
    if (last - first).days > _LONG_DAYS and not _YEAR.match(last_text):
        raise FaultError(
            _FAULTS.build("swapped", field="days", first=first, last=last, count=(last - first).days + 1)
        )
    return first, last


def _day(text: str, after: date, today: date) -> date:
    """Return the next day with a name, from a day on; words like tomorrow count from today."""
    name = text.removesuffix("节") if text.removesuffix("节") in {*_FEASTS, *_SOLAR, "春"} else text
    if name.lower() in _SOON:
        return today + timedelta(days=_SOON[name.lower()])
    if name in _SOLAR:
        return _next_date(*_SOLAR[name], after, text)
    found = _NUMBERS.match(text)
    if found is not None:
        if found["year"] is None:
            return _next_date(int(found["month"]), int(found["day"]), after, text)
        return _real(int(found["year"]), int(found["month"]), int(found["day"]), text)
    day = (
        _next_in_first_lunar_month(1 if text == "春节" else _NUMERALS.get(text[-1], 0), after)
        if name not in _FEASTS
        else None
    )
    day = day or _next_feast(_FEASTS.get(name, ""), after)
    if day is None:
        raise FaultError(_FAULTS.build("no_date", field="days", value=text))
    return day


def _next_date(month: int, day: int, after: date, text: str) -> date:
    this_year = _real(after.year, month, day, text)
    return this_year if this_year >= after else _real(after.year + 1, month, day, text)


def _real(year: int, month: int, day: int, text: str) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise FaultError(_FAULTS.build("no_date", field="days", value=text)) from None


def _next_feast(name: str, after: date) -> date | None:
    days = (after + timedelta(days=n) for n in range(_LOOK_AHEAD_DAYS))
    return next((day for day in days if name and feast(day) == name), None)


def _next_in_first_lunar_month(number: int, after: date) -> date | None:
    """Return the next day with a number in the first lunar month."""
    days = (after + timedelta(days=n) for n in range(_LOOK_AHEAD_DAYS))
    return next((day for day in days if lunar_month(day) == 1 and lunar_day(day) == number), None)


def _check(first: date, last: date, today: date) -> None:
    if last < first:
        raise FaultError(_FAULTS.build("backwards", field="days", first=first, last=last))
    if last < today:
        raise FaultError(_FAULTS.build("past", field="days", value=last))
    if (last - first).days >= MAX_EXCEPTION_DAYS:
        raise FaultError(_FAULTS.build("too_long", field="days", first=first, last=last))


def _check_workdays(hours: str, days: tuple[date, date], calendar: str) -> None:
    """Raise FaultError if the hours name work-days of a year whose days off are not published yet."""
    if hours in ("", USUAL_HOURS) or not parse_hours(hours).needs_workdays:
        return
    table = workday_table(calendar)
    for year in range(days[0].year, days[1].year + 1):
        if not table.covers(year):
            raise FaultError(_FAULTS.build("no_table", field="hours", value=hours, year=year))


def _hours(text: str) -> str:
    if _CLOSED.match(text):
        return ""
    if (usual := name_usual_hours(text)) == USUAL_HOURS:
        return usual
    if not text:
        raise FaultError(_FAULTS.build("no_hours", field="hours"))
    text = narrow_hours(text)
    phrase = parse_hours(text)
    if not phrase.understood:
        terms = {"why": phrase.reason}
        raise FaultError(_FAULTS.build("unclear_hours", field="hours", value=text, terms=terms))
    return text
