"""Parameters, parts and amounts of what is due: exact, rounded as stated, told where they are wrong."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import (
    content_hash,
)
from rules.model.amounts import round_to_fen
from tests.profile import searched
from tests.rules.terms import CASH, DAY, PARAMETERS, completed, faults, formula, library, one, rule


def test_a_parameter_stands_for_a_figure_and_is_shown_among_the_values_read() -> None:
    decision = one(PARAMETERS, completed(60))
    assert decision.amount_fen == 300 and decision.limit.period == "2026"
    (checked,) = decision.conditions
    assert [checked.values[path] for path in checked.condition.reads] == [60, 60]
    assert one(PARAMETERS, completed(59)).outcome == "refused"


@pytest.mark.parametrize(
    ("old", "new", "code", "line", "column"),
    [
        ("param.amount}", "param.amuont}", "unknown-parameter", 12, 35),
        ("param.amount}", "param.period}", "wrong-parameter", 12, 35),
        ("every: param.period", "every: param.amount", "wrong-parameter", 13, 41),
        ("value: 60", "value: 40", "parameter", 8, 14),
        ("value: 60, least: 50, most: 70", "value: 六十", "unlike-types", 11, 19),
        ("param.pass_mark", "param.pass_mork", "unknown-fact", 11, 34),
        ("{kind: cash, amount_fen: param.amount}", "[{kind: cash, amount_fen: -1}]", "greater-than-equal", 12, 36),
        ("{kind: cash, amount_fen: param.amount}", "{kind: cash, amount_fen: -1}", "greater-than-equal", 12, 35),
        ("limit: {times: 1,", "limit: {times: 0,", "greater-than-equal", 13, 16),
        ("limit: {times: 1, per: [member], every: param.period}", "limit: [{times: 0, every: month}]", "greater-than-equal", 13, 17),
        ("[member]", "[member, event.scor]", "unknown-fact", 13, 33),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_at_its_place_in_either_form(
    old: str, new: str, code: str, line: int, column: int
) -> None:
    assert old in PARAMETERS
    found = faults(rule(PARAMETERS.replace(old, new)))
    assert (code, line, column) in [(f.short_code, f.row, f.column) for f in found], found


def test_one_mapping_and_a_list_of_one_are_the_same_rule() -> None:
    body = CASH + "limit: {times: 1, every: month}\n"
    listed = "benefit: [{kind: cash, amount_fen: 100}]\nlimit: [{times: 1, every: month}]\n"
    one, other = library(body).rules[0], library(listed).rules[0]
    assert one.hash == other.hash == content_hash(other.definition)


# ---- parts and amounts ------------------------------------------------------------------------
def test_several_parts_are_due_together_each_with_its_own_budget() -> None:
    body = """\
benefit:
  - {name: cake, kind: voucher, amount_fen: 200, unit: 张, uses: 3, redeem_at: {kinds: [outdoor_station]}}
  - {kind: points, quantity: 5, unit: 分, budget: extra}
budget: main
claim: {within: P30D}
expires: P90D
clawback: [{on: member.left, within: P1Y, text: 一年内退会的收回}]
"""
    first, second = one(body).benefits
    assert (first.name, first.budget, first.uses, dict(first.redeem_at)) == (
        "cake", "main", 3, {"kinds": ("outdoor_station",)},
    )  # fmt: skip
    assert (second.name, second.budget, second.quantity) == ("2", "extra", 5)
    assert (first.claim_by, first.expires_on) == (DAY + timedelta(30), DAY + timedelta(90))
    assert first.takebacks[0].until == date(2027, 5, 20)


def test_an_amount_is_reckoned_exactly_and_rounded_as_stated() -> None:
    assert one(formula("event.score * 100 / 3"), completed(100)).amount_fen == 3_333
    assert one(formula("event.score * 100 / 3", ", round: up"), completed(100)).amount_fen == 3_334
    assert one(formula("event.score * 100 / 3", ", to_fen: 100"), completed(100)).amount_fen == 3_300
    assert one(formula("event.score * 100", ", ceiling_fen: 5000"), completed(100)).amount_fen == 5_000
    assert one(formula("event.score * 10", ", floor_fen: 5000"), completed(100)).amount_fen == 5_000


@pytest.mark.parametrize(
    ("expression", "score", "unknown"),
    [
        ("1000 / (event.score - 90)", 90, False),  # by zero
        ("event.score * 0", 90, False),  # nothing
        ("event.score * 1000000000000", 90, False),  # more than can be granted
        ("months_between(member.joined_on, event.occurred_on) * 100", 90, True),
    ],
)
def test_without_an_amount_nothing_is_due_and_the_reason_is_told(
    expression: str, score: int, unknown: bool
) -> None:
    decision = one(formula(expression), completed(score), joined_on=None)
    assert decision.outcome == "refused" and not decision.benefits
    [missing] = decision.missing
    assert missing.condition.that == expression and missing.unknown == unknown and missing.else_text


@settings(deadline=None, derandomize=True)
@given(st.integers(-(10**9), 10**9), st.integers(1, 999), st.integers(1, 1000))
def test_rounding_is_that_of_fractions(numerator: int, denominator: int, to_fen: int) -> None:
    exact = Fraction(numerator, denominator)
    down, up = round_to_fen(exact, "down", to_fen), round_to_fen(exact, "up", to_fen)
    assert down <= exact <= up and up - down in (0, to_fen) and down % to_fen == 0
    for rounding in ("half_up", "half_even"):
        near = round_to_fen(exact, rounding, to_fen)
        assert near in (down, up) and abs(near - exact) * 2 <= to_fen
    if exact * 2 == down + up and down != up:
        assert round_to_fen(exact, "half_up", to_fen) == up
        assert round_to_fen(exact, "half_even", to_fen) // to_fen % 2 == 0


@searched(60)
@given(st.integers(0, 100), st.integers(0, 2_000), st.integers(0, 3_000))
def test_an_amount_lies_between_floor_and_ceiling_and_equals_a_slow_oracle(
    score: int, floor_fen: int, more_fen: int
) -> None:
    ceiling_fen = floor_fen + more_fen + 1
    more = f", floor_fen: {floor_fen}, ceiling_fen: {ceiling_fen}, round: half_up"
    decision = one(formula("event.score * 37 / 7 + (event.score > 50 ? 100 : 0)", more), completed(score))
    exact = Fraction(score * 37, 7) + (100 if score > 50 else 0)
    wanted = min(max(int(exact + Fraction(1, 2)), floor_fen), ceiling_fen)
    assert decision.amount_fen == wanted if wanted else decision.outcome == "refused"


def test_division_stands_in_amounts_only() -> None:
    body = 'require: [{that: "event.score / 2 > 1", else: 不}]\n' + CASH
    [finding] = faults(rule(body))
    assert (finding.short_code, finding.row) == ("syntax", 7)
    [finding] = faults(rule(formula("1 / (1 / event.score)")))
    assert finding.short_code == "nested-division"
    [finding] = faults(rule(formula("event.course")))
    assert finding.short_code == "not-a-number"
