"""Submit claims of mutual aid, review them by a second officer, and correct or withdraw them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from benefits.ledger.positions import read_grant_positions
from benefits.model.accounts import FEN
from core.civil_time import civil_date
from core.faults import Fault, FaultError
from events.retries import run_in_transaction
from members.mutual_aid.claim import AidClaim, Bill, ClaimAct, ClaimEvent, bill_data
from members.mutual_aid.faults import AID_FAULTS
from members.mutual_aid.policy import Policy
from members.mutual_aid.reimbursement import Reimbursement, compute_reimbursement
from members.mutual_aid.repository import (
    CLAIMS,
    AidEnrolment,
    find_claim_of_receipt,
    find_enrolments,
    list_approved_claims,
)
from members.privacy import has_personal_number
from store import lock_exclusive
from yihui.access.actor import Actor
from yihui.access.audit import AuditEntry, append_audit_entry
from yihui.access.roles import Right
from yihui.access.second_person import Step
from yihui.bootstrap import Wiring
from yihui.runtime.demo_clock import require_running_clock
from yihui.services.access.authorisation import authorise
from yihui.services.access.history_acts import (
    ActSteps,
    EventData,
    HistoryKind,
    RequestedAct,
    audit_act,
    change_history,
)
from yihui.services.access.reach import codes_within, open_reach
from yihui.services.access.second_person import require_second_person
from yihui.services.ledger.sealing import seal_pending
from yihui.services.members.organisations import find_member_organisations
from yihui.services.mutual_aid.intake import WrittenBill, check_bill, check_reason, raise_faults
from yihui.services.mutual_aid.policies import AID_LOCK, require_in_force, require_policy

CLAIM_KIND = "mutual_aid_claim"


@dataclass(frozen=True, slots=True)
class WrittenClaim:
    """A claim as an officer wrote it."""

    policy: int
    member: str
    bill: WrittenBill


ActOnClaim = RequestedAct[ClaimAct]


@dataclass(frozen=True, slots=True)
class ClaimTransaction:
    """The transaction of one act: who acts on which claim under which policy, and when."""

    wiring: Wiring
    connection: Connection
    actor: Actor
    now: datetime
    claim: AidClaim
    policy: Policy

    @property
    def today(self) -> date:
        return civil_date(self.now)

    def require_second_person(self) -> None:
        """Refuse the act unless somebody else submitted the claim. *Raises*: FaultError."""
        first = Step(self.claim.submitted_by, self.claim.submitted_at, Right.KEEP_HARDSHIP)
        second = Step(self.actor.id, self.now, Right.KEEP_HARDSHIP)
        require_second_person(self.wiring, self.connection, first, second, [self.claim.organisation])


BuildData = Callable[[ClaimTransaction], EventData]


def submit_claim(wiring: Wiring, actor: Actor | None, written: WrittenClaim) -> AidClaim:
    """Submit a claim for a member's stay in hospital; another officer reviews it. *Raises*: FaultError."""
    require_running_clock(wiring)
    now = wiring.now()

    def work(connection: Connection) -> AidClaim:
        authorise(wiring, connection, actor, Right.KEEP_HARDSHIP, None)
        assert actor is not None
        lock_exclusive(connection, AID_LOCK)
        policy, member, organisation = _find_member(wiring, connection, actor, written)
        bill = _check(wiring, connection, policy, member, written.bill)
        decision = authorise(wiring, connection, actor, Right.KEEP_HARDSHIP, organisation)
        data = {
            "policy": policy.number,
            "organisation": organisation,
            "member": member,
            "bill": bill_data(bill),
        }
        claim = CLAIMS.insert(connection, ClaimEvent(1, ClaimAct.SUBMIT, now, actor.id, data))
        after = {"state": claim.state.value, "policy": policy.number, "self_paid_fen": bill.self_paid_fen}
        act = ActOnClaim(claim.number, ClaimAct.SUBMIT)
        audit_act(connection, actor, CLAIM, claim, act, decision, {}, after, now)
        return claim

    return run_in_transaction(wiring.database, work)


def preview_claim(wiring: Wiring, actor: Actor | None, written: WrittenClaim) -> tuple[Policy, Reimbursement]:
    """Return what a claim would be paid today; nothing is stored but that the officer read it. *Raises*: FaultError."""

    def work(connection: Connection) -> tuple[Policy, Reimbursement]:
        authorise(wiring, connection, actor, Right.KEEP_HARDSHIP, None)
        assert actor is not None
        policy, member, organisation = _find_member(wiring, connection, actor, written)
        bill = _check(wiring, connection, policy, member, written.bill)
        decision = authorise(wiring, connection, actor, Right.KEEP_HARDSHIP, organisation)
        entry = AuditEntry(
            Right.READ_HARDSHIP.value, "member", member, organisation=organisation, by=decision.by
        )
        append_audit_entry(connection, actor, entry, wiring.now())
        return policy, compute_claim(connection, policy, member, bill)

    return run_in_transaction(wiring.database, work)


def compute_claim(connection: Connection, policy: Policy, member: str, bill: Bill) -> Reimbursement:
    """Compute what a claim would be paid today, after what the member was paid under the policy."""
    approved = list_approved_claims(connection, policy.number, member)
    used, deducted = compute_used_fen(connection, approved), sum(one.deducted_fen for one in approved)
    return compute_reimbursement(policy.terms.table, bill.self_paid_fen, used, deducted)


def compute_used_fen(connection: Connection, approved: Iterable[AidClaim]) -> int:
    """Return what the ledger holds of a member's approved claims under a policy, without what went back."""
    grants = [one.grant_id for one in approved if one.grant_id]
    standing = read_grant_positions(connection, grants)
    there = [standing[grant][FEN] for grant in grants]
    return sum(one.promised + one.issued + one.redeemed + one.settled for one in there)


def _find_member(
    wiring: Wiring, connection: Connection, actor: Actor, written: WrittenClaim
) -> tuple[Policy, str, str]:
    """Return the policy, the member and her organisation of today.

    *Raises*: FaultError; the same for a member whom nobody knows and for one of another subtree.
    """
    policy = require_policy(connection, written.policy)
    require_in_force(policy)
    member = written.member.strip()
    reach = open_reach(wiring, actor, Right.KEEP_HARDSHIP)
    code = find_member_organisations(connection, [member], reach.day).get(member)
    if code is None or code not in codes_within(connection, reach, [code]):
        value = "***" if has_personal_number(member) else member[:64]
        raise FaultError(AID_FAULTS.build("unknown_member", field="member", value=value))
    return policy, member, code


def _check(
    wiring: Wiring,
    connection: Connection,
    policy: Policy,
    member: str,
    written: WrittenBill,
    claim: AidClaim | None = None,
) -> Bill:
    """Return the bill of a claim. *Raises*: FaultError with every fault."""
    enrolment = find_enrolments(connection, policy.number, [member]).get(member)
    try:
        bill = check_bill(wiring, policy.terms, written, claim.bill if claim else None)
    except FaultError as error:
        raise FaultError([*coverage_faults(policy, member, enrolment, None), *error.faults]) from error
    faults = coverage_faults(policy, member, enrolment, bill.admitted_on)
    other = find_claim_of_receipt(connection, bill.receipt)
    if other is not None and (claim is None or other != claim.number):
        faults.append(AID_FAULTS.build("receipt_used", field="receipt", value=other))
    raise_faults(faults)
    return bill


def coverage_faults(
    policy: Policy, member: str, enrolment: AidEnrolment | None, admitted_on: date | None
) -> list[Fault]:
    """Return why a member isn't covered on the day of admission, or by the policy at all (None)."""
    if enrolment is None or enrolment.is_void:
        code = "not_enrolled" if enrolment is None else "void"
        return [AID_FAULTS.build(code, field="member", value=member[:64], policy=policy.number)]
    begins, until = enrolment.covered_from, enrolment.covered_until
    if admitted_on is None or enrolment.covers(admitted_on):
        return []
    if admitted_on < begins:
        waiting = policy.terms.waiting_days
        return [
            AID_FAULTS.build(
                "protected", field="admitted_on", value=admitted_on, begins=begins, waiting=waiting
            )
        ]
    return [AID_FAULTS.build("ended", field="admitted_on", value=admitted_on, until=until)]


def require_claim(connection: Connection, number: int, *, lock: bool = False) -> AidClaim:
    """Return a claim. *Raises*: FaultError if there is none."""
    claim = CLAIMS.find(connection, number, lock=lock) if 0 < number < 2**63 else None
    if claim is None:
        raise FaultError(AID_FAULTS.build("unknown_claim", field="claim", value=number))
    return claim


def change_claim_by(
    wiring: Wiring,
    actor: Actor | None,
    wanted: ActOnClaim,
    build_data: BuildData,
    prepare: Callable[[Connection], object] | None = None,
) -> AidClaim:
    """Append one event to a claim, and do what follows from it, in one transaction.

    Of two officers who act at once one wins, the other is refused in words. ``prepare`` takes the locks of the
    rules in place of reading them.

    *Raises*: FaultError; then nothing has changed.
    """

    def take_locks(connection: Connection) -> None:
        (prepare or wiring.runner.library)(connection)
        lock_exclusive(connection, AID_LOCK)

    claim = change_history(wiring, actor, CLAIM, wanted, ActSteps(build_data, take_locks))
    seal_pending(wiring)
    return claim


def _begin(
    wiring: Wiring, connection: Connection, actor: Actor, now: datetime, claim: AidClaim
) -> ClaimTransaction:
    return ClaimTransaction(wiring, connection, actor, now, claim, require_policy(connection, claim.policy))


CLAIM: HistoryKind[ClaimAct, AidClaim, ClaimTransaction] = HistoryKind(
    Right.KEEP_HARDSHIP,
    CLAIM_KIND,
    f"{Right.KEEP_HARDSHIP.value}.mutual_aid.",
    lambda connection, number: require_claim(connection, number, lock=True),
    lambda connection, claim, act, at, by, data: CLAIMS.append(
        connection, claim, ClaimEvent(claim.version + 1, act, at, by, data)
    ),
    lambda claim: claim.organisation,
    _begin,
    recorded=("amount_fen", "used_fen", "grant", "owed_fen"),
)


def correct_claim(
    wiring: Wiring, actor: Actor | None, wanted: ActOnClaim, written: WrittenBill
) -> AidClaim:  # fmt: skip
    """Correct the bill of a claim that was sent back; it waits for its review again. *Raises*: FaultError."""
    raise_faults(check_reason(wanted.reason))

    def build_data(act: ClaimTransaction) -> EventData:
        bill = _check(wiring, act.connection, act.policy, act.claim.member_id, written, act.claim)
        return {"bill": bill_data(bill), "reason": wanted.reason.strip()}

    return change_claim_by(wiring, actor, wanted, build_data)


def send_back_claim(wiring: Wiring, actor: Actor | None, wanted: ActOnClaim) -> AidClaim:
    """Send a claim back for correction, as its second officer. *Raises*: FaultError."""
    return _review(wiring, actor, wanted)


def refuse_claim(wiring: Wiring, actor: Actor | None, wanted: ActOnClaim) -> AidClaim:
    """Refuse a claim with a reason, as its second officer; its receipt is free again. *Raises*: FaultError."""
    return _review(wiring, actor, wanted)


def _review(wiring: Wiring, actor: Actor | None, wanted: ActOnClaim) -> AidClaim:
    raise_faults(check_reason(wanted.reason))

    def build_data(act: ClaimTransaction) -> EventData:
        act.require_second_person()
        return {"reason": wanted.reason.strip()}

    return change_claim_by(wiring, actor, wanted, build_data)


def withdraw_claim(wiring: Wiring, actor: Actor | None, wanted: ActOnClaim) -> AidClaim:
    """Withdraw a claim that wasn't decided; its receipt is free again. *Raises*: FaultError."""
    raise_faults(check_reason(wanted.reason))
    return change_claim_by(wiring, actor, wanted, lambda _: {"reason": wanted.reason.strip()})


def other_claims(connection: Connection, claim: AidClaim) -> Sequence[AidClaim]:
    """Return the member's other approved claims under the same policy, the oldest first."""
    found = list_approved_claims(connection, claim.policy, claim.member_id)
    return [one for one in found if one.number != claim.number]
