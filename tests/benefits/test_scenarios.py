"""What other benefit systems learnt the hard way, as promises of this ledger."""

import pytest
from sqlalchemy import select

from benefits import Officer, ReversalCriteria, apply_reversal, set_budget
from benefits.tables.decisions import grants
from benefits.vouchers.refunds import void_grant_remainder
from events import BatchOutcome, Event, EventRunner, InboundEvent, parse_event
from rules import RuleLibrary
from store import Database
from tests.benefits.counters import refusal
from tests.benefits.polls import NOW, imported, library, poll
from tests.crowds import at_once
from tests.transactions import values_in, write_in
from tools.servers.deciding import TREASURER, Wish, give, outcomes, used, verified


@pytest.fixture(scope="module")
def once_each() -> RuleLibrary:
    return library(
        once="benefit: {kind: cash, amount_fen: 500}\nlimit: {times: 1, per: [member], every: once}"
    )


def handled(database: Database, rules: RuleLibrary, *items: InboundEvent) -> BatchOutcome:
    total = BatchOutcome()
    for batch in EventRunner(database, lambda _: rules, lambda: NOW).run_events(items):
        total.add(batch)
    return total


def take_back(database: Database, wrong: ReversalCriteria) -> int:
    """How many grants were taken back."""
    return write_in(database, apply_reversal, Officer("li.min", NOW, NOW.date(), "示例"), wrong).grants


def test_what_an_officer_voided_unused_gives_its_place_back(
    database: Database, once_each: RuleLibrary
) -> None:
    (ruling,) = handled(database, once_each, imported("m-1"), poll("m-1", "e-1")).rulings
    write_in(database, void_grant_remainder, Officer("li.min", NOW, NOW.date(), "示例"), ruling.id)
    assert take_back(database, ReversalCriteria("once")) == 0
    assert outcomes(handled(database, once_each, poll("m-1", "e-2")).rulings) == ["granted"]
    assert verified(database).disagreements == ()


def test_a_benefit_of_two_parts_gives_its_place_back_with_the_last_void(database: Database) -> None:
    rules = library(
        once="benefit: [{kind: cash, amount_fen: 500}, {kind: item, unit: 份}]\n"
        "limit: {times: 1, per: [member], every: once}\nallocate: {mode: first_come, quota: 1}"
    )
    (ruling,) = handled(database, rules, imported("m-1"), poll("m-1", "e-1")).rulings
    parts = values_in(database, select(grants.c.id).where(grants.c.decision_id == ruling.id))
    officer = Officer("li.min", NOW, NOW.date(), "示例")
    write_in(database, void_grant_remainder, officer, parts[0])
    assert outcomes(handled(database, rules, imported("m-2"), poll("m-2", "e-2")).rulings) == [
        "quota-exhausted"
    ]
    write_in(database, void_grant_remainder, officer, parts[1])
    assert outcomes(handled(database, rules, poll("m-2", "e-3")).rulings) == ["granted"]
    assert verified(database).disagreements == ()


def test_what_is_over_is_neither_reversed_nor_voided_before_late_work_ends_it(database: Database) -> None:
    rules = library(
        over="benefit: {kind: voucher, amount_fen: 500, unit: 张}\nexpires: P10D\n"
        "limit: {times: 1, per: [member], every: once}"
    )
    (ruling,) = handled(database, rules, imported("m-1"), poll("m-1", "e-1")).rulings
    officer = Officer("li.min", NOW, NOW.date(), "示例")  # in December; it expired in May
    assert take_back(database, ReversalCriteria("over")) == 0
    with database.write() as connection:
        assert refusal(void_grant_remainder, connection, officer, ruling.id) == "expired"


def test_a_member_is_the_same_from_wherever_the_event_comes(
    database: Database, once_each: RuleLibrary
) -> None:
    event = poll("m-1", "e-1").event
    assert isinstance(event, Event)
    elsewhere = InboundEvent(parse_event(event.text.replace('"/test"', '"/another-app"'), NOW), "test")
    assert outcomes(handled(database, once_each, imported("m-1"), poll("m-1", "e-1")).rulings) == ["granted"]
    assert outcomes(handled(database, once_each, elsewhere).rulings) == ["limit-reached"]


@pytest.mark.both_databases
def test_giving_and_taking_back_at_once_both_succeed(database: Database) -> None:
    """900 of 1000 are used; 900 taken back and 100 granted at once: 100 are used."""
    write_in(database, set_budget, "spent", 1_000, TREASURER)
    (given,) = give(database, Wish(amount_fen=900, budget="spent"))
    more, taken = at_once(
        [
            lambda: outcomes(give(database, Wish("m-2", amount_fen=100, budget="spent"))),
            lambda: take_back(database, ReversalCriteria("pack", decision=given.id)),
        ]
    )
    assert (more, taken) == (["granted"], 1)
    assert used(database) == {"budget/spent": 100}
    assert verified(database).disagreements == ()
