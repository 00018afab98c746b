"""What is done to claims of mutual aid: submit one, review it as a second officer, correct, withdraw or reverse it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from core.civil_time import civil_date
from core.faults import Fault, FaultError
from core.money import format_yuan
from core.text_marks import N_
from members.mutual_aid.claim import AidClaim, Bill, ClaimAct, ClaimEvent, bill_data
from members.mutual_aid.faults import AID_FAULTS
from members.mutual_aid.policy import Policy, PolicyAct, PolicyTerms
from members.privacy import has_personal_number
from yihui.access.roles import Right
from yihui.cases.kernel.sealing import seal
from yihui.cases.mutual_aid.claim_file import (
    CLAIM,
    CLAIM_AUDIT,
    CLAIM_HISTORY,
    CLAIM_KIND,
    compute_claim,
    coverage_faults,
)
from yihui.cases.mutual_aid.forms import (
    LEAST_RECEIPT,
    AmendedClaimForm,
    BillForm,
    ClaimForm,
    ReasonForm,
    RemarkForm,
    build_bill,
    digest_receipt,
)
from yihui.cases.mutual_aid.policies import POLICY, raise_faults, require_policy, take_locks
from yihui.frame.acts import Act, Change, Data, Doing, Preview
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from yihui.access.second_person import Step


@dataclass(frozen=True, slots=True)
class ClaimedStay:
    """The member of a claim with her organisation of today, and the bill of the stay."""

    member: str
    organisation: str
    bill: Bill


def submit_claim(act: Doing[ClaimForm, Policy]) -> Change:
    return store_claim(act, check_stay(act, *_find_member(act)))


def store_claim(act: Doing[ClaimForm, Policy], stay: ClaimedStay) -> Change:
    """Store a checked claim, which waits for its review."""
    from members.mutual_aid.repository import CLAIMS

    data = {
        "policy": act.thing.number,
        "organisation": stay.organisation,
        "member": stay.member,
        "bill": bill_data(stay.bill),
    }
    claim = CLAIMS.insert(act.connection, ClaimEvent(1, ClaimAct.SUBMIT, act.now, act.actor.id, data))
    after = {
        "state": claim.state.value,
        "policy": act.thing.number,
        "self_paid_fen": stay.bill.self_paid_fen,
    }
    about = (CLAIM_KIND, str(claim.number))
    return Change(claim.number, after, organisation=stay.organisation, about=about)


def preview_claim(act: Doing[ClaimForm, Policy], language: Language) -> Preview:
    """Return what a claim would be paid today."""
    from yihui.cases.mutual_aid.proof import build_proof_sections

    stay = check_stay(act, *_find_member(act))
    found = compute_claim(act.connection, act.thing, stay.member, stay.bill)
    is_yearly = act.thing.terms.table.is_yearly
    return Preview(build_proof_sections(found, is_yearly, language), ("member", stay.member))


def _find_places(act: Doing[ClaimForm, Policy]) -> Sequence[str]:
    return (_find_member(act)[1],)


def _find_member(act: Doing[ClaimForm, Policy]) -> tuple[str, str]:
    """Return the member and her organisation of today.

    *Raises*: FaultError; the same for a member whom nobody knows and for one of another subtree.
    """
    from yihui.services.access.reach import codes_within, open_reach
    from yihui.services.members.organisations import find_member_organisations

    member = act.form.member
    reach = open_reach(act.wiring, act.actor, Right.KEEP_HARDSHIP)
    code = find_member_organisations(act.connection, [member], reach.day).get(member)
    if code is None or code not in codes_within(act.connection, reach, [code]):
        value = "***" if has_personal_number(member) else member[:64]
        raise FaultError(AID_FAULTS.build("unknown_member", field="member", value=value))
    return member, code


def check_stay(act: Doing[ClaimForm, Policy], member: str, code: str) -> ClaimedStay:
    """Return a checked claim of a member of an organisation. *Raises*: FaultError with every fault."""
    act.thing.require(PolicyAct.ENROL)  # only a policy in force pays
    return ClaimedStay(member, code, _check_bill(act, act.form, act.thing, member, None))


def _check_bill(
    act: Doing[ClaimForm, Policy] | Doing[AmendedClaimForm, AidClaim],
    form: ClaimForm | AmendedClaimForm,
    policy: Policy,
    member: str,
    claim: AidClaim | None,
) -> Bill:
    """Return the bill of a claim; without a receipt's number it keeps that of the claim.

    *Raises*: FaultError with every fault; none quotes the receipt's number.
    """
    from members.mutual_aid.repository import find_claim_of_receipt, find_enrolments

    faults = [*_stay_faults(policy.terms, form, civil_date(act.now)), *_sum_faults(form)]
    kept = (claim.bill.receipt, claim.bill.receipt_end) if claim and not form.receipt.strip() else None
    receipt = kept or digest_receipt(form.receipt)
    if receipt is None:
        faults.append(AID_FAULTS.build("no_receipt", field="receipt", least=LEAST_RECEIPT))
    else:
        other = find_claim_of_receipt(act.connection, receipt[0])
        if other is not None and (claim is None or other != claim.number):
            faults.append(AID_FAULTS.build("receipt_used", field="receipt", value=other))
    enrolment = find_enrolments(act.connection, policy.number, [member]).get(member)
    admitted_on = None if faults else form.admitted_on
    raise_faults([*coverage_faults(policy, member, enrolment, admitted_on), *faults])
    assert receipt is not None
    return build_bill(form, *receipt)


def _stay_faults(terms: PolicyTerms, form: BillForm, today: date) -> Sequence[Fault]:
    faults = []
    admitted, discharged = form.admitted_on, form.discharged_on
    if discharged < admitted:
        faults.append(AID_FAULTS.build("stay_days", field="discharged_on", value=discharged))
    if discharged > today:
        faults.append(AID_FAULTS.build("stay_ahead", field="discharged_on", value=discharged))
    if not terms.covers(admitted):
        begins, ends = terms.begins, terms.ends
        faults.append(
            AID_FAULTS.build("stay_year", field="admitted_on", value=admitted, begins=begins, ends=ends)
        )
    return faults


def _sum_faults(form: BillForm) -> Sequence[Fault]:
    parts = form.insurance + form.other + form.self_paid
    if parts == form.total:
        return []
    value, total = format_yuan(parts), format_yuan(form.total)
    return [AID_FAULTS.build("sum", field="total", value=value, total=total)]


def _amend(act: Doing[AmendedClaimForm, AidClaim]) -> Data:
    policy = require_policy(act.connection, act.thing.policy)
    bill = _check_bill(act, act.form, policy, act.thing.member_id, act.thing)
    return {"bill": bill_data(bill), "reason": act.form.reason}


def _approve(act: Doing[RemarkForm, AidClaim]) -> Data:
    from yihui.cases.mutual_aid.payment import grant_claim

    return grant_claim(act)


def _reverse(act: Doing[ReasonForm, AidClaim]) -> Data:
    from yihui.cases.mutual_aid.payment import return_claim

    return return_claim(act)


def _lock_rules(wiring: object, connection: "Connection") -> None:
    import benefits
    from store import lock_exclusive
    from yihui.cases.mutual_aid.policies import AID_LOCK

    benefits.lock_rulebook_exclusive(connection)
    lock_exclusive(connection, AID_LOCK)


def _submitted(claim: AidClaim) -> "Step":
    from yihui.access.second_person import Step

    return Step(claim.submitted_by, claim.submitted_at, Right.KEEP_HARDSHIP)


SUBMIT = Act(
    "submit",
    N_("Submit a claim"),
    ClaimForm,
    submit_claim,
    Right.KEEP_HARDSHIP,
    f"{CLAIM_AUDIT}submit",
    N_("The claim was submitted; another officer reviews it."),
    POLICY,
    leads_to="mutual-aid/claims",
    button=N_("Submit it: another officer reviews it"),
    ticked=N_("I have compared the bill with the receipt"),
    places=_find_places,
    reading=Right.READ_HARDSHIP,
    prepare=take_locks,
    preview=preview_claim,
)
APPROVE = Act(
    "approve",
    N_("Approve the claim"),
    RemarkForm,
    CLAIM_HISTORY.move(ClaimAct.APPROVE, _approve),
    Right.KEEP_HARDSHIP,
    f"{CLAIM_AUDIT}approve",
    N_("The claim was approved; the money room pays it."),
    CLAIM,
    ready=CLAIM_HISTORY.ready(ClaimAct.APPROVE),
    button=N_("Approve it: the money room pays it"),
    second_to=_submitted,
    is_fresh=True,
    prepare=take_locks,
    after=seal,
)
SEND_BACK = Act(
    "send-back",
    N_("Send the claim back"),
    ReasonForm,
    CLAIM_HISTORY.move(ClaimAct.SEND_BACK),
    Right.KEEP_HARDSHIP,
    f"{CLAIM_AUDIT}send_back",
    N_("The claim was sent back for correction."),
    CLAIM,
    ready=CLAIM_HISTORY.ready(ClaimAct.SEND_BACK),
    button=N_("Send it back for correction"),
    second_to=_submitted,
    prepare=take_locks,
)
REFUSE = Act(
    "refuse",
    N_("Refuse the claim"),
    ReasonForm,
    CLAIM_HISTORY.move(ClaimAct.REFUSE),
    Right.KEEP_HARDSHIP,
    f"{CLAIM_AUDIT}refuse",
    N_("The claim was refused."),
    CLAIM,
    ready=CLAIM_HISTORY.ready(ClaimAct.REFUSE),
    second_to=_submitted,
    is_grave=True,
    prepare=take_locks,
)
CORRECT = Act(
    "correct",
    N_("Correct the claim"),
    AmendedClaimForm,
    CLAIM_HISTORY.move(ClaimAct.CORRECT, _amend),
    Right.KEEP_HARDSHIP,
    f"{CLAIM_AUDIT}correct",
    N_("The claim was corrected; another officer reviews it."),
    CLAIM,
    ready=CLAIM_HISTORY.ready(ClaimAct.CORRECT),
    button=N_("Correct it: another officer reviews it"),
    ticked=N_("I have compared the bill with the receipt"),
    begin=lambda claim: _begin_bill(claim.bill),
    prepare=take_locks,
)
WITHDRAW = Act(
    "withdraw",
    N_("Withdraw the claim"),
    ReasonForm,
    CLAIM_HISTORY.move(ClaimAct.WITHDRAW),
    Right.KEEP_HARDSHIP,
    f"{CLAIM_AUDIT}withdraw",
    N_("The claim was withdrawn; its receipt is free again."),
    CLAIM,
    ready=CLAIM_HISTORY.ready(ClaimAct.WITHDRAW),
    prepare=take_locks,
)
REVERSE = Act(
    "reverse",
    N_("Reverse the claim"),
    ReasonForm,
    CLAIM_HISTORY.move(ClaimAct.REVERSE, _reverse),
    Right.KEEP_HARDSHIP,
    f"{CLAIM_AUDIT}reverse",
    N_("The claim was reversed; its money is back in the budget."),
    CLAIM,
    ready=CLAIM_HISTORY.ready(ClaimAct.REVERSE),
    button=N_("Reverse it: its money goes back to the budget"),
    is_grave=True,
    prepare=_lock_rules,
    after=seal,
)


def _begin_bill(bill: Bill) -> Data:
    return {
        "admitted_on": bill.admitted_on,
        "discharged_on": bill.discharged_on,
        "total": bill.total_fen,
        "insurance": bill.insurance_fen,
        "other": bill.other_fen,
        "self_paid": bill.self_paid_fen,
    }
