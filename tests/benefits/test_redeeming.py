"""What is redeemed at a counter: once for each request, never more than there is, only where the rule says."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from benefits import Officer, verify
from benefits.acts import ActRefused
from benefits.cards import card_text
from benefits.merchants import (
    Merchant,
    add_merchant,
    admitted_merchant,
    make_key,
    merchant_of,
    revoke_keys,
)
from benefits.not_allowed import NotAllowed
from benefits.places import Place
from benefits.redeeming import usable
from benefits.refunds import void
from benefits.voucher_keys import VoucherKey, claim_voucher_key
from benefits.vouchers import hand_out, owned_by
from rules import Due
from store import Database
from tests.benefits.counters import (
    BAKERY,
    DAY,
    KEY,
    NOON,
    VOUCHER,
    asked,
    give_code,
    granted,
    refusal,
    ring_up,
    standing,
    take_back,
)

THRICE = replace(VOUCHER, uses=3)
PACKS = Due("item", "慰问品", 1_000, 3, "份", None)
POINTS = Due("points", "积分", 0, 500, "分", None)
PLACE = Due("place", "疗休养名额", 250_000, 1, "个", date(2026, 12, 31), redeem_at={"kinds": ("sanatorium",)})


def test_a_voucher_is_redeemed_whole_and_is_then_used_up(database: Database) -> None:
    grant, code = give_code(database)
    done = ring_up(database, asked(code))
    assert (done.amount, done.unit, done.left, done.uses_left) == (20_000, "fen", 0, 0)
    assert standing(database, grant).redeemed == 20_000
    assert refusal(ring_up, database, asked(code, "r-2")) == "used_up"
    assert_sound(database)


def test_the_same_request_gets_the_same_answer_and_nothing_happens(till: Database) -> None:
    _, code = give_code(till, THRICE)
    first = ring_up(till, asked(code, amount=500))
    ring_up(till, asked(code, "r-2", amount=700))
    again = ring_up(till, asked(code.lower(), amount=500))
    assert again == replace(first, already=True)


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
    with till.write() as connection:
        add_merchant(connection, cinema, NOON)
    ring_up(till, asked(code, amount=500))
    assert ring_up(till, asked(code, amount=500, merchant=cinema)).left == 19_000


def test_a_voucher_of_three_uses_is_used_three_times_and_its_last_use_takes_the_rest(
    till: Database,
) -> None:
    _, code = give_code(till, replace(THRICE, amount_fen=10_000))
    done = [ring_up(till, asked(code, f"r-{n}")) for n in range(3)]
    assert [(d.amount, d.uses_left) for d in done] == [(3_333, 2), (3_333, 1), (3_334, 0)]


def test_what_a_single_use_leaves_cant_be_used_again(till: Database) -> None:
    grant, code = give_code(till)
    assert ring_up(till, asked(code, amount=12_000)).left == 8_000
    assert refusal(ring_up, till, asked(code, "r-2", amount=100)) == "uses_up"
    assert standing(till, grant).issued == 8_000
    assert_sound(till)


@pytest.mark.parametrize("amount", [0, -1, 12.5, 2**63, True, "100"])
def test_an_amount_is_a_whole_number_above_zero(till: Database, amount: object) -> None:
    _, code = give_code(till)
    assert refusal(ring_up, till, asked(code, amount=amount)) == "amount"  # type: ignore[arg-type]


@pytest.mark.parametrize("amount", [20_001, 2**63 - 1])
def test_no_more_is_redeemed_than_there_is(till: Database, amount: int) -> None:
    _, code = give_code(till)
    assert refusal(ring_up, till, asked(code, amount=amount)) == "over_amount"


def test_a_code_is_refused_by_what_is_wrong_with_it(till: Database) -> None:
    _, code = give_code(till)
    wrong = ("3" if code[0] != "3" else "4") + code[1:]
    assert refusal(ring_up, till, asked(wrong)) == "mistyped"
    assert refusal(ring_up, till, asked(code[:-1])) == "code_length"
    other = VoucherKey(b"o" * 32)
    with till.write() as connection:
        stranger = hand_out(connection, other, granted(connection), DAY, NOON).code
    assert refusal(ring_up, till, asked(stranger or "")) == "unknown_code"


def test_it_can_be_used_on_its_last_day_and_not_after_it(till: Database) -> None:
    _, code = give_code(till, THRICE)
    last = datetime(2026, 5, 31, 15, 59, tzinfo=UTC)  # 23:59 in Shanghai
    ring_up(till, asked(code, at=last))
    assert refusal(ring_up, till, asked(code, "r-2", at=last + timedelta(minutes=1))) == "expired"


def test_a_clock_that_went_back_redeems_nothing_before_it_was_granted(till: Database) -> None:
    _, code = give_code(till)
    assert refusal(ring_up, till, asked(code, at=NOON - timedelta(days=1))) == "early"


def test_what_an_officer_voids_is_refused_and_goes_back_to_the_budget(database: Database) -> None:
    grant, code = give_code(database, THRICE)
    ring_up(database, asked(code, amount=500))
    officer = Officer("li.min", NOON, DAY, "面值印错")
    with database.write() as connection:
        assert void(connection, officer, grant).amount_fen == 19_500
    assert standing(database, grant).reversed == 19_500
    assert refusal(ring_up, database, asked(code, "r-2")) == "void"
    with database.write() as connection:
        assert refusal(void, connection, officer, grant) == "void"
        with pytest.raises(ActRefused):
            void(connection, replace(officer, reason=" "), grant)
    assert_sound(database)


def test_a_lost_code_is_replaced_and_the_old_one_refused(till: Database) -> None:
    grant, code = give_code(till)
    with till.write() as connection:
        new = hand_out(connection, KEY, grant, DAY, NOON, anew=True)
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


def test_cash_gets_no_code(till: Database) -> None:
    with till.write() as connection:
        grant = granted(connection, Due("cash", "慰问金", 100, 1, None, None))
        assert refusal(hand_out, connection, KEY, grant, DAY, NOON) == "no_code"


SANATORIUM = Place("st-1", "sanatorium", "members", frozenset({"pool"}), frozenset({"370202", "370200"}))


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
    till: Database, redeem_at: dict[str, tuple[str, ...]], place: Place | None, said: str
) -> None:
    _, code = give_code(till, replace(PLACE, redeem_at=redeem_at))
    assert refusal(ring_up, till, asked(code, place=place)) == said


def test_a_merchant_redeems_only_what_and_where_it_may(till: Database) -> None:
    _, code = give_code(till)
    narrow = Merchant("cinema", "影院", ("cinema-ticket",), ("st-9",))
    with till.write() as connection:
        add_merchant(connection, narrow, NOON)
    assert refusal(ring_up, till, asked(code, merchant=narrow)) == "not_your_rule"
    there = replace(narrow, rules=("cake",))
    assert refusal(ring_up, till, asked(code, merchant=there, place=SANATORIUM)) == "not_your_station"


def test_a_merchants_key_is_shown_once_and_can_be_revoked(database: Database) -> None:
    with database.write() as connection:
        add_merchant(connection, BAKERY, NOON)
        one, two = make_key(connection, "bakery", NOON), make_key(connection, "bakery", NOON)
        assert admitted_merchant(connection, one.text) == BAKERY
        revoke_keys(connection, one.key.id, NOON)
        for wrong in (one.text, two.text[:-1], "", "é", "bakery"):
            assert refusal(admitted_merchant, connection, wrong) == "merchant"
        assert admitted_merchant(connection, two.text) == BAKERY
        assert len(revoke_keys(connection, "bakery", NOON)) == 2
        assert refusal(admitted_merchant, connection, two.text) == "merchant"
        assert refusal(revoke_keys, connection, "nobody", NOON) == "no_merchant"
        assert refusal(add_merchant, connection, BAKERY, NOON) == "merchant_there"
        assert refusal(add_merchant, connection, replace(BAKERY, id="Bäckerei"), NOON) == "merchant_name"
        assert refusal(merchant_of, connection, "\0") == "no_merchant"


@pytest.mark.parametrize("request_key", ["", "x" * 81, "a\nb", "a\0b"])
def test_a_request_key_can_be_kept(till: Database, request_key: str) -> None:
    _, code = give_code(till)
    assert refusal(ring_up, till, asked(code, request_key)) == "request_key"


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


# --- cards


def card_at(database: Database, at: datetime, member: str = "m-1") -> str:
    with database.write() as connection:
        return card_text(connection, KEY, member, DAY, at)


def test_a_card_redeems_what_the_member_has_of_a_rule_without_a_code(till: Database) -> None:
    with till.write() as connection:
        grant = granted(connection)
    done = ring_up(till, asked(card_at(till, NOON), rule_id="cake"))
    assert done.grant_id == grant and done.amount == 20_000
    assert_sound(till)


def test_of_several_the_card_uses_what_ends_first_and_suffices(till: Database) -> None:
    with till.write() as connection:
        later = granted(connection, replace(VOUCHER, expires_on=date(2026, 7, 1)))
        small = granted(connection, replace(VOUCHER, expires_on=date(2026, 5, 2), amount_fen=100))
        sooner = granted(connection, replace(VOUCHER, expires_on=date(2026, 6, 1)))
    wish = asked(card_at(till, NOON), rule_id="cake", amount=5_000)
    assert ring_up(till, wish).grant_id == sooner
    assert later != small


def test_a_sign_counts_once_but_its_request_may_be_repeated_much_later(database: Database) -> None:
    with database.write() as connection:
        granted(connection), granted(connection)
    text = card_at(database, NOON)
    first = ring_up(database, asked(text, rule_id="cake"))
    assert refusal(ring_up, database, asked(text, "r-2", rule_id="cake")) == "token_used"
    assert refusal(ring_up, database, asked(text, "r-3", rule_id="cake", amount=7)) == "token_used"
    later = asked(text, rule_id="cake", at=NOON + timedelta(hours=1))
    assert ring_up(database, later) == replace(first, already=True)


@pytest.mark.parametrize(
    ("late_s", "said"), [(-31, "token_old"), (-1, "done"), (59, "done"), (60, "token_old")]
)
def test_a_sign_holds_for_its_step_and_one_before_and_after(till: Database, late_s: int, said: str) -> None:
    with till.write() as connection:
        granted(connection)
    wish = asked(card_at(till, NOON), rule_id="cake", at=NOON + timedelta(seconds=late_s))
    assert refusal(ring_up, till, wish) == said


def test_a_card_has_nothing_of_another_rule_or_member(till: Database) -> None:
    with till.write() as connection:
        granted(connection)
    text = card_at(till, NOON)
    assert refusal(ring_up, till, asked(text, rule_id="cinema")) == "nothing_on_card"
    assert refusal(ring_up, till, asked(text)) == "nothing_on_card"
    other = card_at(till, NOON, "m-2")
    assert refusal(ring_up, till, asked(other, rule_id="cake")) == "nothing_on_card"


def test_another_databases_card_is_none_of_ours(till: Database) -> None:
    with till.write() as connection:
        granted(connection)
    strange = "Y1" + "2" * 25
    assert refusal(ring_up, till, asked(strange, rule_id="cake")) == "token_format"


# --- what is shown and kept


def test_the_database_holds_no_code_and_the_member_sees_it_again(database: Database) -> None:
    _, code = give_code(database)
    ring_up(database, asked(code, amount=1_000))
    with database.read() as connection:
        (owned,) = owned_by(connection, KEY, "m-1") or [None]  # used up: a single use
        held = "\n".join(str(row) for table in _tables() for row in connection.execute(table.select()))
    assert owned is None
    assert code not in held and code[:12] not in held


def _tables() -> list[object]:
    from store import metadata

    return list(metadata.tables.values())


def test_a_member_sees_what_is_left_and_the_code(till: Database) -> None:
    grant, code = give_code(till, THRICE)
    ring_up(till, asked(code, amount=1_000))
    with till.read() as connection:
        (owned,) = owned_by(connection, KEY, "m-1")
        assert owned_by(connection, KEY, "m-2") == []
    assert owned.handed_out is not None
    assert (owned.grant_id, owned.left, owned.uses_left, owned.handed_out.code) == (grant, 19_000, 2, code)


def test_handing_out_again_gives_the_same_code_and_posts_nothing(till: Database) -> None:
    grant, code = give_code(till)
    with till.write() as connection:
        assert hand_out(connection, KEY, grant, DAY, NOON).code == code
    assert standing(till, grant).issued == 20_000


def test_another_key_is_refused_before_every_code_is_unknown(till: Database) -> None:
    with till.write() as connection:
        claim_voucher_key(connection, KEY)
        claim_voucher_key(connection, KEY)
        with pytest.raises(NotAllowed, match="another key"):
            claim_voucher_key(connection, VoucherKey(b"o" * 32))


def test_looking_a_code_up_changes_nothing(till: Database) -> None:
    grant, code = give_code(till)
    with till.read() as connection:
        assert usable(connection, KEY, asked(code)).left == 20_000
    assert standing(till, grant).issued == 20_000
    ring_up(till, asked(code))
    with till.read() as connection:
        assert refusal(usable, connection, KEY, asked(code)) == "used_up"


def assert_sound(database: Database) -> None:
    with database.read() as connection:
        assert verify(connection).disagreements == ()
