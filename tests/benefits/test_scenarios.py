"""What other benefit systems learnt the hard way, as promises of this ledger.

Their "order" is an event that asks for a benefit, or a redemption at a till; their "code" or "promotion" a
rule, or a voucher's code; their "usage" a grant; their "cart" what a till was told before it redeems; their
"e-mail" the member. What they met, in the order in which it is told, and the test that holds it here:

    Sylius    a code that nobody knows             an_event_that_no_rule_knows…, a_code_that_nobody_made…
              a limit of five, reached or not      a_limit_of_five…
              a cancelled use, usable again        what_is_brought_back_can_be_used_again…[reusable]
              … or not                             what_is_brought_back_can_be_used_again…[not reusable]
              a limit per customer of two, of one  a_limit_per_member_lets_the_second_through…
              cancelled, so that it doesn't count  a_place_comes_back_with_what_was_taken_back…
              … or counts all the same             a_place_stays_taken…
    checkout  gone between cart and confirming     what_a_till_was_told_holds_nothing…
              confirming once more                 what_a_till_was_told…, whoever_asks_again…
    Vendure   a guest with a known e-mail          a_member_is_the_same_from_wherever…
              known only later, spent or new       who_becomes_known_later…
              logged in with nothing left          a_card_shows_only_what_its_holder_has…
              a cancelled order                    a_place_comes_back…
              one for all                          one_place_for_all…
    Medusa    several amounts in one call          several_amounts_in_one_call…
              two lines of one code                an_event_for_two_things_uses_one_place
              undoing what nobody knows            taking_back_what_was_never_granted…
              the last of a thousand               the_last_of_a_thousand…
              900 of 1000 and two of 100           several_amounts_in_one_call…
              three given, two taken back          three_are_given_and_two_taken_back…
              all taken back                       all_places_are_free_again…
              giving and taking back at once       giving_and_taking_back_at_once…
              two people with one each             a_limit_per_member_does_not_end…
              nobody known yet                     a_limit_counted_by_what_is_not_known…
    saleor    two checkouts for the last one       the_check_is_done_under_the_lock
              the same checkout twice at once      two_who_complete_the_same_event…
    eventyay  five in parallel for three           the_check_is_done_under_the_lock
"""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from benefits import (
    Move,
    MoveRefused,
    Officer,
    ReversalCriteria,
    apply_reversal,
    explain_decisions,
    list_member_grants,
    post_moves,
    set_budget,
)
from benefits.vouchers.cards import issue_card_text
from benefits.vouchers.codes import build_code
from benefits.vouchers.redemption import compute_redemption
from benefits.vouchers.refunds import void_grant_remainder
from events import BatchOutcome, Event, EventRunner, InboundEvent, parse_event
from rules import RuleLibrary
from store import Database
from tests.benefits.counters import DAY, KEY, NOON, asked, give_code, refusal, ring_up, standing
from tests.benefits.counters import take_back as bring_back
from tests.benefits.deciding import TREASURER, Wish, give, outcomes, used, verified
from tests.benefits.polls import NOW, imported, library, poll
from tests.events.sending import ledger

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
ONE_AND_ONE = library(
    once="benefit: {kind: voucher, amount_fen: 500}\nlimit: {times: 1, per: [member], every: once}"
)
ONE_IN_ALL = library(one="benefit: {kind: cash, amount_fen: 500}\nallocate: {mode: first_come, quota: 1}")
BY_TRADE = library(
    trade="benefit: {kind: cash, amount_fen: 500}\nlimit: {times: 1, per: [member, member.trade], every: once}"
)


def handled(database: Database, rules: RuleLibrary, *items: InboundEvent) -> BatchOutcome:
    total = BatchOutcome()
    for batch in EventRunner(database, lambda _: rules, lambda: NOW).run_events(items):
        total.add(batch)
    return total


def said(found: BatchOutcome) -> list[str]:
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
    rules: RuleLibrary, second: str, database: Database
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
        set_budget(connection, "spent", 1_000, TREASURER)
    give(database, Wish(amount_fen=1_000, budget="spent"))
    given = give(database, Wish(amount_fen=100, budget="spent"), Wish("m-2", amount_fen=100, budget="other"))
    assert outcomes(given) == ["budget-exhausted", "granted"]
    assert used(database) == {"budget/spent": 1_000, "budget/other": 100}


def test_several_amounts_in_one_call_are_all_counted(database: Database) -> None:
    """Medusa: spend 200 + 500 of 1000 in one call, used 700; 900 of 1000 and two of 100, used 1000."""
    with database.write() as connection:
        set_budget(connection, "spent", 1_000, TREASURER)
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
        assert [grant.quantity for grant in list_member_grants(connection, "m-1")] == [2]


def test_whoever_asks_again_after_a_refusal_is_answered_again_and_can_read_both(database: Database) -> None:
    """Sylius checkout: the limit was reached by others meanwhile; asking again changes nothing."""
    handled(database, ONE_IN_ALL, poll("m-2", "e-1"))
    assert said(handled(database, ONE_IN_ALL, poll("m-1", "e-2"))) == ["quota-exhausted"]
    assert said(handled(database, ONE_IN_ALL, poll("m-1", "e-3"))) == ["quota-exhausted"]
    with database.read() as connection:
        assert [
            (reason.code, item.event_id)
            for item in explain_decisions(connection, "m-1")
            for reason in item.reasons
            if item.event_id == "e-3"
        ] == [("quota-exhausted", "e-3")]
        assert len(explain_decisions(connection, "m-1")) == 2


@pytest.mark.parametrize(
    ("rules", "askers", "granted"),
    [(ONE_IN_ALL, 2, 1), (THREE_IN_ALL, 5, 3)],
    ids=["saleor 544: limit 1, two at once", "eventyay 1398: max 3, five in parallel"],
)
def test_the_check_is_done_under_the_lock(
    rules: RuleLibrary, askers: int, granted: int, database: Database
) -> None:
    found = _at_once(database, rules, [poll(f"m-{n}", f"e-{n}") for n in range(askers)])
    assert sorted(found) == ["granted"] * granted + ["quota-exhausted"] * (askers - granted)


def test_two_who_complete_the_same_event_use_it_once_and_undo_nothing(database: Database) -> None:
    """saleor 15855: two threads complete the same checkout: usage rises once, the good one stays good."""
    assert _at_once(database, FIVE_IN_ALL, [poll("m-1", "e-1")] * 2) == ["granted"]
    assert used(database)["budget/spent"] == 500


def _officer() -> Officer:
    return Officer("li.min", NOW, NOW.date(), "示例")


def take_back(database: Database, wrong: ReversalCriteria) -> int:
    """How many grants were taken back."""
    with database.write() as connection:
        return apply_reversal(connection, _officer(), wrong).grants


def test_a_code_that_nobody_made_gives_nothing_and_changes_nothing(database: Database) -> None:
    """Sylius: unknown code, no discount, total unchanged."""
    grant, code = give_code(database)
    before = ledger(database)
    assert refusal(ring_up, database, asked(build_code(7))) == "unknown_code"
    assert refusal(ring_up, database, asked(code[:-1])) == "code_length"
    assert ledger(database) == before
    assert standing(database, grant).issued == 20_000


@pytest.mark.parametrize(
    ("reusable", "found"), [(True, "done"), (False, "void")], ids=["reusable", "not reusable"]
)
def test_what_is_brought_back_can_be_used_again_unless_it_was_said_otherwise(
    reusable: bool, found: str, database: Database
) -> None:
    """Sylius: limit 1, used, that order cancelled: usable again; "non reusable": still refused."""
    _, code = give_code(database)
    sold = ring_up(database, asked(code, "r-1"))
    bring_back(database, sold.id, reusable=reusable)
    assert refusal(ring_up, database, asked(code, "r-2")) == found


def test_a_place_comes_back_with_what_was_taken_back_unused(database: Database) -> None:
    """Sylius: per customer 1, first order cancelled, accepted; Vendure 1466: it does not count."""
    assert said(handled(database, ONCE_EACH, poll("m-1", "e-1"))) == ["granted"]
    assert take_back(database, ReversalCriteria("once")) == 1
    assert said(handled(database, ONCE_EACH, poll("m-1", "e-2"))) == ["granted"]
    assert said(handled(database, ONCE_EACH, poll("m-1", "e-3"))) == ["limit-reached"]


def test_a_place_stays_taken_by_what_was_used_or_only_voided(database: Database) -> None:
    """Sylius: per customer 1 and not reusable after cancel, cancelled: refused."""
    (ruling,) = handled(database, ONCE_EACH, poll("m-1", "e-1")).rulings
    with database.write() as connection:
        void_grant_remainder(connection, _officer(), ruling.id)
    assert take_back(database, ReversalCriteria("once")) == 0
    assert said(handled(database, ONCE_EACH, poll("m-1", "e-2"))) == ["limit-reached"]


def test_what_a_till_was_told_holds_nothing_until_it_redeems(database: Database) -> None:
    """Sylius checkout: used up by others meanwhile: the first confirming stops, the second one as well."""
    grant, code = give_code(database)
    with database.read() as connection:
        assert compute_redemption(connection, KEY, asked(code)).left == 20_000
    ring_up(database, asked(code, "of-the-other-till"))
    before = ledger(database)
    assert [refusal(ring_up, database, asked(code, "mine")) for _ in range(2)] == ["used_up"] * 2
    assert ledger(database) == before
    assert standing(database, grant).redeemed == 20_000


def test_a_member_is_the_same_from_wherever_the_event_comes(database: Database) -> None:
    """Vendure: per customer 1, a guest with the e-mail of one who had it: refused."""
    assert said(handled(database, ONCE_EACH, poll("m-1", "e-1"))) == ["granted"]
    assert said(handled(database, ONCE_EACH, from_elsewhere(poll("m-1", "e-1")))) == ["limit-reached"]


def from_elsewhere(item: InboundEvent) -> InboundEvent:
    event = item.event
    assert isinstance(event, Event)
    return InboundEvent(parse_event(event.text.replace('"/test"', '"/another-app"'), NOW), "test")


def test_who_becomes_known_later_is_judged_as_who_he_is(database: Database) -> None:
    """Vendure: a code is applied by nobody known; then it is one who had it: removed; a new one: kept."""
    first = handled(database, ONE_AND_ONE, poll("n-1", "e-1"), poll("n-2", "e-2"))
    assert (len(first.dead_letters), used(database)) == (2, {})
    handled(database, ONE_AND_ONE, imported("n-1"), imported("n-2"), poll("n-1", "e-0"))
    runner = EventRunner(database, lambda _: ONE_AND_ONE, lambda: NOW)
    again = runner.replay_dead_letters(first.dead_letters)
    assert sorted((r.event.member, *outcomes([r])) for r in again.rulings) == [
        ("n-1", "limit-reached"),
        ("n-2", "granted"),
    ]


def test_a_card_shows_only_what_its_holder_has_left(database: Database) -> None:
    """Vendure: logged in as one who has spent it: removed."""
    _, code = give_code(database, member="m-1")
    give_code(database, member="m-2")
    ring_up(database, asked(code))
    with database.write() as connection:
        cards = {member: issue_card_text(connection, KEY, member, DAY, NOON) for member in ("m-1", "m-2")}
    found = {
        member: refusal(ring_up, database, asked(card, f"card-{member}", rule_id="cake"))
        for member, card in cards.items()
    }
    assert found == {"m-1": "nothing_on_card", "m-2": "done"}


def test_taking_back_what_was_never_granted_changes_nothing(database: Database) -> None:
    """Medusa: to register or revert an unknown code is no error, and nothing changes."""
    handled(database, ONCE_EACH, poll("m-1", "e-1"))
    before = ledger(database)
    assert take_back(database, ReversalCriteria("no-such-rule")) == 0
    assert take_back(database, ReversalCriteria("once", decision="0" * 40)) == 0
    move = Move("redeem", "0" * 40, 100, "issued", "redeemed", "redeem/till/1", NOW.date())
    with database.write() as connection:
        (found,) = post_moves(connection, [move], NOW)
    assert isinstance(found, MoveRefused)
    assert found.short_code == "unknown"
    assert ledger(database) == before


def test_three_are_given_and_two_taken_back(database: Database) -> None:
    """Medusa: three of 300 registered, two reverted: used 300."""
    given = give(database, *(Wish(f"m-{n}", amount_fen=300, budget="spent") for n in range(3)))
    assert used(database) == {"budget/spent": 900}
    assert [take_back(database, ReversalCriteria("pack", decision=ruling.id)) for ruling in given[:2]] == [
        1,
        1,
    ]
    assert used(database) == {"budget/spent": 300}


def test_all_places_are_free_again_when_all_are_taken_back(database: Database) -> None:
    """Medusa: usage budget, all registrations reverted: used 0."""
    handled(database, THREE_IN_ALL, *(poll(f"m-{n}", f"e-{n}") for n in range(4)))
    assert take_back(database, ReversalCriteria("three")) == 3
    assert set(used(database).values()) == {0}
    again = handled(database, THREE_IN_ALL, *(poll(f"m-{n}", f"e-{n + 4}") for n in range(4)))
    assert said(again) == ["granted"] * 3 + ["quota-exhausted"]


@pytest.mark.parametrize("repetition", range(5))
def test_giving_and_taking_back_at_once_both_succeed(repetition: int, database: Database) -> None:
    """Medusa: 900 of 1000 used; 900 reverted and 100 registered at once: used exactly 100."""
    with database.write() as connection:
        set_budget(connection, "spent", 1_000, TREASURER)
    (given,) = give(database, Wish(amount_fen=900, budget="spent"))
    gate = threading.Barrier(2)

    def give_more() -> list[str]:
        gate.wait(30)
        return outcomes(give(database, Wish("m-2", amount_fen=100, budget="spent")))

    def take() -> int:
        gate.wait(30)
        return take_back(database, ReversalCriteria("pack", decision=given.id))

    with ThreadPoolExecutor(2) as pool:
        more, taken = pool.submit(give_more), pool.submit(take)
        assert (more.result(60), taken.result(60)) == (["granted"], 1)
    assert used(database) == {"budget/spent": 100}


def _at_once(database: Database, rules: RuleLibrary, items: list[InboundEvent]) -> list[str]:
    gate = threading.Barrier(len(items))

    def ask(item: InboundEvent) -> list[str]:
        gate.wait(30)
        return said(handled(database, rules, item))

    with ThreadPoolExecutor(len(items)) as pool:
        return [words for found in pool.map(ask, items) for words in found]
