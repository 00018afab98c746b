"""Many tills at once: one voucher is used once, one amount is spent once, and nobody is lost."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pytest

from benefits.lifecycle.expiry import expire_due_grants
from benefits.model.faults import MoveRefused
from benefits.vouchers.redemption import RedemptionRequest, redeem_grant
from benefits.vouchers.refunds import RefundRequest, refund_grant
from events.retries import run_in_transaction
from store import Database
from tests.benefits.counters import (
    DAY,
    KEY,
    NOON,
    VOUCHER,
    asked,
    assert_sound,
    give_code,
    granted,
    ring_up,
    set_status,
    show_card,
    standing,
)
from tests.crowds import at_once
from tests.tiers import ENDURES

pytestmark = pytest.mark.deeper
WRITERS = 16 if ENDURES else 8


def outcomes_at_once(works: Sequence[Callable[[], object]]) -> Counter[str]:
    """What came of works that were let go at the same moment, counted."""

    def run(work: Callable[[], object]) -> str:
        try:
            work()
        except MoveRefused as error:
            return error.short_code
        return "done"

    return Counter(at_once([partial(run, work) for work in works]))


def till(database: Database, wish: RedemptionRequest) -> Callable[[], object]:
    return lambda: run_in_transaction(database, lambda connection: redeem_grant(connection, KEY, wish, NOON))


@pytest.mark.both_databases
def test_many_tills_use_a_single_voucher_once(database: Database) -> None:
    grant, code = give_code(database)
    said = outcomes_at_once([till(database, asked(code, f"r-{n}", 1_000)) for n in range(WRITERS)])
    assert said == {"done": 1, "uses_up": WRITERS - 1}
    assert standing(database, grant).redeemed == 1_000
    assert_sound(database)


def test_one_sign_of_a_card_counts_once_though_the_member_has_several_vouchers(database: Database) -> None:
    with database.write() as connection:
        for _ in range(WRITERS):
            granted(connection, replace(VOUCHER, uses=2))
    set_status(database, "active", NOON - timedelta(days=90))
    text = show_card(database)
    wishes = [asked(text, f"r-{n}", 20_000 if n % 2 else 1, rule_id="cake") for n in range(WRITERS)]
    assert outcomes_at_once([till(database, wish) for wish in wishes]) == {
        "done": 1,
        "token_used": WRITERS - 1,
    }
    assert_sound(database)


def test_refunds_at_once_never_take_back_more_than_was_redeemed(database: Database) -> None:
    grant, code = give_code(database)
    done = ring_up(database, asked(code))

    def back(number: int) -> Callable[[], object]:
        wish = RefundRequest("bakery", f"b-{number}", done.id, DAY, 3_000, reusable=number % 2 == 0)
        return lambda: run_in_transaction(database, lambda connection: refund_grant(connection, wish, NOON))

    said = outcomes_at_once([back(number) for number in range(WRITERS)])
    assert said == {"done": 6, "over_redeemed": WRITERS - 6}
    assert standing(database, grant).redeemed == 2_000
    assert_sound(database)


def test_a_refund_and_a_redemption_at_once_both_count(database: Database) -> None:
    """900 of 1000 are used; 900 brought back and 100 used at once: 100 are used."""
    grant, code = give_code(database, replace(VOUCHER, uses=5, amount_fen=1_000))
    before = ring_up(database, asked(code, "r-1", 900))

    def back() -> object:
        wish = RefundRequest("bakery", "b", before.id, DAY)
        return run_in_transaction(database, lambda connection: refund_grant(connection, wish, NOON))

    assert outcomes_at_once([back, till(database, asked(code, "r-2", 100))]) == {"done": 2}
    assert standing(database, grant).redeemed == 100
    assert_sound(database)


def test_ending_and_redeeming_at_once_lose_and_double_nothing(database: Database) -> None:
    last = date(2026, 5, 31)
    pairs = [give_code(database, replace(VOUCHER, uses=2)) for _ in range(8)]
    after = last + timedelta(days=8)

    def end() -> object:
        return run_in_transaction(
            database, lambda connection: expire_due_grants(connection, after, NOON, most=3)
        )

    tills = [till(database, asked(code, f"r-{n}")) for n, (_, code) in enumerate(pairs)]
    outcomes_at_once([*tills, *([end] * 8)])
    for grant, _ in pairs:
        at = standing(database, grant)
        assert at.redeemed + at.expired == 20_000 and at.redeemed in (0, 10_000)
    assert_sound(database)
