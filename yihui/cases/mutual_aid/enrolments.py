"""What is done to a member's enrolment in a policy: end or correct it, and take claims back as a second officer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from core.faults import FaultError
from core.text_marks import N_
from members.mutual_aid.faults import AID_FAULTS
from members.mutual_aid.policy import Policy, PolicyAct, ProposedCorrection
from yihui.cases.kernel.forms import ReasonForm, RemarkForm
from yihui.cases.kernel.history import Data, reason_of
from yihui.cases.kernel.sealing import seal
from yihui.cases.mutual_aid.forms import CorrectionForm
from yihui.cases.mutual_aid.policies import POLICIES, lock_rules
from yihui.frame.acts import Act, Change, Doing, Kind
from yihui.frame.typed import quote_value

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from members.mutual_aid.claim import AidClaim
    from members.mutual_aid.repository import AidEnrolment
    from yihui.access.second_person import Step


@dataclass(frozen=True, slots=True)
class MemberEnrolment:
    """A member's enrolment in a policy."""

    policy: Policy
    enrolment: "AidEnrolment"

    @property
    def key(self) -> str:
        return enrolment_key(self.policy.number, self.enrolment.member_id)


EnrolmentDoing = Doing[Any, MemberEnrolment]


def enrolment_key(policy: int, member: str) -> str:
    """Return the key of a member's enrolment in a policy."""
    return f"{policy}.{member}"


def require_enrolment(connection: "Connection", key: str, lock: bool = False) -> MemberEnrolment:
    """Return the enrolment of a key; its policy is locked. *Raises*: FaultError if there is none."""
    from members.mutual_aid.repository import find_enrolments

    number, member = _read_key(key)
    policy = POLICIES.require(connection, number, lock)
    found = find_enrolments(connection, policy.number, [member]).get(member)
    if found is None:
        value = quote_value(member)
        raise FaultError(AID_FAULTS.build("not_enrolled", field="member", value=value, policy=policy.number))
    return MemberEnrolment(policy, found)


def _read_key(key: str) -> tuple[int, str]:
    number, _, member = key.partition(".")
    return (int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0), member


ENROLMENT = Kind(
    POLICIES.name,
    lambda at, key, lock: require_enrolment(at.connection, key, lock),
    lambda one: one.policy.version,
    lambda one: one.policy.terms.organisation,
    key=str,
    place=lambda connection, key: POLICIES.require(connection, _read_key(key)[0]).terms.organisation,
)


def find_proposals(policy: Policy, now: datetime) -> dict[str, ProposedCorrection]:
    """Return the corrections that wait for a second officer, by member; those that have lapsed wait no more."""
    from yihui.access.pending_acts import LIFETIME

    return {member: one for member, one in policy.proposed.items() if one.at + LIFETIME >= now}


def _change(act: EnrolmentDoing, move: PolicyAct, data: Data) -> Change:
    """Append an event to the policy; the page that follows is the enrolment's."""
    _, change = POLICIES.change(act, act.thing.policy, move, data)
    return replace(
        change,
        key=act.thing.key,
        reason=reason_of(act.form),
        about=(POLICIES.name, str(act.thing.policy.number)),
        also=[("member", act.thing.enrolment.member_id)],
        audit=f"{POLICIES.audit}{move.value}",
    )


def correct_enrolment(act: Doing[CorrectionForm, MemberEnrolment]) -> Change:
    """Correct an enrolment; where approved claims lose their coverage, propose it to a second officer if that is wanted.

    *Raises*: FaultError, with the claims that would lose their coverage.
    """
    from yihui.services.access.second_person import require_first_person

    before, form = act.thing.enrolment, act.form
    after = _read_correction(act)
    uncovered = _find_uncovered(act, after)
    if not uncovered:
        return _store(act, before, after, (), form.reason)
    numbers = [one.number for one in uncovered]
    if not form.take_back:
        value = "、".join(map(str, numbers))
        raise FaultError(AID_FAULTS.build("uncovered_claims", field="take_back", value=value))
    require_first_person(act.wiring, act.connection, act.actor.id)
    return _change(act, PolicyAct.PROPOSE, {**_correction_data(after, numbers), "reason": form.reason})


def confirm_correction(act: Doing[RemarkForm, MemberEnrolment]) -> Change:
    """Correct the enrolment as another officer proposed, and take the claims back.

    Money that wasn't paid returns to its budget; money that was paid becomes a debt of the member.

    *Raises*: FaultError if the claims are others by now.
    """
    proposed = require_proposal(act.thing, act.now)
    before = act.thing.enrolment
    after = replace(before, covered_from=proposed.covered_from, covered_until=proposed.covered_until)
    uncovered = _find_uncovered(act, after)
    numbers = tuple(one.number for one in uncovered)
    if numbers != proposed.claims:
        value = "、".join(map(str, numbers)) or "–"
        raise FaultError(AID_FAULTS.build("other_claims", field="member", value=value))
    return _store(act, before, after, uncovered, proposed.reason)


def drop_correction(act: Doing[ReasonForm, MemberEnrolment]) -> Change:
    """Refuse a proposed correction, or take the own one back. *Raises*: FaultError."""
    require_proposal(act.thing, act.now)
    member = act.thing.enrolment.member_id
    return _change(act, PolicyAct.DROP, {"member": member, "reason": act.form.reason})


def require_proposal(thing: MemberEnrolment, now: datetime) -> ProposedCorrection:
    """Return the correction that waits for a second officer. *Raises*: FaultError if none does."""
    proposed = find_proposals(thing.policy, now).get(thing.enrolment.member_id)
    if proposed is None:
        raise FaultError(AID_FAULTS.build("no_proposal", field="member"))
    return proposed


def _find_uncovered(act: EnrolmentDoing, after: "AidEnrolment") -> "Sequence[AidClaim]":
    """Return the approved claims of the member that the enrolment would not cover."""
    from members.mutual_aid.repository import list_approved_claims

    approved = list_approved_claims(act.connection, after.policy_number, after.member_id)
    return [one for one in approved if not after.covers(one.bill.admitted_on)]


def _read_correction(act: Doing[CorrectionForm, MemberEnrolment]) -> "AidEnrolment":
    """Return the enrolment as the form corrects it. *Raises*: FaultError."""
    before, form, terms = act.thing.enrolment, act.form, act.thing.policy.terms
    if form.void:
        never = min(before.enrolled_on, before.covered_from) - timedelta(days=1)
        after = replace(before, covered_until=never)
    else:
        begins, until = form.covered_from or before.covered_from, form.covered_until
        for name, day, first in (
            ("covered_from", begins, terms.begins),
            ("covered_until", until or terms.ends, begins),
        ):
            if not first <= day <= terms.ends:
                fault = AID_FAULTS.build("coverage_day", field=name, value=day, begins=first, ends=terms.ends)
                raise FaultError(fault)
        after = replace(before, covered_from=begins, covered_until=until if until != terms.ends else None)
    if after == before or (after.is_void and before.is_void):
        raise FaultError(AID_FAULTS.build("no_change", field="covered_from"))
    return after


def _store(
    act: EnrolmentDoing,
    before: "AidEnrolment",
    after: "AidEnrolment",
    uncovered: "Sequence[AidClaim]",
    reason: str,
) -> Change:
    """Store a correction, and take the claims back."""
    from members.mutual_aid.repository import EnrolmentChange, append_enrolment_change
    from yihui.cases.mutual_aid.payment import take_back_claim

    days, version = (after.covered_from, after.covered_until), act.thing.policy.version + 1
    stored = EnrolmentChange(
        after.policy_number, after.member_id, version, *days, act.now, act.actor.id, reason
    )
    append_enrolment_change(act.connection, stored)
    for claim in uncovered:
        take_back_claim(act, claim, reason)
    data = _correction_data(after, [one.number for one in uncovered])
    count = before.is_void - after.is_void
    return _change(act, PolicyAct.AMEND, {**data, "count": count, "reason": reason})


def _correction_data(after: "AidEnrolment", claims: Sequence[int]) -> Data:
    return {
        "member": after.member_id,
        "covered_from": after.covered_from.isoformat(),
        "covered_until": after.covered_until.isoformat() if after.covered_until else None,
        "claims": list(claims),
    }


def _begin(one: MemberEnrolment) -> Data:
    enrolment, terms = one.enrolment, one.policy.terms
    ends = terms.ends if enrolment.is_void else enrolment.covered_until or terms.ends
    return {"covered_from": enrolment.covered_from, "covered_until": ends}


def _read_proposal(one: MemberEnrolment) -> "Step":
    from yihui.access.second_person import Step

    proposed = one.policy.proposed.get(one.enrolment.member_id)
    if proposed is None:
        raise FaultError(AID_FAULTS.build("no_proposal", field="member"))
    return Step(proposed.by, proposed.at, POLICIES.right)


def _require_in_force(one: MemberEnrolment, seen: int | None) -> None:
    one.policy.require(PolicyAct.AMEND, seen)


CORRECT = Act(
    "correct",
    N_("End or correct the enrolment"),
    CorrectionForm,
    correct_enrolment,
    POLICIES.right,
    f"{POLICIES.audit}amend",
    N_("The enrolment was corrected, or its correction waits for a second officer."),
    ENROLMENT,
    ready=_require_in_force,
    button=N_("Correct the enrolment"),
    begin=_begin,
    is_fresh=True,
    prepare=lock_rules,
    after=seal,
)
CONFIRM = Act(
    "confirm",
    N_("Confirm the correction"),
    RemarkForm,
    confirm_correction,
    POLICIES.right,
    f"{POLICIES.audit}amend",
    N_("The enrolment was corrected."),
    ENROLMENT,
    ticked=N_("I have looked at the claims that are taken back"),
    ready=_require_in_force,
    second_to=_read_proposal,
    is_fresh=True,
    is_grave=True,
    prepare=lock_rules,
    after=seal,
)
DROP = Act(
    "drop",
    N_("Refuse the correction, or take the own one back"),
    ReasonForm,
    drop_correction,
    POLICIES.right,
    f"{POLICIES.audit}drop",
    N_("The proposed correction was refused; nothing has changed."),
    ENROLMENT,
    ready=_require_in_force,
    prepare=lock_rules,
)
