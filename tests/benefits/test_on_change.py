"""When a rule's value changes, those who wait keep theirs, get the new one, or an officer decides."""

from datetime import date

import pytest
from sqlalchemy import select

from benefits import Officer, load_decision_records, verify_ledger
from benefits.draws.repricing import record_waiting_choice
from benefits.tables.decisions import grants
from rules import RuleFaults, RuleLibrary, load_library
from store import Database
from tests.benefits.drawing import ENTERED, House, names, noon
from tests.benefits.polls import NOW

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
claim: {within: P10D}
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


def test_ask_serves_nobody_until_an_officer_decides(database: Database) -> None:
    library = versions("{waiting: ask}")
    there = waited(database, library)
    assert amounts(database) == [20_000] and there.waiting() == ["m-02"]
    version = library.versions("draw")[-1]
    officer = Officer("gh-017", noon(LATER), LATER, "会议决定")
    with database.write() as connection:
        record_waiting_choice(connection, officer, version, "reprice")
    there.pass_days(LATER)
    assert amounts(database) == [20_000, 25_000]


def test_an_officer_may_decide_to_keep(database: Database) -> None:
    library = versions("{waiting: ask}")
    there = waited(database, library)
    officer = Officer("gh-017", noon(LATER), LATER, "会议决定")
    with database.write() as connection:
        record_waiting_choice(connection, officer, library.versions("draw")[-1], "keep")
    there.pass_days(LATER)
    assert amounts(database) == [20_000, 20_000]


def test_ask_asks_nothing_where_the_value_is_the_same(database: Database) -> None:
    waited(database, versions("{waiting: ask}", "{kind: cash, amount_fen: 20000}"))
    assert amounts(database) == [20_000, 20_000]


def test_the_grant_names_the_version_whose_value_it_has(database: Database) -> None:
    library = versions("{waiting: reprice}")
    waited(database, library)
    with database.read() as connection:
        told = load_decision_records(connection, "m-02")
    hashes = {record.why.outcome: record.why.rule_hash for record in told}
    assert hashes["granted"] == library.versions("draw")[-1].hash != hashes["waiting"]


def test_a_higher_value_waits_for_its_budget(database: Database) -> None:
    from benefits import set_budget
    from tests.benefits.deciding import TREASURER

    library = versions("{waiting: reprice}")
    there = House(database, library)
    there.enter(names(2))
    with database.write() as connection:
        set_budget(connection, "prize", 24_000, TREASURER)
    there.pass_days(LATER)
    assert amounts(database) == [20_000], "250 yuan are needed, 240 are left"
    with database.write() as connection:
        set_budget(connection, "prize", 25_000, TREASURER)
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
    from rules import lint_rule_files

    assert code in {fault.short_code for fault in lint_rule_files([("new.yaml", text)])}


@pytest.mark.parametrize(
    "wrong", ["reprice", "{waiting: yes}", "{waiting: maybe}", "{unclaimed: reprice}", "{}"]
)
def test_other_words_are_refused(wrong: str) -> None:
    with pytest.raises(RuleFaults):
        load_library([("new.yaml", newer(wrong))])
    assert NOW and ENTERED
