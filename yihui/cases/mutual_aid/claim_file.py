"""A claim of mutual aid as its acts and its page find it: how it is loaded and changed, covered and computed."""

from datetime import date
from typing import TYPE_CHECKING

from core.faults import Fault, FaultError
from members.mutual_aid.claim import CLAIM_ACT_TITLES, AidClaim, Bill, ClaimAct
from members.mutual_aid.faults import AID_FAULTS
from members.mutual_aid.policy import Policy
from members.mutual_aid.reimbursement import Reimbursement, compute_reimbursement
from yihui.access.roles import Right
from yihui.cases.kernel.history import History
from yihui.cases.mutual_aid.policies import take_locks

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from members.attachments import AttachmentOwner
    from members.histories import HistoryStore
    from members.mutual_aid.repository import AidEnrolment


def _store() -> "HistoryStore[ClaimAct, AidClaim]":
    from members.mutual_aid.repository import CLAIMS

    return CLAIMS


CLAIMS = History(
    "mutual_aid_claim",
    _store,
    lambda number: FaultError(AID_FAULTS.build("unknown_claim", field="claim", value=number)),
    lambda claim: claim.organisation,
    CLAIM_ACT_TITLES,
    Right.KEEP_HARDSHIP,
    f"{Right.KEEP_HARDSHIP.value}.mutual_aid.",
    recorded=("amount_fen", "used_fen", "grant", "owed_fen"),
    prepare=take_locks,
)


def build_paper_owner(claim: int, member: str) -> "AttachmentOwner":
    """Return the owner of the papers that a member handed in with her claim."""
    from members.attachments import AttachmentKind, AttachmentOwner

    return AttachmentOwner(AttachmentKind.AID_CLAIM, str(claim), member)


def coverage_faults(
    policy: Policy, member: str, enrolment: "AidEnrolment | None", admitted_on: date | None
) -> list[Fault]:
    """Return why a member isn't covered on the day of admission, or by the policy at all (None)."""
    if enrolment is None or enrolment.is_void:
        code = "not_enrolled" if enrolment is None else "void"
        return [AID_FAULTS.build(code, field="member", value=member[:64], policy=policy.number)]
    if admitted_on is None or enrolment.covers(admitted_on):
        return []
    if admitted_on < enrolment.covered_from:
        begins, waiting = enrolment.covered_from, policy.terms.waiting_days
        fault = AID_FAULTS.build(
            "protected", field="admitted_on", value=admitted_on, begins=begins, waiting=waiting
        )
        return [fault]
    until = enrolment.covered_until
    return [AID_FAULTS.build("ended", field="admitted_on", value=admitted_on, until=until)]


def compute_claim(connection: "Connection", policy: Policy, member: str, bill: Bill) -> Reimbursement:
    """Compute what a claim would be paid today, after what the member was paid under the policy."""
    from benefits.ledger.positions import read_grant_positions
    from benefits.model.accounts import FEN
    from members.mutual_aid.repository import list_approved_claims

    approved = list_approved_claims(connection, policy.number, member)
    grants = [one.grant_id for one in approved if one.grant_id]
    standing = read_grant_positions(connection, grants)
    there = [standing[grant][FEN] for grant in grants]
    used = sum(one.promised + one.issued + one.redeemed + one.settled for one in there)
    deducted = sum(one.deducted_fen for one in approved)
    return compute_reimbursement(policy.terms.table, bill.self_paid_fen, used, deducted)
