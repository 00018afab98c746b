"""``partial: true`` grants what is left of a budget; without it less than the whole is refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import Admission, RuleFaults, UsageInMemory, lint_rule_files, load_library, settle_decisions
from tests.rules.terms import completed, decide, library, rule
from tests.tiers import budget

ONE = "benefit: {kind: cash, amount_fen: 10000, partial: true}\nbudget: b\n"


def settle(body: str, left: int, events: int = 1) -> tuple[list[Admission], UsageInMemory]:
    rules, usage = library(body), UsageInMemory(ceilings={"budget/b": left})
    found = []
    for n in range(events):
        [admission] = settle_decisions(decide(rules, completed(member=f"m{n}")), usage)
        assert admission is not None
        found.append(admission)
    return found, usage


def test_the_reason_says_how_much_less_it_is() -> None:
    (admission,), _ = settle(ONE, 6_050)
    (reason,) = admission.refusals
    assert (reason.code, reason.params["granted"], reason.params["amount"]) == (
        "part-reduced",
        "60.50",
        "100",
    )
    assert reason.params["budget"] == "b"


def test_what_is_refused_for_another_reason_is_not_said_to_be_less() -> None:
    body = ONE + "limit: {times: 1, per: [event.course], every: month}\n"
    admissions, _ = settle(body, 15_000, events=2)
    assert [refusal.code for refusal in admissions[1].refusals] == ["limit-reached"]


def test_a_budget_without_a_ceiling_pays_in_full() -> None:
    [admission] = settle_decisions(decide(library(ONE)), UsageInMemory())
    assert admission is not None and admission.reduced == ()


def test_who_could_wait_takes_what_is_left_first() -> None:
    waiting = ONE + "allocate: {mode: first_come, quota: 9, every: month, waiting_list: true}\n"
    admissions, _ = settle(waiting, 4_000, events=2)
    assert [one.outcome for one in admissions] == ["granted", "waiting"]


def test_a_cap_judges_what_is_granted() -> None:
    cap = (
        "cap.yaml",
        "cap: c\ntitle: 上限\nper: member_and_year\n"
        "amounts: [{from: 2020-01-01, amount_fen: 15000, basis: {kind: example}}]\n",
    )
    limit = "limit: {times: 1, per: [member], every: calendar_year}\n"
    for left, outcome in ((14_000, "granted"), (16_000, "refused")):
        rules = load_library([rule(ONE + limit + "caps: [c]\n", "a"), cap])
        usage = UsageInMemory(ceilings={"budget/b": left})
        usage.counters["cap/c/2026/m1"] = 10_000  # of another rule
        usage.counters["budget/b"] = 10_000
        [admission] = settle_decisions(decide(rules), usage)
        assert admission is not None and admission.outcome == outcome


@pytest.mark.deeper
@settings(deadline=None, derandomize=True, max_examples=budget(200))
@given(
    st.integers(0, 500),
    st.lists(st.tuples(st.integers(1, 200), st.booleans()), min_size=1, max_size=4),
    st.integers(1, 6),
)
def test_no_budget_is_overrun_and_every_part_gets_something(
    left: int, parts: list[tuple[int, bool]], events: int
) -> None:
    stated = "".join(
        f"  - {{name: p{n}, kind: cash, amount_fen: {fen}, budget: b{', partial: true' if partial else ''}}}\n"
        for n, (fen, partial) in enumerate(parts)
    )
    admissions, usage = settle(f"benefit:\n{stated}", left, events)
    assert usage.used("budget/b") <= left
    room = left
    for admission in admissions:
        fixed = sum(fen for fen, partial in parts if not partial)
        open_parts = [fen for fen, partial in parts if partial]
        rest, expected = room - fixed, 0
        if room >= fixed + sum(open_parts):
            expected = fixed + sum(open_parts)
        elif open_parts and rest > sum(open_parts[:-1]):
            expected = room
        assert (admission.outcome == "granted") == bool(expected)
        assert all(fen > 0 for _, fen in admission.reduced)
        room -= expected
    assert room == left - usage.used("budget/b")


@pytest.mark.parametrize(
    "benefit",
    [
        "{kind: item, quantity: 1, partial: true}",
        "{kind: points, quantity: 1, partial: true}",
        "{kind: voucher, amount_fen: 300, uses: 3, partial: true}",
        "{kind: cash, amount_fen: 300, partial: yes}",
        "{kind: cash, amount_fen: 300, partial: 50}",
    ],
)
def test_only_money_in_one_piece_can_be_granted_in_part(benefit: str) -> None:
    with pytest.raises(RuleFaults):
        library(f"benefit: {benefit}\nbudget: b\n")


def test_lint_names_a_part_without_a_budget() -> None:
    codes = {f.short_code for f in lint_rule_files([rule(ONE.replace("budget: b\n", ""), "a")])}
    assert "partial-without-budget" in codes
    assert "partial-without-budget" not in {f.short_code for f in lint_rule_files([rule(ONE, "a")])}


def test_the_default_changes_no_hash() -> None:
    plain = library(ONE.replace(", partial: true", "")).rules[0].hash
    assert library(ONE.replace("true", "false")).rules[0].hash == plain
    assert library(ONE).rules[0].hash != plain
