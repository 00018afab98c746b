"""What a counter takes back: in parts, once for each request, to the fen."""

from dataclasses import replace
from datetime import timedelta

import pytest

from benefits import Officer, ReversalCriteria, apply_reversal
from store import Database
from tests.benefits.counters import (
    DAY,
    NOON,
    PACKS,
    THRICE,
    asked,
    assert_sound,
    give_code,
    refusal,
    ring_up,
    standing,
    take_back,
)


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


@pytest.mark.parametrize(
    ("wrong", "is_reusable"),
    [
        (ReversalCriteria("cake"), False),
        (ReversalCriteria("cake", version="0" * 64), False),
        (ReversalCriteria("cake", version="1" * 64), True),
        (ReversalCriteria("cake", since=DAY, until=DAY), False),
        (ReversalCriteria("cake", since=DAY + timedelta(days=1)), True),
        (ReversalCriteria("cake", until=DAY - timedelta(days=1)), True),
        (ReversalCriteria("cake", decision="d" * 40), True),
        (ReversalCriteria("pack"), True),
    ],
)
@pytest.mark.parametrize("amount", [None, 12_000])
def test_what_comes_back_after_a_reversal_of_its_rule_goes_to_the_budget(
    database: Database, wrong: ReversalCriteria, is_reusable: bool, amount: int | None
) -> None:
    """Whether all was used when the officer reversed, or a part: one that the reversal spares stays usable."""
    grant, code = give_code(database)
    for rule in ("cake", "pack"):  # something that each reversal finds
        give_code(database, rule=rule, member="m-2")
    done = ring_up(database, asked(code, amount=amount))
    with database.write() as connection:
        apply_reversal(connection, Officer("li.min", NOON, DAY, "发错"), wrong)
    assert take_back(database, done.id).reusable is is_reusable
    assert bool(standing(database, grant).issued) is is_reusable
    assert_sound(database)


def test_what_is_granted_anew_after_a_reversal_stays_usable(database: Database) -> None:
    with database.write() as connection:
        apply_reversal(
            connection, Officer("li.min", NOON - timedelta(hours=1), DAY, "发错"), ReversalCriteria("cake")
        )
    _, code = give_code(database)
    assert take_back(database, ring_up(database, asked(code)).id).reusable


def test_only_a_whole_refund_frees_a_use(till: Database) -> None:
    """The share of the next use stays as it was; what came back of a use before the last can be used after it."""
    _, code = give_code(till, THRICE)
    first = ring_up(till, asked(code, amount=8_000))
    take_back(till, first.id, amount=1)
    second = ring_up(till, asked(code, "r-2"))
    assert (second.amount, second.uses_left) == (6_000, 1)
    third = ring_up(till, asked(code, "r-3", amount=6_000))
    assert (third.left, third.uses_left) == (1, 1)
    assert ring_up(till, asked(code, "r-4")).uses_left == 0
    take_back(till, third.id, "b-2")
    assert ring_up(till, asked(code, "r-5", amount=5_999)).uses_left == 0
    assert_sound(till)
