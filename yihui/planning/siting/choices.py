"""Parse the options of ``yihui plan sites`` that take one of a few values; others raise WrongValue."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta

from core.civil_time import CIVIL_TIME, civil_date
from core.faults import Fault
from core.text_marks import N_
from geo.siting.problem import SitingGoal
from geo.siting.spacing import SpacingRule
from yihui.planning.siting.request import GOALS_BY_MODEL
from yihui.runtime.arguments import WrongValue, parse_instant

_FIXED = {"existing": True, "none": False}
_HOURS = 168
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAYS_ZH = "一二三四五六日"
_HOUR = re.compile(
    r"(?:(?P<en>[a-z]{3})[a-z]*|(?:周|星期)(?P<zh>[一二三四五六日天]))[\s,:_-]*(?P<hour>\d{1,2})(?:点|时|:00)?"
)


def parse_siting_model(text: str) -> SitingGoal:
    """Parse ``--model``. *Raises*: WrongValue."""
    if text not in GOALS_BY_MODEL:
        raise WrongValue([_none_of("--model", text, GOALS_BY_MODEL)])
    return GOALS_BY_MODEL[text]


def parse_fixed_option(text: str) -> bool:
    """Parse ``--fixed``: True if existing stations count. *Raises*: WrongValue."""
    if text not in _FIXED:
        raise WrongValue([_none_of("--fixed", text, _FIXED)])
    return _FIXED[text]


def parse_spacing_rule(text: str) -> SpacingRule:
    """Parse ``--spacing-rule``: four comma-separated numbers.

    They are the spacing in metres, the spacing in metres where dense, the density of a town and the density
    of a dense place in people per km². *Raises*: WrongValue.
    """
    try:
        most_m, most_dense_m, town, dense = (float(part) for part in text.replace("，", ",").split(","))
        return SpacingRule(most_m, most_dense_m, town, dense)
    except ValueError as error:
        remedy = N_(
            "write four figures such as 1000,500,1500,4000: the second no larger than the first, the last no smaller than the third"
        )
        raise WrongValue(
            [Fault(N_("{field} can't be {value}"), remedy, field="--spacing-rule", value=text)]
        ) from error


def parse_siting_instant(at: str | None, hour: str | None, now: datetime) -> datetime:
    """Return the instant of ``--at``, the hour of ``--hour-of-week`` in this week, or now.

    *Raises*: WrongValue.
    """
    if at and hour:
        raise WrongValue(
            [Fault(N_("--at and --hour-of-week both say when"), N_("give one of them"), field="--at")]
        )
    if hour:
        return parse_hour_of_week(hour, now)
    return parse_instant(at) if at else now


def parse_hour_of_week(text: str, now: datetime) -> datetime:
    """Return the middle of an hour of the civil week of ``now``.

    ``text`` is 0 to 167 from Monday 0:00, sat-23 or 周六23点. *Raises*: WrongValue.
    """
    number = _number_of(text.strip().lower())
    if number is None:
        remedy = N_("write a number from 0 (Monday 0:00) to 167, or a day and an hour: sat-23, 周六23点")
        raise WrongValue([Fault(N_("{field} can't be {value}"), remedy, field="--hour-of-week", value=text)])
    today = civil_date(now)
    monday = datetime.combine(today - timedelta(days=today.weekday()), time(), CIVIL_TIME)
    return (monday + timedelta(hours=number, minutes=30)).astimezone(UTC)


def _number_of(text: str) -> int | None:
    if text.isdecimal():
        return int(text) if int(text) < _HOURS else None
    found = _HOUR.fullmatch(text)
    if found is None:
        return None
    day, hour = found["zh"], int(found["hour"])
    number = (
        _DAYS_ZH.index(day.replace("天", "日"))
        if day
        else (_DAYS.index(found["en"]) if found["en"] in _DAYS else -1)
    )
    return number * 24 + hour if number >= 0 and hour < 24 else None


def _none_of(field: str, text: str, known: Iterable[str]) -> Fault:
    return Fault(
        N_("“{value}” is no choice for {field}"),
        N_("write one of {known}"),
        field=field,
        value=text,
        params={"known": ", ".join(known)},
    )
