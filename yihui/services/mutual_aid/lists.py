"""Load policies and claims of mutual aid as officers see them, and prove a claim line by line against the ledger."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from sqlalchemy import Connection

from benefits.lifecycle.clawback import owed_fen_by_grant
from benefits.model.accounts import BUDGET_PREFIX, FEN
from benefits.reporting.dossier import GrantHistory, load_grant_history
from core.civil_time import civil_date
from core.faults import FaultError
from events.retries import run_in_transaction
from members import organisation_names
from members.mutual_aid.claim import AidClaim, ClaimEvent, ClaimState
from members.mutual_aid.faults import AID_FAULTS
from members.mutual_aid.policy import Policy, PolicyEvent, ProposedCorrection
from members.mutual_aid.reimbursement import Reimbursement, compute_reimbursement
from members.mutual_aid.repository import (
    CLAIMS,
    POLICIES,
    AidEnrolment,
    ClaimQuery,
    EnrolmentChange,
    find_enrolments,
    list_claims,
    list_enrolment_changes,
    list_enrolments,
    list_organisations,
    list_policies,
)
from members.organisations.storage import list_subtree, load_lineages
from yihui.access.actor import Actor
from yihui.access.audit import AuditEntry, append_audit_entry
from yihui.access.decide import subtrees
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.services.access.authorisation import authorise
from yihui.services.hardship.lists import visible_organisations
from yihui.services.mutual_aid.claims import CLAIM_KIND, compute_claim, other_claims, require_claim
from yihui.services.mutual_aid.enrolments import find_proposals, require_enrolment
from yihui.services.mutual_aid.policies import POLICY_KIND, require_policy

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class PolicyList:
    """Policies, and the names of their units."""

    policies: Sequence[Policy]
    organisations: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PolicyHistory:
    """A policy with every change of it; ``enrolments`` are a page of those of the officer's own units.

    ``proposed`` are the corrections that wait for a second officer, by member; those too of own units alone.
    """

    policy: Policy
    events: Sequence[PolicyEvent]
    enrolments: Sequence[AidEnrolment]
    organisations: Mapping[str, str]
    proposed: Mapping[str, ProposedCorrection]


@dataclass(frozen=True, slots=True)
class EnrolmentHistory:
    """A member's enrolment in a policy, its corrections, and the member's claims under the policy.

    ``proposed`` is a correction that waits for a second officer and hasn't lapsed.
    """

    policy: Policy
    enrolment: AidEnrolment
    changes: Sequence[EnrolmentChange]
    claims: Sequence[AidClaim]
    proposed: ProposedCorrection | None = None


@dataclass(frozen=True, slots=True)
class ClaimList:
    """Claims, and the names of their organisations."""

    claims: Sequence[AidClaim]
    organisations: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LedgerProof:
    """What the ledger posted for a claim: ``granted_fen`` at first, ``stays_fen`` today out of the budget."""

    history: GrantHistory
    granted_fen: int
    stays_fen: int
    owed_fen: int  # became a debt and was not recovered


@dataclass(frozen=True, slots=True)
class ClaimProof:
    """A claim with its policy and history, the reimbursement line by line, and the ledger's postings.

    ``computed`` is what was approved; of a claim that waits, what it would be paid today. ``earlier`` are the
    member's other approved claims under the policy. ``ledger`` is None until the claim is approved.
    """

    claim: AidClaim
    policy: Policy
    enrolment: AidEnrolment | None
    events: Sequence[ClaimEvent]
    computed: Reimbursement
    earlier: Sequence[AidClaim]
    ledger: LedgerProof | None
    organisations: Mapping[str, str]

    @property
    def expected_fen(self) -> int:
        """What has to stay out of the budget: once the claim was reversed, what the member owes."""
        if self.claim.state is ClaimState.APPROVED:
            return self.claim.payable_fen or 0
        return self.ledger.owed_fen if self.ledger else 0

    @property
    def is_proven(self) -> bool | None:
        """Return whether table, claim and ledger agree to the fen; None while there is nothing to compare."""
        if self.ledger is None:
            is_approved = self.claim.state is ClaimState.APPROVED  # it counts towards the deductible alone
            return self.computed.payable_fen == self.claim.payable_fen if is_approved else None
        granted = self.computed.payable_fen == self.claim.payable_fen == self.ledger.granted_fen
        return granted and self.ledger.stays_fen == self.expected_fen


def load_policies(wiring: Wiring, actor: Actor | None) -> PolicyList:
    """Load the policies of the officer's units and of those above them, the newest first. *Raises*: FaultError."""
    with wiring.database.read() as connection:
        authorise(wiring, connection, actor, Right.READ_HARDSHIP, None)
        assert actor is not None
        codes = visible_organisations(wiring, connection, actor, list_organisations(connection))
        if codes is not None:
            codes = sorted({*codes, *_above(wiring, connection, actor)})
        found = list_policies(connection, codes)
        names = organisation_names(connection, {one.terms.organisation for one in found})
        return PolicyList(found, names)


def _above(wiring: Wiring, connection: Connection, actor: Actor) -> set[str]:
    """Return the organisations above the officer's own: their policies cover the officer's members too."""
    today = civil_date(wiring.now())
    tops = subtrees(actor, Right.READ_HARDSHIP, today) or frozenset()
    lineages = load_lineages(connection, tops)
    return {code for top in tops for code in lineages.lineage(top, today)}


def load_policy(
    wiring: Wiring, actor: Actor | None, number: int, after: str | None = None, limit: int = 50
) -> PolicyHistory:
    """Load a policy; the enrolled members are listed for officers of its unit alone. *Raises*: FaultError."""

    def work(connection: Connection) -> PolicyHistory:
        authorise(wiring, connection, actor, Right.READ_HARDSHIP, None)  # a stranger learns no numbers
        assert actor is not None
        policy = require_policy(connection, number)
        code = policy.terms.organisation
        own = visible_organisations(wiring, connection, actor, [code])
        is_own = own is None or code in own
        by = None
        if is_own or code not in _above(wiring, connection, actor):
            by = authorise(wiring, connection, actor, Right.READ_HARDSHIP, code).by
        enrolments = list_enrolments(connection, number, limit, after) if is_own else []
        if enrolments and not wiring.settings.read_only:
            entry = AuditEntry(
                Right.READ_HARDSHIP.value, POLICY_KIND, str(number), organisation=code, by=by
            )  # fmt: skip
            append_audit_entry(connection, actor, entry, wiring.now())
        events = POLICIES.read_events(connection, [number])[number]
        proposed = find_proposals(policy, wiring.now()) if is_own else {}
        return PolicyHistory(policy, events, enrolments, organisation_names(connection, {code}), proposed)

    return _read(wiring, work)


def load_enrolment(wiring: Wiring, actor: Actor | None, number: int, member: str) -> EnrolmentHistory:
    """Load a member's enrolment for an officer of the policy's unit; the reading is recorded. *Raises*: FaultError."""

    def work(connection: Connection) -> EnrolmentHistory:
        authorise(wiring, connection, actor, Right.READ_HARDSHIP, None)  # a stranger learns no numbers
        assert actor is not None
        policy = require_policy(connection, number)
        code = policy.terms.organisation
        by = authorise(wiring, connection, actor, Right.READ_HARDSHIP, code).by
        enrolment = require_enrolment(connection, number, member)
        if not wiring.settings.read_only:
            entry = AuditEntry(Right.READ_HARDSHIP.value, "member", member, organisation=code, by=by)
            append_audit_entry(connection, actor, entry, wiring.now())
        claims = list_claims(connection, ClaimQuery(policy=number, member_id=member))
        changes = list_enrolment_changes(connection, [member], number)
        proposed = find_proposals(policy, wiring.now()).get(member)
        return EnrolmentHistory(policy, enrolment, changes, claims, proposed)

    return _read(wiring, work)


def load_claims(
    wiring: Wiring, actor: Actor | None, query: ClaimQuery, within: str | None = None
) -> ClaimList:
    """Load the claims that somebody may see, the newest first; ``within`` names one subtree. *Raises*: FaultError."""
    if query.state is not None and query.state not in list(ClaimState):
        known = ", ".join(ClaimState)
        raise FaultError(
            AID_FAULTS.build("unknown_state", field="state", value=query.state[:40], known=known)
        )
    today = civil_date(wiring.now())
    with wiring.database.read() as connection:
        authorise(wiring, connection, actor, Right.READ_HARDSHIP, None)
        assert actor is not None
        codes = visible_organisations(wiring, connection, actor, list_organisations(connection))
        if within is not None:
            codes = _narrow(connection, codes, within, today)
        found = list_claims(connection, replace(query, organisations=codes))
        return ClaimList(found, organisation_names(connection, {one.organisation for one in found}))


def _narrow(connection: Connection, codes: list[str] | None, within: str, today: date) -> list[str]:
    below = list_subtree(connection, within, today)
    if not below:
        raise FaultError(
            AID_FAULTS.build("unknown_organisation", field="organisation", value=within[:15])
        )  # fmt: skip
    return list(below) if codes is None else sorted(set(codes) & set(below))


def prove_claim(wiring: Wiring, actor: Actor | None, number: int) -> ClaimProof:
    """Load a claim with the proof of its amount; the reading is recorded before it is shown. *Raises*: FaultError."""

    def work(connection: Connection) -> ClaimProof:
        authorise(wiring, connection, actor, Right.READ_HARDSHIP, None)  # a stranger learns no numbers
        claim = require_claim(connection, number)
        decision = authorise(wiring, connection, actor, Right.READ_HARDSHIP, claim.organisation)
        assert actor is not None
        if not wiring.settings.read_only:
            entry = AuditEntry(
                Right.READ_HARDSHIP.value,
                CLAIM_KIND,
                str(number),
                organisation=claim.organisation,
                by=decision.by,
            )
            append_audit_entry(connection, actor, entry, wiring.now())
        return _prove(wiring, connection, claim)

    return _read(wiring, work)


def _prove(wiring: Wiring, connection: Connection, claim: AidClaim) -> ClaimProof:
    policy = require_policy(connection, claim.policy)
    table, self_paid = policy.terms.table, claim.bill.self_paid_fen
    computed = (
        compute_claim(connection, policy, claim.member_id, claim.bill)
        if claim.payable_fen is None
        else compute_reimbursement(table, self_paid, claim.used_fen, claim.deducted_before_fen)
    )
    ledger = None
    if claim.grant_id is not None:
        ledger = _read_ledger(connection, claim.grant_id, claim.member_id, civil_date(wiring.now()))
    return ClaimProof(
        claim,
        policy,
        find_enrolments(connection, policy.number, [claim.member_id]).get(claim.member_id),
        CLAIMS.read_events(connection, [claim.number])[claim.number],
        computed,
        other_claims(connection, claim),
        ledger,
        organisation_names(connection, {claim.organisation, policy.terms.organisation}),
    )


def _read_ledger(connection: Connection, grant: str, member: str, today: date) -> LedgerProof:
    """Return the postings of a grant; what left the budget stands there with a minus."""
    history = load_grant_history(connection, grant, member, today)
    left = [
        (step.id, -line.amount)
        for step in history.steps
        for line in step.lines
        if line.unit == FEN and line.account.startswith((BUDGET_PREFIX, "unbudgeted/"))
    ]
    granted = sum(amount for id_, amount in left if id_ == grant)
    stays = sum(amount for _, amount in left)
    return LedgerProof(
        history,
        granted,
        stays,
        owed_fen_by_grant(connection, [grant]).get(grant, 0),
    )


def _read(wiring: Wiring, work: Callable[[Connection], _T]) -> _T:
    """Run a reading that leaves an entry in the audit log; a copy that is only read leaves none."""
    if wiring.settings.read_only:
        with wiring.database.read() as connection:
            return work(connection)
    return run_in_transaction(wiring.database, work)
