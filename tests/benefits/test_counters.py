"""Where and by whom something may be redeemed: the rule's places, the merchant's."""

from dataclasses import replace

import pytest

from benefits.vouchers.merchants import (
    Merchant,
    RedemptionPlace,
    add_merchant,
    authenticate_merchant,
    issue_merchant_key,
    load_merchant,
    revoke_merchant_keys,
)
from store import Database
from tests.benefits.counters import (
    BAKERY,
    NOON,
    PLACE,
    asked,
    give_code,
    refusal,
    ring_up,
)

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
