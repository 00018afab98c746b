"""What a simulation counts, by hand; that it equals the ledger is proved in tests/events."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial

import pytest

from rules import FactValue, RuleLibrary, load_library
from rules.engine.usage import StartingUsage, UsageInMemory
from rules.simulation.simulate import SimulatedEvent, Simulation, build_library_with_drafts
from tests.rules.conftest import cap_file
from tests.rules.terms import completed

RULE = """
id: {id}
title: 网上练兵
basis: [{{kind: example}}]
owner: "370000"
in_force: {{from: {since}, until: {until}}}
on: course.completed
require:
  - {{that: member.status == 'active', else: 会籍已暂停}}
  - {{that: event.score >= {score}, else: 成绩不够}}
benefit: {{kind: cash, amount_fen: {fen}}}
{more}
"""


def text(
    id: str = "course",
    since: str = "2026-01-01",
    until: str = "2026-12-31",
    score: int = 60,
    fen: int = 100,
    more: str = "",
) -> tuple[str, str]:
    return f"{id}-{since}.yaml", RULE.format(id=id, since=since, until=until, score=score, fen=fen, more=more)


def case(member: str, day: date, score: int, organisation: str = "370202001") -> SimulatedEvent:
    event = completed(score, day, member)
    facts: dict[str, FactValue] = {"member.status": "active", "member.organisation": organisation}
    return SimulatedEvent(event, facts)


def cases(count: int = 40) -> Iterator[SimulatedEvent]:
    for n in range(count):
        day = date(2026, 1, 5) + timedelta(days=9 * n)
        yield case(f"m-{n % 7}", day, 50 + n % 21, f"37020{n % 3 + 2}001")


def library(*texts: tuple[str, str]) -> RuleLibrary:
    return load_library([*texts, cap_file("c", 1_000, "member_and_year")])


def test_a_draft_takes_the_place_of_its_version_on_its_days_only() -> None:
    present = library(text())
    draft = library(text(since="2026-03-01", until="2026-05-31", fen=300))
    both = build_library_with_drafts(present, draft.rules)
    spans = [(r.definition.in_force.since, r.definition.in_force.until, r.hash) for r in both.rules]
    old, new = present.rules[0].hash, draft.rules[0].hash
    assert spans == [
        (date(2026, 1, 1), date(2026, 2, 28), old),
        (date(2026, 3, 1), date(2026, 5, 31), new),
        (date(2026, 6, 1), date(2026, 12, 31), old),
    ]
    assert {r.definition.programme_span for r in both.rules if r.hash == old} == {
        present.rules[0].definition.in_force
    }


def test_a_draft_that_says_what_is_in_force_changes_nothing() -> None:
    present = library(text(more="budget: b"))
    usage = partial(UsageInMemory, StartingUsage(ceilings={"budget/b": 1_500}))
    done = Simulation(present, present.rules, usage).replay(cases())
    assert done.present_totals == done.proposed_totals
    assert done.present_totals.granted == 15
    assert done.present_totals.refusals > 0


def test_the_same_events_give_the_same_totals_whatever_ran_before() -> None:
    present, draft = library(text()), library(text("other", fen=250, more="caps: [c]"))
    first, second = (Simulation(present, draft.rules).replay(cases()) for _ in range(2))
    assert first.proposed_totals == second.proposed_totals
    alone = Simulation(present, ()).replay(cases())
    assert first.present_totals.amount_fen == alone.present_totals.amount_fen


def test_the_day_on_which_a_budget_runs_out_is_that_of_the_first_who_went_without() -> None:
    present = library(text(fen=100, more="budget: b"))
    draft = library(text(fen=400, more="budget: b"))
    usage = partial(UsageInMemory, StartingUsage(ceilings={"budget/b": 1_000}))
    done = Simulation(present, draft.rules, usage).replay(cases())
    passing = [c.event.occurred_on for c in cases() if int(str(c.event.payload["score"])) >= 60]
    budget = done.proposed_totals.funds["budget/b"]
    assert (budget.runs_out_on, budget.used, budget.remaining) == (passing[2], 800, 200)
    assert done.present_totals.funds["budget/b"].runs_out_on == passing[10]
    assert budget.refused == len(passing) - 2
    assert dict(budget.by_day) == {passing[0]: 400, passing[1]: 400}


def test_what_was_used_before_counts() -> None:
    present = library(text(more="budget: b"))

    usage = partial(UsageInMemory, StartingUsage({"budget/b": 950}, ceilings={"budget/b": 1_000}))
    fund = Simulation(present, (), usage).replay(cases()).present_totals.funds["budget/b"]
    assert (fund.before, fund.used, fund.remaining) == (950, 950, 50)


@pytest.mark.parametrize("until", ["2026-12-31", "null"])
def test_a_draft_over_the_whole_time_leaves_nothing_of_the_old_version(until: str) -> None:
    present = library(text(until=until))
    assert (
        build_library_with_drafts(present, library(text(fen=7, until=until)).rules)
        .rules[0]
        .definition.benefits[0]
        .amount_fen
        == 7
    )
    assert len(build_library_with_drafts(present, library(text(fen=7, until=until)).rules).rules) == 1


def test_only_the_budget_that_had_too_little_runs_out() -> None:
    two = "benefit: [{name: a, kind: cash, amount_fen: 100, budget: small}, {name: b, kind: cash, amount_fen: 100, budget: large}]"
    name, content = text(more="")
    draft = library((name, content.replace("benefit: {kind: cash, amount_fen: 100}", two)))
    ceilings = {"budget/small": 250, "budget/large": 150}
    done = Simulation(
        library(), draft.rules, partial(UsageInMemory, StartingUsage(ceilings=ceilings))
    ).replay(case(f"m-{n}", date(2026, 1, 5 + n), 90) for n in range(4))
    funds = done.proposed_totals.funds
    small, large = funds["budget/small"], funds["budget/large"]
    assert (small.runs_out_on, small.remaining) == (None, 150)
    assert (large.runs_out_on, large.refused) == (date(2026, 1, 6), 3)


def test_the_places_of_each_organisation_run_out_on_a_day_of_their_own() -> None:
    more = "allocate: {mode: first_come, quotas: {'370202': 1, '370203': 2}}"
    draft = library(text(more=more))
    done = Simulation(library(), draft.rules).replay(
        case(f"m-{n}", date(2026, 1, 5 + n), 90, f"37020{2 + n % 2}001") for n in range(6)
    )
    ends = {
        key.rpartition("/")[2]: (fund.runs_out_on, fund.refused)
        for key, fund in done.proposed_totals.funds.items()
    }
    assert ends == {"370202": (date(2026, 1, 7), 2), "370203": (date(2026, 1, 10), 1)}


def test_what_a_member_gets_by_rules_that_share_nothing_is_added_up() -> None:
    present = library(text(fen=100))
    draft = library(text("other", fen=30))
    done = Simulation(present, draft.rules).replay([case("m-1", date(2026, 1, 5), 90)])
    assert (dict(done.present_totals.by_member), dict(done.proposed_totals.by_member)) == (
        {"m-1": 100},
        {"m-1": 130},
    )
