"""Periods, limits and durations, against brute force; territories, and the catalogue of facts."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benefits.messages.explanation import condition_reasons
from rules import (
    FACT_CATALOGUE,
    FACTS_BY_EVENT,
    facts_for_event,
    last_day,
    payload_facts,
    period_key,
    territory_covers,
)
from rules.engine.admission import find_free_slot, find_next_free_day
from rules.engine.decision import LimitSlots
from rules.model.period import Span, earliest_start_day
from tests.profile import searched
from tests.rules.terms import CASH, DAY, completed, one


def brute_has_room(days: list[date], day: date, times: int, window: int) -> bool:
    every = [*days, day]
    return all(
        sum(first <= d < first + timedelta(window) for d in every) <= times
        for first in {d + timedelta(step) for d in every for step in range(-window, 1)}
    )


@searched(150)
@given(st.lists(st.integers(0, 40), max_size=12), st.integers(1, 3), st.integers(1, 9))
def test_a_rolling_limit_equals_brute_force_in_whatever_order_days_come(
    offsets: list[int], times: int, window: int
) -> None:
    limit, taken = LimitSlots("k", f"rolling-{window}", times, window), {}
    for offset in offsets:
        day = DAY + timedelta(offset)
        slot = find_free_slot(limit, taken, day)
        assert (slot is not None) == brute_has_room(list(taken.values()), day, times, window)
        if slot is not None:
            assert slot not in taken
            taken[slot] = day


@pytest.mark.parametrize(
    ("limit", "again"),
    [
        (LimitSlots("member=m1", "2026", 1), date(2027, 1, 1)),
        (LimitSlots("member=m1", "2026-Q2", 1, until=date(2026, 12, 31)), date(2026, 7, 1)),
        (LimitSlots("member=m1", "2026", 1, until=date(2026, 12, 31)), None),
        (LimitSlots("member=m1", "2025", 1), None),  # moved up, or drawn, once its period is over
        (LimitSlots("member=m1", "2026-01-01..2026-12-31", 1), None),
        (LimitSlots("member=m1", "once", 1), None),
        (LimitSlots("member=m1", "rolling-30", 1, 30), DAY + timedelta(30)),
        (LimitSlots("member=m1", "rolling-30", 1, 30, DAY + timedelta(29)), None),
    ],
)
def test_a_limit_says_from_which_day_it_leaves_room_or_that_there_is_none(
    limit: LimitSlots, again: date | None
) -> None:
    assert find_next_free_day(limit, {1: DAY}, DAY) == again


def test_a_period_of_its_own_grants_only_within_it() -> None:
    body = CASH + "limit: {times: 2, every: {from: 2026-05-01, until: 2026-05-20}}\n"
    assert one(body).limit.period == "2026-05-01..2026-05-20"
    outside = one(body, completed(on=date(2026, 5, 21)))
    assert outside.outcome == "refused" and "2026-05-20" in outside.missing[0].condition.that
    assert condition_reasons(outside)[0].remedy == "", "it is over"
    (early,) = condition_reasons(one(body, completed(on=date(2026, 4, 30))))
    assert early.remedy and early.params == {"first": "2026-05-01"}


@settings(deadline=None, derandomize=True)
@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.sampled_from(["P1Y", "P3M", "P30D", "P1Y2M3D"]))
def test_the_earliest_start_is_the_first_that_still_lasts(day: date, duration: str) -> None:
    first = earliest_start_day(day, duration)
    assert last_day(first, duration) >= day > last_day(first - timedelta(1), duration)


SPAN = Span.model_validate({"from": date(2024, 1, 1), "until": date(2026, 12, 31)})


@pytest.mark.parametrize(
    ("every", "day", "key"),
    [
        ("calendar_year", date(2026, 12, 31), "2026"),
        ("calendar_year", date(2027, 1, 1), "2027"),
        ("quarter", date(2026, 3, 31), "2026-Q1"),
        ("quarter", date(2026, 4, 1), "2026-Q2"),
        ("quarter", date(2026, 12, 1), "2026-Q4"),
        ("month", date(2026, 5, 31), "2026-05"),
        ("month", date(2026, 6, 1), "2026-06"),
        ("programme_period", date(2026, 6, 1), "2024-01-01..2026-12-31"),
        ("once", date(2026, 6, 1), "once"),
        ("rule_lifetime", date(2026, 6, 1), "lifetime"),
    ],
)
def test_a_day_falls_into_one_period(every: str, day: date, key: str) -> None:
    assert period_key(every, day, SPAN) == key  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("start", "duration", "last"),
    [
        (date(2026, 5, 1), "P90D", date(2026, 7, 30)),
        (date(2026, 1, 31), "P1M", date(2026, 2, 28)),
        (date(2024, 2, 29), "P1Y", date(2025, 2, 28)),
        (date(2026, 12, 31), "P2W", date(2027, 1, 14)),
        (date(2026, 11, 30), "P1Y3M1D", date(2028, 3, 1)),
        (date(2026, 5, 1), "P999Y", date(3025, 5, 1)),
        (date(9999, 12, 1), "P9999D", date.max),
        (date(9999, 12, 1), "P1M", date.max),
    ],
)
def test_a_benefit_lasts_to_its_last_day(start: date, duration: str, last: date) -> None:
    assert last_day(start, duration) == last


@pytest.mark.parametrize(
    ("owner", "code", "below"),
    [
        ("370000", "370000", True),
        ("370000", "370202001-00017", True),
        ("370000", "410105", False),
        ("370200", "370202", True),
        ("370200", "370200", True),
        ("370200", "370000", False),  # the province isn't below the city
        ("370200", "370102", False),
        ("370202", "370202001", True),
        ("370202", "370203", False),
        ("370202001", "370202001", True),
        ("370202001", "370202001-00017", True),
        ("370202001", "370202", False),
        ("370202001-0001", "370202001-00017", False),  # a number covers no longer number
        ("370202001-00017", "370202001-00017", True),
    ],
)
def test_an_owner_covers_its_subtree(owner: str, code: str, below: bool) -> None:
    assert territory_covers(owner, code) is below


def test_the_catalogue_names_each_fact_once_with_its_source() -> None:
    assert FACT_CATALOGUE["member.birthday"].personal == "sensitive"
    assert FACT_CATALOGUE["member.skill_certified.level"].allowed[0] == "初级工"
    for event in FACTS_BY_EVENT:
        assert {"member.status", "event.occurred_on"} <= set(facts_for_event(event))
        assert all(
            fact.source == event and fact.path == f"event.{name}"
            for name, fact in payload_facts(event).items()
        )
    assert all(fact.title for fact in FACT_CATALOGUE.values())
