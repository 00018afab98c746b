"""Which roles an officer has on which day: against a slow oracle, and from midnight to midnight in Shanghai."""

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.civil_time import civil_date
from tests.tiers import budget
from yihui.access.actor import Actor, ActorKind
from yihui.access.decide import Refusal, decide, subtrees
from yihui.access.officers import Appointment, compute_assignments
from yihui.access.roles import Right, Role

DAY = timedelta(days=1)
# Days around the turns of a month, a leap day, a year, and of summer time, which Shanghai had until 1991.
FIRST_DAYS = (
    date(2026, 10, 1), date(2028, 2, 29), date(2026, 12, 31), date(2027, 1, 1), date(2026, 3, 29), date(2027, 2, 28),
)  # fmt: skip
SMALL = (
    timedelta(0), timedelta(microseconds=1), timedelta(milliseconds=1), timedelta(seconds=1),
    timedelta(hours=7, minutes=59), timedelta(hours=8), timedelta(hours=16), timedelta(hours=23, minutes=59),
)  # fmt: skip

firsts = st.sampled_from(FIRST_DAYS)
lengths = st.integers(0, 3)
zones = st.sampled_from([UTC, *(timezone(timedelta(hours=hours)) for hours in (-12, -8, 5, 8, 14))])


def begins(day: date) -> datetime:
    """The instant at which a day begins in Shanghai, spelt out: 16:00 UTC of the day before."""
    return datetime(day.year, day.month, day.day, 16, tzinfo=UTC) - DAY


@st.composite
def instants(draw: st.DrawFn, first: date) -> datetime:
    """An instant near a midnight of Shanghai or of UTC, near the role's days, written in some zone."""
    midnight = begins(first + DAY * draw(st.integers(-2, 5))) + draw(
        st.sampled_from((timedelta(0), timedelta(hours=8)))
    )
    by = draw(st.sampled_from(SMALL)) * draw(st.sampled_from((1, -1)))
    return (midnight + by).astimezone(draw(zones))


def appointed(since: date, until: date | None, **changes: object) -> Appointment:
    made = {"id": 1, "officer": "li.min", "role": Role.CASE_WORKER, "organisation": "370102", "since": since,
            "until": until, "deputy_of": None, "assigned_by": "test", "assigned_at": begins(since) - DAY}  # fmt: skip
    return Appointment(**{**made, **changes})  # type: ignore[arg-type]


def is_allowed(at: datetime, *appointments: Appointment, ends: dict[str, datetime] | None = None) -> bool:
    """Whether an officer with these appointments may read members at an instant."""
    held = compute_assignments("li.min", appointments, ends or {})
    actor = Actor("li.min", "li.min", ActorKind.OFFICER, held)
    decision = decide(actor, Right.READ_MEMBERS, ("370102",), civil_date(at), at)
    assert bool(subtrees(actor, Right.READ_MEMBERS, civil_date(at))) is decision.is_allowed
    if not decision.is_allowed:
        assert decision.refusal in (Refusal.ENDED, Refusal.NO_ROLE)
    return decision.is_allowed


@pytest.mark.deeper
@settings(max_examples=budget(300))
@given(st.data(), firsts, lengths)
def test_a_role_holds_from_its_first_midnight_to_that_after_its_last_day(
    data: st.DataObject, since: date, days: int
) -> None:
    until = since + DAY * days
    at = data.draw(instants(since))
    assert is_allowed(at, appointed(since, until)) is (begins(since) <= at < begins(until + DAY))
    assert is_allowed(at, appointed(since, None)) is (begins(since) <= at)


@pytest.mark.deeper
@settings(max_examples=budget(300))
@given(st.data(), firsts, lengths)
def test_a_deputy_has_the_days_that_both_have(data: st.DataObject, since: date, days: int) -> None:
    theirs = appointed(since, since + DAY * days, officer="wang.fang")
    own = appointed(since + DAY, since + DAY * 2, deputy_of="wang.fang")
    at = data.draw(instants(since))
    both = (
        max(begins(since), begins(since + DAY))
        <= at
        < min(begins(since + DAY * (days + 1)), begins(since + DAY * 3))
    )
    assert is_allowed(at, own, theirs) is both


@pytest.mark.deeper
@settings(max_examples=budget(300))
@given(st.data(), firsts)
@example(None, date(2026, 10, 1))
def test_what_is_withdrawn_does_not_count_on_that_day_nor_later(
    data: st.DataObject | None, since: date
) -> None:
    """It is compared by days, and no one acts at an instant before the withdrawal was stored."""
    withdrawn = begins(since + DAY) if data is None else data.draw(instants(since))
    at = withdrawn if data is None else data.draw(instants(since))
    gone = appointed(since, None, withdrawn_at=withdrawn, withdrawn_by="test")
    left = {"li.min": withdrawn}
    still = begins(since) <= at < begins(civil_date(withdrawn))
    assert is_allowed(at, gone) is still is is_allowed(at, appointed(since, None), ends=left)
    if at >= withdrawn:
        assert not still


FIRST_OF_ALL = date(2026, 10, 1)
TWELVE_DAYS = [FIRST_OF_ALL + timedelta(days=number) for number in range(12)]
NAMES = ("li", "wang", "zhao")
ROLES = (Role.PLANNER, Role.AUDITOR)
PLACES = ("370000", "370200")


def noon_of(day: date) -> datetime:
    return datetime.combine(day, time(4), UTC)


some_days = st.sampled_from(TWELVE_DAYS)
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
        noon_of(since),
        None if withdrawn is None else "admin",
        None if withdrawn is None else noon_of(withdrawn),
    ),
    st.sampled_from(NAMES),
    st.sampled_from(ROLES),
    st.sampled_from(PLACES),
    some_days,
    st.none() | some_days,
    st.none() | st.sampled_from(NAMES),
    st.none() | some_days,
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
    st.dictionaries(st.sampled_from(NAMES), some_days.map(noon_of), max_size=2),
)
def test_the_roles_of_each_day_are_those_of_a_slow_oracle(
    log: list[Appointment], ends: dict[str, datetime]
) -> None:
    for officer in NAMES:
        known = compute_assignments(officer, log, ends)
        for day in [
            FIRST_OF_ALL - timedelta(days=1),
            *TWELVE_DAYS,
            TWELVE_DAYS[-1] + timedelta(days=1),
        ]:
            fast = {(one.role, one.organisation, one.deputy_of) for one in known if one.holds(day)}
            assert fast == holds(log, ends, officer, day)
