"""Cases of the hotline in a real database: who may act, what is refused, and what two at once do."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from core.civil_time import civil_date
from core.faults import FaultError
from members.hotline.case import CASE_LIFE, CaseState
from members.hotline.clocks import compute_next_due, is_overdue
from members.hotline.figures import UnitRates
from members.hotline.repository import CaseQuery, calendar, list_cases, read_events
from members.hotline.tables import hotline_case_events, hotline_cases
from tests.members.hotline.cases import compute_rates
from tests.tiers import budget
from tests.yihui.nouns import list_rows
from tests.yihui.refusals import do_at_once, refused
from tests.yihui.services.hardship_office import JINAN, LIXIA, NINE, PROVINCE, QINGDAO, SHINAN
from tests.yihui.services.hotline_desk import AGENT, MEMBER, PHONE, TRANSCRIPT, Hotline, officer
from yihui.access.roles import Role
from yihui.access.tables import audit_entries
from yihui.cases.hotline.cases import ANSWER
from yihui.cases.hotline.escalation import escalate_cases, run_hotline_escalation
from yihui.cases.hotline.rates import RATES


@pytest.fixture
def line(target: str, tmp_path: Path) -> Hotline:
    return Hotline(target, tmp_path).found()


@pytest.mark.both_databases
def test_a_case_goes_from_the_call_to_the_call_back_and_every_act_is_logged(line: Hotline) -> None:
    number = line.open(member=MEMBER, place=LIXIA).case.number
    assert line.later(minutes=20).dispatch(number).case.state is CaseState.DISPATCHED
    line.later(hours=2).accept(number)
    line.later(hours=1).suspend(number)
    line.later(days=1).resume(number)
    assert line.close(number).case.state is CaseState.CLOSED
    assert line.later(days=1).call_back(number).case.state is CaseState.CALLED_BACK
    history = line.read(number)
    acts = ["open", "dispatch", "accept", "suspend", "resume", "close", "call_back"]
    assert [event.act for event in history.events] == acts
    with line.wiring.database.read() as connection:
        rows = connection.execute(select(audit_entries).order_by(audit_entries.c.sequence)).all()
        stored = connection.execute(select(hotline_cases)).one()
        folded = CASE_LIFE.fold(number, read_events(connection, [number])[number])
    assert [row.act for row in rows] == [f"hotline.{act}" for act in acts]
    assert {(row.actor, row.object_kind, row.object_id) for row in rows} == {
        ("console:agent-1", "hotline_case", str(number))
    }
    assert (stored.state, stored.version, stored.closed_at) == ("called_back", 7, folded.closed_at)
    assert rows[3].reason == "等厂家配件"


def test_every_fault_of_an_intake_is_named_at_once_and_nothing_is_stored(line: Hotline) -> None:
    typed = {
        "channel": "呼叫",
        "category": "驿站",
        "summary": f"请回电{PHONE}",
        "phone": "12",
        "text": "x\x00",
    }
    faults = ["literal_error", "literal_error", "personal", "form", "control"]
    assert sorted(refused(lambda: line.open(**typed))) == sorted(faults)
    unknown = {"organisation": "999998", "place": "999999", "station": "nowhere", "member": "m-nobody"}
    faults = ["unknown_organisation", "unknown_organisation", "unknown_station", "member"]
    assert sorted(refused(lambda: line.open(**unknown))) == sorted(faults)
    assert refused(lambda: line.open(channel="transfer")) == ["no_office"]
    assert refused(lambda: line.open(channel="transfer", from_office=" 　")) == ["no_office"]
    assert refused(lambda: line.open(from_office="12345")) == ["not_transferred"]
    assert refused(lambda: line.open(summary="　 ")) == ["string_too_short"]
    assert line.open(channel="transfer", from_office="12345").case.from_office == "12345"
    assert len(line.listed()) == 1


def test_a_case_across_regions_needs_two_units_each_with_its_own_deadline(line: Hotline) -> None:
    case = line.open(member=MEMBER, place=SHINAN).case
    assert case.crosses and not line.open(member=MEMBER, place=JINAN).case.crosses
    assert (
        line.open(crosses="yes").case.crosses
        and not line.open(member=MEMBER, place=SHINAN, crosses="no").case.crosses
    )
    assert refused(lambda: line.dispatch(case.number)) == ["two_units"]
    assert refused(lambda: line.dispatch(case.number, JINAN, JINAN)) == ["same_unit"]
    assert (
        refused(lambda: line.dispatch(case.number, "370999", "３７０９９８")) == ["unknown_organisation"] * 2
    )
    found = line.dispatch(case.number, JINAN, QINGDAO)
    assert [(one.unit, str(one.due_at)[:10]) for one in found.clocks if one.kind == "close"] == [
        (JINAN, "2026-11-23"),
        (QINGDAO, "2026-11-20"),
    ]
    assert refused(lambda: line.dispatch(case.number, QINGDAO, JINAN)) == ["no_reason"]
    swapped = line.later(days=1).dispatch(case.number, QINGDAO, JINAN, reason="属青岛").case
    assert [(one.unit, one.round, one.dispatched_at) for one in swapped.parts] == [
        (QINGDAO, 1, NINE),
        (JINAN, 1, NINE),
    ]


def test_an_act_needs_what_it_says_it_needs(line: Hotline) -> None:
    number = line.open().case.number
    assert refused(lambda: line.suspend(number, " ")) == ["string_too_short"]
    assert refused(lambda: line.suspend(number, f"等{PHONE}")) == ["personal"]
    line.dispatch(number)
    assert refused(lambda: line.accept(number, QINGDAO)) == ["not_a_unit"]
    line.accept(number)
    assert refused(lambda: line.accept(number)) == ["accepted"]
    assert refused(lambda: line.close(number, answer="")) == ["string_too_short"]
    assert refused(lambda: line.close(number + 99)) == ["unknown_case"]
    line.close(number)
    assert refused(lambda: line.call_back(number, "不满意")) == ["enum"]


def test_a_suspension_has_an_end_and_cant_be_repeated_for_ever(line: Hotline) -> None:
    number = line.open().case.number
    today = civil_date(line.now)
    assert refused(lambda: line.suspend(number, last_day=today - timedelta(days=1))) == ["suspension_day"]
    assert refused(lambda: line.suspend(number, last_day=today + timedelta(days=30))) == ["suspension_day"]
    assert str(line.suspend(number).case.suspended_until)[:10] == "2026-11-25", (
        "the end of the fifth work-day"
    )
    assert refused(lambda: line.suspend(number)) == ["not_now"]
    line.later(days=3).resume(number)
    for _ in range(2):
        day = civil_date(line.now) + timedelta(days=29)
        line.suspend(number, last_day=day)
        line.later(days=60).resume(number)  # resumed late: its time ran on with the end of the last day
    assert refused(lambda: line.suspend(number, last_day=civil_date(line.now) + timedelta(days=29))) == [
        "suspension_day"
    ]
    line.suspend(number, last_day=civil_date(line.now) + timedelta(days=27))
    line.later(days=60).resume(number)
    assert refused(lambda: line.suspend(number)) == ["suspended_enough"]


def test_another_dispatch_gives_time_to_accept_and_no_later_answer(
    line: Hotline,
) -> None:
    number = line.open().case.number
    first = {one.kind: one.due_at for one in line.dispatch(number, LIXIA).clocks}
    escalate_cases(line.later(days=2).wiring, AGENT)
    again = line.dispatch(number, SHINAN, reason="属市南区")
    second = {one.kind: one.due_at for one in again.clocks}
    assert second["close"] == first["close"] and str(second["accept"])[:10] == "2026-11-23"
    assert [(one.unit, one.withdrawn_at) for one in again.case.former_parts] == [(LIXIA, line.now)]
    same = line.later(hours=1).dispatch(number, SHINAN, reason="请核对")
    assert {one.kind: one.due_at for one in same.clocks} == second, "the same unit gets no new time"
    former = officer("lx-1", LIXIA)
    assert line.look(former, number).number == number
    assert refused(lambda: line.accept(number, SHINAN, actor=former)) == ["elsewhere"]
    (late,) = [one for one in load_rates(line) if one.unit == LIXIA]
    assert (late.accepted.good, late.accepted.total) == (0, 1), "it let its time to accept pass"


@pytest.mark.both_databases
def test_equal_keys_at_once_open_one_case(line: Hotline) -> None:
    opened = do_at_once(lambda key: line.open(key=key).case.number, ["key-00001"] * 8)
    assert len(set(opened)) == len(line.listed()) == 1


def test_two_sites_escalate_each_share_of_each_clock_exactly_once(
    line: Hotline, target: str, tmp_path: Path
) -> None:
    numbers = [line.open().case.number for _ in range(6)]
    sites = [Hotline(target, tmp_path).later(minutes=50) for _ in range(2)]
    assert all(site.wiring.database for site in sites)
    escalated = do_at_once(lambda site: len(escalate_cases(site.wiring, AGENT)), sites)
    assert sum(map(int, escalated)) == len(numbers)
    for site in sites:
        site.wiring.close()
    line.later(minutes=61)
    assert len(escalate_cases(line.wiring, AGENT)) == len(numbers)
    assert escalate_cases(line.wiring, AGENT) == []
    for number in numbers:
        made = line.read(number).case.escalations
        assert [(one.percent, one.to) for one in made] == [(80, None), (100, None)]


def test_a_unit_that_lets_its_time_pass_goes_up_one_level_at_a_time(line: Hotline) -> None:
    number = line.open().case.number
    line.dispatch(number, LIXIA)
    line.accept(number, LIXIA)
    line.later(days=5)
    assert escalate_cases(line.wiring, AGENT) == [number]
    assert [one.to for one in line.read(number).case.escalations] == [JINAN]
    above = officer("jn-1", JINAN)
    assert [one.number for one in line.listed(above)] == [number]
    assert line.listed(above, state="overdue") == []
    assert escalate_cases(line.later(days=1).wiring, AGENT) == [number]
    assert [one.to for one in line.read(number).case.escalations] == [JINAN, PROVINCE]
    assert [one.number for one in line.listed(state="overdue")] == [number]
    line.suspend(number)
    assert escalate_cases(line.later(days=30).wiring, AGENT) == []


def test_an_officer_escalates_the_own_cases_and_leaves_the_others(line: Hotline) -> None:
    there = line.open(officer("qd-1", QINGDAO), organisation=QINGDAO).case.number
    here = line.open(officer("jn-1", JINAN), organisation=JINAN).case.number
    assert escalate_cases(line.later(minutes=61).wiring, officer("jn-1", JINAN)) == [here, here]
    assert line.read(there).case.escalations == ()
    assert escalate_cases(line.wiring, AGENT) == [there, there]


def test_officers_see_and_change_only_cases_of_their_own_subtree(line: Hotline) -> None:
    number = line.open().case.number
    line.dispatch(number)
    here, elsewhere = officer("jn-1", JINAN), officer("qd-1", QINGDAO)
    assert [one.number for one in line.listed(here)] == [number]
    assert line.listed(elsewhere) == []
    assert refused(lambda: line.look(elsewhere, number)) == ["elsewhere"]
    assert refused(lambda: line.accept(number, actor=elsewhere)) == ["elsewhere"]
    assert refused(lambda: line.accept(number, actor=officer("lx-1", LIXIA))) == ["elsewhere"]
    assert refused(lambda: line.open(actor=here)) == ["elsewhere"]
    assert refused(lambda: line.accept(number, actor=None)) == ["not_logged_in"]
    reader = officer("au-1", PROVINCE, Role.AUDITOR)
    assert line.look(reader, number).number == number
    assert refused(lambda: line.accept(number, actor=reader)) == ["no_role"]
    assert line.accept(number, actor=here).case.state is CaseState.ACCEPTED
    ended = replace(here.assignments[0], until=NINE.date().replace(day=1))
    assert refused(lambda: line.accept(number, actor=replace(here, assignments=(ended,)))) == ["ended"]


def test_a_case_about_anothers_member_is_not_answered_from_her_ledger(line: Hotline) -> None:
    elsewhere = officer("qd-1", QINGDAO)
    assert refused(lambda: line.open(elsewhere, organisation=QINGDAO, member=MEMBER)) == ["member"]
    number = line.open(organisation=QINGDAO, member=MEMBER).case.number
    answer = {"rule": "birthday-cake", "answer": "见办法"}
    assert refused(lambda: line.act(ANSWER, number, elsewhere, None, **answer)) == ["member"]
    agent = officer("lx-1", LIXIA)
    number = line.open(agent, organisation=LIXIA, member=MEMBER).case.number
    answered = line.act(ANSWER, number, agent, None, **answer)
    assert answered.case.state is CaseState.CLOSED


def test_lists_and_histories_hold_nothing_personal(line: Hotline) -> None:
    shown = line.open(member=MEMBER)
    assert [one.number for one in line.listed(member=MEMBER)] == [shown.case.number]
    assert shown.caller is not None
    assert (shown.caller.name, shown.caller.phone) == ("张*", "138****1234")
    assert shown.caller.transcript_characters == len(TRANSCRIPT)
    with line.wiring.database.read() as connection:
        dump = str(connection.execute(select(hotline_case_events)).all())
        dump += str(connection.execute(select(audit_entries)).all())
    assert PHONE not in dump and "张三" not in dump and TRANSCRIPT[:4] not in dump


def load_rates(line: Hotline) -> list[UnitRates]:
    return list_rows(line.wiring, AGENT, RATES)


def live_through(line: Hotline, seed: int) -> None:
    """Open some cases and do what their states allow, some of it late."""
    random = Random(seed)
    numbers = [line.open(unclear=random.random() > 0.7).case.number for _ in range(5)]
    acts = (
        lambda n: line.dispatch(n, random.choice((JINAN, QINGDAO)), reason="找对了单位"),
        lambda n: line.accept(n, random.choice((JINAN, QINGDAO))),
        line.suspend,
        line.resume,
        lambda n: line.close(n, answer="修好了"),
        lambda n: line.call_back(n, random.choice(("satisfied", "dissatisfied", "unreached"))),
    )
    for _ in range(60):
        with suppress(FaultError):  # most random acts aren't allowed
            random.choice(acts)(random.choice(numbers))
        if random.random() < 0.1:
            run_hotline_escalation(line.wiring)
        line.later(hours=random.choice((0, 1, 5, 30)))


def check_kept(line: Hotline) -> None:
    """Compare the rates, the counts and the order of the queue with those of the histories, at some instants."""
    for _ in range(4):
        now = line.later(hours=37).now
        with line.wiring.database.read() as connection:
            cases = list_cases(connection, CaseQuery())
        assert load_rates(line) == compute_rates(cases, calendar(), now)
        running = [case for case in cases if not case.is_over]
        late = {case.number for case in running if is_overdue(case, calendar(), now)}
        due = {
            case.number: compute_next_due(case, calendar()) or datetime.max.replace(tzinfo=UTC)
            for case in running
        }
        assert [one.number for one in line.listed(state="open")] == sorted(
            due, key=lambda number: (due[number], -number)
        )
        assert {one.number for one in line.listed(state="overdue")} == late


@pytest.mark.deeper
@pytest.mark.parametrize("seed", range(budget(4)))
def test_what_is_kept_of_cases_equals_the_fold_of_their_histories(line: Hotline, seed: int) -> None:
    live_through(line, seed)
    check_kept(line)
