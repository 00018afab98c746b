"""Counters, alone and under a crowd."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import Connection, func, select, text

from benefits import set_budget, verify_ledger
from benefits.ledger.counting import AMPLE_ROOM_FACTOR, CounterRequests, UsageCounter
from benefits.tables.decisions import grants
from benefits.vouchers.merchants import (
    Merchant,
    RedemptionPlace,
    add_merchant,
    authenticate_merchant,
    issue_merchant_key,
    load_merchant,
    revoke_merchant_keys,
)
from events.retries import run_in_transaction
from store import Database, WriteConflict
from tests.benefits.counters import BAKERY, NOON, PLACE, asked, give_code, refusal, ring_up
from tests.benefits.polls import library, poll
from tests.benefits.test_races import enrol, run_items
from tests.crowds import at_once
from tests.tiers import ENDURES
from tests.transactions import read_in, write_in
from tools.servers.deciding import TREASURER, Wish, give, give_in, outcomes, used

SANATORIUM = RedemptionPlace(
    "st-1", "sanatorium", "members", frozenset({"pool"}), frozenset({"370202", "370200"})
)


@pytest.mark.parametrize(
    ("redeem_at", "place", "said"),
    [
        ({}, None, "done"),
        ({"kinds": ("sanatorium",)}, SANATORIUM, "done"),
        ({"kinds": ("sanatorium",)}, None, "place_unknown"),
        ({"kinds": ("childcare",)}, SANATORIUM, "wrong_place"),
        ({"stations": ("st-1", "st-2")}, SANATORIUM, "done"),
        ({"stations": ("st-2",)}, SANATORIUM, "wrong_place"),
        ({"districts": ("370200",)}, SANATORIUM, "done"),
        ({"districts": ("370300",)}, SANATORIUM, "wrong_place"),
        ({"access": ("public",)}, SANATORIUM, "wrong_place"),
        ({"facilities": ("pool",)}, SANATORIUM, "done"),
        ({"facilities": ("pool", "gym")}, SANATORIUM, "wrong_place"),
        ({"kinds": ("sanatorium",), "districts": ("370300",)}, SANATORIUM, "wrong_place"),
    ],
)
def test_it_is_redeemed_only_where_the_rule_says(
    till: Database, redeem_at: dict[str, tuple[str, ...]], place: RedemptionPlace | None, said: str
) -> None:
    _, code = give_code(till, replace(PLACE, redeem_at=redeem_at))
    assert refusal(ring_up, till, asked(code, place=place)) == said


def test_a_merchant_redeems_only_what_it_may(till: Database) -> None:
    _, code = give_code(till)
    narrow = Merchant("cinema", "影院", ("cinema-ticket",))
    write_in(till, add_merchant, narrow, NOON)
    assert refusal(ring_up, till, asked(code, merchant=narrow)) == "not_your_rule"


def test_a_merchants_key_is_shown_once_and_can_be_revoked(database: Database) -> None:
    with database.write() as connection:
        add_merchant(connection, BAKERY, NOON)
        one, two = (
            issue_merchant_key(connection, "bakery", NOON),
            issue_merchant_key(connection, "bakery", NOON),
        )
        assert authenticate_merchant(connection, one.text, NOON) == BAKERY
        revoke_merchant_keys(connection, one.key.id, NOON)
        for wrong in (one.text, two.text[:-1], "", "é", "bakery"):
            assert refusal(authenticate_merchant, connection, wrong, NOON) == "merchant"
        assert authenticate_merchant(connection, two.text, NOON) == BAKERY
        assert len(revoke_merchant_keys(connection, "bakery", NOON)) == 2
        assert refusal(authenticate_merchant, connection, two.text, NOON) == "merchant"
        assert refusal(revoke_merchant_keys, connection, "nobody", NOON) == "no_merchant"
        assert refusal(add_merchant, connection, BAKERY, NOON) == "merchant_there"
        assert refusal(add_merchant, connection, replace(BAKERY, id="Bäckerei"), NOON) == "merchant_name"
        assert refusal(load_merchant, connection, "\0") == "no_merchant"


QUOTA = (100, "2026")
KEY = "quota/pack/2026"


def wishes(number: int, begin: int = 0) -> list[Wish]:
    return [Wish(f"m-{n}", quota=QUOTA) for n in range(begin, begin + number)]


def _hold(connection: Connection, key: str) -> None:
    connection.execute(text("SELECT used FROM counters WHERE key = :key FOR UPDATE"), {"key": key})


def _patiently(connection: Connection) -> None:
    """Who waits for a row would wait for ever here: better an error."""
    connection.execute(text("SET LOCAL lock_timeout = '2s'"))


@pytest.mark.needs("postgres")
def test_who_is_refused_for_want_of_places_waits_for_nobody(postgres: Database) -> None:
    give(postgres, *wishes(100))
    with postgres.write() as holding:
        _hold(holding, KEY)
        with postgres.write() as connection:
            _patiently(connection)
            assert outcomes(give_in(connection, *wishes(3, 100))) == ["quota-exhausted"] * 3


@pytest.mark.needs("postgres")
def test_who_is_refused_by_a_budget_with_a_rest_too_small_waits_for_nobody(postgres: Database) -> None:
    write_in(postgres, set_budget, "cakes", 1_050, TREASURER)
    give(postgres, *[Wish(f"m-{n}", budget="cakes") for n in range(10)])
    with postgres.write() as holding:
        _hold(holding, "budget/cakes")
        with postgres.write() as connection:
            _patiently(connection)
            assert outcomes(give_in(connection, Wish("m-11", budget="cakes"))) == ["budget-exhausted"]


@pytest.mark.needs("postgres")
def test_places_that_were_taken_since_they_were_read_are_not_granted_twice(postgres: Database) -> None:
    """The first has admitted on what it read; the second is faster: only one of them may stand."""
    give(postgres, *wishes(1))
    tries = []

    def slow(connection: Connection) -> list[str]:
        tries.append(1)
        if len(tries) > 1:
            return outcomes(give_in(connection, *wishes(20, 200)))
        read = connection.execution_options()
        with ThreadPoolExecutor(1) as pool:
            rulings = _admit_then(read, lambda: pool.submit(give, postgres, *wishes(90, 10)).result(30))
        return outcomes(rulings)

    assert run_in_transaction(postgres, slow) == ["granted"] * 9 + ["quota-exhausted"] * 11
    assert len(tries) == 2
    assert used(postgres)[KEY] == 100
    assert read_in(postgres, verify_ledger).disagreements == ()


def _admit_then(connection: Connection, meanwhile):  # type: ignore[no-untyped-def]
    """As ``admit_and_record``, with something that happens after the counters were read."""
    from sqlalchemy import event

    done = []

    def after(_c, _cursor, statement, *_rest) -> None:  # type: ignore[no-untyped-def]
        if not done and "FROM counters" in statement:
            done.append(1)
            meanwhile()

    event.listen(connection, "after_cursor_execute", after)
    return give_in(connection, *wishes(20, 200))


@pytest.mark.needs("postgres")
def test_without_a_second_try_the_overtaken_are_told_and_nothing_of_it_has_happened(
    postgres: Database,
) -> None:
    give(postgres, *wishes(1))
    with (
        ThreadPoolExecutor(1) as pool,
        pytest.raises(WriteConflict),
        postgres.write() as connection,
    ):
        _admit_then(connection, lambda: pool.submit(give, postgres, *wishes(90, 10)).result(30))
    with postgres.read() as connection:
        assert connection.execute(select(func.count()).select_from(grants)).scalar_one() == 91
        assert verify_ledger(connection).disagreements == ()


@pytest.mark.parametrize(
    ("most", "least", "used_", "is_locked"),
    [
        (25, 1, 0, False),  # four times as much as may be taken: nobody can come so close meanwhile
        (26, 1, 0, True),
        (25, 1, 1, True),
        (1, 1, 96, False),
        (1, 1, 97, True),
        (500, 1, 99, True),
        (500, 1, 100, False),  # nothing is left: refused without a lock
    ],
)
def test_a_counter_is_locked_only_near_its_end(most: int, least: int, used_: int, is_locked: bool) -> None:
    assert AMPLE_ROOM_FACTOR == 4
    assert CounterRequests(most, least, {100}).needs_lock(UsageCounter(used_, None)) is is_locked
    assert CounterRequests(most, least).needs_lock(UsageCounter(used_, 100)) is is_locked


def test_rules_that_disagree_about_the_places_lock_them_and_what_nobody_limited_is_never_locked() -> None:
    assert CounterRequests(1, 1, {100, 200}).needs_lock(UsageCounter(100, None))
    assert not CounterRequests(10**9, 1).needs_lock(UsageCounter(10**9, None))


ROLLING = library(
    rolling="""
benefit: {kind: item, unit: 份}
limit: {times: 3, per: [event.poll], every: rolling 365 days}
"""
)


@pytest.mark.deeper
@pytest.mark.both_databases
def test_many_writers_leave_a_rolling_limit_whole(database: Database) -> None:
    """Who admits on the same slots takes the same slot: of two only one stands."""
    writers = 16 if ENDURES else 8
    enrol(database)
    handled = at_once(
        [
            lambda w=w: run_items(database, ROLLING, [poll(f"m-{w}", f"p-{w}-{n}") for n in range(3)])
            for w in range(writers)
        ]
    )
    assert handled == [3] * writers
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(grants)).scalar_one() == 3
        assert verify_ledger(connection).disagreements == ()
