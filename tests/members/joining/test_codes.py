"""One-time codes: their form, their hash, and how often one number gets one."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from members.joining.codes import (
    create_code,
    find_throttle_fault,
    hash_code,
    hash_text,
    is_right_code,
    parse_code,
)
from members.joining.request import JoinRefused
from tests.tiers import budget

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
KEY = b"k" * 32


@pytest.mark.parametrize("typed", ["012345", "０１２３４５", " 012 345 ", "012-345", "\ufeff012345"])
def test_a_code_is_read_as_people_type_it(typed: str) -> None:
    assert parse_code(typed) == "012345"


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "12345a", "一二三四五六", "٠١٢٣٤٥", "12345。"])
def test_what_is_not_six_digits_is_no_attempt(typed: str) -> None:
    with pytest.raises(JoinRefused) as refused:
        parse_code(typed)
    assert refused.value.faults[0].code == "joining.code_form"


def test_a_code_is_right_for_its_own_request_and_key_alone() -> None:
    code = create_code()
    digest = hash_code(KEY, "r1", code)
    assert code not in digest and parse_code(code) == code
    assert is_right_code(KEY, "r1", code, digest)
    assert not is_right_code(KEY, "r2", code, digest)
    assert not is_right_code(b"x" * 32, "r1", code, digest)
    assert not is_right_code(KEY, "r1", f"{(int(code) + 1) % 10**6:06}", digest)
    assert not is_right_code(KEY, "r1", code, None)


def test_texts_that_are_shifted_have_another_hash() -> None:
    assert hash_text(KEY, "p", "ab", "c") != hash_text(KEY, "p", "a", "bc")


@given(st.lists(st.integers(0, 30 * 3600), max_size=14))
def test_a_number_gets_as_many_codes_as_plain_counting_allows(ages_s: list[int]) -> None:
    sent = [NOW - timedelta(seconds=age) for age in ages_s]
    allowed = all(age >= 60 for age in ages_s)
    allowed &= sum(age < 24 * 3600 for age in ages_s) < 5
    assert (find_throttle_fault(sent, 5, NOW) is None) == allowed


@pytest.mark.deeper
@settings(max_examples=budget(100))
@given(st.lists(st.integers(60, 23 * 3600), min_size=5, max_size=14))
def test_the_time_that_is_named_is_the_first_at_which_a_code_may_go(ages_s: list[int]) -> None:
    sent = [NOW - timedelta(seconds=age) for age in ages_s]
    fault = find_throttle_fault(sent, 5, NOW)
    if fault is None:
        return
    free = next(
        at
        for minute in range(25 * 60)
        if find_throttle_fault(sent, 5, at := NOW + timedelta(minutes=minute, seconds=59)) is None
    )
    local = free.astimezone(datetime.fromisoformat("2026-01-01T00:00:00+08:00").tzinfo)
    assert fault.params["until"] == local.strftime("%Y-%m-%d %H:%M")
