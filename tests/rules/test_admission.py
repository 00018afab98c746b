"""What is due is granted while limit, quota, caps and budget leave room, to the last fen and place."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.money import format_yuan
from rules import ApplicableCap, Decision, DecisionUsage, DueBenefit, LimitSlots, Quota, admit_decision

DUE = Decision(
    "r", "规则", "h", "m1", date(2026, 5, 1), "due", (),
    (DueBenefit("cash", "奖励", 500, 1, None, None, budget="b"),),
    (LimitSlots("member=m1", "2026", 2),),
    Quota(3, "2026"),
    (ApplicableCap("each", "单次标准", "grant", 500, None), ApplicableCap("year", "年度标准", "member_and_year", 900, "2026")),
)  # fmt: skip


def taken(*slots: int) -> dict[int, date]:
    return dict.fromkeys(slots, date(2026, 5, 1))


def refused(used: DecisionUsage, decision: Decision = DUE) -> list[str]:
    admission = admit_decision(decision, used)
    assert (not admission.slots) == bool(admission.refusals)
    for refusal in admission.refusals:
        assert "{" not in refusal.message.format_map(refusal.params)
    return [refusal.code for refusal in admission.refusals]


@pytest.mark.parametrize(
    ("used", "codes"),
    [
        (DecisionUsage(), []),
        (DecisionUsage(slots=[taken(1)]), []),
        (DecisionUsage(slots=[taken(1, 2)]), ["limit-reached"]),
        (DecisionUsage(quota=2), []),
        (DecisionUsage(quota=3), ["quota-exhausted"]),
        (DecisionUsage(budgets_left_fen={"b": 500}), []),
        (DecisionUsage(budgets_left_fen={"b": 499}), ["budget-exhausted"]),
        (DecisionUsage(budgets_left_fen={"other": 0}), []),
        (DecisionUsage(caps_fen={"year": 400}), []),
        (DecisionUsage(caps_fen={"year": 401}), ["cap-exceeded"]),
        (DecisionUsage(caps_fen={"each": 10**9}), []),  # a cap for each grant doesn't add up
    ],
)
def test_both_sides_of_every_bound(used: DecisionUsage, codes: list[str]) -> None:
    assert refused(used) == codes


def test_what_a_budget_lacks_is_told_in_yuan() -> None:
    (refusal,) = admit_decision(DUE, DecisionUsage(budgets_left_fen={"b": 499})).refusals
    assert refusal.params == {"budget": "b", "left": "4.99", "amount": "5"}


@pytest.mark.parametrize(
    ("amount_fen", "until", "again"),
    [(500, None, "2027-01-01"), (500, date(2026, 12, 31), None), (901, None, None)],
)
def test_a_yearly_cap_names_the_first_day_of_the_next_year_if_it_leaves_room_then(
    amount_fen: int, until: date | None, again: str | None
) -> None:
    limit, due = replace(DUE.limits[0], until=until), replace(DUE.benefits[0], amount_fen=amount_fen)
    decision = replace(DUE, limits=(limit,), benefits=(due,), caps=DUE.caps[1:])
    (refusal,) = admit_decision(decision, DecisionUsage(caps_fen={"year": 900})).refusals
    assert refusal.params.get("day") == again and ("{day}" in refusal.remedy) == (again is not None)


def test_all_reasons_are_told_at_once() -> None:
    used = DecisionUsage([taken(1, 2)], 3, {"b": 0}, {"year": 900})
    assert refused(used) == ["limit-reached", "quota-exhausted", "cap-exceeded", "budget-exhausted"]
    late = admit_decision(replace(DUE, occurred_on=date(2027, 1, 5)), used).refusals[0]
    assert late.remedy.endswith("for the same thing")  # an event of the new year may be granted


def test_the_slot_of_a_reversed_grant_is_taken_again() -> None:
    assert admit_decision(DUE, DecisionUsage([taken(2)])).slots == (1,)
    assert admit_decision(DUE, DecisionUsage([taken(1)])).slots == (2,)


def test_a_refused_decision_is_never_admitted() -> None:
    with pytest.raises(ValueError, match="can't be admitted"):
        admit_decision(replace(DUE, outcome="refused", benefits=()), DecisionUsage())


@settings(deadline=None, derandomize=True)
@given(st.lists(st.integers(0, 400), max_size=30))
def test_a_budget_is_never_overdrawn_and_never_left_while_something_fits(amounts: list[int]) -> None:
    left, quota = 1_000, 0
    for amount_fen in amounts:
        benefit = DueBenefit("cash", "奖励", amount_fen, 1, None, None, budget="b")
        decision = replace(DUE, benefits=(benefit,), caps=(), quota=Quota(10, "2026"))
        usage = DecisionUsage(quota=quota, budgets_left_fen={"b": left})
        admitted = admit_decision(decision, usage).outcome == "granted"
        assert admitted == (amount_fen <= left and quota < 10)
        if admitted:
            left, quota = left - amount_fen, quota + 1
    assert left >= 0 and quota <= 10


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (0, "0"),
        (5, "0.05"),
        (30_000, "300"),
        (123_450, "1,234.50"),
        (-150, "-1.50"),
        (-5, "-0.05"),
        (-200_000, "-2,000"),
    ],
)
def test_yuan_are_written_with_two_digits_of_fen_or_none(fen: int, text: str) -> None:
    assert format_yuan(fen) == text
