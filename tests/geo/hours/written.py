"""What a phrase says of ordinary days, in OSM's opening_hours syntax: short enough to be compared with."""

from itertools import groupby

from geo.hours import parse_hours
from geo.hours.dates import bit_runs
from geo.hours.day_selector import Day
from geo.hours.timetable import DAY_MINUTES, WHOLE_DAY, DayPlan, Timetable

_DAY_NAMES = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH_LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def written_hours(text: str) -> str | None:
    """None for a text that isn't understood or needs work-days. Nights are cut at midnight, unless all are alike."""
    phrase = parse_hours(text)
    if phrase.timetable is None or phrase.needs_workdays:
        return phrase.osm
    timetable = phrase.timetable
    if timetable.spills_over_midnight and _is_uniform(timetable):
        return _rule("Mo-Su", timetable.plan(Day(0)))  # 18:00-02:00 is clearer than two halves
    rules: list[str] = []
    for prefix, month_day in _seasons(timetable):
        rules += _weekly(timetable, prefix, month_day)
    return "; ".join(rules) or "off"


def _is_uniform(timetable: Timetable) -> bool:
    plain = not timetable.needs_workdays and not any(s.ranges for s in timetable.seasons)
    return plain and len({timetable.plan(Day(w)) for w in range(7)}) == 1


def _weekly(timetable: Timetable, prefix: str, month_day: tuple[int, int] | None) -> list[str]:
    plans = [timetable.plan(Day(w, month_day)) for w in range(7)]
    whole = [plans[w].follow_night(plans[w - 1]) for w in range(7)]
    if all(p == DayPlan(WHOLE_DAY) for p in whole) and not prefix:
        rules = ["24/7"]
    else:
        distinct = dict.fromkeys(p for p in whole if p != DayPlan())
        rules = [_rule(prefix + _weekdays([w for w in range(7) if whole[w] == p]), p) for p in distinct]
    return rules + _monthly(timetable, prefix, month_day, plans)


def _monthly(
    timetable: Timetable, prefix: str, month_day: tuple[int, int] | None, plans: list[DayPlan]
) -> list[str]:
    """Return rules for 第 n 个星期 X where it differs from the week."""
    rules = []
    named = {(x.weekday, x.n, x.sure) for days in timetable.selectors for x in days.nths}
    wanted = {(w, m) for w, n, sure in named for m in ((n,) if sure else (n, n + (1 if n > 0 else -1)))}
    for weekday, n in sorted(wanted):
        plan = timetable.plan(Day(weekday, month_day, frozenset({n})))
        if plan != plans[weekday]:
            rules.append(_rule(f"{prefix}{_DAY_NAMES[weekday]}[{n}]", plan))
    return rules


def _weekdays(days: list[int]) -> str:
    parts = []
    for _, group in groupby(enumerate(days), lambda x: x[1] - x[0]):
        run = [d for _, d in group]
        name = _DAY_NAMES[run[0]]
        parts.append(name if len(run) == 1 else f"{name}{'-' if len(run) > 2 else ','}{_DAY_NAMES[run[-1]]}")
    return ",".join(parts)


def _seasons(timetable: Timetable) -> list[tuple[str, tuple[int, int] | None]]:
    """Return the prefix and a sample (month, day) of each part of the year with its own hours."""
    ranges = [r for s in timetable.seasons for r in s.ranges]
    if not ranges:
        return [("", None)]
    starts = {first for first, _ in ranges} | {_day_after(last) for _, last in ranges}
    cuts = sorted(starts | {(1, 1)})
    ends = [_day_before(cut) for cut in cuts[1:]] + [(12, 31)]
    return [(f"{_month_day(a)}-{_month_day(b)} ", a) for a, b in zip(cuts, ends, strict=True)]


def _month_day(month_day: tuple[int, int]) -> str:
    return f"{_MONTHS[month_day[0] - 1]} {month_day[1]:02d}"


def _day_after(month_day: tuple[int, int]) -> tuple[int, int]:
    month, day = month_day
    if day < _MONTH_LENGTHS[month - 1]:
        return month, day + 1
    return month % 12 + 1, 1


def _day_before(month_day: tuple[int, int]) -> tuple[int, int]:
    month, day = month_day
    if day > 1:
        return month, day - 1
    return month - 1, _MONTH_LENGTHS[month - 2]


def _rule(selector: str, plan: DayPlan) -> str:
    parts = []
    if plan.open:
        parts.append(f"{selector} {_times(plan.open)}")
    if plan.unknown:
        parts.append(f"{selector} {_times(plan.unknown)} unknown")
    return ", ".join(parts) or f"{selector} off"


def _times(bits: int) -> str:
    return ",".join(f"{_clock(a)}-{_clock(b)}" for a, b in bit_runs(bits))


def _clock(minute: int) -> str:
    minute = minute - DAY_MINUTES if minute > DAY_MINUTES else minute
    return f"{minute // 60:02d}:{minute % 60:02d}"
