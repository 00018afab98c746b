"""Which roles an officer has on which day, against a slow oracle over random acts."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tiers import budget
from yihui.access.officers import Appointment, compute_assignments
from yihui.access.roles import Role

FIRST = date(2026, 10, 1)
DAYS = [FIRST + timedelta(days=number) for number in range(12)]
NAMES = ("li", "wang", "zhao")
ROLES = (Role.PLANNER, Role.AUDITOR)
PLACES = ("370000", "370200")


def noon(day: date) -> datetime:
    return datetime.combine(day, time(4), UTC)


days = st.sampled_from(DAYS)
appointments = st.builds(
    lambda officer, role, place, since, until, principal, withdrawn: Appointment(
        0,
        officer,
        role,
        place,
        since,
        until,
        None if principal == officer else principal,
        "admin",
        noon(since),
        None if withdrawn is None else "admin",
        None if withdrawn is None else noon(withdrawn),
    ),
    st.sampled_from(NAMES),
    st.sampled_from(ROLES),
    st.sampled_from(PLACES),
    days,
    st.none() | days,
    st.none() | st.sampled_from(NAMES),
    st.none() | days,
)


def holds(
    log: list[Appointment], ends: dict[str, datetime], officer: str, day: date
) -> set[tuple[object, ...]]:
    """Slow: ask for one day, one role and one place at a time."""

    def current(one: Appointment) -> bool:
        over = [one.withdrawn_at, ends.get(one.officer)]
        return (
            one.since <= day
            and (one.until is None or day <= one.until)
            and all(stop is None or day < stop.date() for stop in over)
        )

    found = set()
    for role in ROLES:
        for place in PLACES:
            own = {
                one.officer
                for one in log
                if one.deputy_of is None and (one.role, one.organisation) == (role, place) and current(one)
            }
            if officer in own:
                found.add((role, place, None))
            found |= {
                (role, place, one.deputy_of)
                for one in log
                if one.officer == officer
                and (one.role, one.organisation) == (role, place)
                and one.deputy_of in own
                and current(one)
            }
    return found


@pytest.mark.deeper
@settings(max_examples=budget(100))
@given(
    st.lists(appointments, max_size=8),
    st.dictionaries(st.sampled_from(NAMES), days.map(noon), max_size=2),
)
def test_the_roles_of_each_day_are_those_of_a_slow_oracle(
    log: list[Appointment], ends: dict[str, datetime]
) -> None:
    for officer in NAMES:
        known = compute_assignments(officer, log, ends)
        for day in [FIRST - timedelta(days=1), *DAYS, DAYS[-1] + timedelta(days=1)]:
            fast = {(one.role, one.organisation, one.deputy_of) for one in known if one.holds(day)}
            assert fast == holds(log, ends, officer, day)
