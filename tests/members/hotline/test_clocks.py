"""When a case is due, and when it goes one level up."""

from datetime import UTC, datetime, timedelta

from core.calendars import Calendar, workday_table
from members.hotline.clocks import acceptance_clock, intake_clock, is_overdue
from tests.members.hotline.cases import ONE, OPENED_AT, History

TABLE = workday_table(Calendar.CN)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def test_a_clear_case_is_dispatched_within_an_hour_on_any_day() -> None:
    history = History()
    assert intake_clock(history.case, TABLE).due_at == OPENED_AT + HOUR
    assert not is_overdue(history.case, TABLE, OPENED_AT + HOUR)
    assert is_overdue(history.case, TABLE, OPENED_AT + HOUR + timedelta(microseconds=1))
    saturday = History(datetime(2026, 11, 21, 20, tzinfo=UTC))
    assert intake_clock(saturday.case, TABLE).due_at == datetime(2026, 11, 21, 21, tzinfo=UTC)


def test_a_clock_that_stops_on_the_instant_is_in_time() -> None:
    history = History().add("dispatch", HOUR, **ONE)
    clock = intake_clock(history.case, TABLE)
    assert not clock.is_late(OPENED_AT + DAY)
    assert clock.used_percent(OPENED_AT + DAY) == 100
    late = History().add("dispatch", HOUR + MINUTE, **ONE)
    assert intake_clock(late.case, TABLE).is_late(OPENED_AT + DAY)
    part = late.case.parts[0]
    assert acceptance_clock(late.case, part, TABLE).due_at == datetime(2026, 11, 19, 16, tzinfo=UTC)
