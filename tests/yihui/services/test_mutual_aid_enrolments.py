"""Enrolments of mutual aid: lists with faults by row, and corrections that take back what they cover no more."""

import io
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import pytest
import xlsxwriter
from sqlalchemy import select

from benefits import list_debts
from benefits.payout.hand_over import HandOver, post_hand_over
from core.faults import FaultError
from events.acts import record_act
from members.mutual_aid.claim import ClaimState
from members.mutual_aid.repository import find_enrolments, list_enrolment_changes
from members.mutual_aid.tables import mutual_aid_enrolment_changes
from tests.transactions import read_in, rows_in
from tests.yihui.nouns import count_waiting
from tests.yihui.refusals import faults_of, refused
from tests.yihui.services.hardship_office import LIXIA, QINGDAO, STRANGER, officer
from tests.yihui.services.mutual_aid_office import FIRST, MEMBER, NEWCOMER, OTHER, SECOND, AidOffice
from tests.yihui.services.test_hardship import posted, require_sound_ledger
from tools.servers.officers import add_officer, appoint
from yihui.access.actor import Actor, ActorKind
from yihui.access.roles import Role
from yihui.cases.mutual_aid import policies
from yihui.cases.mutual_aid.member_list import MOST_ROWS, ListedMember, read_members
from yihui.cases.mutual_aid.policy_pages import ENROLMENTS
from yihui.files.tables import SheetReader
from yihui.frame.fields import TypedFile

BUDGET = "budget/mutual-aid-reimbursement"
ENDED = date(2026, 6, 30)


@pytest.fixture
def office(target: str, tmp_path: Path) -> AidOffice:
    return AidOffice(target, tmp_path)


def workbook(*rows: tuple[str, ...], formula: str | None = None) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row)
        if formula:
            sheet.write_formula(len(rows), 0, formula, None, "m-1")
    return content.getvalue()


def test_an_enrolment_that_ended_covers_no_later_stay(office: AidOffice) -> None:
    policy = office.policy()
    waiting = office.submit(policy)
    changed = office.correct_enrolment(policy, covered_until=ENDED)
    assert (changed.enrolled, changed.version) == (2, 4)
    assert refused(lambda: office.approve(waiting.number)) == ["ended"], (
        "a claim that waits isn't paid any more"
    )
    early = {"admitted_on": "2026-06-30", "discharged_on": "2026-07-02", "receipt": "AAAA-0001"}
    assert office.preview_fen(policy, **early) == 225_000, "the last day is covered"
    late = {**early, "admitted_on": "2026-07-01"}
    assert refused(lambda: office.submit(policy, **late)) == ["ended"]
    (change,) = read_in(office.wiring.database, list_enrolment_changes, [MEMBER], policy)
    assert (change.by, change.at, change.reason) == ("li.min", office.now, "名单写错了")
    office.correct_enrolment(policy)
    assert office.submit(policy, **late).state is ClaimState.SUBMITTED, "a wrong end is corrected again"


def test_who_should_never_have_been_enrolled_counts_no_more(office: AidOffice) -> None:
    policy = office.policy(date(2026, 1, 1))
    assert office.correct_enrolment(policy, OTHER, void=True).enrolled == 1
    assert refused(lambda: office.submit(policy, OTHER)) == ["void"]
    assert refused(lambda: office.correct_enrolment(policy, OTHER, void=True)) == ["no_change"]
    following = office.write(year="2025", begins="2025-01-01", ends="2025-12-31").number
    office.approve_policy(following)
    office.enrol(following, date(2025, 12, 1), [OTHER])
    assert refused(lambda: office.enrol(policy)) == ["no_change"], "the roll doesn't bring the member back"
    assert office.correct_enrolment(policy, OTHER, covered_from=date(2026, 2, 1)).enrolled == 2
    with office.wiring.database.read() as connection:
        assert find_enrolments(connection, policy, [OTHER])[OTHER].covered_from == date(2026, 2, 1)


def test_a_void_enrolment_is_no_coverage_of_the_day_before(office: AidOffice) -> None:
    earlier = office.policy(date(2025, 6, 1), year="2025")
    office.correct_enrolment(earlier, void=True)
    number = office.policy()
    found = read_in(office.wiring.database, find_enrolments, number, [MEMBER, OTHER])
    assert found[OTHER].covered_from == date(2026, 1, 1)
    assert found[MEMBER].covered_from == date(2026, 1, 31), "the member waits like a new one"


def test_approved_claims_are_shown_and_taken_back_only_if_the_officer_says_so(office: AidOffice) -> None:
    policy = office.policy()
    claim = office.approve(office.submit(policy).number)
    (fault,) = faults_of(office.correct_enrolment, policy, covered_until=ENDED)
    assert fault.short_code == "uncovered_claims" and str(claim.number) in fault.text
    assert posted(office)[BUDGET] == -225_000
    assert rows_in(office.wiring.database, select(mutual_aid_enrolment_changes)) == []
    waiting = office.correct_enrolment(policy, covered_until=ENDED, take_back=True)
    assert waiting.proposed[MEMBER].claims == (claim.number,) and posted(office)[BUDGET] == -225_000
    done = office.confirm_correction(policy)
    assert done.proposed == {}
    proof = office.prove(claim.number)
    assert (proof.claim.state, proof.claim.because) == (ClaimState.REVERSED, "名单写错了")
    assert proof.is_proven and proof.ledger is not None and proof.ledger.stays_fen == 0
    assert BUDGET not in posted(office)
    require_sound_ledger(office)


def test_what_was_paid_becomes_a_debt_and_a_replay_gives_the_same_ledger(office: AidOffice) -> None:
    policy = office.policy()
    claim = office.approve(office.submit(policy).number)
    assert claim.grant_id is not None and claim.payable_fen is not None
    with office.wiring.database.write() as connection:
        for name in ("release", "settle"):
            step = HandOver(name, claim.grant_id, claim.payable_fen, f"PB-1-{name}")  # type: ignore[arg-type]
            post_hand_over(connection, step, office.now.date(), office.now)
            terms = {one: getattr(step, one) for one in HandOver.__slots__}
            record_act(connection, "hand_over", office.now, step=terms)
    office.correct_enrolment(policy, void=True, take_back=True)
    office.confirm_correction(policy)
    (debt,) = read_in(office.wiring.database, list_debts, member_id=MEMBER)
    assert (debt.grant_id, debt.left_fen, debt.text) == (claim.grant_id, 225_000, "名单写错了")
    proof = office.prove(claim.number)
    assert proof.claim.state is ClaimState.REVERSED and proof.is_proven
    assert proof.ledger is not None and (proof.ledger.stays_fen, proof.ledger.owed_fen) == (225_000, 225_000)
    require_sound_ledger(office)


def test_taking_claims_back_needs_a_second_person(office: AidOffice) -> None:
    policy = office.policy()
    assert office.correct_enrolment(policy, OTHER, covered_until=ENDED, take_back=True).proposed == {}, (
        "no claims"
    )
    claim = office.approve(office.submit(policy).number)
    assert refused(lambda: office.confirm_correction(policy)) == ["no_proposal"]
    office.correct_enrolment(policy, covered_until=ENDED, take_back=True)
    assert refused(lambda: office.confirm_correction(policy, actor=FIRST)) == ["same"]
    assert refused(lambda: office.confirm_correction(policy, actor=officer("LI.MIN"))) == ["same"]
    elsewhere = officer("zhao.lei", QINGDAO)
    assert refused(lambda: office.confirm_correction(policy, actor=elsewhere)) == ["elsewhere"]
    console = Actor("console:root", "root", ActorKind.CONSOLE)
    assert refused(lambda: office.confirm_correction(policy, actor=console)) == ["console"]
    again = office.correct_enrolment
    assert refused(lambda: again(policy, actor=console, void=True, take_back=True)) == ["console"]
    assert office.drop_correction(policy).proposed == {}
    assert refused(lambda: office.confirm_correction(policy)) == ["no_proposal"]
    assert refused(lambda: office.drop_correction(policy)) == ["no_proposal"]
    assert posted(office)[BUDGET] == -225_000 and office.prove(claim.number).is_proven
    require_sound_ledger(office)


def test_a_deputy_confirms_nothing_of_the_officer(office: AidOffice) -> None:
    policy = office.policy()
    office.approve(office.submit(policy).number)
    office.correct_enrolment(policy, covered_until=ENDED, take_back=True)
    with office.wiring.database.write() as connection:
        for name in (FIRST.id, SECOND.id):
            add_officer(connection, name)
            appoint(connection, name, "case_worker", LIXIA)
        appoint(connection, SECOND.id, "case_worker", LIXIA, deputy_of=FIRST.id)
    assert refused(lambda: office.confirm_correction(policy)) == ["deputy"]


def test_a_proposal_of_other_claims_or_of_long_ago_is_not_confirmed(office: AidOffice) -> None:
    policy = office.policy()
    office.approve(office.submit(policy).number)
    office.correct_enrolment(policy, covered_until=ENDED, take_back=True)
    late = {"admitted_on": "2026-10-01", "discharged_on": "2026-10-03", "receipt": "BBBB-0002"}
    office.approve(office.submit(policy, **late).number)
    assert refused(lambda: office.confirm_correction(policy)) == ["other_claims"]
    office.correct_enrolment(policy, covered_until=ENDED, take_back=True)
    assert office.show(ENROLMENTS, f"{policy}.{MEMBER}", FIRST).acts == ("drop",)
    assert "confirm" in office.show(ENROLMENTS, f"{policy}.{MEMBER}", SECOND).acts
    assert [count_waiting(office.wiring, by, ENROLMENTS) for by in (FIRST, SECOND)] == [0, 1]
    office.later(days=15)
    assert "confirm" not in office.show(ENROLMENTS, f"{policy}.{MEMBER}", SECOND).acts
    assert count_waiting(office.wiring, SECOND, ENROLMENTS) == 0
    returned = replace(SECOND, authenticated_at=office.now)
    assert refused(lambda: office.confirm_correction(policy, actor=returned)) == ["no_proposal"]


def test_who_may_correct_an_enrolment_and_what_is_refused(office: AidOffice) -> None:
    policy = office.policy()
    correct = office.correct_enrolment
    assert refused(lambda: correct(policy, "m-unknown", void=True)) == ["not_enrolled"]
    assert refused(lambda: correct(policy, covered_from=date(2025, 12, 31))) == ["coverage_day"]
    assert refused(lambda: correct(policy, covered_until=date(2027, 1, 1))) == ["coverage_day"]
    assert refused(lambda: correct(policy, covered_until=date(2025, 12, 31))) == ["coverage_day"]
    assert refused(lambda: correct(policy, reason=" ", void=True)) == ["string_too_short"]
    assert refused(lambda: correct(policy, reason="电话13800001234", void=True)) == ["personal"]
    assert refused(lambda: correct(policy, actor=officer("zhao.lei", QINGDAO), void=True)) == ["elsewhere"]
    auditor = officer("auditor", role=Role.AUDITOR)
    assert refused(lambda: correct(policy, actor=auditor, void=True)) == ["no_role"]
    office.later(minutes=6)
    assert refused(lambda: correct(policy, actor=SECOND, void=True)) == ["step_up"]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_list_is_previewed_by_row_and_stores_nothing(office: AidOffice, ending: str) -> None:
    number = office.write().number
    office.approve_policy(number)
    rows = [("姓名", "会员编号"), ("张三", MEMBER), ("", ""), ("李四", f" {OTHER} ")]
    content = workbook(*rows) if ending == "xlsx" else "\n".join(map(",".join, rows)).encode("gb18030")
    listed = read_members(TypedFile(f"名单.{ending}", content), SheetReader())
    assert listed == (ListedMember(MEMBER, 2), ListedMember(OTHER, 4))
    preview = partial(office.preview, policies.ENROL, key=number, source="list", on="2026-01-01")
    planned = preview(FIRST, members=listed)
    assert (planned["count"], planned["known"], planned["waiting"]) == (2, 0, 2)
    assert office.load_policy(number).enrolled == 0
    wrong = (*listed, ListedMember(NEWCOMER, 5), ListedMember("m-unknown", 6))
    assert [(one.short_code, one.row) for one in faults_of(preview, FIRST, members=wrong)] == [
        ("not_of_unit", 5),
        ("not_of_unit", 6),
    ]
    outside = officer("zhao.lei", QINGDAO)
    assert refused(lambda: preview(outside, members=listed)) == ["elsewhere"]


@pytest.mark.parametrize(
    ("content", "name", "codes"),
    [
        (b"id\nm-1\nm-1\n", "a.csv", [("repeated_id", 3)]),
        (b"id,name\nm-1,x\n,y\n", "a.csv", [("no_id", 3)]),
        (b"id\n=1+1\n+1\n@x\n", "a.csv", [("formula_cell", 2), ("formula_cell", 3), ("formula_cell", 4)]),
        (workbook(("会员编号",), formula='="m-"&1'), "a.xlsx", [("formula", None)]),
        (b"name\nx\n", "a.csv", [("missing", 1)]),
        (b"id\n", "a.csv", None),
        (b"PK\x03\x04 no workbook", "a.xlsx", None),
        (b"\xff\xfe\xd8", "a.txt", [("ambiguous", None)]),
        (b"id\n" + b"".join(b"m%d\n" % one for one in range(MOST_ROWS + 1)), "a.csv", [("long_list", None)]),
    ],
)
def test_what_is_wrong_with_a_list_is_said_by_row(
    content: bytes, name: str, codes: list[tuple[str, int | None]] | None
) -> None:
    if codes is not None:
        assert [
            (one.short_code, one.row)
            for one in faults_of(read_members, TypedFile(name, content), SheetReader())
        ] == codes


def test_members_are_enrolled_from_a_list_or_the_roll_of_a_day(office: AidOffice) -> None:
    number = office.write().number
    office.approve_policy(number)
    on = date(2026, 1, 1)
    assert refused(lambda: office.enrol(number, on, [""])) == ["no_members"]
    wrong = [MEMBER, STRANGER, "m-unknown", NEWCOMER, "13800001234"]
    with pytest.raises(FaultError) as error:
        office.enrol(number, on, wrong)
    assert [fault.short_code for fault in error.value.faults] == ["not_of_unit"] * 4
    assert "13800001234" not in str(error.value), "a phone number isn't repeated"
    assert refused(lambda: office.enrol(number, date(2025, 9, 30))) == ["enrol_day"]
    assert refused(lambda: office.enrol(number, date(2026, 11, 19))) == ["enrol_day"]
    assert office.enrol(number, on, [MEMBER, "", f" {MEMBER} "]).enrolled == 1
    assert refused(lambda: office.submit(number, OTHER)) == ["not_enrolled"]
    assert refused(lambda: office.submit(number, STRANGER)) == ["unknown_member"]
    assert refused(lambda: office.submit(number, "m-unknown")) == ["unknown_member"]


def test_a_new_member_waits_and_a_member_who_goes_on_does_not(office: AidOffice) -> None:
    earlier = office.policy(date(2025, 6, 1), year="2025", waiting_days="60")
    number = office.write().number
    office.approve_policy(number)
    office.enrol(number, date(2026, 1, 1), [MEMBER])
    office.enrol(number, date(2026, 10, 31))
    with office.wiring.database.read() as connection:
        first = find_enrolments(connection, earlier, [MEMBER])[MEMBER]
        then = find_enrolments(connection, number, [MEMBER, OTHER, NEWCOMER])
    assert (first.enrolled_on, first.covered_from) == (date(2025, 6, 1), date(2025, 7, 31))
    assert then[MEMBER].covered_from == date(2026, 1, 1), "no gap: no waiting"
    assert then[OTHER].covered_from == date(2026, 11, 30), "after a gap a member waits like a new one"
    assert then[NEWCOMER].covered_from == date(2026, 11, 30)
    office.later(days=60)
    day = {"discharged_on": "2026-12-02"}
    fresh = officer("li.min")
    submit = partial(office.submit, number, NEWCOMER, fresh, **day)
    assert refused(lambda: submit(admitted_on="2026-11-29")) == ["protected"]
    assert submit(admitted_on="2026-11-30").state is ClaimState.SUBMITTED
