"""Deadlines against a slow oracle that looks at every hour."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.calendars import Calendar, WorkdayTable
from core.civil_time import CIVIL_TIME
from members.hotline.working_time import Pause, compute_due, count_running, find_instant
from tests.profile import searched

HOUR = timedelta(hours=1)
FIRST = date(2026, 3, 2)
DAYS = [FIRST + timedelta(days=n) for n in range(40)]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CIVIL_TIME).astimezone(UTC)


@st.composite
def tables(draw: st.DrawFn) -> WorkdayTable:
    """Days off and make-up days anywhere in forty days; a year that no table covers now and then."""
    off = frozenset(draw(st.sets(st.sampled_from(DAYS), max_size=12)))
    made_up = frozenset(day for day in draw(st.sets(st.sampled_from(DAYS), max_size=6)) if day.weekday() > 4)
    years = draw(st.sampled_from([(2026, 2026), (2025, 2025)]))
    return WorkdayTable(Calendar.CN, *years, off - made_up, made_up)


def works(day: date, table: WorkdayTable) -> bool:
    if table.first_year != 2026:
        return day.weekday() < 5
    return day in table.makeup_days or (day not in table.days_off and day.weekday() < 5)


def running(hour: datetime, table: WorkdayTable | None, pauses: list[Pause]) -> bool:
    day = hour.astimezone(CIVIL_TIME).date()
    paused = any(one.since <= hour and hour < one.until for one in pauses)
    return not paused and (table is None or works(day, table))


hours = st.integers(0, 24 * 20).map(lambda n: at("2026-03-02") + n * HOUR)


@st.composite
def pauses(draw: st.DrawFn) -> list[Pause]:
    """Up to three pauses, also touching and overlapping ones."""
    return [
        Pause(since, since + draw(st.integers(0, 90)) * HOUR) for since in draw(st.lists(hours, max_size=3))
    ]


@given(hours, st.integers(1, 12), tables())
def test_a_deadline_is_the_end_of_the_last_work_day(start: datetime, days: int, table: WorkdayTable) -> None:
    day, left = start.astimezone(CIVIL_TIME).date(), days
    while left:
        day += timedelta(days=1)
        left -= works(day, table)
    expected = datetime(day.year, day.month, day.day, tzinfo=CIVIL_TIME) + timedelta(days=1)
    assert compute_due(start, days, table) == expected


@given(hours, hours, st.none() | tables(), pauses())
def test_time_counts_as_whoever_looks_at_every_hour(
    start: datetime, end: datetime, table: WorkdayTable | None, paused: list[Pause]
) -> None:
    hour, total = start, timedelta(0)
    while hour < end:
        total += HOUR * running(hour, table, paused)
        hour += HOUR
    assert count_running(start, end, table, paused) == total


@searched(100, anew=True)
@given(hours, st.integers(1, 200), st.none() | tables(), pauses())
def test_the_instant_is_the_first_at_which_so_much_time_has_counted(
    start: datetime, wanted: int, table: WorkdayTable | None, paused: list[Pause]
) -> None:
    hour, left = start, wanted
    for _ in range(24 * 120):
        if not left:
            break
        left -= running(hour, table, paused)
        hour += HOUR
    expected = hour if not left else None
    assert find_instant(start, wanted * HOUR, table, paused) == expected
    if expected is not None:
        assert count_running(start, expected, table, paused) == wanted * HOUR
