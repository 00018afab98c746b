"""A signed card redeems: the only fitting benefit, or the one that the merchant names; each token once."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benefits.vouchers.batches import OfflineBatch, accept_offline_batch
from benefits.vouchers.cards import CardQuery, list_card_grants
from benefits.vouchers.redemption import compute_redemption
from members import CardActor, block_card, build_token_text
from store import Database
from tests.benefits.counters import (
    BAKERY,
    DAY,
    KEY,
    NOON,
    SIGNING,
    STRANGE,
    THING_AT_STATION,
    THRICE,
    VOUCHER,
    asked,
    assert_sound,
    granted,
    refusal,
    ring_up,
    set_status,
    show_card,
)
from tests.tiers import budget
from tests.transactions import read_in, write_in


@pytest.fixture
def shop(database: Database) -> Database:
    """A member with one voucher for a cake, at the bakery."""
    set_status(database, "active", NOON - timedelta(days=90))
    write_in(database, granted, VOUCHER)
    return database


def test_of_several_the_card_uses_what_ends_first_and_suffices(database: Database) -> None:
    set_status(database, "active", NOON - timedelta(days=90))
    with database.write() as connection:
        later = granted(connection, replace(VOUCHER, expires_on=date(2026, 7, 1)))
        small = granted(connection, replace(VOUCHER, expires_on=date(2026, 5, 2), amount_fen=100))
        sooner = granted(connection, replace(VOUCHER, expires_on=date(2026, 6, 1)))
    wish = asked(show_card(database), rule_id="cake", amount=5_000)
    assert ring_up(database, wish).grant_id == sooner
    assert later != small


def test_another_members_card_has_nothing_of_it(shop: Database) -> None:
    set_status(shop, "active", NOON - timedelta(days=90), "m-2")
    wish = asked(show_card(shop, member="m-2"), rule_id="cake")
    assert refusal(ring_up, shop, wish) == "nothing_on_card"


def test_a_token_counts_once_and_its_request_may_be_repeated_later(shop: Database) -> None:
    write_in(shop, granted, THRICE)
    text = show_card(shop)
    first = ring_up(shop, asked(text, amount=100))
    assert refusal(ring_up, shop, asked(text, "r-2", amount=100)) == "token_used"
    assert refusal(ring_up, shop, asked(text, "r-2", amount=100, rule_id="cake")) == "token_used"
    again = asked(text, amount=100, at=NOON + timedelta(hours=3))
    assert ring_up(shop, again) == replace(first, already=True)
    later = NOON + timedelta(minutes=1)
    assert ring_up(shop, asked(show_card(shop, later), "r-3", amount=1, at=later)).amount == 1
    assert_sound(shop)


@pytest.mark.parametrize(
    ("late_s", "said"), [(-61, "wrong_clock"), (-60, "done"), (120, "done"), (121, "screenshot")]
)
def test_a_token_redeems_for_two_minutes(shop: Database, late_s: int, said: str) -> None:
    wish = asked(show_card(shop), at=NOON + timedelta(seconds=late_s))
    assert refusal(ring_up, shop, wish) == said


def test_forged_foreign_blocked_and_left_are_refused_and_change_nothing(shop: Database) -> None:
    text = show_card(shop)
    assert refusal(ring_up, shop, asked(show_card(shop, key=STRANGE))) == "foreign_key"
    forged = build_token_text("card", SIGNING.id, "1" * 12, NOON, STRANGE.sign)
    assert refusal(ring_up, shop, asked(forged)) == "forged"
    unknown = build_token_text("card", SIGNING.id, "1" * 12, NOON, SIGNING.sign)
    assert refusal(ring_up, shop, asked(unknown)) == "unknown_card"
    set_status(shop, "suspended", NOON - timedelta(days=2))
    assert refusal(ring_up, shop, asked(text)) == "member_suspended"
    set_status(shop, "left", NOON - timedelta(days=1))
    assert refusal(ring_up, shop, asked(text)) == "member_left"
    set_status(shop, "active", NOON - timedelta(hours=1))
    write_in(shop, block_card, "m-1", CardActor(NOON, "li.min", "丢失"))
    assert refusal(ring_up, shop, asked(text)) == "card_blocked"
    assert_sound(shop)


def test_an_offline_use_is_judged_by_its_own_time(shop: Database) -> None:
    text, at = show_card(shop), NOON + timedelta(seconds=30)
    write_in(shop, block_card, "m-1", CardActor(NOON + timedelta(hours=1), "li.min", "丢失"))
    lines = (
        asked(text, "late", at=NOON + timedelta(minutes=3)),
        asked(text, "good", at=at),
        asked(text, "twice", at=at + timedelta(seconds=1)),
        asked(text.lower(), "small", at=at + timedelta(seconds=2)),
    )
    batch = OfflineBatch(BAKERY, "1", lines, (1, 2, 3, 4))
    received = NOON + timedelta(days=2)
    with shop.write() as connection:
        done = accept_offline_batch(connection, KEY, batch, date(2026, 5, 3), received)
        again = accept_offline_batch(connection, KEY, batch, date(2026, 5, 3), received)
    assert [(line.request_key, line.outcome) for line in done.lines] == [
        ("late", "refused"),
        ("good", "accepted"),
        ("twice", "refused"),
        ("small", "refused"),
    ]
    assert done.lines[0].fault.code == "signed_token.screenshot"
    assert again.already and again.lines == done.lines
    assert_sound(shop)


def test_looking_first_writes_nothing_and_says_what_redeeming_would(shop: Database) -> None:
    text, before = show_card(shop), shop.writes
    with shop.read() as connection:
        seen = compute_redemption(connection, KEY, asked(text))
        (listed,) = list_card_grants(connection, "m-1", CardQuery(BAKERY, DAY))
    assert shop.writes == before and (seen.rule_id, seen.left) == (listed.rule_id, listed.left)
    assert ring_up(shop, asked(text)).grant_id == listed.grant_id == seen.grant_id
    assert read_in(shop, list_card_grants, "m-1", CardQuery(BAKERY, DAY)) == []


_DUES = st.lists(
    st.tuples(
        st.sampled_from(["cake", "cinema", "tea"]),
        st.sampled_from([None, date(2026, 4, 30), DAY, date(2026, 6, 1)]),
        st.booleans(),
    ),
    max_size=5,
)


@pytest.mark.deeper
@settings(max_examples=budget(25), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(_DUES, st.sets(st.sampled_from(["cake", "cinema"])), st.sampled_from([None, "cake", "tea"]))
def test_the_choice_equals_a_slow_search(
    database: Database, dues: list[tuple[str, date | None, bool]], rules: set[str], named: str | None
) -> None:
    """The oracle looks at each grant by itself: ended, bound to a place, not this merchant's."""
    member = f"m-{datetime.now(UTC).timestamp()}-{len(dues)}"
    set_status(database, "active", NOON - timedelta(days=90), member)
    merchant = replace(BAKERY, rules=tuple(sorted(rules)))
    fitting = []
    with database.write() as connection:
        for rule, ends, bound in dues:
            due = replace(VOUCHER, expires_on=ends, redeem_at=THING_AT_STATION.redeem_at if bound else {})
            grant = granted(connection, due, member=member, rule=rule, on=date(2026, 4, 1))
            if (ends is None or ends >= DAY) and not bound and (not rules or rule in rules):
                fitting.append((ends or date.max, grant, rule))
        query = CardQuery(merchant, DAY)
        listed = list_card_grants(connection, member, query)
        assert {one.grant_id for one in listed} == {grant for _, grant, _ in fitting}
    wish = asked(show_card(database, member=member), f"r-{member}", merchant=merchant, amount=1)
    kinds = {rule for _, _, rule in fitting}
    if named is None:
        expected = "nothing_here" if not kinds else "several_on_card" if len(kinds) > 1 else "done"
        assert refusal(ring_up, database, wish) == expected
    elif named in kinds and not any(bound for rule, _, bound in dues if rule == named):
        best = min((ends, grant) for ends, grant, rule in fitting if rule == named)
        assert ring_up(database, replace(wish, rule_id=named)).grant_id == best[1]
    elif named not in {rule for rule, _, _ in dues}:
        assert refusal(ring_up, database, replace(wish, rule_id=named)) == "nothing_on_card"
