"""Facts that follow from others: identity, employers."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import ric

from events import payload_models
from members import (
    EmployedMember,
    InvalidIdNumber,
    MemberChange,
    OrganisationSpan,
    changed_facts,
    facts_on,
    find_proposals,
    identify_member,
    normalize_employer,
)
from members.trades import TRADE_SOURCES
from rules import FACT_CATALOGUE, evaluate_rules, lint_rule_files
from rules.event_facts import EventFacts
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
        (made,) = evaluate_rules(event, facts(day, **given_), library)  # type: ignore[arg-type]
        (result,) = made.conditions
        assert (result.holds, result.unknown) == (holds is True, holds is None), value


KEY = b"k" * 32
NUMBER = "11010519491231002X"  # the standard's own example

numbers = st.builds(
    lambda area, day, order: (lambda digits: digits + ric.calc_check_digit(digits + "0"))(
        f"{area:06}{day:%Y%m%d}{order:03}"
    ),
    st.sampled_from([110000, 139999, 370202, 421126, 654301, 820000]),
    st.dates(date(1900, 1, 1), date(2030, 12, 31)),
    st.integers(0, 999),
)


def reference_check_digit(digits: str) -> str:
    """ISO 7064 MOD 11-2 as GB 11643-1999 tabulates it."""
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    total = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))
    return "10X98765432"[total % 11]


@settings(deadline=None, derandomize=True)
@given(number=numbers)
def test_exactly_one_check_character_in_eleven_is_right(number: str) -> None:
    right = [last for last in "0123456789X" if _is_accepted(number[:-1] + last)]
    assert right == [reference_check_digit(number[:-1])]


def _is_accepted(number: str) -> bool:
    try:
        identify_member(number, KEY)
    except InvalidIdNumber:
        return False
    return True


def test_however_it_is_written_the_number_names_the_same_member() -> None:
    """How numbers are read is proven in persons/test_id_number.py."""
    expected = identify_member(NUMBER, KEY)
    assert identify_member("１１０１０５ 19491231-002x", KEY) == expected
    assert expected.birthday == date(1949, 12, 31)


def test_pseudonyms_are_stable_depend_on_the_key_and_tell_nothing() -> None:
    ours = identify_member(NUMBER, KEY).member_id  # as `openssl dgst -sha256 -hmac … | base32` says
    assert ours == identify_member(NUMBER, KEY).member_id == "m-novpfq6phiu2jldrblxp7lnyyb"
    assert ours != identify_member(NUMBER, b"another key" * 3).member_id
    assert not any(NUMBER[start : start + 6] in ours for start in range(13))


@settings(deadline=None, derandomize=True)
@given(pair=st.lists(numbers, min_size=2, max_size=2, unique=True))
def test_two_numbers_are_two_members(pair: list[str]) -> None:
    first, second = (identify_member(number, KEY).member_id for number in pair)
    assert first != second


names = st.sampled_from(["泉城物流", "趵突快递", "91370102MA3TEST005"])


def union(code: str, name: str, credit_code: str | None = None) -> OrganisationSpan:
    return OrganisationSpan(
        code, date(2020, 1, 1), None, name, "union", None, f"{code}/", credit_code, None, None
    )


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("  泉城物流（济南）　有限公司 ", "泉城物流(济南) 有限公司"),
        ("91370102ma3test005", "91370102MA3TEST005"),
        ("９１３７０１０２ＭＡ３ＴＥＳＴ００５", "91370102MA3TEST005"),
        ("dingdong ltd", "dingdong ltd"),
        ("　", ""),
    ],
)
def test_an_employer_has_one_spelling(written: str, normal: str) -> None:
    assert normalize_employer(written) == normal
    assert normalize_employer(normal) == normal


@given(st.lists(st.tuples(st.sampled_from("abc"), names), max_size=30), st.integers(1, 8))
def test_proposals_count_what_one_counts_by_hand(placed: list[tuple[str, str]], least: int) -> None:
    employed = [EmployedMember(f"m-{n}", home, name) for n, (home, name) in enumerate(placed)]
    found = find_proposals(employed, [], least)
    by_hand = {}
    for name in {name for _, name in placed}:
        homes = [home for home, one in placed if one == name]
        if len(homes) >= least:
            by_hand[name] = {home: homes.count(home) for home in homes}
    assert {one.employer: one.homes for one in found} == by_hand
    assert [one.members for one in found] == sorted((one.members for one in found), reverse=True)


@pytest.mark.parametrize(
    ("span", "employer"),
    [
        (union("u", "泉城物流"), "泉城物流"),
        (union("u", "泉城物流工会"), "泉城物流"),
        (union("u", "泉城物流工会委员会"), "泉城物流"),
        (union("u", "任何名称", "91370102MA3TEST005"), "91370102MA3TEST005"),
    ],
)
def test_an_employer_with_a_union_is_known_by_name_or_credit_code(
    span: OrganisationSpan, employer: str
) -> None:
    (found,) = find_proposals([EmployedMember("m-1", "home", employer)], [span], 1)
    assert found.union == "u"
    (other,) = find_proposals([EmployedMember("m-1", "home", "泉城物流分公司")], [span], 1)
    assert other.union is None
