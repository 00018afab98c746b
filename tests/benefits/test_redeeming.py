"""What is redeemed at a counter, and what it takes back: once for each request, to the fen."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from benefits import Officer, ReversalCriteria, apply_reversal
from benefits.officers import ActRefused
from benefits.vouchers.codes import VoucherKey, register_voucher_key
from benefits.vouchers.issuing import issue_voucher_code, list_usable_benefits
from benefits.vouchers.merchants import Merchant, add_merchant
from benefits.vouchers.redemption import compute_redemption
from benefits.vouchers.refunds import void_grant_remainder
from core.faults import FaultError
from store import Database, metadata
from tests.benefits.counters import (
    DAY,
    KEY,
    NOON,
    PACKS,
    POINTS,
    THRICE,
    asked,
    assert_sound,
    give_code,
    granted,
    refusal,
    ring_up,
    standing,
    take_back,
)
from tests.transactions import read_in, write_in


@pytest.mark.parametrize("change", [{"amount": 501}, {"rule_id": "cake"}, {"code": "other"}])
def test_a_request_key_with_another_body_is_refused(till: Database, change: dict[str, object]) -> None:
    _, code = give_code(till, THRICE)
    _, other = give_code(till, THRICE)
    ring_up(till, asked(code, amount=500))
    change = {"code": other} if "code" in change else change
    assert refusal(ring_up, till, replace(asked(code, amount=500), **change)) == "request_reused"


def test_two_merchants_may_use_the_same_request_key(till: Database) -> None:
    _, code = give_code(till, THRICE)
    cinema = Merchant("cinema", "影院")
    write_in(till, add_merchant, cinema, NOON)
    ring_up(till, asked(code, amount=500))
    assert ring_up(till, asked(code, amount=500, merchant=cinema)).left == 19_000


def test_a_voucher_of_three_uses_is_used_three_times_and_its_last_use_takes_the_rest(
    till: Database,
) -> None:
    _, code = give_code(till, replace(THRICE, amount_fen=10_000))
    done = [ring_up(till, asked(code, f"r-{n}")) for n in range(3)]
    assert [(d.amount, d.uses_left) for d in done] == [(3_333, 2), (3_333, 1), (3_334, 0)]


def test_a_code_of_another_key_is_unknown(till: Database) -> None:
    other = VoucherKey(b"o" * 32)
    with till.write() as connection:
        stranger = issue_voucher_code(connection, other, granted(connection), DAY, NOON).code
    assert refusal(ring_up, till, asked(stranger or "")) == "unknown_code"


def test_it_can_be_used_on_its_last_day_and_not_after_it(till: Database) -> None:
    _, code = give_code(till, THRICE)
    last = datetime(2026, 5, 31, 15, 59, tzinfo=UTC)  # 23:59 in Shanghai
    ring_up(till, asked(code, at=last))
    assert refusal(ring_up, till, asked(code, "r-2", at=last + timedelta(minutes=1))) == "expired"


def test_what_an_officer_voids_is_refused_and_goes_back_to_the_budget(database: Database) -> None:
    grant, code = give_code(database, THRICE)
    ring_up(database, asked(code, amount=500))
    officer = Officer("li.min", NOON, DAY, "面值印错")
    assert write_in(database, void_grant_remainder, officer, grant).amount_fen == 19_500
    assert standing(database, grant).reversed == 19_500
    assert refusal(ring_up, database, asked(code, "r-2")) == "void"
    with database.write() as connection:
        assert refusal(void_grant_remainder, connection, officer, grant) == "void"
        with pytest.raises(ActRefused):
            void_grant_remainder(connection, replace(officer, reason=" "), grant)
    assert_sound(database)


def test_a_lost_code_is_replaced_and_the_old_one_refused(till: Database) -> None:
    grant, code = give_code(till)
    new = write_in(till, issue_voucher_code, KEY, grant, DAY, NOON, anew=True)
    assert new.number == 2 and new.code != code
    assert refusal(ring_up, till, asked(code)) == "withdrawn"
    assert ring_up(till, asked(new.code or "")).amount == 20_000


def test_things_are_redeemed_by_the_piece_and_their_worth_goes_with_them_to_the_fen(
    database: Database,
) -> None:
    grant, code = give_code(database, PACKS)
    done = [ring_up(database, asked(code, f"r-{n}")) for n in range(3)]
    assert [d.amount for d in done] == [1, 1, 1]
    assert sum(d.worth_fen for d in done) == 1_000 and all(d.worth_fen >= 333 for d in done)
    assert standing(database, grant, "份").redeemed == 3
    assert refusal(ring_up, database, asked(code, "r-4")) == "used_up"
    assert_sound(database)


def test_points_are_used_in_any_amount_which_must_be_named(till: Database) -> None:
    _, code = give_code(till, POINTS)
    assert ring_up(till, asked(code, amount=120)).left == 380
    assert refusal(ring_up, till, asked(code, "r-2")) == "amount_missing"
    assert refusal(ring_up, till, asked(code, "r-3", amount=381)) == "over_amount"


@pytest.mark.parametrize("request_key", ["", "x" * 81, "a\nb", "a\0b"])
def test_a_request_key_can_be_kept(till: Database, request_key: str) -> None:
    _, code = give_code(till)
    assert refusal(ring_up, till, asked(code, request_key)) == "request_key"


def test_the_database_holds_no_code_and_the_member_sees_it_again(database: Database) -> None:
    _, code = give_code(database)
    ring_up(database, asked(code, amount=1_000))
    with database.read() as connection:
        (owned,) = list_usable_benefits(connection, KEY, "m-1") or [None]  # used up: a single use
        held = "\n".join(
            str(row) for table in metadata.tables.values() for row in connection.execute(table.select())
        )
    assert owned is None
    assert code not in held and code[:12] not in held


def test_a_member_sees_what_is_left_and_the_code(till: Database) -> None:
    grant, code = give_code(till, THRICE)
    ring_up(till, asked(code, amount=1_000))
    with till.read() as connection:
        (owned,) = list_usable_benefits(connection, KEY, "m-1")
        assert list_usable_benefits(connection, KEY, "m-2") == []
    assert owned.issued_code is not None
    assert (owned.grant_id, owned.left, owned.uses_left, owned.issued_code.code) == (grant, 19_000, 2, code)


def test_another_key_is_refused_before_every_code_is_unknown(till: Database) -> None:
    with till.write() as connection:
        register_voucher_key(connection, KEY)
        register_voucher_key(connection, KEY)
        with pytest.raises(FaultError, match="another key"):
            register_voucher_key(connection, VoucherKey(b"o" * 32))


def test_looking_a_code_up_changes_nothing(till: Database) -> None:
    grant, code = give_code(till)
    assert read_in(till, compute_redemption, KEY, asked(code)).left == 20_000
    assert standing(till, grant).issued == 20_000
    ring_up(till, asked(code))
    with till.read() as connection:
        assert refusal(compute_redemption, connection, KEY, asked(code)) == "used_up"


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
    write_in(database, apply_reversal, Officer("li.min", NOON, DAY, "发错"), wrong)
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
