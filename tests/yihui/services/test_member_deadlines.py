"""Who is reminded of which last day: those whose application was sent back, on the day until which it keeps its first one."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from rules import load_library
from tests.yihui.applying import HEAD
from tests.yihui.services.joining_people import HERE, found_tree, joining_wiring, member_event
from yihui.cases.applications.deadlines import (
    find_own_deadline,
    list_members_of_application_deadlines,
)
from yihui.cases.applications.rule_forms import build_form

SENT_BACK = date(2026, 2, 2)
REVIEWS: dict[str, list[tuple[bool, str | None]]] = {
    "m-0": [(False, None)],
    "m-1": [(False, "2026-02-20")],
    "m-2": [(False, "2026-02-20"), (False, "2026-03-01")],  # the last word counts
    "m-3": [(False, "2026-02-20"), (True, None)],  # waits for nobody
}
ENDS = {"m-0": SENT_BACK + timedelta(days=30), "m-1": date(2026, 2, 20), "m-2": date(2026, 3, 1)}


def test_who_is_reminded_of_which_last_day(tmp_path: Path) -> None:
    wiring = joining_wiring(str(tmp_path / "yihui.db"), tmp_path)
    found_tree(wiring)
    for member, reviews in REVIEWS.items():
        joined = {"organisation": HERE, "joined_on": "2026-01-02"}
        member_event(wiring, "member.joined", member, "2026-01-02", **joined)
        data = {"programme": "示例助学", "year": 2026}
        member_event(wiring, "application.submitted", member, "2026-02-01", **data)
        for accepted, until in reviews:
            step = {"stage": "基层工会", "reviewer": "r-1", "accepted": accepted, "resubmit_until": until}
            member_event(wiring, "application.reviewed", member, f"{SENT_BACK}", **data, **step)
    with wiring.database.read() as connection:
        for day in (SENT_BACK + timedelta(days=one) for one in range(40)):
            expected = {member for member, end in ENDS.items() if end == day}
            found = list_members_of_application_deadlines(connection, day)
            assert found == expected
            assert list_members_of_application_deadlines(connection, day, ["m-0"]) == expected & {"m-0"}
    wiring.close()


_MIDDLE = "month(event.occurred_on) < 10 or month(event.occurred_on) == 10 and day(event.occurred_on) <= 15"


@pytest.mark.parametrize(
    ("condition", "today", "last_day", "deadline"),
    [
        ("month(event.occurred_on) <= 10", "2026-10-05", "2026-12-31", "2026-10-31"),
        ("month(event.occurred_on) <= 10", "2026-10-05", "2026-10-20", "2026-10-20"),
        ("month(event.occurred_on) <= 10", "2026-11-05", "2026-12-31", "2026-12-31"),
        (_MIDDLE, "2026-10-05", "2026-12-31", "2026-10-15"),
        (_MIDDLE, "2026-02-05", None, "2026-10-15"),
        (_MIDDLE, "2026-10-15", None, "2026-10-15"),
        ("day(event.occurred_on) <= 10", "2026-10-05", "2026-12-31", "2026-10-10"),
        ("event.days >= 3", "2026-02-05", "2026-12-31", None),
        ("event.year == year(event.occurred_on)", "2026-02-05", "2027-12-31", "2026-12-31"),
    ],
)
def test_a_member_reads_the_last_day_on_which_neither_her_rule_nor_a_condition_has_ended(
    condition: str, today: str, last_day: str | None, deadline: str | None
) -> None:
    text = HEAD % ("apply-day", "示例") + (
        f'require: [{{that: "{condition}", else: 已经截止}}]\nprocess: {{programme: 示例, reviews: [基层工会]}}\n'
    )
    day = date.fromisoformat(today)
    form = build_form(load_library([("rule.yaml", text)]).rules[0], {}, day)
    found = find_own_deadline(form, date.fromisoformat(last_day) if last_day else None, day)
    assert found == (date.fromisoformat(deadline) if deadline else None)
