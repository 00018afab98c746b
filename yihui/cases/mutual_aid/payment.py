"""Let the rules grant an approved claim against their budget, and take back what was not paid yet.

The money room pays an approved claim like any cash benefit: a batch, a second person, the bank's file and its
answer (``yihui payout``).
"""

from dataclasses import replace
from typing import Any

import benefits
from benefits.ledger.positions import read_grant_positions, read_grant_terms
from benefits.lifecycle.reversible_grants import ReversalCriteria
from benefits.model.accounts import FEN
from core.faults import FaultError, raise_faults
from core.money import format_yuan
from events.acts import record_act
from members.applications import AID_PROGRAMME, AID_SOURCE
from members.mutual_aid.claim import AidClaim, ClaimAct, claim_reference
from members.mutual_aid.faults import AID_FAULTS
from members.mutual_aid.policy import Policy
from members.mutual_aid.reimbursement import Reimbursement
from members.mutual_aid.repository import find_enrolments
from yihui.access.roles import Right
from yihui.cases.kernel.events import GrantRefusals, publish_event, require_cash_grant
from yihui.cases.kernel.forms import MemberReasonForm, RemarkForm
from yihui.cases.kernel.history import Data
from yihui.cases.mutual_aid.claim_file import CLAIMS, compute_claim, coverage_faults
from yihui.cases.mutual_aid.policies import POLICIES
from yihui.frame.acts import Doing
from yihui.frame.doing import record_change
from yihui.services.access.acting import acting_officer
from yihui.services.access.authorisation import authorise

AnyDoing = Doing[Any, Any]


def grant_claim(act: Doing[RemarkForm, AidClaim]) -> Data:
    """Let the rules grant what the table computes, against their budget; return the data of the approval.

    *Raises*: FaultError, with the rules' own reasons if they refuse.
    """
    claim = act.thing
    policy = POLICIES.require(act.connection, claim.policy)
    enrolment = find_enrolments(act.connection, claim.policy, [claim.member_id]).get(claim.member_id)
    raise_faults(coverage_faults(policy, claim.member_id, enrolment, claim.bill.admitted_on))
    found = compute_claim(act.connection, policy, claim.member_id, claim.bill)
    is_yearly = policy.terms.table.is_yearly
    if not (is_yearly and found.deducted_fen and found.sum_fen == 0):  # it counts towards the deductible
        _require_payable(found)
    deducted = {"deducted_before_fen": found.deducted_before_fen, "deducted_fen": found.deducted_fen}
    return {
        "grant": _grant(act, policy, found.payable_fen) if found.payable_fen else None,
        "amount_fen": found.payable_fen,
        "used_fen": found.used_fen,
        **(deducted if is_yearly else {}),
        "reason": act.form.reason or "",
    }


def _require_payable(found: Reimbursement) -> None:
    if found.payable_fen:
        return
    if found.sum_fen and found.year_left_fen == 0:
        raise FaultError(AID_FAULTS.build("capped", field="claim"))
    value = format_yuan(found.self_paid_fen)
    raise FaultError(AID_FAULTS.build("pays_nothing", field="claim", value=value))


def _grant(act: Doing[RemarkForm, AidClaim], policy: Policy, amount_fen: int) -> str:
    """Let the rules grant a claim's money; return the grant. *Raises*: FaultError if they don't grant just that."""
    claim = act.thing
    reference = claim_reference(claim.number)
    data = {
        "programme": AID_PROGRAMME,
        "year": policy.terms.year,
        "application": reference,
        "amount_fen": amount_fen,
        "days": min(claim.bill.days, 10_000),
    }
    kind, id_ = "application.confirmed", f"mutual-aid-{reference}-{claim.version}"
    outcome = publish_event(act, kind, claim.member_id, id_, data, AID_SOURCE)
    refusals = GrantRefusals(
        "claim",
        "mutual_aid.refused",
        AID_FAULTS.build("stopped", field="claim"),
        AID_FAULTS.build("no_rule", field="claim", value=AID_PROGRAMME),
        lambda given: AID_FAULTS.build("other_amount", field="claim", value=given, computed=amount_fen),
    )
    return require_cash_grant(outcome, amount_fen, refusals)


def return_claim(act: Doing[MemberReasonForm, AidClaim]) -> Data:
    """Return the money of an approved claim whose payment wasn't prepared; return the data of its reversal.

    *Raises*: FaultError if the bank has the money, or paid it.
    """
    claim, reason = act.thing, act.form.reason
    _return_money(act, claim, reason, as_debt=False)
    return {"reason": reason, "amount_fen": claim.payable_fen, "grant": claim.grant_id}


def take_back_claim(act: AnyDoing, claim: AidClaim, reason: str) -> None:
    """Reverse an approved claim in another act's transaction; what was paid becomes a debt of the member.

    *Raises*: FaultError if the claim's organisation is outside the officer's subtrees.
    """
    decision = authorise(act.wiring, act.connection, act.actor, Right.KEEP_HARDSHIP, claim.organisation)
    owed = _return_money(act, claim, reason, as_debt=True)
    data = {"reason": reason, "amount_fen": claim.payable_fen, "grant": claim.grant_id, "owed_fen": owed}
    _, done = CLAIMS.change(replace(act, seen=None), claim, ClaimAct.REVERSE, data)
    record_change(act, CLAIMS.name, f"{CLAIMS.audit}reverse", done, decision)


def _return_money(act: AnyDoing, claim: AidClaim, reason: str, *, as_debt: bool) -> int:
    """Return an approved claim's money to its budget; return how many fen became a debt.

    *Raises*: FaultError if the bank has the money, unless it may become a debt.
    """
    grant, payable = claim.grant_id, claim.payable_fen
    if grant is None:  # a claim that only counts towards the deductible has none
        return 0
    standing = read_grant_positions(act.connection, [grant])[grant][FEN]
    if standing.reversed == payable:  # the money room may have reversed it
        return 0
    if standing.promised == payable:
        _post_reversal(act, claim, grant, reason)
        return 0
    if not as_debt:
        raise FaultError(AID_FAULTS.build("paid", field="claim", value=claim.number))
    officer = acting_officer(act.wiring, act.actor.id, reason)
    done = benefits.claw_back_grant(act.connection, officer, grant, AID_SOURCE)
    if done is None:
        return 0
    terms = {"grant": grant, "source": AID_SOURCE, "by": officer.who, "reason": reason}
    record_act(act.connection, "claw_back", officer.at, **terms)
    return done.owed_fen


def _post_reversal(act: AnyDoing, claim: AidClaim, grant: str, reason: str) -> None:
    rule = read_grant_terms(act.connection, [grant])[grant].rule_id
    officer = acting_officer(act.wiring, act.actor.id, reason)
    done = benefits.apply_reversal(act.connection, officer, ReversalCriteria(rule, decision=grant))
    if done.amount_fen != claim.payable_fen:
        raise FaultError(AID_FAULTS.build("paid", field="claim", value=claim.number))
    terms = {"version": None, "since": None, "until": None, "decision": grant}
    record_act(act.connection, "reverse", officer.at, rule=rule, **terms, by=officer.who, reason=reason)
