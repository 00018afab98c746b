"""Periods, durations, functions of dates, territories, and the catalogue of facts."""

from datetime import date

import pytest

from rules import (
    FACT_CATALOGUE,
    FACTS_BY_EVENT,
    facts_for_event,
    last_day,
    payload_facts,
    period_key,
    territory_covers,
)
from rules.model.period import Span

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
