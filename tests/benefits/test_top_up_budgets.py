"""A city's top-up and the province's benefit stand on their own budgets, unless the rule says together: true."""

from datetime import date

import pytest

from benefits import DecisionRecord, load_decision_records, set_budget, verify_ledger
from events import process_batch
from rules import Admission, EventFacts, UsageInMemory, evaluate_rules, load_library, settle_decisions
from store import Database
from tests.benefits.deciding import TREASURER
from tests.benefits.polls import NOW, ORGANISATION, imported, poll

RULE = """
id: pack
title: 省里的礼包
basis: [{kind: example}]
owner: "370000"
in_force: {from: 2024-01-01}
on: poll.completed
benefit: {kind: cash, amount_fen: 10000}
budget: province
lower_levels: {may_top_up: {most_fen: 5000}}
"""
CITY = """
adapts: pack
owner: "370200"
title: 青岛加发
basis: [{kind: example}]
in_force: {from: 2024-01-01}
top_up: {amount_fen: 3000, budget: city}
"""
WAITING = "allocate: {mode: first_come, quota: 9, every: quarter, waiting_list: true}\n"
FACTS = {"member.status": "active", "member.organisation": ORGANISATION}
EVENT = EventFacts("/t", "e-1", "poll.completed", NOW, date(2026, 5, 1), "m-1", {"event.poll": "y"})


def settled(province: int, city: int, more: str = "") -> tuple[Admission, dict[str, int]]:
    """The admission of one member with so much in each budget, and what it takes of them."""
    rules = load_library([("pack.yaml", RULE + more), ("city.yaml", CITY)])
    usage = UsageInMemory(ceilings={"budget/province": province, "budget/city": city})
    (admission,) = settle_decisions(evaluate_rules(EVENT, FACTS, rules, EVENT.occurred_on), usage)
    assert admission is not None
    return admission, {key: value for key, value in usage.counters.items() if key.startswith("budget/")}


@pytest.mark.parametrize(
    ("province", "city", "more", "outcome", "taken"),
    [
        (10_000, 3_000, "", "granted", {"budget/province": 10_000, "budget/city": 3_000}),
        (10_000, 2_999, "", "granted", {"budget/province": 10_000}),
        (9_999, 3_000, "", "granted", {"budget/city": 3_000}),
        (9_999, 2_999, "", "refused", {}),
        (10_000, 2_999, "together: true\n", "refused", {}),
        (9_999, 3_000, "together: true\n", "refused", {}),
        (10_000, 3_000, "together: true\n", "granted", {"budget/province": 10_000, "budget/city": 3_000}),
        (10_000, 2_999, "together: false\n", "granted", {"budget/province": 10_000}),
        (9_999, 3_000, WAITING, "waiting", {}),
        (10_000, 2_999, WAITING, "granted", {"budget/province": 10_000}),
    ],
)
def test_each_level_pays_from_its_own_budget(
    province: int, city: int, more: str, outcome: str, taken: dict[str, int]
) -> None:
    admission, used = settled(province, city, more)
    assert (admission.outcome, used) == (outcome, taken)
    missing = outcome == "granted" and len(taken) == 1
    assert [refusal.code for refusal in admission.refusals if missing] == ["part-left-out"] * missing


def test_levels_that_share_one_budget_never_overrun_it() -> None:
    shared = CITY.replace("budget: city", "budget: province")
    rules = load_library([("pack.yaml", RULE), ("city.yaml", shared)])
    for ceiling, taken in ((13_000, 13_000), (12_999, 10_000), (9_999, 3_000), (2_999, 0)):
        usage = UsageInMemory(ceilings={"budget/province": ceiling})
        settle_decisions(evaluate_rules(EVENT, FACTS, rules, EVENT.occurred_on), usage)
        assert usage.used("budget/province") == taken


def test_parts_of_one_level_are_granted_only_together() -> None:
    two = RULE.replace(
        "{kind: cash, amount_fen: 10000}",
        "[{kind: cash, amount_fen: 4000}, {kind: cash, amount_fen: 6000, budget: extra}]",
    )
    rules = load_library([("pack.yaml", two), ("city.yaml", CITY)])
    usage = UsageInMemory(ceilings={"budget/extra": 5_999})
    (admission,) = settle_decisions(evaluate_rules(EVENT, FACTS, rules, EVENT.occurred_on), usage)
    assert admission is not None
    assert admission.left_out == {"1", "2"}
    assert usage.used("budget/province") == 0
    assert usage.used("budget/city") == 3_000


def lived(database: Database, members: int, province: int, city: int) -> list[DecisionRecord]:
    rules = load_library([("pack.yaml", RULE), ("city.yaml", CITY)])
    with database.write() as connection:
        set_budget(connection, "province", province, TREASURER)
        set_budget(connection, "city", city, TREASURER)
        process_batch([imported(f"m-{n}") for n in range(members)], connection, rules, NOW)
        process_batch([poll(f"m-{n}", f"e-{n}") for n in range(members)], connection, rules, NOW)
    with database.read() as connection:
        assert verify_ledger(connection).disagreements == ()
        return [record for n in range(members) for record in load_decision_records(connection, f"m-{n}")]


def test_the_ledger_grants_what_can_be_paid_and_explains_what_is_left_out(till: Database) -> None:
    both, alone, none = lived(till, 3, 20_000, 3_000)
    assert [len(record.parts) for record in (both, alone, none)] == [2, 1, 0]
    assert [reason.code for reason in alone.why.reasons] == ["part-left-out"]
    assert none.why.outcome == "refused"
