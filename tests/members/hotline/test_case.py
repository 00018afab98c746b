"""A case of the hotline, and figures of many."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from core.calendars import Calendar, workday_table
from core.civil_time import CIVIL_TIME
from members.hotline.case import MOVES, CallBack, CaseAct, CaseState, HotlineCase
from members.hotline.faults import HotlineRefused
from members.hotline.figures import Share
from members.hotline.working_time import is_workday
from tests.members.hotline.cases import FAR, ONE, OPENED_AT, TWO, History, compute_rates
from tests.tiers import budget

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


TABLE = workday_table(Calendar.CN)
NOW = datetime(2026, 12, 5, tzinfo=UTC)


def made_up(seed: int) -> HotlineCase:
    """A case with whole hours between its acts."""
    random = Random(seed)

    def some() -> timedelta:
        return random.choice((0, 1, 2, 20, 30, 70, 100)) * HOUR

    opened = OPENED_AT + Random(seed + 1).randrange(400) * HOUR
    organisation = random.choice(("370000", "370100"))
    history = History(opened, organisation=organisation, is_clear=random.random() < 0.8)
    if random.random() < 0.2:
        if random.random() < 0.7:
            history.add("close", some(), answer="答")
    else:
        two = random.random() < 0.4
        history.add("dispatch", some(), **(TWO if two else ONE))
        if random.random() < 0.3:
            history.add("suspend", some(), reason="等", until=FAR).add("resume", some())
        for unit in ("370200", "370100")[0 if two else 1 :]:
            if random.random() < 0.8:
                history.add("accept", some(), unit=unit)
                if random.random() < 0.8:
                    history.add("close", some(), unit=unit, answer="答")
    if history.case.is_over and random.random() < 0.7:
        history.add("call_back", some(), outcome=random.choice(("satisfied", "dissatisfied", "unreached")))
    return history.case


def limit(start: datetime, days: int | None, case: HotlineCase) -> datetime:
    """The deadline, found hour by hour: so many hours of work-days as there are up to the last day's end."""
    day, left, hours = start.astimezone(CIVIL_TIME).date(), days or 0, 1
    if days is not None:
        while left:
            day += timedelta(days=1)
            left -= is_workday(day, TABLE)
        end = datetime(day.year, day.month, day.day, tzinfo=CIVIL_TIME) + timedelta(days=1)
        hours, hour = 0, start
        while hour < end:
            hours += is_workday(hour.astimezone(CIVIL_TIME).date(), TABLE)
            hour += HOUR
    hour = start
    while hours:
        stands = any(one.since <= hour < (one.until or hour + HOUR) for one in case.pauses)
        counts = days is None or is_workday(hour.astimezone(CIVIL_TIME).date(), TABLE)
        hours -= counts and not stands
        hour += HOUR
    return hour


def by_hand(cases: list[HotlineCase]) -> dict[tuple[str, str, str], list[bool]]:
    found: dict[tuple[str, str, str], list[bool]] = {}

    def count(unit: str, at: datetime, measure: str, done: datetime | None, due: datetime) -> None:
        if done is not None or due < NOW:
            month = at.astimezone(CIVIL_TIME).strftime("%Y-%m")
            found.setdefault((month, unit, measure), []).append((done or NOW) <= due)

    for case in cases:
        first = case.dispatched_at or case.closed_at
        intake = limit(case.opened_at, None if case.is_clear else 1, case)
        count(case.organisation, case.opened_at, "accepted", first, intake)
        for part in case.parts:
            sent, accepted = part.dispatched_at, part.accepted_at or part.done_at
            count(part.unit, sent, "accepted", accepted, limit(sent, 1, case))
            count(part.unit, sent, "closed", part.done_at, limit(sent, part.work_days, case))
        if case.closed_at and not case.parts:
            count(case.organisation, case.opened_at, "closed", case.closed_at, limit(case.opened_at, 3, case))
        if case.call_back in ("satisfied", "dissatisfied"):
            assert case.called_back_at
            month = case.called_back_at.astimezone(CIVIL_TIME).strftime("%Y-%m")
            main = case.parts[0].unit if case.parts else case.organisation
            found.setdefault((month, main, "satisfied"), []).append(case.call_back == "satisfied")
    return found


@pytest.mark.deeper
def test_the_rates_are_those_that_somebody_counts_by_hand() -> None:
    cases = [made_up(seed) for seed in range(budget(200))]
    expected = by_hand(cases)
    shares = {
        (one.month, one.unit, measure): share
        for one in compute_rates(cases, TABLE, NOW)
        for measure, share in (
            ("accepted", one.accepted),
            ("closed", one.closed),
            ("satisfied", one.satisfied),
        )
        if share.total
    }
    assert shares == {key: Share(sum(good), len(good)) for key, good in expected.items()}
    assert len(shares) > 8
    assert 0 < sum(share.good for share in shares.values()) < sum(share.total for share in shares.values())
