"""The one decision, and the roles of each day from midnight to midnight in Shanghai, against slow and obvious ones."""

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.civil_time import civil_date
from tests.tiers import budget
from yihui.access.actor import Actor, ActorKind, Assignment
from yihui.access.decide import STEP_UP, TRUSTED_KINDS, Refusal, decide, subtrees
from yihui.access.officers import Appointment, compute_assignments
from yihui.access.roles import RIGHTS, STEP_UP_RIGHTS, Right, Role

NOW = datetime(2026, 10, 3, 4, tzinfo=UTC)
TODAY = date(2026, 10, 3)
ORGANISATIONS = tuple(f"o{number}" for number in range(8))
Tree = dict[str, str | None]
days = st.integers(-3, 3).map(lambda number: TODAY + timedelta(days=number))


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """Each organisation is below an earlier one, or at the top."""
    return {
        code: draw(st.sampled_from((None, *ORGANISATIONS[:number])))
        for number, code in enumerate(ORGANISATIONS)
    }


assignments = st.builds(
    Assignment,
    st.sampled_from(Role),
    st.sampled_from(ORGANISATIONS),
    days,
    st.none() | days,
    st.sampled_from((None, "wang.fang")),
)
HELD = [right for right in Right if right is not Right.OWN]  # by roles
actors = st.builds(
    Actor,
    st.just("li.min"),
    st.just("subject"),
    st.sampled_from(ActorKind),
    st.lists(assignments, max_size=4).map(tuple),
    st.none() | st.integers(-600, 60).map(lambda seconds: NOW + timedelta(seconds=seconds)),
)


def lineage_of(tree: Tree, code: str) -> list[str]:
    above = tree[code]
    return [code] if above is None else [code, *lineage_of(tree, above)]


def is_below(tree: Tree, code: str | None, top: str) -> bool:
    return code is not None and (code == top or is_below(tree, tree[code], top))


def all_that_is_allowed(actor: Actor, tree: Tree, on: date) -> set[tuple[Right, str]]:
    """Every right in every place on a day, one by one; a fresh log-in is another matter."""
    found = set()
    for one in actor.assignments:
        for code in ORGANISATIONS:
            for right in HELD:
                begun, over = one.since <= on, one.until is not None and on > one.until
                if (
                    begun
                    and not over
                    and right in RIGHTS[one.role]
                    and is_below(tree, code, one.organisation)
                ):
                    found.add((right, code))
    return found


def is_fresh(actor: Actor) -> bool:
    return actor.authenticated_at is not None and NOW - STEP_UP <= actor.authenticated_at <= NOW


@pytest.mark.deeper
@settings(max_examples=budget(300))
@given(trees(), actors, st.sampled_from(ORGANISATIONS), days)
def test_what_is_decided_is_what_is_written_out(tree: Tree, actor: Actor, code: str, day: date) -> None:
    written = all_that_is_allowed(actor, tree, day)
    lineage = lineage_of(tree, code)
    for right in HELD:
        decision = decide(actor, right, lineage, day, NOW)
        anywhere = decide(actor, right, None, day, NOW)
        if actor.kind in TRUSTED_KINDS:
            assert decision.refusal is anywhere.refusal is subtrees(actor, right, day) is None
            continue
        too_old = right in STEP_UP_RIGHTS and not is_fresh(actor)
        assert (decision.refusal is None) == ((right, code) in written and not too_old)
        assert (anywhere.refusal is None) == (any(held == right for held, _ in written) and not too_old)
        assert (decision.refusal is Refusal.STEP_UP) == ((right, code) in written and too_old)
        assert (decision.by is None) != (decision.refusal is None)
        held = subtrees(actor, right, day)
        assert held is not None
        assert {one for one in ORGANISATIONS if held & set(lineage_of(tree, one))} == {
            one for holds, one in written if holds == right
        }


@pytest.mark.deeper
@settings(max_examples=budget(200))
@given(trees(), actors, st.sampled_from(ORGANISATIONS), st.sampled_from(HELD))
def test_an_own_role_counts_before_that_of_a_deputy(
    tree: Tree, actor: Actor, code: str, right: Right
) -> None:
    decision = decide(actor, right, lineage_of(tree, code), TODAY, NOW)
    if decision.by is None or decision.by.deputy_of is None:
        return
    own = Actor(
        actor.id,
        actor.subject,
        actor.kind,
        tuple(one for one in actor.assignments if one.deputy_of is None),
        actor.authenticated_at,
    )
    assert decide(own, right, lineage_of(tree, code), TODAY, NOW).refusal


def test_nobody_may_nothing_and_an_unknown_place_is_no_place() -> None:
    everything = tuple(Assignment(role, "o0", date(2020, 1, 1)) for role in Role)
    officer = Actor("li.min", "subject", ActorKind.OFFICER, everything, NOW)
    for right in HELD:
        assert decide(None, right, ["o0"], TODAY, NOW).refusal is Refusal.NOT_LOGGED_IN
        assert decide(None, right, None, TODAY, NOW).refusal is Refusal.NOT_LOGGED_IN
        assert decide(officer, right, [], TODAY, NOW).refusal is Refusal.ELSEWHERE
        assert decide(officer, right, ["o0"], TODAY, NOW).refusal is None


def test_what_is_a_member_s_own_is_done_by_members_alone() -> None:
    everything = tuple(Assignment(role, "o0", date(2020, 1, 1)) for role in Role)
    for kind in ActorKind:
        actor = Actor("x", "x", kind, everything, NOW)
        for lineage in (None, ["o0"], []):
            refusal = None if kind is ActorKind.MEMBER else Refusal.NO_ROLE
            assert decide(actor, Right.OWN, lineage, TODAY, NOW).refusal is refusal
        assert subtrees(actor, Right.OWN, TODAY) == frozenset()


def test_a_role_ends_with_its_last_day() -> None:
    last = Assignment(Role.AUDITOR, "o0", TODAY, TODAY)
    officer = Actor("li.min", "subject", ActorKind.OFFICER, (last,))
    for offset, refusal in ((-1, Refusal.NO_ROLE), (0, None), (1, Refusal.ENDED)):
        day = TODAY + timedelta(days=offset)
        assert decide(officer, Right.READ_MEMBERS, ["o0"], day, NOW).refusal is refusal


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
    refusal = decide(actor, Right.READ_MEMBERS, ("370102",), civil_date(at), at).refusal
    assert bool(subtrees(actor, Right.READ_MEMBERS, civil_date(at))) is (refusal is None)
    assert refusal in (None, Refusal.ENDED, Refusal.NO_ROLE)
    return refusal is None


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
