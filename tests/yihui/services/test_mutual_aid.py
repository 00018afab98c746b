"""Mutual aid in a real database: who may act, what a claim is paid, and that the ledger says the same."""

from datetime import date
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from benefits import list_budgets, set_budget
from benefits.payout.hand_over import HandOver, post_hand_over
from benefits.payout.payments import PayoutCriteria, list_payable_grants
from members.attachments import upload_owner
from members.mutual_aid.claim import ClaimState
from members.mutual_aid.policy import PolicyState
from members.mutual_aid.tables import mutual_aid_claim_events, mutual_aid_claims, mutual_aid_policies
from tests.transactions import read_in, rows_in
from tests.yihui.applying import photo
from tests.yihui.nouns import count_waiting, do_own, her, list_rows
from tests.yihui.refusals import do_at_once, faults_of, refused
from tests.yihui.services.hardship_office import JINAN, LIXIA, QINGDAO, officer
from tests.yihui.services.mutual_aid_office import BILL, FIRST, MEMBER, OTHER, SECOND, AidOffice
from tests.yihui.services.test_hardship import posted, require_sound_ledger
from yihui.access.roles import Role
from yihui.access.tables import audit_entries
from yihui.cases.mutual_aid.claim_pages import CLAIMS
from yihui.cases.mutual_aid.own import HAND_IN, OWN_CLAIMS
from yihui.cases.mutual_aid.policy_pages import ENROLMENTS, POLICIES
from yihui.services.access.acting import acting_officer
from yihui.services.attachments.attachments import (
    add_own_file,
    list_waiting_files,
    open_attachment_store,
    read_sent_file,
)

BUDGET = "budget/mutual-aid-reimbursement"


@pytest.fixture
def office(target: str, tmp_path: Path) -> AidOffice:
    return AidOffice(target, tmp_path)


def test_a_policy_is_written_by_one_officer_and_approved_by_another(office: AidOffice) -> None:
    policy = office.write()
    assert policy.state is PolicyState.DRAFT
    officers = (FIRST, SECOND, officer("zhao.lei", QINGDAO))
    assert [count_waiting(office.wiring, one, POLICIES) for one in officers] == [0, 1, 0]
    assert (policy.terms.begins, policy.terms.ends) == (date(2026, 1, 1), date(2026, 12, 31))
    assert refused(lambda: office.enrol(policy.number)) == ["not_now"]
    assert refused(lambda: office.submit(policy.number)) == ["not_now"]
    assert refused(lambda: office.approve_policy(policy.number, FIRST)) == ["same"]
    assert office.approve_policy(policy.number).state is PolicyState.IN_FORCE
    assert count_waiting(office.wiring, SECOND, POLICIES) == 0
    assert refused(lambda: office.approve_policy(policy.number)) == ["not_now"]
    enrolled = office.enrol(policy.number)
    assert (enrolled.enrolled, enrolled.contributions_fen) == (2, 4_000), "the newcomer joined in October"
    assert refused(lambda: office.enrol(policy.number)) == ["no_change"]
    assert office.enrol(policy.number, date(2026, 11, 1)).enrolled == 3
    second = office.write(begins="2026-12-31", ends="2027-12-30")
    assert refused(lambda: office.approve_policy(second.number)) == ["same_policy"]
    assert office.withdraw_policy(second.number).state is PolicyState.WITHDRAWN
    assert refused(lambda: office.withdraw_policy(policy.number)) == ["not_now"]


@pytest.mark.both_databases
def test_a_claim_is_paid_what_the_table_gives_and_proven_line_by_line(
    office: AidOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("benefits.reporting.dossier.check_grant")  # of the dossier: reading a claim is light
    policy = office.policy()
    assert office.preview_fen(policy) == 225_000
    claim = office.submit(policy)
    assert posted(office) == {}
    assert office.prove(claim.number).is_proven is None
    assert refused(lambda: office.approve(claim.number, FIRST)) == ["same"]
    assert [count_waiting(office.wiring, one, CLAIMS) for one in (FIRST, SECOND)] == [0, 1]
    approved = office.approve(claim.number)
    assert count_waiting(office.wiring, SECOND, CLAIMS) == 0
    assert (approved.state, approved.payable_fen, approved.used_fen) == (ClaimState.APPROVED, 225_000, 0)
    assert posted(office) == {BUDGET: -225_000, "promised/mutual-aid-reimbursement": 225_000}
    proof = office.prove(claim.number)
    lines = [(line.part_fen, line.rate_bp, line.paid_fen) for line in proof.computed.lines]
    assert lines == [(100_000, 0, 0), (450_000, 5_000, 225_000), (0, 6_000, 0)]
    assert proof.ledger is not None and proof.is_proven is True
    assert (proof.ledger.granted_fen, proof.ledger.stays_fen) == (225_000, 225_000)
    assert (proof.computed.year_left_fen, proof.computed.year_left_after_fen) == (1_000_000, 775_000)
    assert refused(lambda: office.approve(claim.number)) == ["not_now"]
    require_sound_ledger(office)


def test_the_cap_of_the_year_ends_what_is_paid(office: AidOffice) -> None:
    policy = office.policy()
    big = {"total": "30000", "insurance": "0", "other": "0", "self_paid": "30000"}
    first = office.submit(policy, **big, receipt="AAAA-0001")
    assert office.approve(first.number).payable_fen == 800_000, "the cap of a claim"
    assert office.prove(first.number).computed.is_claim_capped
    second = office.submit(policy, **big, receipt="AAAA-0002")
    approved = office.approve(second.number)
    assert (approved.used_fen, approved.payable_fen) == (800_000, 200_000)
    proof = office.prove(second.number)
    assert proof.computed.year_left_after_fen == 0
    assert proof.is_proven
    third = office.submit(policy, **big, receipt="AAAA-0003")
    assert office.preview_fen(policy, **big, receipt="AAAA-0004") == 0
    assert refused(lambda: office.approve(third.number)) == ["capped"]
    assert office.refuse(third.number).state is ClaimState.REFUSED
    assert office.preview_fen(policy, OTHER, **big, receipt="AAAA-0004") == 800_000, "each member for herself"
    office.reverse(first.number)
    fourth = office.submit(policy, **big, receipt="AAAA-0001")
    assert office.approve(fourth.number).payable_fen == 800_000, "what was reversed isn't used"
    assert office.prove(second.number).is_proven, "an approved claim keeps its own figures"
    require_sound_ledger(office)


def test_a_reversed_claim_is_back_in_the_budget_and_its_receipt_is_free(office: AidOffice) -> None:
    policy = office.policy()
    with office.wiring.database.write() as connection:
        acting = acting_officer(office.wiring, "li.min")
        set_budget(connection, "mutual-aid-reimbursement", 300_000, acting)
    claim = office.submit(policy)
    office.approve(claim.number)
    other = office.submit(policy, OTHER, receipt="BBBB-0001")
    assert faults_of(office.approve, other.number)[0].code == "mutual_aid.refused"
    assert office.reverse(claim.number).state is ClaimState.REVERSED
    assert refused(lambda: office.reverse(claim.number)) == ["not_now"]
    proof = office.prove(claim.number)
    assert proof.ledger is not None and proof.is_proven
    assert (proof.ledger.granted_fen, proof.ledger.stays_fen) == (225_000, 0)
    (budget,) = read_in(office.wiring.database, list_budgets)
    assert budget.in_use_fen == 0
    assert office.approve(other.number).payable_fen == 225_000
    again = office.submit(policy)
    assert again.bill.receipt == claim.bill.receipt
    require_sound_ledger(office)


def test_an_approved_claim_is_paid_by_bank_and_not_reversed_then(office: AidOffice) -> None:
    claim = office.approve(office.submit(office.policy()).number)
    assert claim.grant_id is not None and claim.payable_fen is not None
    day = office.now.date()
    with office.wiring.database.write() as connection:
        payable = list_payable_grants(connection, PayoutCriteria())
        assert [(one.grant_id, one.amount_fen) for one in payable] == [(claim.grant_id, 225_000)]
        step = HandOver("release", claim.grant_id, claim.payable_fen, "PB-1")
        post_hand_over(connection, step, day, office.now)  # the moves of a batch that was released
    assert refused(lambda: office.reverse(claim.number)) == ["paid"]
    proof = office.prove(claim.number)
    assert proof.is_proven and proof.claim.state is ClaimState.APPROVED
    assert office.preview_fen(claim.policy, receipt="PAID-0001", self_paid="6000", total="12500") == 250_000


def test_a_yearly_deductible_is_counted_over_the_claims_of_a_year_and_proven(office: AidOffice) -> None:
    policy = office.policy(deductible_per="year")
    small = {"total": "600", "insurance": "0", "other": "0", "self_paid": "600"}
    first = office.approve(office.submit(policy, **small, receipt="EEEE-0001").number)
    assert (first.state, first.grant_id, first.payable_fen) == (ClaimState.APPROVED, None, 0)
    assert office.prove(first.number).is_proven
    assert office.preview_fen(policy, **small, receipt="EEEE-0002") == 10_000, "200 of 600 yuan, by half"
    assert office.preview_fen(policy, OTHER, **small, receipt="EEEE-0002") == 0, "each has a deductible"
    second = office.submit(policy, **small, receipt="EEEE-0002")
    third = office.submit(policy, **small, receipt="EEEE-0003")
    assert office.approve(second.number).payable_fen == 10_000
    assert office.approve(third.number).payable_fen == 30_000
    assert office.reverse(first.number).state is ClaimState.REVERSED
    assert [office.prove(one.number).is_proven for one in (first, second, third)] == [None, True, True]
    assert office.preview_fen(policy, **small, receipt="EEEE-0001") == 0, "its part is open again"
    require_sound_ledger(office)


def test_a_receipt_is_reimbursed_once_even_under_another_policy(office: AidOffice) -> None:
    county = office.policy()
    above = officer("sun.li", JINAN)
    draft = office.write(above, organisation=JINAN)
    office.approve_policy(draft.number, officer("zhou.yu", JINAN))
    office.enrol(draft.number, actor=above)
    city = draft.number
    claim = office.submit(county)
    for written in ("LX-2026-000123", "lx 2026 000123", "ＬＸ２０２６０００１２３"):
        assert refused(office.submit, city, OTHER, receipt=written) == ["receipt_used"]
    office.send_back(claim.number)
    assert refused(lambda: office.submit(city)) == ["receipt_used"], "sent back still holds it"
    other = office.submit(city, receipt="CCCC-0001")
    office.send_back(other.number)
    assert refused(lambda: office.correct(other.number, receipt="LX2026000123")) == ["receipt_used"]
    office.withdraw(claim.number)
    assert office.correct(other.number, receipt="LX2026000123").state is ClaimState.SUBMITTED


def test_a_claim_that_was_sent_back_is_corrected_and_reviewed_again(office: AidOffice) -> None:
    policy = office.policy()
    claim = office.submit(policy)
    assert refused(lambda: office.correct(claim.number)) == ["not_now"]
    assert refused(lambda: office.send_back(claim.number, FIRST)) == ["same"]
    assert office.send_back(claim.number).state is ClaimState.RETURNED
    assert refused(lambda: office.approve(claim.number)) == ["not_now"]
    assert refused(lambda: office.correct(claim.number, self_paid="5600")) == ["sum"]
    corrected = office.correct(claim.number, SECOND, self_paid="5600", insurance="5900")
    assert corrected.bill.receipt == claim.bill.receipt, "without a number it keeps the receipt"
    assert refused(lambda: office.approve(claim.number, SECOND)) == ["same"], "SECOND corrected it"
    assert office.approve(claim.number, FIRST).payable_fen == 230_000


@pytest.mark.parametrize("end", ["withdraw", "refuse", "send_back"])
def test_a_member_reads_why_her_claim_was_sent_back_or_ended(office: AidOffice, end: str) -> None:
    claim = office.submit(office.policy())
    whose = her(claim.member_id)
    assert [one.because for one in list_rows(office.wiring, whose, OWN_CLAIMS)] == [None]
    getattr(office, end)(claim.number)
    assert [one.because for one in list_rows(office.wiring, whose, OWN_CLAIMS)] == ["已核对"]


def test_a_claim_whose_paper_is_not_stored_is_refused(office: AidOffice) -> None:
    policy = office.policy()
    owner = upload_owner(MEMBER, HAND_IN.papers, str(policy))
    add_own_file(office.wiring, her(MEMBER), owner, read_sent_file("结算单", photo()))
    (paper,) = list_waiting_files(office.wiring, owner)
    path = open_attachment_store(office.wiring).path_of(paper.digest)
    stored = path.read_bytes()
    path.unlink()
    hand_in = partial(do_own, office.wiring, MEMBER, HAND_IN, policy, **BILL)
    assert refused(hand_in) == ["missing"]
    path.write_bytes(stored)
    hand_in()


BILLS: list[tuple[dict[str, str], list[str]]] = [
    ({"admitted_on": "2025-12-31"}, ["stay_year"]),
    ({"admitted_on": "2026-01-30"}, ["protected"]),
    ({"admitted_on": "2026-01-31", "discharged_on": "2026-01-31"}, []),
    ({"discharged_on": "2026-08-31"}, ["stay_days"]),
    ({"discharged_on": "2026-11-19"}, ["stay_ahead"]),
    ({"discharged_on": "2026-11-18"}, []),
    ({"admitted_on": "1.9.2026"}, ["day"]),
    ({"admitted_on": "２０２６－０９－０１"}, []),  # full-width digits
    ({"total": "１２０００", "self_paid": "５，５００．００元"}, []),
    ({"total": "12000.01"}, ["sum"]),
    ({"self_paid": "-5500", "insurance": "17000"}, ["amount"]),
    ({"other": "免费"}, ["amount"]),
    ({"other": ""}, ["sum"]),
    ({"total": "100000000000", "self_paid": "100000000000"}, ["too_much", "too_much"]),
    ({"receipt": ""}, ["missing"]),
    ({"receipt": "A-1"}, ["no_receipt"]),
    ({"receipt": "A" * 41}, ["no_receipt"]),
    ({"receipt": "<script>alert"}, ["no_receipt"]),
    ({"admitted_on": "2025-12-31", "total": "1", "receipt": "A"}, ["stay_year", "sum", "no_receipt"]),
]  # fmt: skip


def test_what_is_wrong_with_a_bill_is_said_at_once_and_not_stored(office: AidOffice) -> None:
    policy = office.policy()
    for number, (written, codes) in enumerate(BILLS):
        if not codes:
            sent = office.submit(policy, **{"receipt": f"FINE-{number:04}", **written})
            assert sent.state is ClaimState.SUBMITTED
            continue
        for act in (office.submit, office.preview_fen):
            assert refused(partial(act, policy, **written)) == codes, written  # type: ignore[arg-type]
    stored = rows_in(office.wiring.database, select(mutual_aid_claims))
    assert len(stored) == sum(not codes for _, codes in BILLS)


TERMS: list[tuple[dict[str, str], list[str]]] = [
    ({"year": "1999"}, ["greater_than_equal"]),
    ({"year": "2027", "begins": "2026-01-01", "ends": "2026-12-31"}, ["long_policy"]),
    ({"year": "２０２６"}, []),
    ({"begins": "2026-02-01", "ends": "2026-01-31"}, ["days"]),
    ({"begins": "2026-01-01", "ends": "2027-01-02"}, ["long_policy"]),
    ({"waiting_days": "367"}, ["less_than_equal"]),
    ({"waiting_days": "-1"}, ["whole"]),
    ({"contribution": "-20"}, ["amount"]),
    ({"contribution": "0"}, []),
    ({"bands": "1000-10000=50%; 9000-=60%"}, ["overlap"]),
    ({"bands": ";"}, ["no_band"]),
    ({"bands": "half"}, ["bad_band"]),
    ({"deductible_per": "month"}, ["literal_error"]),
    ({"claim_cap": "10001"}, ["caps"]),
    ({"claim_cap": "", "year_cap": ""}, []),
    ({"document": "", "clause": "电话13800001234"}, ["missing", "personal"]),
    ({"organisation": "370199"}, ["elsewhere"]),
    ({"organisation": QINGDAO}, ["elsewhere"]),
]  # fmt: skip


def test_what_is_wrong_with_a_policy_is_said_at_once_and_not_stored(office: AidOffice) -> None:
    for written, codes in TERMS:
        if not codes:
            assert office.write(**written).terms.year == 2026
        else:
            assert refused(partial(office.write, **written)) == codes, written
    stored = rows_in(office.wiring.database, select(mutual_aid_policies))
    assert len(stored) == sum(not codes for _, codes in TERMS)


def test_officers_see_and_change_only_the_claims_of_their_subtrees(office: AidOffice) -> None:
    policy = office.policy()
    number = office.submit(policy).number
    outside, above = officer("zhao.lei", QINGDAO), officer("sun.li", JINAN)
    auditor = officer("auditor", JINAN, Role.AUDITOR)
    agent = officer("agent-1", JINAN, Role.HOTLINE_AGENT)
    assert office.list_claims(above) == office.list_claims(above, organisation=LIXIA) == [number]
    assert office.list_claims(outside) == []
    assert refused(lambda: office.list_claims(organisation="999999")) == ["unknown_organisation"]
    assert refused(lambda: office.show(CLAIMS, number, outside)) == ["elsewhere"]
    assert refused(lambda: office.list_claims(agent)) == ["no_role"]
    assert refused(lambda: office.show(POLICIES, policy, outside)) == ["elsewhere"]
    assert office.show(CLAIMS, number, auditor).person == MEMBER
    for act in (office.approve, office.refuse, office.withdraw):
        assert refused(act, number, auditor) == ["no_role"]
        assert refused(act, number, outside) == ["elsewhere"]
    assert refused(lambda: office.submit(policy, MEMBER, outside)) == ["unknown_member"]
    assert refused(lambda: office.show(CLAIMS, 99, above)) == ["unknown_claim"]
    assert refused(lambda: office.show(POLICIES, 2**62, above)) == ["unknown_policy"]


def test_a_policy_of_the_city_is_read_in_its_counties_without_its_members(office: AidOffice) -> None:
    above = officer("sun.li", JINAN)
    number = office.write(above, organisation=JINAN).number
    office.approve_policy(number, officer("zhou.yu", JINAN))
    office.enrol(number, actor=above)
    assert "2026" in office.show(POLICIES, number, FIRST).title
    key = f"{number}.{MEMBER}"
    assert refused(lambda: office.show(ENROLMENTS, key, FIRST)) == ["elsewhere"]
    assert office.show(ENROLMENTS, key, above).person == MEMBER
    assert office.submit(number).organisation == LIXIA
    assert refused(lambda: office.enrol(number)) == ["elsewhere"]


def test_each_act_and_each_reading_is_in_the_audit_log_without_the_receipts_number(office: AidOffice) -> None:
    policy = office.policy()
    number = office.submit(policy).number
    office.approve(number)
    office.show(CLAIMS, number, SECOND)
    with office.wiring.database.read() as connection:
        rows = connection.execute(select(audit_entries).order_by(audit_entries.c.sequence)).all()
        events = connection.execute(select(mutual_aid_claim_events)).all()
    said = [(row.actor, row.act.removeprefix("hardship.")) for row in rows]
    assert said == [
        ("li.min", "keep.mutual_aid.policy_write"),
        ("wang.fang", "keep.mutual_aid.policy_approve"),
        ("li.min", "keep.mutual_aid.policy_enrol"),
        ("li.min", "keep.mutual_aid.submit"),
        ("wang.fang", "keep.mutual_aid.approve"),
        ("wang.fang", "read"),
    ]
    assert "000123" not in repr(rows) + repr(events), "only the last four characters are stored"


def test_an_old_log_in_approves_nothing(office: AidOffice) -> None:
    policy, draft = office.policy(), office.write(year="2025").number
    number = office.submit(policy).number
    office.later(minutes=6)
    assert refused(lambda: office.approve(number)) == ["step_up"]
    assert refused(lambda: office.approve_policy(draft)) == ["step_up"]


@pytest.mark.both_databases
def test_of_two_officers_who_decide_on_a_claim_at_once_one_wins(office: AidOffice) -> None:
    number = office.submit(office.policy()).number
    acts = {office.approve: "wang.fang", office.refuse: "zhao.lei"}
    decided = do_at_once(lambda act: act(number, officer(acts[act])) and "done", [*acts])
    assert sorted(decided) == ["done", "mutual_aid.not_now"]


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("terms", "yuan", "paid"),
    [({}, "30000", [200_000, 800_000]), ({"deductible_per": "year"}, "1600", [30_000, 80_000])],
    ids=["the cap of the year", "the yearly deductible"],
)
def test_two_claims_at_once_share_what_the_year_has_left(
    office: AidOffice, terms: dict[str, str], yuan: str, paid: list[int]
) -> None:
    policy = office.policy(**terms)
    bill = {"total": yuan, "insurance": "0", "other": "0", "self_paid": yuan}
    numbers = [office.submit(policy, **bill, receipt=f"DDDD-000{place}").number for place in range(2)]
    found = do_at_once(lambda number: int(office.approve(number).payable_fen or 0), numbers)
    assert sorted(map(int, found)) == paid
    assert posted(office)[BUDGET] == -sum(paid)
