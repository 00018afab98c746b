"""Spans of civil dates, counting periods of limits and quotas, and the last day of a duration."""

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from core.civil_time import add_months
from core.text_marks import N_
from rules.yaml.wording import StrictFileModel, is_parameter_reference


class Span(StrictFileModel):
    """Civil dates, both included; without ``until`` the span is open."""

    since: date = Field(alias="from")
    until: date | None = None

    @model_validator(mode="after")
    def _runs_forward(self) -> Self:
        if self.until and self.until < self.since:
            raise PydanticCustomError("span", N_("until: comes before from: in {value}"))
        return self

    def ending_on(self, last_day: date) -> "Span | None":
        """Return the part of the span up to a day; None if it begins later."""
        if self.since > last_day:
            return None
        return self if self.until is not None and self.until <= last_day else build_span(self.since, last_day)

    def without(self, other: "Span") -> list["Span"]:
        """Return the parts of the span that lie outside of another span, at most two."""
        if not self.overlaps(other):
            return [self]
        left = []
        if self.since < other.since:
            left.append(build_span(self.since, other.since - timedelta(days=1)))
        if other.until is not None and other.until < (self.until or date.max):
            left.append(build_span(other.until + timedelta(days=1), self.until))
        return left

    def shared_with(self, other: "Span") -> "Span | None":
        """Return the days that two spans share; None if there are none."""
        if not self.overlaps(other):
            return None
        ends = [until for until in (self.until, other.until) if until is not None]
        return build_span(max(self.since, other.since), min(ends, default=None))

    def holds(self, day: date) -> bool:
        """Return whether a day lies within the span."""
        return self.since <= day and (self.until is None or day <= self.until)

    def encloses(self, other: "Span") -> bool:
        """Return whether every day of the other span lies within this one."""
        ends_in_time = self.until is None or (other.until is not None and other.until <= self.until)
        return self.since <= other.since and ends_in_time

    def overlaps(self, other: "Span") -> bool:
        """Return whether two spans share a day."""
        return (other.until is None or self.since <= other.until) and (
            self.until is None or other.since <= self.until
        )


PeriodName = Literal["once", "calendar_year", "quarter", "month", "programme_period", "rule_lifetime"]
PERIOD_NAMES: tuple[str, ...] = get_args(PeriodName)
_ROLLING = re.compile(r"rolling ([1-9][0-9]{0,3}) days")


def build_span(since: date, until: date | None) -> Span:
    """Build a span of civil dates, both included."""
    return Span.model_validate({"from": since, "until": until})


class _Every:
    """A period name, ``rolling N days``, a span of its own, or the parameter that holds one of these."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        words = core_schema.literal_schema([*PERIOD_NAMES])
        written = core_schema.plain_serializer_function_ser_schema(_render_period)
        return core_schema.no_info_wrap_validator_function(_parse_period, words, serialization=written)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        pattern = r"^(rolling [1-9][0-9]{0,3} days|param\.[a-z][a-z0-9_]*)$"
        span = handler(Span.__pydantic_core_schema__)
        return {"anyOf": [{"enum": [*PERIOD_NAMES]}, {"type": "string", "pattern": pattern}, span]}


CountingPeriod = Annotated[str | Span, _Every()]


def rolling_days(every: str | Span) -> int | None:
    """Return N of ``rolling N days``; None for every other period."""
    found = _ROLLING.fullmatch(every) if isinstance(every, str) else None
    return int(found[1]) if found else None


def is_counting_period(value: object) -> bool:
    """Return whether a parameter's value is valid as a period."""
    return isinstance(value, str) and (value in PERIOD_NAMES or rolling_days(value) is not None)


def _render_period(every: object) -> object:
    return every.model_dump(mode="json", by_alias=True) if isinstance(every, Span) else every


def _parse_period(value: object, words: core_schema.ValidatorFunctionWrapHandler) -> object:
    if isinstance(value, dict):
        span = Span.model_validate(value)
        if span.until is None:
            raise PydanticCustomError("period", N_("a period of its own ends: {value}"))
        return span
    if is_parameter_reference(value) or is_counting_period(value):
        return value
    return words(value)


_STATED_DURATION = re.compile(r"P(?=[0-9])([0-9]{1,3}Y)?([0-9]{1,3}M)?([0-9]{1,3}W)?([0-9]{1,4}D)?")
_DURATION = re.compile(r"P(?:([0-9]+)Y)?(?:([0-9]+)M)?(?:([0-9]+)W)?(?:([0-9]+)D)?")


def is_duration(value: object) -> bool:
    """Return whether a parameter's value is valid as a duration: P30D, P3M, P1Y or a sum such as P1Y6M."""
    return isinstance(value, str) and bool(_STATED_DURATION.fullmatch(value))


def period_key(every: str | Span, day: date, programme: Span) -> str:
    """Return the name of the period of a day: 2026, 2026-Q2, 2026-05, a span, or the rule's lifetime.

    A rolling period has one name for all days (``rolling-365``): the days before each grant count.
    """
    if isinstance(every, Span):
        return f"{every.since}..{every.until}"
    match every:
        case "calendar_year":
            return f"{day.year:04}"
        case "quarter":
            return f"{day.year:04}-Q{(day.month + 2) // 3}"
        case "month":
            return f"{day.year:04}-{day.month:02}"
        case "programme_period":
            return f"{programme.since}..{programme.until or ''}"
        case "once":
            return "once"
        case "rule_lifetime":
            return "lifetime"
    days = rolling_days(every)
    if days is None:
        raise ValueError(f"{every} is no period")
    return f"rolling-{days}"


@lru_cache(maxsize=1_024)  # a ledger has few periods, and each refusal asks for one
def parse_period_key(key: str) -> tuple[date, date]:
    """Return the first and last day of the period that a key names (see ``period_key``); rolling keys have none.

    >>> parse_period_key("2026-Q2")
    (datetime.date(2026, 4, 1), datetime.date(2026, 6, 30))

    *Raises*: ValueError.
    """
    if ".." in key:
        first, _, last = key.partition("..")
        return date.fromisoformat(first), date.fromisoformat(last) if last else date.max
    if key in ("once", "lifetime"):
        return date.min, date.max
    year, _, part = key.partition("-")
    if not part:
        return date(int(year), 1, 1), date(int(year), 12, 31)
    first_month = int(part[1:]) * 3 - 2 if part.startswith("Q") else int(part)
    last_month = first_month + 2 if part.startswith("Q") else first_month
    end = monthrange(int(year), last_month)[1]
    return date(int(year), first_month, 1), date(int(year), last_month, end)


def earliest_start_day(day: date, duration: str) -> date:
    """Return the first day such that a duration that begins then still lasts on ``day``."""
    low, high = 1, day.toordinal()
    while low < high:
        middle = (low + high) // 2
        if last_day(date.fromordinal(middle), duration) >= day:
            high = middle
        else:
            low = middle + 1
    return date.fromordinal(low)


YEAR_ENDS: Mapping[str, int] = {"end_of_year": 0, "end_of_next_year": 1}
"""The names of terms that end with a calendar year, and how many years after the grant's."""


def expiry_day(start: date, term: str) -> date:
    """Return the last day of a grant of ``start``: by a duration, or the end of its year or of the next."""
    if term not in YEAR_ENDS:
        return last_day(start, term)
    return date(min(start.year + YEAR_ENDS[term], date.max.year), 12, 31)


def last_day(start: date, duration: str) -> date:
    """Return the last day of a duration that begins on ``start``; 31 January + P1M ends on the last of February.

    A duration that exceeds the calendar ends on its last day.
    """
    matched = _DURATION.fullmatch(duration)
    assert matched, f"{duration} was let through as a duration"
    years, months, weeks, days = (int(part or 0) for part in matched.groups())
    try:
        moved = add_months(start, years * 12 + months)
    except ValueError:
        return date.max
    room = (date.max - moved).days
    return moved + timedelta(days=min(weeks * 7 + days, room))
