"""What other benefit systems learnt the hard way, as promises of this ledger.

Their "order" is an event that asks for a benefit, their "code" or "promotion" a rule, their "usage"
a grant. What needs vouchers to be cancelled or reserved belongs to later work.
"""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from benefits import grants_of, set_budget, why
from events import Item, Outcomes, Runner
from rules import Library
from store import Database
from tests.benefits.deciding import Wish, give, outcomes, used, verified
from tests.benefits.polls import NOW, imported, library, poll

ONCE_EACH = library(
    once="benefit: {kind: cash, amount_fen: 500}\nlimit: {times: 1, per: [member], every: once}"
)
TWICE_EACH = library(
    twice="benefit: {kind: cash, amount_fen: 500}\nlimit: {times: 2, per: [member], every: rule_lifetime}"
)
FIVE_IN_ALL = library(
    five="benefit: {kind: cash, amount_fen: 500}\nallocate: {mode: first_come, quota: 5}\nbudget: spent"
)
THREE_IN_ALL = library(three="benefit: {kind: cash, amount_fen: 500}\nallocate: {mode: first_come, quota: 3}")
ONE_IN_ALL = library(one="benefit: {kind: cash, amount_fen: 500}\nallocate: {mode: first_come, quota: 1}")
BY_TRADE = library(
    trade="benefit: {kind: cash, amount_fen: 500}\nlimit: {times: 1, per: [member, member.trade], every: once}"
)


def handled(database: Database, rules: Library, *items: Item) -> Outcomes:
    total = Outcomes()
    for batch in Runner(database, lambda _: rules, lambda: NOW).handle_events(items):
        total.add(batch)
    return total


def said(found: Outcomes) -> list[str]:
    return outcomes(found.rulings)


@pytest.fixture(autouse=True)
def _members(database: Database):  # type: ignore[no-untyped-def]
    handled(database, ONCE_EACH, *(imported(f"m-{n}") for n in range(8)))
    yield
    assert verified(database).disagreements == ()


def test_an_event_that_no_rule_knows_gives_nothing_and_changes_nothing(database: Database) -> None:
    """Sylius: an unknown code gives no discount, the total stays; Medusa: an unknown code is no error."""
    found = handled(
        database,
        library(other="among: event.poll == 'z'\nbenefit: {kind: cash, amount_fen: 5}"),
        poll("m-1", "e-1"),
    )
    assert (found.handled, said(found), used(database)) == (1, [], {})


def test_a_limit_of_five_gives_the_first_and_refuses_the_sixth(database: Database) -> None:
    """Sylius: limit 5, first use counts; limit reached, refused and paid nothing."""
    found = handled(database, FIVE_IN_ALL, *(poll(f"m-{n}", f"e-{n}") for n in range(6)))
    assert said(found) == ["granted"] * 5 + ["quota-exhausted"]
    assert used(database)["budget/spent"] == 2_500


@pytest.mark.parametrize(("rules", "second"), [(TWICE_EACH, "granted"), (ONCE_EACH, "limit-reached")])
def test_a_limit_per_member_lets_the_second_through_or_not(
    rules: Library, second: str, database: Database
) -> None:
    """Sylius: per customer 2, second order accepted; per customer 1, second order no discount."""
    assert said(handled(database, rules, poll("m-1", "e-1"))) == ["granted"]
    assert said(handled(database, rules, poll("m-1", "e-2"))) == [second]


def test_a_limit_per_member_does_not_end_the_rule_for_the_others(database: Database) -> None:
    """Medusa 15960: limit 1 each, two people: both are allowed, nothing is "exhausted"."""
    assert said(handled(database, ONCE_EACH, poll("m-1", "e-1"), poll("m-2", "e-2"))) == [
        "granted",
        "granted",
    ]


def test_one_place_for_all_is_gone_after_the_first(database: Database) -> None:
    """Vendure: global usage limit 1, the next order is refused."""
    assert said(handled(database, ONE_IN_ALL, poll("m-1", "e-1"), poll("m-2", "e-2"))) == [
        "granted",
        "quota-exhausted",
    ]


def test_a_limit_counted_by_what_is_not_known_is_a_refusal_that_says_so(database: Database) -> None:
    """Medusa 15823: no e-mail yet, the promotion is skipped, not an error."""
    found = handled(database, BY_TRADE, poll("m-1", "e-1"))
    assert said(found) == ["unknown"]
    assert found.rulings[0].reasons[0].params == {"facts": "member.trade"}
    assert said(handled(database, ONCE_EACH, poll("m-1", "e-2"))) == ["granted"]  # nothing was used up


def test_the_last_of_a_thousand_is_told_and_the_count_stays(database: Database) -> None:
    """Medusa 13451: usage 1000 of 1000, one more: stays 1000, and the others of the batch go on."""
    with database.write() as connection:
        set_budget(connection, "spent", 1_000)
    give(database, Wish(amount_fen=1_000, budget="spent"))
    given = give(database, Wish(amount_fen=100, budget="spent"), Wish("m-2", amount_fen=100, budget="other"))
    assert outcomes(given) == ["budget-exhausted", "granted"]
    assert used(database) == {"budget/spent": 1_000, "budget/other": 100}


def test_several_amounts_in_one_call_are_all_counted(database: Database) -> None:
    """Medusa: spend 200 + 500 of 1000 in one call, used 700; 900 of 1000 and two of 100, used 1000."""
    with database.write() as connection:
        set_budget(connection, "spent", 1_000)
    assert (
        outcomes(give(database, *(Wish(amount_fen=fen, budget="spent") for fen in (200, 500))))
        == ["granted"] * 2
    )
    assert used(database)["budget/spent"] == 700
    assert outcomes(give(database, *(Wish(amount_fen=fen, budget="spent") for fen in (200, 100, 100)))) == [
        "granted",
        "granted",
        "budget-exhausted",
    ]
    assert used(database)["budget/spent"] == 1_000


def test_an_event_for_two_things_uses_one_place(database: Database) -> None:
    """Medusa: one call with two lines of one code uses it once: here, one grant of quantity two."""
    rules = library(
        pack="benefit: {kind: item, quantity: 2, unit: 份}\nallocate: {mode: first_come, quota: 2}"
    )
    assert said(handled(database, rules, poll("m-1", "e-1"), poll("m-2", "e-2"))) == ["granted", "granted"]
    with database.read() as connection:
        assert [grant.quantity for grant in grants_of(connection, "m-1")] == [2]


def test_whoever_asks_again_after_a_refusal_is_answered_again_and_can_read_both(database: Database) -> None:
    """Sylius checkout: the limit was reached by others meanwhile; asking again changes nothing."""
    handled(database, ONE_IN_ALL, poll("m-2", "e-1"))
    assert said(handled(database, ONE_IN_ALL, poll("m-1", "e-2"))) == ["quota-exhausted"]
    assert said(handled(database, ONE_IN_ALL, poll("m-1", "e-3"))) == ["quota-exhausted"]
    with database.read() as connection:
        assert [
            (reason.code, item.event_id)
            for item in why(connection, "m-1")
            for reason in item.reasons
            if item.event_id == "e-3"
        ] == [("quota-exhausted", "e-3")]
        assert len(why(connection, "m-1")) == 2


@pytest.mark.parametrize(
    ("rules", "askers", "granted"),
    [(ONE_IN_ALL, 2, 1), (THREE_IN_ALL, 5, 3)],
    ids=["saleor 544: limit 1, two at once", "eventyay 1398: max 3, five in parallel"],
)
def test_the_check_is_done_under_the_lock(
    rules: Library, askers: int, granted: int, database: Database
) -> None:
    found = _at_once(database, rules, [poll(f"m-{n}", f"e-{n}") for n in range(askers)])
    assert sorted(found) == ["granted"] * granted + ["quota-exhausted"] * (askers - granted)


def test_two_who_complete_the_same_event_use_it_once_and_undo_nothing(database: Database) -> None:
    """saleor 15855: two threads complete the same checkout: usage rises once, the good one stays good."""
    assert _at_once(database, FIVE_IN_ALL, [poll("m-1", "e-1")] * 2) == ["granted"]
    assert used(database)["budget/spent"] == 500


def _at_once(database: Database, rules: Library, items: list[Item]) -> list[str]:
    gate = threading.Barrier(len(items))

    def ask(item: Item) -> list[str]:
        gate.wait(30)
        return said(handled(database, rules, item))

    with ThreadPoolExecutor(len(items)) as pool:
        return [words for found in pool.map(ask, items) for words in found]
