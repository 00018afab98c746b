"""Requests to join, and their codes."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.joining.request import (
    CODE_LIFE,
    MOST_WRONG_CODES,
    REQUEST_LIFE,
    JoinRefused,
    JoinRequest,
    create_code,
    find_throttle_fault,
    hash_code,
    hash_text,
    is_right_code,
    parse_code,
)
from tests.profile import searched

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
NEW = JoinRequest("r1", "370102", "scan", NOW, NOW + REQUEST_LIFE)
STEPS = ("identity", "right", "wrong", "wait", "succeed", "refuse", "pass_on")
_step = st.tuples(st.sampled_from(STEPS), st.sampled_from([0, 1, 9, 11, 60 * 12]))


def take(request: JoinRequest, step: str, now: datetime) -> JoinRequest:
    request = request.at(now)
    if step == "identity":
        return request.take_identity("m-1", "digest", now)
    if step in ("right", "wrong"):
        return request.enter_code(step == "right", now)[0]
    if step == "wait":
        return request.wait("review", "370102", now + timedelta(days=1))
    if step == "succeed":
        return request.succeed("joined", now)
    if step == "refuse":
        return request.refuse("li", "no driver", now)
    return request.pass_on("370100", now + timedelta(days=1))


def oracle(history: list[tuple[str, datetime]]) -> str:
    """The state by plain reading of what happened, refused steps included."""
    state, code_until, wrong = "begun", None, 0
    for step, now in history:
        if state in ("begun", "code_sent", "proven") and now >= NOW + timedelta(hours=24):
            state = "expired"
        if step == "identity" and state in ("begun", "code_sent", "proven"):
            state, code_until = "code_sent", now + timedelta(minutes=10)
        elif step in ("right", "wrong") and state == "code_sent" and code_until and now < code_until:
            wrong += step == "wrong"
            state = "proven" if step == "right" else "locked" if wrong == 5 else state
        elif step == "wait" and state == "proven":
            state = "waiting"
        elif step == "succeed" and state in ("proven", "waiting"):
            state = "joined"
        elif step == "refuse" and state == "waiting":
            state = "refused"
    return state


@given(st.lists(_step, max_size=16))
def test_any_order_of_steps_leads_where_plain_reading_leads(steps: list[tuple[str, int]]) -> None:
    now, request, history = NOW, NEW, []
    for step, minutes in steps:
        now += timedelta(minutes=minutes)
        history.append((step, now))
        try:
            request = take(request, step, now)
        except JoinRefused as refused:
            assert refused.faults[0].remedy
        assert request.at(now).state == oracle(history)


def test_five_wrong_codes_lock_a_request_whatever_is_sent_between() -> None:
    request = NEW.take_identity("m-1", "digest", NOW)
    for number in range(1, MOST_WRONG_CODES):
        request, fault = request.enter_code(False, NOW)
        assert fault is not None and fault.params["left"] == str(MOST_WRONG_CODES - number)
        request = request.take_identity("m-1", "another", NOW)
    request, fault = request.enter_code(False, NOW)
    assert fault is not None and fault.code == "joining.locked"
    assert request.state == "locked" and request.code_digest is None
    with pytest.raises(JoinRefused) as sixth:
        request.enter_code(True, NOW)
    assert sixth.value.faults[0].code == "joining.locked"


@pytest.mark.parametrize(("minutes", "is_in_time"), [(9.99, True), (10, False)])
def test_a_code_ends_after_ten_minutes(minutes: float, is_in_time: bool) -> None:
    request = NEW.take_identity("m-1", "digest", NOW)
    later = NOW + timedelta(minutes=minutes)
    assert timedelta(minutes=10) == CODE_LIFE
    if is_in_time:
        assert request.enter_code(True, later)[0].state == "proven"
        return
    with pytest.raises(JoinRefused) as refused:
        request.enter_code(True, later)
    assert refused.value.faults[0].code == "joining.old_code"


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
    digest = hash_code(KEY, "r1", code, ["m-1"])
    assert code not in digest and parse_code(code) == code
    assert is_right_code(KEY, "r1", code, ["m-1"], digest)
    assert not is_right_code(KEY, "r1", code, ["m-2"], digest)
    assert not is_right_code(KEY, "r2", code, ["m-1"], digest)
    assert not is_right_code(b"x" * 32, "r1", code, ["m-1"], digest)
    assert not is_right_code(KEY, "r1", f"{(int(code) + 1) % 10**6:06}", ["m-1"], digest)
    assert not is_right_code(KEY, "r1", code, ["m-1"], None)


def test_texts_that_are_shifted_have_another_hash() -> None:
    assert hash_text(KEY, "p", "ab", "c") != hash_text(KEY, "p", "a", "bc")


@given(st.lists(st.integers(0, 30 * 3600), max_size=14))
def test_a_number_gets_as_many_codes_as_plain_counting_allows(ages_s: list[int]) -> None:
    sent = [NOW - timedelta(seconds=age) for age in ages_s]
    allowed = all(age >= 60 for age in ages_s)
    allowed &= sum(age < 24 * 3600 for age in ages_s) < 5
    assert (find_throttle_fault(sent, 5, NOW) is None) == allowed


@searched(100, anew=True)
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
