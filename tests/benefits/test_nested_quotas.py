"""Quotas within quotas: a grant takes a place of its own level and of every level above."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from benefits import (
    Officer,
    ReversalCriteria,
    apply_reversal,
    has_free_place,
    list_open_waiting_lists,
    move_up_waiting_list,
    verify_ledger,
)
from benefits.tables.decisions import counters
from events import process_batch
from rules import (
    EventFacts,
    RuleLibrary,
    UsageInMemory,
    evaluate_rules,
    lint_rule_files,
    load_library,
    settle_decisions,
)
from store import Database
from tests.benefits.polls import NOW, imported, poll
from tests.tiers import budget

DAY = date(2026, 5, 1)
COUNTY, TOWN, FIRM = "370202", "370202001", "370202001-00017"
WHERE = {"county": "370202002-00001", "town": "370202001-00099", "firm": FIRM, "city": "370203001-00001"}
HEAD = """
id: pack
title: 礼包
basis: [{kind: example}]
owner: "370000"
in_force: {from: 2024-01-01}
on: poll.completed
benefit: {kind: voucher, amount_fen: 100, unit: 张}
limit: {times: 1, per: [member], every: calendar_year}
"""


def library(quotas: dict[str, int], more: str = "") -> RuleLibrary:
    stated = ", ".join(f'"{code}": {size}' for code, size in quotas.items())
    allocate = f"allocate: {{mode: first_come, quotas: {{{stated}}}, every: calendar_year{more}}}\n"
    return load_library([("pack.yaml", HEAD + allocate)])


def outcomes(quotas: dict[str, int], who: list[str]) -> list[str]:
    """What members of these organisations get, one after another."""
    rules, usage, found = library(quotas), UsageInMemory(), []
    for number, where in enumerate(who):
        event = EventFacts(
            "/t", f"e-{number}", "poll.completed", NOW, DAY, f"m-{number}", {"event.poll": "y"}
        )
        facts = {"member.status": "active", "member.organisation": WHERE[where]}
        (admission,) = settle_decisions(evaluate_rules(event, facts, rules), usage)
        assert admission is not None
        found.append(admission.outcome)
    return found


places = st.lists(st.sampled_from(sorted(WHERE)), max_size=14)


@pytest.mark.deeper
@settings(max_examples=budget(60), deadline=None, derandomize=True, database=None)
@given(places, st.integers(1, 4), st.integers(1, 4), st.integers(1, 4), st.integers(1, 6))
def test_no_level_gives_more_than_its_places(
    who: list[str], county: int, town: int, firm: int, city: int
) -> None:
    sizes = {"3702": city, COUNTY: county, TOWN: town, FIRM: firm}
    got = outcomes({"370200": city, COUNTY: county, TOWN: town, FIRM: firm}, who)
    taken: list[str] = []
    for where, outcome in zip(who, got, strict=True):
        code = WHERE[where]
        fits = all(
            sum(other.startswith(level) for other in taken) < size
            for level, size in sizes.items()
            if code.startswith(level)
        )
        assert (outcome == "granted") == fits
        taken += [code] * fits


def used(database: Database) -> dict[str, int]:
    with database.read() as connection:
        assert verify_ledger(connection).disagreements == ()
        rows = connection.execute(
            select(counters.c.key, counters.c.used).where(counters.c.key.like("quota/%"))
        )
        return {key.rpartition("/")[2]: count for key, count in rows}


def test_the_ledger_counts_every_level_and_gives_all_back(till: Database) -> None:
    """Whoever waits at the firm moves up when a place of the county comes back, and not before."""
    rules = library({COUNTY: 2, FIRM: 2}, ", waiting_list: true")
    members = {"a": "county", "b": "firm", "c": "firm"}
    with till.write() as connection:
        process_batch([imported(m, WHERE[w]) for m, w in members.items()], connection, rules, NOW)
        done = process_batch([poll(m, f"e-{m}") for m in members], connection, rules, NOW)
    assert [ruling.outcome for ruling in done.rulings] == ["granted", "granted", "waiting"]
    assert used(till) == {COUNTY: 2, FIRM: 1}
    with till.write() as connection:
        (line,) = list_open_waiting_lists(connection)
        assert not has_free_place(connection, line, rules, DAY)
        assert move_up_waiting_list(connection, line, rules, NOW, DAY).moved_count == 0
        officer = Officer("li.min", NOW, DAY, "示例")
        apply_reversal(connection, officer, ReversalCriteria("pack", decision=done.rulings[0].id))
    assert used(till) == {COUNTY: 1, FIRM: 1}
    with till.write() as connection:
        assert has_free_place(connection, line, rules, DAY)
        assert len(move_up_waiting_list(connection, line, rules, NOW, DAY).granted) == 1
    assert used(till) == {COUNTY: 2, FIRM: 2}


@pytest.mark.parametrize(
    ("quotas", "codes"),
    [
        ({COUNTY: 2, FIRM: 3}, ["quota-above-its-level"]),
        ({COUNTY: 3, FIRM: 2, "370202001-00018": 2}, ["quotas-above-their-level"]),
        ({COUNTY: 4, FIRM: 2, "370202001-00018": 2}, []),
        ({"370200": 9, COUNTY: 3, TOWN: 4, FIRM: 4}, ["quota-above-its-level"]),
        ({"370200": 3, "370300": 9}, []),
    ],
)
def test_lint_names_nesting_that_cannot_hold(quotas: dict[str, int], codes: list[str]) -> None:
    stated = ", ".join(f'"{code}": {size}' for code, size in quotas.items())
    text = HEAD + f"allocate: {{mode: first_come, quotas: {{{stated}}}}}\n"
    assert [code for code in lint(text) if "level" in code] == codes


def lint(text: str) -> list[str]:
    return [fault.short_code for fault in lint_rule_files([("pack.yaml", text)])]
