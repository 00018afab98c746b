"""The caps of the reports, on both sides: a day before, at and after each change; an amount at and above."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from rules import RuleLibrary, lint_rule_files

ROOM = Path(__file__).parents[2] / "rules"
CAPS = [(f"caps/{path.name}", path.read_text("utf-8")) for path in sorted((ROOM / "caps").glob("*.yaml"))]

RULE = """\
id: a-draft
title: 试行
basis: [{{kind: example, note: 测试用}}]
owner: "370000"
in_force: {{from: {since}, until: {until}}}
on: campaign.entered
require: [{{that: member.status == 'active', else: 没有在册会籍, remedy: 在“入会转会”页办理入会}}]
benefit: {{kind: cash, title: 奖金, amount_fen: {amount_fen}}}
limit: {{times: 1, per: [member], every: calendar_year}}
caps: [{cap}]
"""
# cap, the day from which it allows the amount, the amount, what it allowed before (None: nothing is known)
REPORTED = [
    ("festival-goods", date(2018, 1, 1), 160_000, None),
    ("festival-goods", date(2024, 1, 1), 200_000, 160_000),
    ("birthday-cake", date(2018, 1, 1), 30_000, None),
    ("training-prize", date(2018, 1, 1), 50_000, None),
    ("activity-award", date(2018, 1, 1), 50_000, None),
    ("souvenir", date(2018, 1, 1), 10_000, None),
]
CASES = pytest.mark.parametrize(("cap", "since", "allowed_fen", "before_fen"), REPORTED)


def codes(cap: str, amount_fen: int, since: date, until: date | None = None) -> set[str]:
    """What is wrong with a draft that gives an amount under a cap within a span."""
    text = RULE.format(cap=cap, amount_fen=amount_fen, since=since, until=until or since)
    return {
        finding.short_code
        for finding in lint_rule_files([*CAPS, ("draft.yaml", text)])
        if finding.severity == "error"
    }


@CASES
def test_the_amount_itself_is_allowed_and_a_fen_more_is_not(
    cap: str, since: date, allowed_fen: int, before_fen: int | None
) -> None:
    for day in (since, since + timedelta(days=1)):
        assert codes(cap, allowed_fen, day) == set()
        assert codes(cap, allowed_fen + 1, day) == {"over-cap"}


@CASES
def test_the_day_before_the_change_what_held_before_holds(
    cap: str, since: date, allowed_fen: int, before_fen: int | None
) -> None:
    eve = since - timedelta(days=1)
    if before_fen is None:
        assert codes(cap, 1, eve) == {"cap-not-in-force"}
    else:
        assert codes(cap, before_fen, eve) == set()
        assert codes(cap, before_fen + 1, eve) == {"over-cap"}


@CASES
def test_a_rule_that_spans_the_change_keeps_within_the_lower_amount(
    cap: str, since: date, allowed_fen: int, before_fen: int | None
) -> None:
    if before_fen is not None:
        span = (since - timedelta(days=1), since)
        assert codes(cap, before_fen, *span) == set()
        assert codes(cap, before_fen + 1, *span) == {"over-cap"}


def test_every_cap_says_where_its_amount_comes_from_and_cites_nothing_invented(library: RuleLibrary) -> None:
    reported = {cap for cap, *_ in REPORTED}
    for cap in library.caps.values():
        for amount in cap.amounts:
            assert amount.basis.kind in ("reported", "example") and amount.basis.document is None
        if cap.cap in reported:
            assert cap.amounts[0].basis.kind == "reported"


def test_every_rule_says_where_its_figures_come_from(library: RuleLibrary) -> None:
    for rule in library.rules:
        kinds = {basis.kind for basis in rule.definition.basis}
        assert kinds <= {"reported", "example"} and "reported" in kinds, rule.id
        assert all(basis.document is None and basis.clause is None for basis in rule.definition.basis)


def test_every_rule_lets_a_city_set_figures_of_its_own(library: RuleLibrary) -> None:
    for rule in library.rules:
        definition = rule.definition
        assert definition.lower_levels and definition.lower_levels.may_set, rule.id
        for name in definition.lower_levels.may_set:
            parameter = definition.parameters[name]
            bounded = parameter.least is not None and parameter.most is not None
            assert bounded or not isinstance(parameter.value, int), f"{rule.id}: {name}"


PROGRAMMES = [
    "birthday-cake",
    "new-member-pack",
    "coupon-rush",
    "poll-lottery",
    "survey-points",
    "service-card",
    "mutual-aid-enrolment",
    "mutual-aid-claim",
    "spring-jobs",
    "summer-cooling",
    "autumn-schooling",
    "winter-warmth",
    "hardship-aid",
    "recuperation",
    "qingdao-1138-senior",
    "qingdao-1138-junior",
    "weihai-innovation",
    "training-points",
    "training-prize",
    "honour-award",
    "wedding-gift",
    "birth-gift",
    "hospital-visit",
    "retirement-gift",
    "holiday-care",
    "festival-goods",
]


def test_every_programme_of_the_reports_that_pays_has_its_rule(library: RuleLibrary) -> None:
    assert {rule.id for rule in library.rules} >= set(PROGRAMMES)
