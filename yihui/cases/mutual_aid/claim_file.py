"""A claim of mutual aid as its acts and its page find it: how it is loaded and changed, covered and computed."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from core.faults import Fault, FaultError
from members.mutual_aid.claim import CLAIM_ACT_TITLES, AidClaim, Bill, ClaimAct, ClaimEvent
from members.mutual_aid.faults import AID_FAULTS
from members.mutual_aid.policy import Policy
from members.mutual_aid.reimbursement import Reimbursement, compute_reimbursement
from yihui.access.roles import Right
from yihui.cases.kernel.history import History
from yihui.frame.acts import Data, Kind

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from members.attachments import AttachmentOwner
    from members.mutual_aid.repository import AidEnrolment

CLAIM_KIND = "mutual_aid_claim"
CLAIM_AUDIT = f"{Right.KEEP_HARDSHIP.value}.mutual_aid."


def require_claim(connection: "Connection", number: int, lock: bool = False) -> AidClaim:
    """Return a claim. *Raises*: FaultError if there is none."""
    from members.mutual_aid.repository import CLAIMS

    claim = CLAIMS.find(connection, number, lock=lock)
    if claim is None:
        raise FaultError(AID_FAULTS.build("unknown_claim", field="claim", value=number))
    return claim


def _append(
    connection: "Connection", claim: AidClaim, move: ClaimAct, at: datetime, by: str, data: Data
) -> AidClaim:
    from members.mutual_aid.repository import CLAIMS

    return CLAIMS.append(connection, claim, ClaimEvent(claim.version + 1, move, at, by, data))


CLAIM = Kind(
    CLAIM_KIND,
    lambda at, number, lock: require_claim(at.connection, number, lock),
    lambda claim: claim.version,
    lambda claim: claim.organisation,
)
CLAIM_HISTORY = History(
    _append,
    lambda claim: claim.organisation,
    CLAIM_ACT_TITLES,
    recorded=("amount_fen", "used_fen", "grant", "owed_fen"),
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
