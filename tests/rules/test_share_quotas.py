"""A quota as a share of those who took part: exact, rounded as stated, known when entries close."""

from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import RuleFaults, lint_rule_files, load_library
from rules.engine.rule import QuotaShare
from rules.simulation.simulate import Simulation
from tests.rules.terms import library, render_texts, rule
from tests.rules.test_simulate import case
from tests.rules.test_simulate import library as of_texts

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


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("share: {places: 15, of: 100}", "quota: 5, share: {places: 15, of: 100}", "share"),
        ("share: {places: 15, of: 100}", "quotas: {'370200': 5}, share: {places: 15, of: 100}", "share"),
        ("share: {places: 15, of: 100}, ", "", "share"),
        ("share: {places: 15, of: 100}", "share: {places: 15}", "of"),
        ("share: {places: 15, of: 100}", "share: {places: 0, of: 100}", "places"),
        ("share: {places: 15, of: 100}", "share: {places: 15, of: 0}", "of"),
        ("share: {places: 15, of: 100}", "share: 15%", "share"),
        ("share: {places: 15, of: 100}", "share: {places: 15, of: 100, round: half_up}", "round"),
        (
            "share: {places: 15, of: 100}",
            "share: {places: 15, of: 100}, quota_per: [event.course]",
            "quota_per",
        ),
        (
            "mode: by_rank, share: {places: 15, of: 100}, every: calendar_year, rank: event.score, entries: {from: 2026-01-01, until: 2026-06-30}",
            "mode: first_come, share: {places: 15, of: 100}, every: calendar_year",
            "lottery",
        ),
        (
            "mode: by_rank, share: {places: 15, of: 100}, every: calendar_year, rank: event.score",
            "mode: lottery, groups: [{where: event.score >= 90, places: 3}], share: {places: 15, of: 100}, every: calendar_year",
            "groups",
        ),
    ],
)
def test_a_share_that_makes_no_sense_is_refused(old: str, new: str, said: str) -> None:
    assert old in RANKED
    with pytest.raises(RuleFaults) as raised:
        library(RANKED.replace(old, new))
    assert said in " ".join(text for fault in raised.value.faults for text in render_texts(fault))


def lint(body: str) -> set[str]:
    return {fault.short_code for fault in lint_rule_files([rule(body, "a")])}


def test_lint_refuses_more_places_than_participants() -> None:
    assert "share-above-whole" not in lint(RANKED.replace("15, of: 100", "100, of: 100"))
    assert "share-above-whole" in lint(RANKED.replace("15, of: 100", "101, of: 100"))
    held = RANKED.replace("places: 15", "places: param.part")
    assert "share-above-whole" not in lint(held + "parameters: {part: {title: 比例, value: 15, most: 100}}\n")
    assert "share-above-whole" in lint(held + "parameters: {part: {title: 比例, value: 15, most: 101}}\n")


def test_lint_lets_no_lower_level_set_a_share() -> None:
    held = RANKED.replace("places: 15", "places: param.part")
    text = held + "parameters: {part: {title: 比例, value: 15, most: 20}}\n"
    assert "share-of-all" not in lint(text)
    assert "share-of-all" in lint(text + "lower_levels: {may_set: [part]}\n")


def test_lint_lets_no_lower_level_set_the_period_of_a_share() -> None:
    held = RANKED.replace("every: calendar_year, rank", "every: param.period, rank")
    text = held + "parameters: {period: {title: 周期, value: calendar_year}}\n"
    assert "share-of-all" not in lint(text)
    assert "share-of-all" in lint(text + "lower_levels: {may_set: [period]}\n")


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
