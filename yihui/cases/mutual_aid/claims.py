"""What is done to claims of mutual aid: submit one, review it as a second officer, correct, withdraw or reverse it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from core.civil_time import civil_date
from core.faults import Fault, FaultError, raise_faults
from core.money import format_yuan
from core.text_marks import N_
from members.mutual_aid.claim import AidClaim, Bill, ClaimAct, bill_data
from members.mutual_aid.faults import AID_FAULTS
from members.mutual_aid.policy import Policy, PolicyAct, PolicyTerms
from yihui.access.roles import Right
from yihui.cases.kernel.forms import MemberReasonForm, RemarkForm
from yihui.cases.kernel.history import Data
from yihui.cases.kernel.sealing import seal
from yihui.cases.mutual_aid.claim_file import (
    CLAIMS,
    compute_claim,
    coverage_faults,
)
from yihui.cases.mutual_aid.forms import (
    LEAST_RECEIPT,
    AmendedClaimForm,
    BillForm,
    ClaimForm,
    OwnClaimForm,
    build_bill,
    digest_receipt,
)
from yihui.cases.mutual_aid.policies import POLICIES, POLICY, lock_rules, take_locks
from yihui.frame.acts import Act, Change, Doing, Preview
from yihui.frame.typed import quote_value
from yihui.runtime.language import Language


def store_claim(
    act: Doing[ClaimForm, Policy] | Doing[OwnClaimForm, Policy], member: str, organisation: str
) -> Change:
    """Check and store a claim of a member of an organisation, which waits for its review.

    *Raises*: FaultError with every fault.
    """
    bill = _check_stay(act, member)
    data = {
        "policy": act.thing.number,
        "organisation": organisation,
        "member": member,
        "bill": bill_data(bill),
    }
    claim = CLAIMS.insert(act, ClaimAct.SUBMIT, data)
    after = {"state": claim.state.value, "policy": act.thing.number, "self_paid_fen": bill.self_paid_fen}
    return Change(claim.number, after, organisation=organisation, about=(CLAIMS.name, str(claim.number)))


def preview_claim(act: Doing[ClaimForm, Policy], language: Language) -> Preview:
    """Return what a claim would be paid today."""
    from yihui.cases.mutual_aid.proof import build_proof_sections

    member, _ = _find_member(act)
    found = compute_claim(act.connection, act.thing, member, _check_stay(act, member))
    is_yearly = act.thing.terms.table.is_yearly
    return Preview(build_proof_sections(found, is_yearly, language), ("member", member))


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
        raise FaultError(AID_FAULTS.build("unknown_member", field="member", value=quote_value(member)))
    return member, code


def _check_stay(act: Doing[ClaimForm, Policy] | Doing[OwnClaimForm, Policy], member: str) -> Bill:
    act.thing.require(PolicyAct.ENROL)  # only a policy in force pays
    return _check_bill(act, act.form, act.thing, member, None)


def _check_bill(
    act: Doing[Any, Policy] | Doing[AmendedClaimForm, AidClaim],
    form: ClaimForm | OwnClaimForm | AmendedClaimForm,
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
    policy = POLICIES.require(act.connection, act.thing.policy)
    bill = _check_bill(act, act.form, policy, act.thing.member_id, act.thing)
    return {"bill": bill_data(bill), "reason": act.form.reason}


def _approve(act: Doing[RemarkForm, AidClaim]) -> Data:
    from yihui.cases.mutual_aid.payment import grant_claim

    return grant_claim(act)


def _reverse(act: Doing[MemberReasonForm, AidClaim]) -> Data:
    from yihui.cases.mutual_aid.payment import return_claim

    return return_claim(act)


def _read_submission(claim: AidClaim) -> tuple[str, datetime]:
    return claim.submitted_by, claim.submitted_at


SUBMIT = Act(
    "submit",
    N_("Submit a claim"),
    ClaimForm,
    lambda act: store_claim(act, *_find_member(act)),
    CLAIMS.right,
    f"{CLAIMS.audit}submit",
    N_("The claim was submitted; another officer reviews it."),
    POLICY,
    leads_to="mutual-aid/claims",
    button=N_("Submit it: another officer reviews it"),
    ticked=N_("I have compared the bill with the receipt"),
    places=lambda act: (_find_member(act)[1],),
    reading=Right.READ_HARDSHIP,
    prepare=take_locks,
    preview=preview_claim,
)
APPROVE = CLAIMS.act(
    ClaimAct.APPROVE,
    N_("Approve the claim"),
    RemarkForm,
    N_("The claim was approved; the money room pays it."),
    _approve,
    first_step=_read_submission,
    button=N_("Approve it: the money room pays it"),
    is_fresh=True,
    after=seal,
)
SEND_BACK = CLAIMS.act(
    ClaimAct.SEND_BACK,
    N_("Send the claim back"),
    MemberReasonForm,
    N_("The claim was sent back for correction."),
    first_step=_read_submission,
    button=N_("Send it back for correction"),
)
REFUSE = CLAIMS.act(
    ClaimAct.REFUSE,
    N_("Refuse the claim"),
    MemberReasonForm,
    N_("The claim was refused."),
    first_step=_read_submission,
    is_grave=True,
)
CORRECT = CLAIMS.act(
    ClaimAct.CORRECT,
    N_("Correct the claim"),
    AmendedClaimForm,
    N_("The claim was corrected; another officer reviews it."),
    _amend,
    button=N_("Correct it: another officer reviews it"),
    ticked=N_("I have compared the bill with the receipt"),
    begin=lambda claim: _begin_bill(claim.bill),
)
WITHDRAW = CLAIMS.act(
    ClaimAct.WITHDRAW,
    N_("Withdraw the claim"),
    MemberReasonForm,
    N_("The claim was withdrawn; its receipt is free again."),
)
REVERSE = CLAIMS.act(
    ClaimAct.REVERSE,
    N_("Reverse the claim"),
    MemberReasonForm,
    N_("The claim was reversed; its money is back in the budget."),
    _reverse,
    button=N_("Reverse it: its money goes back to the budget"),
    is_grave=True,
    prepare=lock_rules,
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
