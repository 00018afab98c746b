"""Rules that depend on others, grace and feasts; what holds of whatever rules say."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.station import FACILITY_CODES, Access, Kind
from rules import (
    RuleLibrary,
    UsageInMemory,
    load_library,
    settle_decisions,
)
from rules.lunar import feast, lunar_day, lunar_month
from rules.model.benefit import StationAccess, StationFacility, StationKind
from tests.profile import searched
from tests.rules.terms import (
    CASH,
    DAY,
    HEAD,
    PARAMETERS,
    completed,
    decide,
    faults,
    formula,
    library,
    one,
    render_texts,
    rule,
)

AFTER = CASH + "depends: [{after: b, within: P30D, else: 要先领到b}]\n"


def told(rules: RuleLibrary, usage: UsageInMemory, *days: date) -> list[str]:
    said = []
    for day in days:
        decisions = decide(rules, completed(on=day))
        for decision, admission in zip(decisions, settle_decisions(decisions, usage), strict=True):
            assert admission
            codes = [refusal.code for refusal in admission.refusals]
            said.append(f"{decision.rule_id} {' '.join(codes) or admission.outcome}")
    return said


def test_one_rule_comes_only_after_another() -> None:
    once = CASH + "limit: {times: 1, every: once}\n"
    said = told(library(AFTER, once), UsageInMemory(), DAY, DAY + timedelta(30), DAY + timedelta(31))
    assert said == [
        "a needs-other",
        "b granted",
        "a granted",
        "b limit-reached",
        "a needs-other",
        "b limit-reached",
    ]


def test_of_rivals_only_the_more_valuable_is_granted_whoever_names_whom() -> None:
    dear = "benefit: {kind: cash, amount_fen: 200}\n"
    better = "depends: [{better_of: [%s], else: 已领更高的一项}]\n"
    assert told(library(CASH + better % "b", dear), UsageInMemory(), DAY) == ["a better-given", "b granted"]
    assert told(library(CASH, dear + better % "a"), UsageInMemory(), DAY) == ["a better-given", "b granted"]
    assert told(library(CASH, CASH + better % "a"), UsageInMemory(), DAY) == ["a granted", "b better-given"]
    once = dear + better % "a" + "limit: {times: 1, every: once}\n"
    two_days = told(library(CASH, once), UsageInMemory(), DAY, DAY + timedelta(1))
    assert two_days[2:] == ["a granted", "b limit-reached"]  # the better one had its turn


# ---- grace, feasts ------------------------------------------------------------------------------
def test_what_became_known_too_late_is_refused_by_what_the_event_says() -> None:
    body = CASH + "grace: P90D\n"
    assert one(body, completed()).outcome == "due"
    assert one(body, completed(known_on=DAY + timedelta(90))).outcome == "due"
    late = one(body, completed(known_on=DAY + timedelta(91)))
    assert late.outcome == "refused" and late.missing[0].remedy


@pytest.mark.parametrize(
    ("day", "month", "day_of_month", "name"),
    [
        ("2026-02-16", 12, 29, "除夕"),
        ("2026-02-17", 1, 1, "春节"),
        ("2026-04-05", 2, 18, "清明"),
        ("2026-06-19", 5, 5, "端午"),
        ("2020-05-27", 4, 5, "none"),  # of the leap month
        ("2026-09-25", 8, 15, "中秋"),
        ("2026-10-18", 9, 9, "重阳"),
        ("2150-01-01", None, None, None),  # beyond the tables
    ],
)
def test_feasts_follow_the_moon(
    day: str, month: int | None, day_of_month: int | None, name: str | None
) -> None:
    on = date.fromisoformat(day)
    assert (lunar_month(on), lunar_day(on), feast(on)) == (month, day_of_month, name)


def test_a_feast_that_there_is_not_is_refused() -> None:
    sound = "require: [{that: \"feast(event.occurred_on) == '端午'\", else: 不是端午}]\n" + CASH
    assert one(sound, completed(on=date(2026, 6, 19))).outcome == "due"
    [finding] = faults(rule(sound.replace("端午'", "端五'")))
    assert finding.short_code == "unknown-value" and "端午" in render_texts(finding)[2]


# ---- properties ---------------------------------------------------------------------------------
BODIES = (
    PARAMETERS,
    formula("event.score * 37 / 7"),
    AFTER,
    CASH + "limit: {times: 1, every: rolling 3 days}\n",
    CASH
    + "depends: [{better_of: [b], else: 已领}]\nallocate: {mode: first_come, quota: 3, waiting_list: true}\n",
)


@searched(40)
@given(st.permutations(range(5)), st.lists(st.tuples(st.integers(0, 9), st.integers(0, 100)), max_size=12))
def test_order_of_rules_and_an_unrelated_rule_change_nothing_and_what_is_said_agrees(
    order: list[int], events: list[tuple[int, int]]
) -> None:
    files = [rule(body, id) for id, body in zip("abcde", BODIES, strict=True)]
    other = ("z.yaml", HEAD.format(id="z").replace("course.completed", "poll.completed") + CASH)
    straight, shuffled = load_library(files), load_library([other, *(files[i] for i in order)])
    one, two = UsageInMemory(), UsageInMemory()
    for offset, score in events:
        event = completed(score, DAY + timedelta(offset))
        decisions = decide(straight, event)
        assert decisions == decide(shuffled, event)
        assert settle_decisions(decisions, one) == settle_decisions(decide(shuffled, event), two)
        for decision in decisions:
            assert (decision.outcome == "due") == (not decision.missing) == bool(decision.benefits)
            assert all(due.amount_fen >= 0 for due in decision.benefits)
            assert replace(decision, conditions=()).rule_hash == decision.rule_hash
    assert one == two
    for taken in one.taken.values():
        assert all(a <= b for a, b in pairwise(sorted(taken)))


def test_a_voucher_is_for_places_that_the_register_can_hold() -> None:
    assert set(get_args(StationKind)) == {kind.value for kind in Kind}
    assert set(get_args(StationAccess)) == {access.value for access in Access} - {"unknown"}
    assert get_args(StationFacility) == FACILITY_CODES


@pytest.mark.parametrize(
    "stated",
    [
        "{better_of: [b], within: P30D, else: x}",
        "{after: b, better_of: [c], else: x}",
        "{not_with: b, every: month, else: x}",
    ],
)
def test_a_dependency_says_only_what_goes_with_it(stated: str) -> None:
    [fault] = faults(rule(CASH + f"depends: [{stated}]\n"))
    assert fault.short_code == "dependency" and stated in render_texts(fault)[0]
