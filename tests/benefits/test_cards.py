"""A member's card redeems without a code: each of its signs once, and only what the member has."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from benefits.vouchers.cards import issue_card_text
from store import Database
from tests.benefits.counters import (
    DAY,
    KEY,
    NOON,
    VOUCHER,
    asked,
    assert_sound,
    granted,
    refusal,
    ring_up,
)


def card_at(database: Database, at: datetime, member: str = "m-1") -> str:
    with database.write() as connection:
        return issue_card_text(connection, KEY, member, DAY, at)


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
    assert refusal(ring_up, till, asked(text, amount=1)) == "done", "the only rule needs no name"
    other = card_at(till, NOON, "m-2")
    assert refusal(ring_up, till, asked(other, "r-2", rule_id="cake")) == "nothing_on_card"


def test_another_databases_card_is_none_of_ours(till: Database) -> None:
    with till.write() as connection:
        granted(connection)
    strange = "Y1" + "2" * 25
    assert refusal(ring_up, till, asked(strange, rule_id="cake")) == "token_format"
