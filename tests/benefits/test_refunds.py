"""What a counter takes back: in parts, once for each request, to the fen."""

from dataclasses import replace

import pytest

from store import Database
from tests.benefits.counters import (
    PACKS,
    asked,
    assert_sound,
    give_code,
    refusal,
    ring_up,
    standing,
    take_back,
)


def test_parts_of_a_redemption_are_refunded_never_more_than_the_whole(till: Database) -> None:
    grant, code = give_code(till)
    done = ring_up(till, asked(code))
    assert take_back(till, done.id, "b-1", amount=5_000).left == 15_000
    assert refusal(take_back, till, done.id, "b-2", amount=15_001) == "over_redeemed"
    assert take_back(till, done.id, "b-3").amount == 15_000
    assert refusal(take_back, till, done.id, "b-4") == "over_redeemed"
    assert standing(till, grant).issued == 20_000
    assert_sound(till)


def test_a_refund_is_done_once_for_each_request(database: Database) -> None:
    grant, code = give_code(database)
    done = ring_up(database, asked(code))
    first = take_back(database, done.id, amount=5_000)
    assert take_back(database, done.id, amount=5_000) == replace(first, already=True)
    assert standing(database, grant).issued == 5_000
    assert refusal(take_back, database, done.id, amount=5_001) == "request_reused"
    assert refusal(take_back, database, done.id, amount=5_000, reusable=False) == "request_reused"


@pytest.mark.parametrize("amount", [0, -5, 1.5, 2**63, True])
def test_a_refund_is_a_whole_number_above_zero(till: Database, amount: object) -> None:
    _, code = give_code(till)
    done = ring_up(till, asked(code))
    assert refusal(take_back, till, done.id, amount=amount) == "amount"


def test_only_the_merchant_that_redeemed_refunds(till: Database) -> None:
    _, code = give_code(till)
    done = ring_up(till, asked(code))
    assert refusal(take_back, till, done.id, merchant_id="cinema") == "no_redemption"
    assert refusal(take_back, till, "no such\0") == "no_redemption"


def test_refunded_things_bring_back_their_worth_to_the_fen(database: Database) -> None:
    grant, code = give_code(database, PACKS)
    done = ring_up(database, asked(code, amount=3))
    back = [take_back(database, done.id, f"b-{n}", amount=1) for n in range(3)]
    assert sum(b.worth_fen for b in back) == 1_000
    assert (standing(database, grant, "份").issued, standing(database, grant).issued) == (3, 1_000)
    assert ring_up(database, asked(code, "r-2", amount=2)).worth_fen == 667
    assert_sound(database)
