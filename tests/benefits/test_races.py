"""Many at once for the last places: exactly as many are granted as there are, and nobody is lost."""

import random
import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, select

from benefits import BudgetBelowPromises, set_budget, store_explanation_forms, verify_ledger
from benefits.tables.decisions import decisions, grants
from events import EventRunner, InboundEvent, process_batch
from events.retries import run_in_transaction
from rules import RuleLibrary
from store import Database, DatabaseLocked
from tests.benefits.polls import NOW, imported, library, poll
from tests.crowds import at_once
from tests.tiers import ENDURES, budget
from tests.transactions import read_in, write_in
from tools.servers.deciding import TREASURER, Wish, give_in, outcomes, used
from tools.servers.postgres import until_somebody_waits

pytestmark = pytest.mark.deeper
CROWD, PLACES, SLOTS_FOR_ALL = (32, 12, 7) if ENDURES else (8, 5, 3)

QUOTA = library(
    quota=f"""
benefit: {{kind: voucher, amount_fen: 500}}
limit: {{times: 1, per: [member], every: once}}
allocate: {{mode: first_come, quota: {PLACES}}}
"""
)
BUDGET = library(
    budget="""
benefit: {kind: cash, amount_fen: 700}
limit: {times: 1, per: [member], every: once}
budget: shared
"""
)
SLOTS = library(
    slots=f"""
benefit: {{kind: item, unit: 份}}
limit: {{times: {SLOTS_FOR_ALL}, per: [event.poll], every: rule_lifetime}}
"""
)
CAP = library(
    cap_one="benefit: {kind: cash, amount_fen: 300}\ncaps: [goods]",
    cap_two="benefit: {kind: voucher, amount_fen: 300}\ncaps: [goods]",
)
_SHARED = (
    "benefit: {kind: cash, amount_fen: 300}\nlimit: {times: 3, per: [member], every: month, shared: 慰问}"
)
BOTH = library(shared_one=_SHARED, shared_two=_SHARED)
MEMBERS = [f"m-{number}" for number in range(CROWD)]
BOUNDS = {
    "a quota": (QUOTA, PLACES),
    "a budget that has room for as many and some fen more": (BUDGET, PLACES),
    "slots for all together": (SLOTS, SLOTS_FOR_ALL),
}


def enrol(database: Database) -> None:
    with database.write() as connection:
        process_batch([imported(member) for member in MEMBERS], connection, QUOTA, NOW)
        set_budget(connection, "shared", 700 * PLACES + 600, TREASURER)


def run_items(database: Database, rules: RuleLibrary, items: Sequence[InboundEvent]) -> int:
    """How many events a runner of its own handled."""
    return sum(
        outcomes.handled for outcomes in EventRunner(database, lambda _: rules, lambda: NOW).run_events(items)
    )


def handle_once(database: Database, items: Sequence[InboundEvent]) -> int:
    with database.write() as connection:
        return process_batch(items, connection, QUOTA, NOW).handled


def assert_granted(database: Database, number: int, of: int) -> None:
    with database.read() as connection:
        assert len(connection.execute(select(grants)).all()) == number
        assert len(connection.execute(select(decisions)).all()) == of
        assert verify_ledger(connection).disagreements == ()


@pytest.mark.both_databases
@pytest.mark.parametrize("name", BOUNDS)
def test_a_crowd_for_the_last_places(name: str, database: Database) -> None:
    """Each in a thread of its own; separate processes race in `make bench-long`."""
    rules, places = BOUNDS[name]
    enrol(database)
    members = random.Random(1).sample(MEMBERS, CROWD)
    works = [
        lambda member=member: run_items(database, rules, [poll(member, f"p-{member}")]) for member in members
    ]
    assert at_once(works) == [1] * CROWD
    assert_granted(database, places, of=CROWD)


def test_two_rules_at_once_never_pass_a_members_cap(database: Database) -> None:
    """1000 fen a year: three times 300, whoever asks and however many at once."""
    enrol(database)
    at_once([lambda n=n: run_items(database, CAP, [poll("m-1", f"p-{n}")]) for n in range(16)])
    assert_granted(database, 3, of=32)
    assert used(database)["cap/goods/2026/m-1"] == 900


@pytest.mark.both_databases
def test_two_rules_at_once_never_pass_the_limit_that_they_share(database: Database) -> None:
    enrol(database)
    at_once([lambda n=n: run_items(database, BOTH, [poll("m-1", f"p-{n}")]) for n in range(16)])
    assert_granted(database, 3, of=32)


def test_whoever_verifies_meanwhile_sees_a_sound_ledger(database: Database) -> None:
    """All of its queries look at one moment."""
    enrol(database)
    done = threading.Event()
    seen: list[int] = []

    def look() -> None:
        while not done.is_set():
            found = read_in(database, verify_ledger)
            assert found.disagreements == ()
            seen.append(found.grants)

    def spend() -> None:
        for member in MEMBERS[:PLACES]:
            run_items(database, BUDGET, [poll(member, f"p-{member}-{n}") for n in range(5)])
        done.set()

    at_once([look, spend])
    assert seen == sorted(seen)
    assert_granted(database, PLACES, of=5 * PLACES)


def test_the_same_event_from_many_sides_is_handled_once(database: Database) -> None:
    """In batches of another order each."""
    enrol(database)
    items = [poll(member, f"p-{member}-{n}") for member in MEMBERS for n in range(3)]
    batches = [random.Random(seed).sample(items, len(items)) for seed in range(8)]
    handled = at_once([lambda batch=batch: handle_once(database, batch) for batch in batches])
    assert Counter(handled) == {0: 7, len(items): 1}
    assert_granted(database, PLACES, of=len(items))


@pytest.mark.both_databases
def test_writers_with_the_same_counters_in_opposite_order_do_not_wait_for_each_other(
    database: Database,
) -> None:
    """Without a second try: a deadlock would be an error here."""
    names, rounds = [f"r-{number}" for number in range(12)], budget(12)

    def work(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(rounds):
            wishes = [
                Wish(
                    f"m-{seed}-{chance.random()}",
                    rule,
                    budget=f"b-{rule}",
                    quota=(10**6, chance.choice("xyz")),
                )
                for rule in chance.sample(names, 6)
            ]
            write_in(database, give_in, *wishes)

    at_once([lambda seed=seed: work(seed) for seed in range(8)])
    assert_granted(database, 8 * rounds * 6, of=8 * rounds * 6)
    assert sum(n for key, n in used(database).items() if key.startswith("quota/")) == 8 * rounds * 6


def test_a_budget_that_is_lowered_while_it_is_spent_is_never_overspent(database: Database) -> None:
    enrol(database)
    crowd = MEMBERS[: PLACES + 3]
    spend = [lambda m=m: run_items(database, BUDGET, [poll(m, f"p-{m}")]) for m in crowd]
    *_, lowered = at_once([*spend, lambda: _set_or_refused(database, "shared", 700 * 3)])
    assert_granted(database, 3 if lowered else PLACES, of=len(crowd))


def test_a_budget_that_is_new_to_both_is_set_and_spent_without_an_error(database: Database) -> None:
    for n in range(budget(10)):
        works = [
            lambda n=n: run_in_transaction(
                database, lambda c: give_in(c, Wish(amount_fen=700, budget=f"new-{n}"))
            ),
            lambda n=n: _set_or_refused(database, f"new-{n}", 500),
        ]
        (given,), wanted = at_once(works)
        assert outcomes([given]) == (["budget-exhausted"] if wanted else ["granted"])


def _set_or_refused(database: Database, budget: str, fen: int) -> bool:
    try:
        write_in(database, set_budget, budget, fen, TREASURER)
    except BudgetBelowPromises:
        return False
    return True


@pytest.mark.needs("postgres")
@pytest.mark.parametrize("order", [slice(None), slice(None, None, -1)], ids=["forwards", "backwards"])
def test_a_batch_takes_its_events_in_the_order_of_their_ids_whatever_its_own(
    postgres: Database, order: slice
) -> None:
    """Else it would hold the second event while it waits for the first: a deadlock with its neighbour."""
    enrol(postgres)
    first, second = poll("m-1", "p-1"), poll("m-2", "p-2")
    with ThreadPoolExecutor(1) as pool:
        with postgres.write() as connection:
            assert process_batch([first], connection, QUOTA, NOW).handled == 1
            later = pool.submit(handle_once, postgres, [first, second][order])
            until_somebody_waits(postgres)
            assert process_batch([second], connection, QUOTA, NOW).handled == 1
        assert later.result(30) == 0


SHARED = ("event.poll=y", "lifetime", 2)


def _know_the_words(database: Database) -> None:
    """Store the words of explanations: a second writer of new ones would wait there already."""
    write_in(database, store_explanation_forms, [Wish().decided()[1]])


@pytest.mark.needs("postgres")
def test_who_comes_second_to_a_slot_is_done_again_on_what_the_first_one_left(postgres: Database) -> None:
    tries = []

    def second(connection: Connection) -> list[str]:
        tries.append(1)
        return outcomes(give_in(connection, Wish("m-2", limit=SHARED), Wish("m-3", limit=SHARED)))

    _know_the_words(postgres)
    with ThreadPoolExecutor(1) as pool:
        with postgres.write() as connection:
            assert outcomes(give_in(connection, Wish("m-1", limit=SHARED))) == ["granted"]
            later = pool.submit(run_in_transaction, postgres, second)
            until_somebody_waits(postgres)
        assert later.result(30) == ["granted", "limit-reached"]
    assert len(tries) == 2
    assert_granted(postgres, 2, of=3)


@pytest.mark.needs("postgres")
def test_after_its_last_try_a_batch_is_told_to_wait_and_nothing_of_it_has_happened(
    postgres: Database,
) -> None:
    _know_the_words(postgres)
    with ThreadPoolExecutor(1) as pool:
        with postgres.write() as connection:
            give_in(connection, Wish("m-1", limit=SHARED))
            later = pool.submit(
                run_in_transaction, postgres, lambda c: give_in(c, Wish("m-2", limit=SHARED)), tries=1
            )
            until_somebody_waits(postgres)
        with pytest.raises(DatabaseLocked):
            later.result(30)
    assert_granted(postgres, 1, of=1)
