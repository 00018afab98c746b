"""In which stage an application is, and by which day its next step is due."""

from datetime import UTC, date, datetime

import pytest

from core.calendars import Calendar, workday_table
from core.civil_time import CIVIL_TIME
from members import ApplicationStep
from rules import Process
from yihui.cases.applications.stages import (
    WORK_DAYS_OF_A_STEP,
    ApplicationStage,
    ApplicationTerms,
    combine_processes,
    compute_stage,
)

CALENDAR = workday_table(Calendar.CN)
PROCESS = Process.model_validate(
    {
        "programme": "困难帮扶",
        "reviews": ("基层工会", "县级工会"),
        "public_notice": {"days": 5, "counted": "work_days"},
        "work_days": {"基层工会": 3, "publish": 1, "confirm": 2},
    }
)


def step(kind: str, at: datetime, **more: object) -> ApplicationStep:
    fields = {"accepted": None, "stage": None, "reviewer": None, "objections": None, **more}
    names = ApplicationStep.__dataclass_fields__
    known = {"member_id": "m-1", "application": "a", "programme": "困难帮扶", "year": 2026, "type": kind,
             "effective_at": at, "source": "/t", "event_id": f"{kind}-{at.isoformat()}", "attachments": ()}  # fmt: skip
    return ApplicationStep(**{name: value for name, value in {**known, **fields}.items() if name in names})  # type: ignore[arg-type]


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CIVIL_TIME).astimezone(UTC)


def stage_on(day: date, *steps: ApplicationStep, terms: ApplicationTerms | None = None) -> ApplicationStage:
    found = compute_stage(steps, "a", terms or combine_processes([PROCESS]), day, CALENDAR)
    assert found is not None
    return found


def submitted(at: str) -> ApplicationStep:
    return step("application.submitted", instant(at))


def reviewed(at: str, stage: str) -> ApplicationStep:
    return step("application.reviewed", instant(at), accepted=True, stage=stage, reviewer=stage)


def test_the_days_are_the_stages_own_and_ten_where_no_rule_states_them() -> None:
    first = stage_on(date(2026, 11, 2), submitted("2026-11-02T09:00"))
    assert (first.key, first.work_days, first.due) == ("review:基层工会", 3, date(2026, 11, 5))
    steps = (submitted("2026-11-02T09:00"), reviewed("2026-11-03T09:00", "基层工会"))
    second = stage_on(date(2026, 11, 3), *steps)
    assert (second.key, second.work_days) == ("review:县级工会", WORK_DAYS_OF_A_STEP)
    assert second.due == date(2026, 11, 17)
    done = (*steps, reviewed("2026-11-04T09:00", "县级工会"))
    published = stage_on(date(2026, 11, 4), *done)
    assert (published.kind, published.due) == ("publish", date(2026, 11, 5))


def test_a_holiday_and_the_weekend_worked_for_it_are_counted_as_the_calendar_says() -> None:
    """1 to 7 October 2026 are off; 20 September and 10 October are worked."""
    (before, after) = (
        stage_on(date(2026, 9, 30), submitted(at)).due for at in ("2026-09-29T09:00", "2026-09-30T09:00")
    )
    kinds = [
        day
        for day in (date(2026, 10, n) for n in range(1, 13))
        if CALENDAR.kind_of_day(day).name == "WORKDAY"
    ]
    assert before == kinds[1] and after == kinds[2], "30 September counts for the first, not for the second"


@pytest.mark.parametrize(
    ("at", "since", "due"),
    [
        ("2026-11-02T23:59:59", date(2026, 11, 2), date(2026, 11, 5)),
        ("2026-11-03T00:00:00", date(2026, 11, 3), date(2026, 11, 6)),
        ("2026-11-06T23:59:59", date(2026, 11, 6), date(2026, 11, 11)),  # a Friday
    ],
)
def test_the_day_is_the_civil_one_to_its_last_second(at: str, since: date, due: date) -> None:
    found = stage_on(date(2026, 11, 12), submitted(at))
    assert (found.since, found.due) == (since, due)
    assert not found.is_overdue(due) and found.is_overdue(date(due.year, due.month, due.day + 1))


def test_of_several_rules_the_shortest_time_holds() -> None:
    other = PROCESS.model_copy(update={"work_days": {"基层工会": 5, "县级工会": 4}})
    terms = combine_processes([PROCESS, other])
    assert dict(terms.work_days) == {"基层工会": 3, "publish": 1, "confirm": 2, "县级工会": 4}
    assert terms.work_days_of("objections") == WORK_DAYS_OF_A_STEP
    assert combine_processes([]).work_days_of("confirm") == WORK_DAYS_OF_A_STEP


def test_a_year_without_a_calendar_counts_mondays_to_fridays() -> None:
    found = stage_on(date(2035, 1, 5), submitted("2035-01-05T09:00"))  # a Friday
    assert found.due == date(2035, 1, 10)
