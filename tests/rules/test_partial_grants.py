"""Places, entries and waiting; quotas by share, and grants in part."""

from datetime import date, timedelta
from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import (
    Admission,
    Decision,
    FactValue,
    RuleFaults,
    StartingUsage,
    UsageInMemory,
    lint_rule_files,
    load_library,
    settle_decisions,
)
from rules.engine.rule import QuotaShare
from rules.simulation.simulate import Simulation
from tests.profile import searched
from tests.rules.conftest import cap_file
from tests.rules.terms import CASH, DAY, completed, decide, library, one, render_texts, rule
from tests.rules.test_simulate import case
from tests.rules.test_simulate import library as of_texts

ONE = "benefit: {kind: cash, amount_fen: 10000, partial: true}\nbudget: b\n"


def settle(body: str, left: int, events: int = 1) -> tuple[list[Admission], UsageInMemory]:
    rules, usage = library(body), UsageInMemory(StartingUsage(ceilings={"budget/b": left}))
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
    cap = cap_file("c", 15_000, "member_and_year")
    limit = "limit: {times: 1, per: [member], every: calendar_year}\n"
    for left, outcome in ((14_000, "granted"), (16_000, "refused")):
        rules = load_library([rule(ONE + limit + "caps: [c]\n", "a"), cap])
        usage = UsageInMemory(StartingUsage(ceilings={"budget/b": left}))
        usage.counters["cap/c/2026/m1"] = 10_000  # of another rule
        usage.counters["budget/b"] = 10_000
        [admission] = settle_decisions(decide(rules), usage)
        assert admission is not None and admission.outcome == outcome


@searched(200)
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


def test_the_default_changes_no_hash() -> None:
    plain = library(ONE.replace(", partial: true", "")).rules[0].hash
    assert library(ONE.replace("true", "false")).rules[0].hash == plain
    assert library(ONE).rules[0].hash != plain


RANKED = """
require: [{that: event.score >= 60, else: 没有及格}]
benefit: {kind: cash, amount_fen: 100}
limit: {times: 1, per: [member], every: calendar_year}
allocate: {mode: by_rank, share: {places: 15, of: 100}, every: calendar_year, rank: event.score, entries: {from: 2026-01-01, until: 2026-06-30}}
budget: prize
"""


@given(st.integers(0, 10**6), st.integers(1, 1000), st.integers(1, 1000))
def test_a_share_is_exact_and_rounded_as_stated(base: int, places: int, of: int) -> None:
    exact = Fraction(base * places, of)
    assert QuotaShare(places, of).seats(base) == floor(exact)
    assert QuotaShare(places, of, "up").seats(base) == ceil(exact)


SHARE = "share: {places: 15, of: 100}"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (SHARE, f"quota: 5, {SHARE}", "share"),
        (SHARE, f"quotas: {{'370200': 5}}, {SHARE}", "share"),
        (f"{SHARE}, ", "", "share"),
        (SHARE, "share: {places: 15}", "of"),
        (SHARE, "share: {places: 0, of: 100}", "places"),
        (SHARE, "share: {places: 15, of: 0}", "of"),
        (SHARE, "share: 15%", "share"),
        (SHARE, "share: {places: 15, of: 100, round: half_up}", "round"),
        (SHARE, f"{SHARE}, quota_per: [event.course]", "quota_per"),
        ("mode: by_rank", "mode: first_come", "lottery"),
        ("mode: by_rank", "mode: lottery, groups: [{where: event.score >= 90, places: 3}]", "groups"),
    ],
)
def test_a_share_that_makes_no_sense_is_refused(old: str, new: str, said: str) -> None:
    assert old in RANKED
    with pytest.raises(RuleFaults) as raised:
        library(RANKED.replace(old, new))
    assert said in " ".join(text for fault in raised.value.faults for text in render_texts(fault))


HELD = RANKED.replace("places: 15", "places: param.part")
PERIOD = (
    RANKED.replace("every: calendar_year, rank", "every: param.period, rank")
    + "parameters: {period: {title: 周期, value: calendar_year}}\n"
)


def part(most: int) -> str:
    return f"parameters: {{part: {{title: 比例, value: 15, most: {most}}}}}\n"


@pytest.mark.parametrize(
    ("sound", "faulty", "code"),
    [
        (ONE, ONE.replace("budget: b\n", ""), "partial-without-budget"),
        (RANKED.replace("15, of", "100, of"), RANKED.replace("15, of", "101, of"), "share-above-whole"),
        (HELD + part(100), HELD + part(101), "share-above-whole"),
        (HELD + part(20), HELD + part(20) + "lower_levels: {may_set: [part]}\n", "share-of-all"),
        (PERIOD, PERIOD + "lower_levels: {may_set: [period]}\n", "share-of-all"),
    ],
)
def test_lint_tells_what_is_no_share_or_has_no_effect(sound: str, faulty: str, code: str) -> None:
    before, after = (
        {fault.short_code for fault in lint_rule_files([rule(body, "a")])} for body in (sound, faulty)
    )
    assert code not in before and code in after


def test_a_share_is_part_of_the_hash() -> None:
    hashes = {library(RANKED.replace("15, of", f"{n}, of")).rules[0].hash for n in (15, 16)}
    rounded = library(RANKED.replace("of: 100", "of: 100, round: up")).rules[0].hash
    stated = library(RANKED.replace("of: 100", "of: 100, round: down")).rules[0].hash
    assert len({*hashes, rounded}) == 3 and stated in hashes, "the default changes no hash"


def test_a_simulation_counts_everybody_who_took_part_once() -> None:
    from datetime import date, timedelta

    drafts = load_library([rule(RANKED, "a")]).rules
    day = date(2026, 3, 1)
    cases = [case(f"m-{n}", day + timedelta(n), 50 + n) for n in range(20)]
    cases += [case("m-19", day + timedelta(40), 99)]  # the same member once more
    done = Simulation(of_texts(), drafts).replay(cases)
    (entries,) = done.proposed_totals.entries.values()
    assert (entries.count, entries.size) == (10, 3), "20 took part, 10 passed, 15 % of 20 are 3"


def quota(body: str, **facts: FactValue) -> Decision:
    return one(CASH + "allocate: " + body + "\n", **facts)


def test_places_are_counted_for_each_organisation_or_subtree() -> None:
    each = quota("{mode: first_come, quota: 2, quota_per: [member.organisation]}")
    assert each.quota and (each.quota.size, each.quota.group) == (2, "member.organisation=370202001-00017")
    unknown = quota("{mode: first_come, quota: 2, quota_per: [member.trade]}", trade=None)
    assert unknown.missing[0].unknown
    own = '{mode: first_come, quotas: {"370000": 9, "370200": 5, "370300": 3}}'
    narrow = quota(own)
    assert narrow.quota and (narrow.quota.size, narrow.quota.group) == (5, "370200")
    assert quota('{mode: first_come, quotas: {"370300": 3}}').outcome == "refused"


def test_who_is_due_under_a_draw_or_a_ranking_takes_part() -> None:
    lottery = """{mode: lottery, quota: 5, entries: {from: 2026-05-01, until: 2026-05-20},
  weight: "event.score > 80 ? 2 : 1", groups: [{where: "member.trade == '外卖员'", places: 2}, {where: "event.score < 50", places: 1}]}"""
    drawn = quota(lottery)
    assert drawn.entry and (drawn.entry.weight, drawn.entry.groups) == (2, (0,))
    ranked = quota(
        '{mode: by_rank, quota: 5, entries: {from: 2026-05-01, until: 2026-05-20}, rank: "years(member.joined_on, event.occurred_on)"}'
    )
    assert ranked.entry and ranked.entry.rank == 6
    [admission] = settle_decisions([drawn], UsageInMemory())
    assert admission == Admission("entered")
    light = quota(lottery.replace("? 2 : 1", "? 0 : 1"))
    assert light.outcome == "refused"
    unknown = quota(
        '{mode: by_rank, quota: 5, entries: {from: 2026-05-01, until: 2026-05-20}, rank: "years(member.joined_on, event.occurred_on)"}',
        joined_on=None,
    )
    assert unknown.missing[0].unknown


def test_entries_are_taken_within_their_days_and_once_for_each_turn() -> None:
    body = (
        CASH
        + "limit: {times: 1, every: month}\nallocate: {mode: lottery, quota: 5, every: month, entries: {from: 2026-05-01, until: 2026-05-20}}\n"
    )
    rules, usage = library(body), UsageInMemory()

    def codes(day: date) -> list[str]:
        [admission] = settle_decisions(decide(rules, completed(on=day)), usage)
        assert admission
        return [refusal.code for refusal in admission.refusals] or [admission.outcome]

    assert codes(DAY + timedelta(1)) == ["entries-closed"]
    assert codes(DAY) == ["entered"]
    assert codes(DAY - timedelta(1)) == ["entered-already"]


def test_whoever_comes_when_all_places_are_taken_waits_once() -> None:
    body = (
        CASH + "limit: {times: 1, every: month}\nallocate: {mode: first_come, quota: 1, waiting_list: true}\n"
    )
    rules, usage = library(body), UsageInMemory()

    def outcome(member: str) -> str:
        [admission] = settle_decisions(decide(rules, completed(member=member)), usage)
        assert admission
        return (
            admission.outcome
            if not admission.refusals
            else f"{admission.outcome} {admission.refusals[0].code}"
        )

    assert [outcome(m) for m in ("m1", "m2", "m2", "m1")] == [
        "granted", "waiting quota-exhausted", "refused waits-already", "refused limit-reached",
    ]  # fmt: skip
