"""When a case is due, and when it goes one level up."""

from datetime import UTC, datetime, timedelta

from geo.calendars import workday_table
from geo.station import Calendar
from members.hotline.clocks import (
    acceptance_clock,
    find_due_escalations,
    intake_clock,
    is_overdue,
    running_clocks,
)
from tests.members.hotline.cases import FAR, ONE, OPENED_AT, TWO, History

TABLE = workday_table(Calendar.CN)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def due(history: History, now: datetime) -> list[tuple[str, int]]:
    return [(clock.unit, percent) for clock, percent in find_due_escalations(history.case, TABLE, now)]


def test_a_clear_case_is_dispatched_within_an_hour_on_any_day() -> None:
    history = History()
    assert intake_clock(history.case, TABLE).due_at == OPENED_AT + HOUR
    assert due(history, OPENED_AT + 48 * MINUTE - timedelta(microseconds=1)) == []
    assert due(history, OPENED_AT + 48 * MINUTE) == [("370000", 80)]
    assert due(history, OPENED_AT + HOUR) == [("370000", 80), ("370000", 100)]
    assert not is_overdue(history.case, TABLE, OPENED_AT + HOUR)
    assert is_overdue(history.case, TABLE, OPENED_AT + HOUR + timedelta(microseconds=1))
    saturday = History()
    saturday.events[0] = type(saturday.events[0])(
        1, saturday.events[0].act, datetime(2026, 11, 21, 20, tzinfo=UTC), "a", saturday.events[0].data
    )
    assert intake_clock(saturday.case, TABLE).due_at == datetime(2026, 11, 21, 21, tzinfo=UTC)


def test_a_case_that_is_not_clear_has_until_the_end_of_the_next_work_day() -> None:
    assert intake_clock(History(is_clear=False).case, TABLE).due_at == datetime(2026, 11, 19, 16, tzinfo=UTC)


def test_each_of_two_units_has_a_deadline_of_its_own() -> None:
    clocks = [
        one for one in running_clocks(History().add("dispatch", **TWO).case, TABLE) if one.kind == "close"
    ]
    assert [(one.unit, one.due_at) for one in clocks] == [
        ("370100", datetime(2026, 11, 23, 16, tzinfo=UTC)),  # Thursday, Friday, Monday
        ("370200", datetime(2026, 11, 20, 16, tzinfo=UTC)),
    ]


def test_an_escalation_is_due_once_and_its_clock_stands_still_while_suspended() -> None:
    history = History().add("dispatch", **ONE).add("accept", unit="370100")
    history.add("suspend", HOUR, reason="等材料", until=FAR)
    assert due(history, OPENED_AT + 300 * DAY) == []
    history.add("resume", 2 * DAY)
    (clock,) = running_clocks(history.case, TABLE)
    assert clock.due_at == datetime(2026, 11, 25, 16, tzinfo=UTC)  # two work-days later
    (eighty,) = [at for at in [clock.reaches(80)] if at]
    assert due(history, eighty - MINUTE) == []
    assert due(history, eighty) == [("370100", 80)]
    history.add("escalate", clock=clock.id, percent=80, unit="370100", to="370000")
    assert due(history, eighty + HOUR) == []
    assert due(history, clock.due_at or eighty) == [("370100", 100)]


def test_a_clock_that_stops_on_the_instant_is_in_time() -> None:
    history = History().add("dispatch", HOUR, **ONE)
    clock = intake_clock(history.case, TABLE)
    assert not clock.is_late(OPENED_AT + DAY)
    assert clock.used_percent(OPENED_AT + DAY) == 100
    late = History().add("dispatch", HOUR + MINUTE, **ONE)
    assert intake_clock(late.case, TABLE).is_late(OPENED_AT + DAY)
    part = late.case.parts[0]
    assert acceptance_clock(late.case, part, TABLE).due_at == datetime(2026, 11, 19, 16, tzinfo=UTC)
