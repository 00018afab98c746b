"""What a case becomes by its history, and what each state allows."""

from datetime import timedelta

import pytest

from members.hotline.case import MOVES, CallBack, CaseAct, CaseState
from members.hotline.faults import HotlineRefused
from tests.members.hotline.cases import FAR, ONE, TWO, History

HOUR = timedelta(hours=1)


def dispatched() -> History:
    return History().add("dispatch", **ONE)


def accepted() -> History:
    return dispatched().add("accept", unit="370100")


BY_STATE = {
    "opened": History,
    "dispatched": dispatched,
    "accepted": accepted,
    "suspended": lambda: accepted().add("suspend", reason="等材料", until=FAR),
    "closed": lambda: accepted().add("close", unit="370100", answer="已修好"),
    "called_back": lambda: (
        accepted().add("close", unit="370100", answer="已修好").add("call_back", outcome="satisfied")
    ),
}
ALLOWED = {
    "opened": "dispatch suspend escalate answer close add",
    "dispatched": "dispatch accept suspend escalate answer add",
    "accepted": "accept suspend escalate answer close add",
    "suspended": "resume escalate add",
    "closed": "call_back",
    "called_back": "",
}


@pytest.mark.parametrize("state", list(CaseState))
def test_each_state_allows_exactly_the_acts_of_the_table(state: CaseState) -> None:
    case = BY_STATE[state]().case
    assert case.state is state
    for act in CaseAct:
        if act in ALLOWED[state].split():
            case.require(act)
        else:
            with pytest.raises(HotlineRefused, match="can't be changed by"):
                case.require(act)
    assert {act for act, states in MOVES.items() if state in states} == set(
        map(CaseAct, ALLOWED[state].split())
    )


def test_an_act_on_a_version_that_is_gone_is_refused_in_words() -> None:
    with pytest.raises(HotlineRefused, match="version 2 now, and you saw 1"):
        dispatched().case.require(CaseAct.ACCEPT, seen=1)


def test_a_case_of_two_units_is_closed_when_both_have_done_their_part() -> None:
    history = History().add("dispatch", **TWO).add("accept", unit="370200")
    case = history.add("close", unit="370200", answer="已转告").case
    assert case.state is CaseState.ACCEPTED and case.closed_at is None
    with pytest.raises(HotlineRefused, match="370200 has done its part"):
        case.require_part("370200")
    with pytest.raises(HotlineRefused, match="370300 is not a unit"):
        case.require_part("370300")
    case = history.add("accept", unit="370100").add("close", unit="370100", answer="已修好").case
    assert case.state is CaseState.CLOSED and case.closed_at == history.now
    assert [one.sentences for one in case.answers] == [("已转告",), ("已修好",)]


def test_an_answer_ends_the_parts_of_all_units() -> None:
    history = History().add("dispatch", **TWO)
    case = history.add("answer", sentences=["一", "二", "三"], decision_id="d-1").case
    assert case.state is CaseState.CLOSED
    assert {part.done_at for part in case.parts} == {history.now}


def test_a_resumed_case_is_where_it_was_and_its_pause_is_closed() -> None:
    for history, state in ((History(), "opened"), (dispatched(), "dispatched"), (accepted(), "accepted")):
        case = history.add("suspend", reason="等材料", until=FAR).add("resume", 5 * HOUR).case
        assert case.state == state and case.suspended_because is None
        (pause,) = case.pauses
        assert pause.until - pause.since == 5 * HOUR


def test_a_case_that_went_to_the_wrong_unit_is_dispatched_again() -> None:
    case = dispatched().add("dispatch", units=TWO["units"][1:], reason="属青岛").case
    assert [(part.unit, part.round) for part in case.parts] == [("370200", 2)]


def test_a_caller_who_was_not_reached_is_called_again() -> None:
    history = BY_STATE["closed"]().add("call_back", outcome="unreached")
    assert (history.case.state, history.case.call_back) == (CaseState.CLOSED, CallBack.UNREACHED)
    assert history.add("call_back", outcome="dissatisfied").case.state is CaseState.CALLED_BACK
