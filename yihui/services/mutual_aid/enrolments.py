"""Enrol members in a policy of mutual aid, from the roll or a list, and end or correct an enrolment."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, select

import benefits
from core.civil_time import civil_date
from core.faults import FaultError
from events.retries import run_in_transaction
from members.mutual_aid.claim import AidClaim
from members.mutual_aid.faults import AID_FAULTS, build_field_fault
from members.mutual_aid.policy import Policy, PolicyAct, PolicyTerms, ProposedCorrection
from members.mutual_aid.repository import (
    AidEnrolment,
    EnrolmentChange,
    append_enrolment_change,
    append_enrolments,
    find_enrolments,
    find_members_covered_until,
    list_approved_claims,
)
from members.organisations.storage import list_subtree
from members.privacy import has_personal_number
from members.tables import memberships
from store import in_json_array, json_array
from yihui.access.actor import Actor
from yihui.access.audit import AuditEntry, append_audit_entry
from yihui.access.pending_acts import LIFETIME
from yihui.access.roles import Right
from yihui.access.second_person import Step
from yihui.bootstrap import Wiring
from yihui.services.access.authorisation import authorise, require_fresh_login
from yihui.services.access.history_acts import EventData
from yihui.services.access.second_person import require_first_person, require_second_person
from yihui.services.members.organisations import holds_on
from yihui.services.mutual_aid.intake import check_reason, raise_faults
from yihui.services.mutual_aid.member_list import FIRST_FAULTS, ListedMember
from yihui.services.mutual_aid.payment import take_back_claim
from yihui.services.mutual_aid.policies import (
    POLICY_KIND,
    ActOnPolicy,
    PolicyTransaction,
    change_policy_by,
    require_in_force,
    require_policy,
)

DAYS_BEFORE = 92  # a unit may enrol its members so long before a policy begins
MOST_MEMBERS = 100_000  # of one enrolment


@dataclass(frozen=True, slots=True)
class EnrolmentPlan:
    """Whom a list or a roll would enrol in a policy; ``known`` are enrolled already."""

    policy: Policy
    new: Sequence[AidEnrolment]
    known: int

    @property
    def waiting(self) -> int:
        """Return how many of the new ones wait before they are covered."""
        return sum(one.covered_from > one.enrolled_on for one in self.new)


@dataclass(frozen=True, slots=True)
class EnrolmentCorrection:
    """The right days of an enrolment: ``covered_from`` None leaves the first one, ``covered_until`` None stands for
    the policy's last one. ``is_void``: the member should never have been enrolled.
    """

    member: str
    covered_from: date | None = None
    covered_until: date | None = None
    is_void: bool = False


def enrol_members(
    wiring: Wiring,
    actor: Actor | None,
    wanted: ActOnPolicy,
    on: date,
    members: Sequence[ListedMember] | None = None,
) -> Policy:
    """Enrol members of the unit as of a day: those of a list, or its whole roll (None).

    Who is enrolled already stays as enrolled. A member whom no policy covered on the day before waits.

    *Raises*: FaultError with every fault; then nobody was enrolled.
    """

    def build_data(act: PolicyTransaction) -> EventData:
        planned = _plan(act.connection, act.policy, on, civil_date(act.now), members)
        new = planned.new
        if not new or len(new) > MOST_MEMBERS:
            code = "too_many" if new else "no_change" if planned.known else "no_members"
            fault = build_field_fault(code, "member", len(new), most=MOST_MEMBERS)
            raise FaultError(fault)
        append_enrolments(act.connection, new, act.actor.id, act.now)
        source = "roll" if members is None else "list"
        return {"count": len(new), "on": on.isoformat(), "from": source}

    return change_policy_by(wiring, actor, wanted, build_data)


def preview_enrolment(
    wiring: Wiring, actor: Actor | None, number: int, on: date, members: Sequence[ListedMember]
) -> EnrolmentPlan:
    """Return whom a list would enrol; nothing is stored but that the officer read it. *Raises*: FaultError by row."""

    def work(connection: Connection) -> EnrolmentPlan:
        authorise(wiring, connection, actor, Right.KEEP_HARDSHIP, None)
        assert actor is not None
        policy = require_policy(connection, number)
        code = policy.terms.organisation
        decision = authorise(wiring, connection, actor, Right.KEEP_HARDSHIP, code)
        require_in_force(policy)
        planned = _plan(connection, policy, on, civil_date(wiring.now()), members)
        entry = AuditEntry(
            Right.READ_HARDSHIP.value, POLICY_KIND, str(number), organisation=code, by=decision.by
        )
        append_audit_entry(connection, actor, entry, wiring.now())
        return planned

    return run_in_transaction(wiring.database, work)


def _plan(
    connection: Connection,
    policy: Policy,
    on: date,
    today: date,
    members: Sequence[ListedMember] | None,
) -> EnrolmentPlan:
    terms = policy.terms
    _require_day(terms, on, today)
    listed = None if members is None else list(dict.fromkeys(one.id for one in members))
    there = _members_of_unit(connection, terms.organisation, on, listed)
    if members is not None:
        _require_known(there, members, on)
    known = find_enrolments(connection, policy.number, there)
    new = sorted(member for member in there if member not in known)
    return EnrolmentPlan(policy, _enrolments(connection, policy, new, max(on, terms.begins)), len(known))


def _require_day(terms: PolicyTerms, on: date, today: date) -> None:
    first, last = terms.begins - timedelta(days=DAYS_BEFORE), terms.ends
    if not first <= on <= min(last, today):
        raise FaultError(AID_FAULTS.build("enrol_day", field="on", value=on, begins=first, ends=last))


def _members_of_unit(
    connection: Connection, organisation: str, on: date, listed: Sequence[str] | None
) -> frozenset[str]:
    """Return the members of a unit and of all below it on a day; of a list, those who are."""
    codes = list_subtree(connection, organisation, on)
    query = select(memberships.c.member_id).where(
        in_json_array(memberships.c.organisation, "codes"), holds_on(on)
    )
    given = {"codes": json_array(codes)}
    if listed is not None:
        query, given = query.where(in_json_array(memberships.c.member_id, "members")), {**given, "members": json_array(listed)}  # fmt: skip
    return frozenset(connection.execute(query, given).scalars())


def _require_known(there: frozenset[str], listed: Sequence[ListedMember], on: date) -> None:
    """Refuse a list with ids that are not the unit's: the same for unknown ones and for another unit's."""
    faults = [
        AID_FAULTS.build(
            "not_of_unit",
            field="member",
            row=one.row,
            value="***" if has_personal_number(one.id) else one.id[:64],
            day=on,
        )
        for one in listed
        if one.id not in there
    ]
    raise_faults(faults[:FIRST_FAULTS])


def _enrolments(
    connection: Connection, policy: Policy, members: Sequence[str], begins: date
) -> list[AidEnrolment]:
    covered = find_members_covered_until(connection, members, begins - timedelta(days=1))
    waiting = timedelta(days=policy.terms.waiting_days)
    return [
        AidEnrolment(policy.number, member, begins, begins if member in covered else begins + waiting)
        for member in members
    ]


def correct_enrolment(
    wiring: Wiring, actor: Actor | None, wanted: ActOnPolicy, correction: EnrolmentCorrection
) -> Policy:
    """End or correct an enrolment by which no approved claim loses its coverage.

    *Raises*: FaultError, with the claims that would lose it; then nothing has changed.
    """
    raise_faults(check_reason(wanted.reason))
    reason = wanted.reason.strip()

    def build_data(act: PolicyTransaction) -> EventData:
        before, after, uncovered = _prepare_correction(act, correction)
        if uncovered:
            numbers = "、".join(map(str, uncovered))
            raise FaultError(AID_FAULTS.build("uncovered_claims", field="takes_back", value=numbers))
        return _store_correction(act, before, after, (), reason)

    return change_policy_by(wiring, actor, wanted, build_data, benefits.lock_rulebook_exclusive)


def propose_correction(
    wiring: Wiring, actor: Actor | None, wanted: ActOnPolicy, correction: EnrolmentCorrection
) -> Policy:
    """Correct an enrolment; where approved claims lose their coverage, propose it to a second officer instead.

    *Raises*: FaultError; then nothing has changed.
    """
    raise_faults(check_reason(wanted.reason))
    if not _loses_claims(wiring, wanted.number, correction):
        return correct_enrolment(wiring, actor, wanted, correction)
    reason = wanted.reason.strip()

    def build_data(act: PolicyTransaction) -> EventData:
        require_first_person(wiring, act.connection, act.actor.id)
        _, after, uncovered = _prepare_correction(act, correction)
        return {**_correction_data(after, uncovered), "reason": reason}

    return change_policy_by(wiring, actor, replace(wanted, act=PolicyAct.PROPOSE), build_data)


def confirm_correction(wiring: Wiring, actor: Actor | None, wanted: ActOnPolicy, member: str) -> Policy:
    """Do as the second officer what another one proposed: correct the enrolment and take the claims back.

    Money that wasn't paid returns to its budget; money that was paid becomes a debt of the member.

    *Raises*: FaultError for the same person, or if the claims are others by now; then nothing has changed.
    """

    def build_data(act: PolicyTransaction) -> EventData:
        require_fresh_login(wiring, act.actor, Right.KEEP_HARDSHIP)
        proposed = _require_proposal(act, member)
        first = Step(proposed.by, proposed.at, Right.KEEP_HARDSHIP)
        second = Step(act.actor.id, act.now, Right.KEEP_HARDSHIP)
        require_second_person(wiring, act.connection, first, second, [act.policy.terms.organisation])
        before = require_enrolment(act.connection, act.policy.number, member)
        after = replace(before, covered_from=proposed.covered_from, covered_until=proposed.covered_until)
        uncovered = find_uncovered_claims(act.connection, after)
        numbers = tuple(one.number for one in uncovered)
        if numbers != proposed.claims:
            value = "、".join(map(str, numbers)) or "–"
            raise FaultError(AID_FAULTS.build("other_claims", field="member", value=value))
        return _store_correction(act, before, after, uncovered, proposed.reason)

    wanted = replace(wanted, act=PolicyAct.AMEND)
    return change_policy_by(wiring, actor, wanted, build_data, benefits.lock_rulebook_exclusive)


def refuse_correction(wiring: Wiring, actor: Actor | None, wanted: ActOnPolicy, member: str) -> Policy:
    """Refuse a proposed correction, or take the own one back, with a reason. *Raises*: FaultError."""
    raise_faults(check_reason(wanted.reason))

    def build_data(act: PolicyTransaction) -> EventData:
        _require_proposal(act, member)
        return {"member": member, "reason": wanted.reason.strip()}

    return change_policy_by(wiring, actor, replace(wanted, act=PolicyAct.DROP), build_data)


def _loses_claims(wiring: Wiring, number: int, correction: EnrolmentCorrection) -> bool:
    """Return whether a correction takes claims back; for one that is refused anyway False. The act checks it again."""
    try:
        with wiring.database.read() as connection:
            before = require_enrolment(connection, number, correction.member)
            after = _check_correction(require_policy(connection, number).terms, before, correction)
            return bool(find_uncovered_claims(connection, after))
    except FaultError:
        return False


def find_proposals(policy: Policy, now: datetime) -> dict[str, ProposedCorrection]:
    """Return the corrections that wait for a second officer, by member; those that have lapsed wait no more."""
    return {member: one for member, one in policy.proposed.items() if one.at + LIFETIME >= now}


def _require_proposal(act: PolicyTransaction, member: str) -> ProposedCorrection:
    proposed = find_proposals(act.policy, act.now).get(member)
    if proposed is None:
        raise FaultError(AID_FAULTS.build("no_proposal", field="member"))
    return proposed


def _prepare_correction(
    act: PolicyTransaction, correction: EnrolmentCorrection
) -> tuple[AidEnrolment, AidEnrolment, list[int]]:
    """Return an enrolment before and after a correction, and the claims that lose their coverage. *Raises*: FaultError."""
    require_fresh_login(act.wiring, act.actor, Right.KEEP_HARDSHIP)
    before = require_enrolment(act.connection, act.policy.number, correction.member)
    after = _check_correction(act.policy.terms, before, correction)
    return before, after, [one.number for one in find_uncovered_claims(act.connection, after)]


def _store_correction(
    act: PolicyTransaction,
    before: AidEnrolment,
    after: AidEnrolment,
    uncovered: Sequence[AidClaim],
    reason: str,
) -> EventData:
    """Store a correction, take the claims back, and return the data of its event."""
    days = (after.covered_from, after.covered_until)
    version = act.policy.version + 1
    change = EnrolmentChange(
        after.policy_number, after.member_id, version, *days, act.now, act.actor.id, reason
    )
    append_enrolment_change(act.connection, change)
    for claim in uncovered:
        take_back_claim(act, claim, reason)
    data = _correction_data(after, [one.number for one in uncovered])
    return {**data, "count": before.is_void - after.is_void, "reason": reason}


def _correction_data(after: AidEnrolment, claims: Sequence[int]) -> EventData:
    return {
        "member": after.member_id,
        "covered_from": after.covered_from.isoformat(),
        "covered_until": after.covered_until.isoformat() if after.covered_until else None,
        "claims": list(claims),
    }


def require_enrolment(connection: Connection, policy: int, member: str) -> AidEnrolment:
    """Return a member's enrolment in a policy. *Raises*: FaultError if there is none."""
    found = find_enrolments(connection, policy, [member]).get(member)
    if found is None:
        value = "***" if has_personal_number(member) else member[:64]
        raise FaultError(AID_FAULTS.build("not_enrolled", field="member", value=value, policy=policy))
    return found


def find_uncovered_claims(connection: Connection, enrolment: AidEnrolment) -> list[AidClaim]:
    """Return the approved claims of the enrolled member that the enrolment doesn't cover."""
    approved = list_approved_claims(connection, enrolment.policy_number, enrolment.member_id)
    return [one for one in approved if not enrolment.covers(one.bill.admitted_on)]


def _check_correction(
    terms: PolicyTerms, before: AidEnrolment, correction: EnrolmentCorrection
) -> AidEnrolment:
    """Return the enrolment as it was corrected. *Raises*: FaultError."""
    if correction.is_void:
        never = min(before.enrolled_on, before.covered_from) - timedelta(days=1)
        after = replace(before, covered_until=never)
    else:
        begins, until = correction.covered_from or before.covered_from, correction.covered_until
        for name, day, first in (
            ("covered_from", begins, terms.begins),
            ("covered_until", until or terms.ends, begins),
        ):
            if not first <= day <= terms.ends:
                raise FaultError(
                    AID_FAULTS.build("coverage_day", field=name, value=day, begins=first, ends=terms.ends)
                )
        after = replace(before, covered_from=begins, covered_until=until if until != terms.ends else None)
    if after == before or (after.is_void and before.is_void):
        raise FaultError(AID_FAULTS.build("no_change", field="covered_from"))
    return after
