"""Cards: numbers, and their life."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.faults import FaultError
from events.retries import run_in_transaction
from members import (
    MemberChange,
    erase_member,
    has_personal_number,
    record_member_changes,
    scrub_personal_numbers,
)
from members.cards.life import (
    CARD_FOLD,
    CardActor,
    block_card,
    current_card,
    find_card,
    issue_card,
    list_card_acts,
    list_cards,
    replace_card,
)
from members.cards.numbers import draw_card_number, format_card_number, parse_card_number
from members.cards.state import check_card, holder_facts, verify_shown_card
from members.tokens.key_ring import (
    claim_signing_key,
    list_signing_keys,
    register_signing_key,
    retire_signing_key,
)
from members.tokens.keys import SigningKey
from members.tokens.text import build_token_text
from store import Database, find_fold_faults
from tests.crowds import at_once
from tests.tiers import budget

NOON = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
MEMBER = CardActor(NOON)
OFFICER = CardActor(NOON + timedelta(minutes=5), "li.min", "手机丢失")
KEY, NEXT = SigningKey(b"k" * 32), SigningKey(b"n" * 32)


def set_status(
    database: Database, status: str, at: datetime = NOON - timedelta(days=9), member: str = "m-1"
) -> None:
    change = MemberChange(
        member, at, "member.joined", "/test", status, {"status": status, "organisation": "370202"}
    )
    with database.write() as connection:
        record_member_changes(connection, [change], NOON)


def verdict(database: Database, number: str, at: datetime = NOON, key: SigningKey = KEY) -> str:
    text = build_token_text("card", key.id, number, at, key.sign)
    with database.read() as connection:
        try:
            verify_shown_card(connection, text, at)
        except FaultError as error:
            return error.short_code
    return "valid"


@pytest.fixture
def issued(database: Database) -> str:
    """The number of the card of an active member."""
    set_status(database, "active")
    with database.write() as connection:
        claim_signing_key(connection, KEY, NOON)
        return issue_card(connection, "m-1", MEMBER).number


def test_the_first_request_issues_and_later_ones_give_the_same(database: Database, issued: str) -> None:
    with database.write() as connection:
        again = issue_card(connection, "m-1", replace(MEMBER, at=NOON + timedelta(days=1)))
        other = issue_card(connection, "m-2", MEMBER)
        acts = list_card_acts(connection, "m-1")
    assert (again.number, again.serial, again.issued_at) == (issued, 1, NOON)
    assert other.number != issued
    assert [(act.kind, act.by) for act in acts] == [("issued", None)]
    assert verdict(database, issued) == "valid"


def test_a_number_that_is_taken_is_drawn_again(database: Database, issued: str) -> None:
    draws = iter([int(issued[:10]) - 10**9, int(issued[:10]) - 10**9, 7])
    with database.write() as connection:
        card = issue_card(connection, "m-2", MEMBER, draw_below=lambda _: next(draws))
    assert card.number.startswith("1000000007") and next(draws, None) is None


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("active", "valid"),
        ("retired", "valid"),
        ("left", "member_left"),
        ("suspended", "member_suspended"),
        ("died", "member_died"),
        ("none", "not_a_member"),
        ("inactive", "not_a_member"),
        ("", "not_a_member"),
    ],
)
def test_only_known_states_of_membership_use_a_card(
    database: Database, issued: str, status: str, said: str
) -> None:
    set_status(database, status, NOON - timedelta(days=1))
    assert verdict(database, issued) == said
    assert verdict(database, issued, NOON - timedelta(days=3)) == "valid", "it was in force then"


@pytest.mark.both_databases
def test_a_blocked_card_stays_blocked_until_an_officer_replaces_it(database: Database, issued: str) -> None:
    with database.write() as connection:
        first = block_card(connection, "m-1", OFFICER)
        assert block_card(connection, "m-1", replace(OFFICER, at=NOON + timedelta(days=1))) == first
    assert verdict(database, issued, OFFICER.at) == "card_blocked"
    assert verdict(database, issued, NOON) == "valid", "what was used before the block counts"
    with database.write() as connection, pytest.raises(FaultError) as refused:
        issue_card(connection, "m-1", MEMBER)
    assert refused.value.code == "member_card.card_blocked"
    with database.write() as connection:
        new = replace_card(connection, "m-1", replace(OFFICER, at=NOON + timedelta(hours=1)))
        old = find_card(connection, issued)
        kinds = [(act.kind, act.by, act.reason) for act in list_card_acts(connection, "m-1")]
    assert old is not None and (old.ended, old.ended_at) == ("replaced", OFFICER.at)
    assert verdict(database, issued, OFFICER.at) == "card_replaced"
    assert verdict(database, new.number, NOON + timedelta(hours=1)) == "valid"
    assert [kind for kind, _, _ in kinds] == ["issued", "blocked", "replaced", "issued"]
    assert kinds[1][1:] == ("li.min", "手机丢失")


@pytest.mark.both_databases
def test_of_sixteen_first_requests_at_once_one_issues(database: Database) -> None:
    def issue() -> str:
        return run_in_transaction(database, lambda c: issue_card(c, "m-1", MEMBER)).number

    assert len(set(at_once([issue] * 16))) == 1
    with database.read() as connection:
        assert len(list_cards(connection, "m-1")) == len(list_card_acts(connection, "m-1")) == 1


def test_an_erased_member_leaves_no_card(database: Database, issued: str) -> None:
    with database.write() as connection:
        erase_member(connection, "m-1")
        assert list_cards(connection, "m-1") == []
    assert verdict(database, issued) == "unknown_card"


def test_keys_rotate_and_a_retired_one_is_told_from_a_foreign_one(database: Database, issued: str) -> None:
    assert verdict(database, issued, key=NEXT) == "foreign_key"
    with database.write() as connection, pytest.raises(FaultError) as refused:
        claim_signing_key(connection, NEXT, NOON)
    assert refused.value.code == "signing_key.other_key"
    with database.write() as connection:
        assert register_signing_key(connection, NEXT, NOON, "li.min")
        assert not register_signing_key(connection, NEXT, NOON, "li.min")
    assert verdict(database, issued, key=NEXT) == verdict(database, issued) == "valid"
    retire = partial(retire_signing_key, signs_now=NEXT.id, now=NOON, by="li.min")
    with database.write() as connection:
        assert retire(connection, KEY.id) and not retire(connection, KEY.id)
        for wrong, code in ((NEXT.id, "signs_now"), ("nokey", "no_key"), ("", "no_key")):
            with pytest.raises(FaultError) as refused:
                retire(connection, wrong)
            assert refused.value.short_code == code
        with pytest.raises(FaultError) as refused:
            claim_signing_key(connection, KEY, NOON)
        assert refused.value.short_code == "retired_key"
        assert [key.retired_by for key in list_signing_keys(connection)].count("li.min") == 1
    assert (verdict(database, issued), verdict(database, issued, key=NEXT)) == ("retired_key", "valid")


_RUNS = count()
_ACTS = st.lists(st.tuples(st.sampled_from(["issue", "block", "replace"]), st.integers(1, 2)), max_size=12)


@pytest.mark.deeper
@settings(max_examples=budget(25), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_ACTS)
def test_any_order_of_acts_leaves_what_a_slow_count_says(
    database: Database, acts: list[tuple[str, int]]
) -> None:
    """The oracle is a list of states of each member's cards. Verification folds the same cards."""
    run = next(_RUNS)
    expected: dict[str, list[str]] = {f"m-{run}-{who}": [] for who in (1, 2)}
    with database.write() as connection:
        for number, (kind, who) in enumerate(acts):
            member, actor = f"m-{run}-{who}", CardActor(NOON + timedelta(minutes=number), "li.min", "-")
            states, work = (
                expected[member],
                {"issue": issue_card, "block": block_card, "replace": replace_card}[kind],
            )
            try:
                work(connection, member, actor)  # type: ignore[operator]
                refused = False
            except FaultError:
                refused = True
            assert refused == (states[-1:] == ["blocked"] if kind == "issue" else not states)
            if not refused and (kind == "replace" or not states):
                states[-1:] = [*(["replaced"] if states else []), "none"]
            elif not refused and kind == "block":
                states[-1] = "blocked"
        assert [*find_fold_faults(connection, [CARD_FOLD])] == []
        for member, states in expected.items():
            assert [card.ended or "none" for card in list_cards(connection, member)] == states
            card = current_card(connection, member)
            if card is not None:
                facts = {**holder_facts(connection, member, NOON), "member.status": "active"}
                assert (check_card(card, facts, NOON + timedelta(days=1)) is None) == (states[-1] == "none")


DRAWN = st.builds(lambda seed: draw_card_number(random.Random(seed).randrange), st.integers())


def is_read(text: str) -> bool:
    try:
        parse_card_number(text)
    except FaultError as error:
        assert error.code == "member_card.card_number"
        return False
    return True


@given(DRAWN)
def test_a_number_is_read_however_it_is_grouped(number: str) -> None:
    assert len(number) == 12 and number.isdigit()
    for text in (number, format_card_number(number), number[:4] + "-" + number[4:], f" {number}\n"):
        assert parse_card_number(text) == number
    assert parse_card_number("".join(chr(ord(sign) + 0xFEE0) for sign in number)) == number


@given(DRAWN, st.integers(0, 11), st.integers(1, 9))
def test_every_wrong_digit_is_found(number: str, place: int, more: int) -> None:
    wrong = str((int(number[place]) + more) % 10)
    assert not is_read(number[:place] + wrong + number[place + 1 :])


@given(DRAWN, st.integers(0, 10))
def test_every_swap_of_two_neighbours_is_found(number: str, place: int) -> None:
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert is_read(swapped) == (swapped == number)


@pytest.mark.parametrize(
    "text", ["", " ", "1", "12345678901", "1234567890123", "一二三四", "YH1ABC", "-" * 12]
)
def test_no_other_text_is_a_number(text: str) -> None:
    assert not is_read(text)


def test_a_refused_text_shows_no_phone_of_a_person() -> None:
    with pytest.raises(FaultError) as refused:
        parse_card_number("13912345678")
    assert "13912345678" not in str(refused.value)


@given(DRAWN)
def test_a_number_is_never_taken_for_a_phone_or_an_id_number(number: str) -> None:
    for text in (number, format_card_number(number)):
        assert not has_personal_number(text) and scrub_personal_numbers(text) == text
