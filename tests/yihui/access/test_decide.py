"""The one decision against a slow and obvious one: all that an officer may do anywhere, written out."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tiers import budget
from yihui.access.actor import Actor, ActorKind, Assignment
from yihui.access.decide import STEP_UP, TRUSTED_KINDS, Refusal, decide, subtrees
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
            for right in Right:
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
    for right in Right:
        decision = decide(actor, right, lineage, day, NOW)
        anywhere = decide(actor, right, None, day, NOW)
        if actor.kind in TRUSTED_KINDS:
            assert decision.is_allowed and anywhere.is_allowed and subtrees(actor, right, day) is None
            continue
        too_old = right in STEP_UP_RIGHTS and not is_fresh(actor)
        assert decision.is_allowed == ((right, code) in written and not too_old)
        assert anywhere.is_allowed == (any(held == right for held, _ in written) and not too_old)
        assert (decision.refusal is Refusal.STEP_UP) == ((right, code) in written and too_old)
        assert (decision.by is not None) == decision.is_allowed
        held = subtrees(actor, right, day)
        assert held is not None
        assert {one for one in ORGANISATIONS if held & set(lineage_of(tree, one))} == {
            one for holds, one in written if holds == right
        }


@pytest.mark.deeper
@settings(max_examples=budget(200))
@given(trees(), actors, st.sampled_from(ORGANISATIONS), st.sampled_from(Right))
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
    assert not decide(own, right, lineage_of(tree, code), TODAY, NOW).is_allowed


def test_nobody_may_nothing_and_an_unknown_place_is_no_place() -> None:
    everything = tuple(Assignment(role, "o0", date(2020, 1, 1)) for role in Role)
    officer = Actor("li.min", "subject", ActorKind.OFFICER, everything, NOW)
    for right in Right:
        assert decide(None, right, ["o0"], TODAY, NOW).refusal is Refusal.NOT_LOGGED_IN
        assert decide(None, right, None, TODAY, NOW).refusal is Refusal.NOT_LOGGED_IN
        assert decide(officer, right, [], TODAY, NOW).refusal is Refusal.ELSEWHERE
        assert decide(officer, right, ["o0"], TODAY, NOW).is_allowed


def test_a_role_ends_with_its_last_day() -> None:
    last = Assignment(Role.AUDITOR, "o0", TODAY, TODAY)
    officer = Actor("li.min", "subject", ActorKind.OFFICER, (last,))
    for offset, refusal in ((-1, Refusal.NO_ROLE), (0, None), (1, Refusal.ENDED)):
        day = TODAY + timedelta(days=offset)
        assert decide(officer, Right.READ_MEMBERS, ["o0"], day, NOW).refusal is refusal
