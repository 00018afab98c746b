"""One request to join as a state machine, held against an oracle that reads its whole history anew."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.joining.request import CODE_LIFE, MOST_WRONG_CODES, REQUEST_LIFE, JoinRefused, JoinRequest

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
NEW = JoinRequest("r1", "370102", "scan", NOW, NOW + REQUEST_LIFE)
STEPS = ("identity", "right", "wrong", "wait", "succeed", "refuse", "escalate")
_step = st.tuples(st.sampled_from(STEPS), st.sampled_from([0, 1, 9, 11, 60 * 13]))


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
    return request.escalate("370100", now + timedelta(days=1), now)


def oracle(history: list[tuple[str, datetime]]) -> str:
    """The state by plain reading of what happened, refused steps included."""
    state, code_until, wrong, review_until = "begun", None, 0, None
    for step, now in history:
        if state in ("begun", "code_sent", "proven") and now >= NOW + timedelta(hours=24):
            state = "expired"
        if step == "identity" and state in ("begun", "code_sent", "proven"):
            state, code_until = "code_sent", now + timedelta(minutes=10)
        elif step in ("right", "wrong") and state == "code_sent" and code_until and now < code_until:
            wrong += step == "wrong"
            state = "proven" if step == "right" else "locked" if wrong == 5 else state
        elif step == "wait" and state == "proven":
            state, review_until = "waiting", now + timedelta(days=1)
        elif step == "succeed" and state in ("proven", "waiting"):
            state = "joined"
        elif step == "refuse" and state == "waiting":
            state = "refused"
        elif step == "escalate" and state == "waiting" and review_until and now >= review_until:
            review_until = now + timedelta(days=1)
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


@pytest.mark.parametrize("state", ["begun", "code_sent", "proven"])
def test_what_nobody_confirms_in_a_day_expires(state: str) -> None:
    request = replace(NEW, state=state)
    assert request.at(NOW + REQUEST_LIFE - timedelta(seconds=1)).state == state
    assert request.at(NOW + REQUEST_LIFE).state == "expired"
