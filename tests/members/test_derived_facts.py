"""Facts that follow from others, beside an oracle that walks day by day; and rules that read them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events import payload_models
from members import MemberChange, changed_facts, facts_on
from members.trades import TRADE_SOURCES
from rules import FACT_CATALOGUE, evaluate_rules, lint_rule_files
from rules.facts import EventFacts
from rules.loading.loader import load_library

DAYS = st.dates(date(2015, 1, 1), date(2026, 12, 31)) | st.sampled_from(
    [date(2020, 2, 29), date(2024, 2, 29), date(2023, 2, 28), date(2023, 3, 1), date(2024, 3, 31)]
)


def facts(day: date, **values: str) -> dict[str, object]:
    at = datetime(2010, 1, 1, tzinfo=UTC)
    return dict(
        facts_on([MemberChange("m", at, "member.imported", "/t", "e", {"status": "active", **values})], day)
    )


def completed(start: date, day: date) -> tuple[int, int]:
    """Walk from a day to another and count the days on which a month, and a year, is completed."""
    months = years = 0
    on = start
    while on < day:
        on += timedelta(days=1)
        is_last = (on + timedelta(days=1)).day == 1
        if on.day == start.day or (is_last and on.day < start.day):
            months += 1
            years += on.month == start.month
    return months, years


@settings(max_examples=60, deadline=None, derandomize=True)
@given(start=DAYS, day=DAYS)
def test_age_and_months_are_those_that_a_walk_through_the_days_counts(start: date, day: date) -> None:
    found = facts(day, birthday=start.isoformat(), joined_on=start.isoformat())
    if start > day:
        assert (found["member.age"], found["member.months"]) == (None, None)
    else:
        months, years = completed(start, day)
        assert (found["member.age"], found["member.months"]) == (years, months)


@pytest.mark.parametrize(
    ("trade", "outdoors"),
    [
        ("快递员", True),
        (" 快递员　", True),
        ("办公室", False),
        ("保安员", None),
        ("快遞員", None),
        ("非快递员", None),
        ("程序员", None),
    ],
)
def test_a_trade_that_the_list_does_not_have_is_unknown_and_never_false(
    trade: str, outdoors: bool | None
) -> None:
    assert facts(date(2026, 1, 1), trade=trade)["member.outdoors"] is outdoors
    assert facts(date(2026, 1, 1))["member.outdoors"] is None
    assert all(source for _, source in TRADE_SOURCES.values())


def test_who_has_left_has_no_months_and_nobody_has_an_age_that_is_not_known() -> None:
    found = facts(date(2026, 1, 1), status="left", joined_on="2020-01-01")
    assert (found["member.months"], found["member.age"]) == (None, None)


def test_courses_and_polls_are_those_that_events_completed_each_once() -> None:
    models = payload_models()
    at = datetime(2026, 1, 1, tzinfo=UTC)
    done = [
        ("course.completed", {"course": "急救", "score": 0}),
        ("poll.completed", {"poll": "甲"}),
        ("poll.completed", {"poll": "乙", "answers": 2}),
        ("poll.completed", {"poll": "甲"}),
    ]
    changes = [
        MemberChange(
            "m", at + timedelta(days=number), kind, "/t", f"e-{number}", changed_facts(models[kind](**data))
        )  # type: ignore[arg-type]
        for number, (kind, data) in enumerate(done)
    ]
    found = facts_on(changes, date(2026, 12, 31))
    assert (found["member.courses"], found["member.polls"]) == (("急救",), ("甲", "乙"))
    assert facts_on(changes, date(2026, 1, 2))["member.polls"] == ("甲",)
    assert facts_on(changes, date(2025, 12, 31))["member.polls"] == ()


RULE = """
id: derived-{number}
title: 示例
purpose: 核实年龄
basis: [{{kind: example}}]
owner: "370000"
in_force: {{from: 2024-01-01}}
on: campaign.entered
require:
  - that: "{that}"
    else: 条件不符
    remedy: 请核对资料
benefit: {{kind: item, quantity: 1, unit: 份}}
limit: {{times: 1, per: [member], every: month}}
"""
CONDITIONS = {
    "member.age >= 60": (["1960-01-01", "1990-01-01", None], [True, False, None]),
    "member.months >= 12": (["2020-01-01", "2026-04-01", None], [True, False, None]),
    "member.outdoors": (["快递员", "办公室", "程序员"], [True, False, None]),
    "'急救' in member.courses": (["急救", "别的"], [True, False]),
    "'甲' in member.polls": (["甲", "别的"], [True, False]),
}
FIELDS = {
    "age": "birthday",
    "months": "joined_on",
    "outdoors": "trade",
    "courses": "courses",
    "polls": "polls",
}


@pytest.mark.parametrize("that", CONDITIONS)
def test_a_rule_may_read_the_fact_and_an_unknown_one_is_told_apart(that: str) -> None:
    text = RULE.format(number=list(CONDITIONS).index(that), that=that)
    findings = lint_rule_files([("rule.yaml", text)])
    assert [finding.message for finding in findings if finding.severity == "error"] == []
    library, day = load_library([("rule.yaml", text)]), date(2026, 5, 1)
    name = next(name for name in FIELDS if f"member.{name}" in that)
    assert FACT_CATALOGUE[f"member.{name}"].source == "member"
    values, expected = CONDITIONS[that]
    for value, holds in zip(values, expected, strict=True):
        given_ = {"organisation": "370202001-00017"}
        if value is not None:
            given_[FIELDS[name]] = (value,) if name in ("courses", "polls") else value  # type: ignore[assignment]
        event = EventFacts("/t", "e", "campaign.entered", datetime(2026, 5, 1, tzinfo=UTC), day, "m", {})
        (made,) = evaluate_rules(event, facts(day, **given_), library, day)  # type: ignore[arg-type]
        (result,) = made.conditions
        assert (result.holds, result.unknown) == (holds is True, holds is None), value
