"""Who is reminded of which last day: those whose application was sent back, on the day until which it keeps its first one."""

from datetime import date, timedelta
from pathlib import Path

from tests.yihui.services.joining_people import HERE, found_tree, joining_wiring, member_event
from yihui.services.applications.member_deadlines import list_members_of_application_deadlines

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
