"""When a rule's value changes, and a city's top-up on its own budget."""

from datetime import date

import pytest
from sqlalchemy import select

from benefits import DecisionRecord, Officer, load_decision_records, set_budget, verify_ledger
from benefits.draws.waiting_list import record_waiting_choice
from benefits.tables.decisions import grants
from events import process_batch
from rules import (
    Admission,
    EventFacts,
    RuleFaults,
    RuleLibrary,
    StartingUsage,
    UsageInMemory,
    evaluate_rules,
    lint_rule_files,
    load_library,
    settle_decisions,
)
from store import Database
from tests.benefits.drawing import House, names, noon
from tests.benefits.polls import NOW, ORGANISATION, imported, poll
from tests.transactions import read_in, write_in
from tools.servers.deciding import TREASURER

OLD = """
id: draw
title: 名额
basis: [{kind: example}]
owner: "370000"
in_force: {from: 2024-01-01, until: 2026-05-31}
programme: {from: 2024-01-01, until: 2027-12-31}
on: poll.completed
benefit: {kind: cash, amount_fen: 20000}
limit: {times: 1, per: [member], every: programme_period}
allocate: {mode: first_come, quota: 1, waiting_list: true}
budget: prize
claim: {within: P25D}
"""
LATER = date(2026, 6, 5)  # m-01 let the place lapse


def newer(on_change: str, benefit: str = "{kind: cash, amount_fen: 25000}") -> str:
    text = OLD.replace("from: 2024-01-01, until: 2026-05-31", "from: 2026-06-01, until: 2027-12-31")
    return text.replace("{kind: cash, amount_fen: 20000}", benefit) + (
        on_change and f"on_change: {on_change}\n"
    )


def versions(on_change: str, benefit: str = "{kind: cash, amount_fen: 25000}") -> RuleLibrary:
    return load_library([("old.yaml", OLD), ("new.yaml", newer(on_change, benefit))])


def waited(database: Database, library: RuleLibrary) -> House:
    """Two members come in May, the second waits; in June the first one's place lapses."""
    there = House(database, library)
    there.enter(names(2))
    there.pass_days(LATER)
    return there


def amounts(database: Database) -> list[int]:
    with database.read() as connection:
        assert verify_ledger(connection).disagreements == ()
        return list(connection.execute(select(grants.c.amount_fen).order_by(grants.c.granted_on)).scalars())


@pytest.mark.parametrize(
    ("on_change", "amount"),
    [("", 20_000), ("{waiting: keep}", 20_000), ("{waiting: reprice}", 25_000)],
)
def test_who_waits_gets_what_the_rule_says(database: Database, on_change: str, amount: int) -> None:
    waited(database, versions(on_change))
    assert amounts(database) == [20_000, amount], "what was promised stays as it was promised"


@pytest.mark.parametrize(("choice", "amount"), [("reprice", 25_000), ("keep", 20_000)])
def test_ask_serves_nobody_until_an_officer_decides(database: Database, choice: str, amount: int) -> None:
    library = versions("{waiting: ask}")
    there = waited(database, library)
    assert amounts(database) == [20_000] and there.waiting() == ["m-02"]
    version = library.versions("draw")[-1]
    officer = Officer("gh-017", noon(LATER), LATER, "会议决定")
    with database.write() as connection:
        record_waiting_choice(connection, officer, version, choice)  # type: ignore[arg-type]
    there.pass_days(LATER)
    assert amounts(database) == [20_000, amount]


def test_ask_asks_nothing_where_the_value_is_the_same(database: Database) -> None:
    waited(database, versions("{waiting: ask}", "{kind: cash, amount_fen: 20000}"))
    assert amounts(database) == [20_000, 20_000]


def test_the_grant_names_the_version_whose_value_it_has(database: Database) -> None:
    library = versions("{waiting: reprice}")
    waited(database, library)
    told = read_in(database, load_decision_records, "m-02")
    hashes = {record.why.outcome: record.why.rule_hash for record in told}
    assert hashes["granted"] == library.versions("draw")[-1].hash != hashes["waiting"]


def test_a_higher_value_waits_for_its_budget(database: Database) -> None:
    library = versions("{waiting: reprice}")
    there = House(database, library)
    there.enter(names(2))
    write_in(database, set_budget, "prize", 24_000, TREASURER)
    there.pass_days(LATER)
    assert amounts(database) == [20_000], "250 yuan are needed, 240 are left"
    write_in(database, set_budget, "prize", 25_000, TREASURER)
    there.pass_days(LATER)
    assert amounts(database) == [20_000, 25_000]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (newer("{waiting: reprice}", '{kind: cash, amount: {expression: "event.answers * 100"}}'), "reprice-varies"),
        (newer("{waiting: ask}", "{kind: cash, table: {else: 无, rows: [{when: event.answers > 3, amount_fen: 5}]}}"), "reprice-varies"),
        (newer("{waiting: reprice}").replace(", waiting_list: true", ""), "nobody-waits"),
    ],
)  # fmt: skip
def test_lint_names_a_change_that_can_have_no_effect(text: str, code: str) -> None:
    assert code in {fault.short_code for fault in lint_rule_files([("new.yaml", text)])}


@pytest.mark.parametrize(
    "wrong", ["reprice", "{waiting: yes}", "{waiting: maybe}", "{unclaimed: reprice}", "{}"]
)
def test_other_words_are_refused(wrong: str) -> None:
    with pytest.raises(RuleFaults):
        load_library([("new.yaml", newer(wrong))])


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
    usage = UsageInMemory(StartingUsage(ceilings={"budget/province": province, "budget/city": city}))
    (admission,) = settle_decisions(evaluate_rules(EVENT, FACTS, rules), usage)
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
        usage = UsageInMemory(StartingUsage(ceilings={"budget/province": ceiling}))
        settle_decisions(evaluate_rules(EVENT, FACTS, rules), usage)
        assert usage.used("budget/province") == taken


def test_parts_of_one_level_are_granted_only_together() -> None:
    two = RULE.replace(
        "{kind: cash, amount_fen: 10000}",
        "[{kind: cash, amount_fen: 4000}, {kind: cash, amount_fen: 6000, budget: extra}]",
    )
    rules = load_library([("pack.yaml", two), ("city.yaml", CITY)])
    usage = UsageInMemory(StartingUsage(ceilings={"budget/extra": 5_999}))
    (admission,) = settle_decisions(evaluate_rules(EVENT, FACTS, rules), usage)
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
