"""Store and read policies, enrolments and claims of mutual aid. The caller opens the transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select, update

from members.histories import HistoryStore
from members.mutual_aid.claim import CLAIM_LIFE, AidClaim, ClaimAct, ClaimState
from members.mutual_aid.policy import POLICY_LIFE, Policy, PolicyAct, PolicyState
from members.mutual_aid.tables import (
    ENROLMENT_BATCHES,
    ENROLMENT_CHANGE_BATCHES,
    mutual_aid_claim_events,
    mutual_aid_claims,
    mutual_aid_enrolment_changes,
    mutual_aid_enrolments,
    mutual_aid_policies,
    mutual_aid_policy_events,
)
from store import ERASED_PREFIX, append_batch, in_json_array, json_array, read_once, text_digest

_ENROLMENTS = select(
    mutual_aid_enrolments.c.policy_number,
    mutual_aid_enrolments.c.member_id,
    mutual_aid_enrolments.c.enrolled_on,
    mutual_aid_enrolments.c.covered_from,
)


@dataclass(frozen=True, slots=True)
class AidEnrolment:
    """A member whom a policy covers from a day on: ``enrolled_on``, or later for a new member who waits.

    ``covered_until`` is the last day; None stands for the policy's last one. It lies before ``covered_from`` if
    the member should never have been enrolled.
    """

    policy_number: int
    member_id: str
    enrolled_on: date
    covered_from: date
    covered_until: date | None = None

    @property
    def is_void(self) -> bool:
        return self.covered_until is not None and self.covered_until < self.covered_from

    def covers(self, day: date) -> bool:
        """Return whether a day of the policy is covered."""
        return self.covered_from <= day and (self.covered_until is None or day <= self.covered_until)


@dataclass(frozen=True, slots=True)
class EnrolmentChange:
    """An officer's correction of an enrolment, with the days that it left."""

    policy_number: int
    member_id: str
    version: int
    covered_from: date
    covered_until: date | None
    at: datetime
    by: str
    reason: str


def _policy_row(policy: Policy) -> dict[str, Any]:
    terms = policy.terms
    return {
        "version": policy.version,
        "state": policy.state.value,
        "organisation": terms.organisation,
        "begins": terms.begins,
        "ends": terms.ends,
    }


def _claim_row(claim: AidClaim) -> dict[str, Any]:
    return {
        "version": claim.version,
        "state": claim.state.value,
        "policy_number": claim.policy,
        "organisation": claim.organisation,
        "member_id": claim.member_id,
        "receipt": claim.bill.receipt if claim.is_live else None,
        "submitted_at": claim.submitted_at,
    }


POLICIES = HistoryStore(
    mutual_aid_policies, mutual_aid_policy_events, "policy_number", POLICY_LIFE, _policy_row
)
CLAIMS = HistoryStore(mutual_aid_claims, mutual_aid_claim_events, "claim_number", CLAIM_LIFE, _claim_row)


def erase_aid_texts(connection: Connection, member_id: str) -> int:
    """Erase the reasons of a member's claims and of what was corrected of her enrolments; return of how many rows."""
    claims, enrolments, changes = mutual_aid_claims.c, mutual_aid_enrolments.c, mutual_aid_enrolment_changes
    own = select(claims.number).where(claims.member_id == member_id)
    covering = select(enrolments.policy_number).where(enrolments.member_id == member_id)
    erased = CLAIMS.erase_texts(connection, connection.execute(own).scalars().all())
    erased += POLICIES.erase_texts(connection, connection.execute(covering).scalars().all(), member_id)
    for row in connection.execute(select(changes).where(changes.c.member_id == member_id)).all():
        if row.reason and not row.reason.startswith(ERASED_PREFIX):
            here = (changes.c.policy_number == row.policy_number, changes.c.version == row.version)
            mark = f'{ERASED_PREFIX}{text_digest(row.reason)}"}}'
            own_row = update(changes).where(*here, changes.c.member_id == member_id)
            connection.execute(own_row.values(reason=mark))
            erased += 1
    return erased


def list_organisations(connection: Connection) -> list[str]:
    """List the organisations that have a policy or a claim."""
    query = select(mutual_aid_policies.c.organisation).union(select(mutual_aid_claims.c.organisation))
    return read_once(connection, mutual_aid_policies.name, lambda: [*connection.execute(query).scalars()])


def select_policies(organisations: Sequence[str] | None, *conditions: ColumnElement[bool]) -> Select[Any]:
    """Return a statement that selects the numbers of policies of some organisations (None: of all), of the newest first."""
    c = mutual_aid_policies.c
    query = _restrict_to_organisations(select(c.number).where(*conditions), c.organisation, organisations)
    return query.order_by(c.number.desc())


def list_policies_to_approve(connection: Connection, organisations: Sequence[str] | None) -> list[Policy]:
    """List the policies that wait for their approval, the oldest first."""
    is_draft = mutual_aid_policies.c.state == PolicyState.DRAFT.value
    return POLICIES.fold_selected(connection, select_policies(organisations, is_draft))[::-1]


def list_policies_to_correct(
    connection: Connection, organisations: Sequence[str] | None, since: datetime
) -> list[Policy]:
    """List the policies for which a correction was proposed since an instant, the oldest first."""
    event = mutual_aid_policy_events.c
    proposed = select(event.policy_number).where(event.act == PolicyAct.PROPOSE.value, event.at >= since)
    query = select_policies(organisations, mutual_aid_policies.c.number.in_(proposed))
    return POLICIES.fold_selected(connection, query)[::-1]


def _restrict_to_organisations(
    query: Select[Any], column: ColumnElement[str], organisations: Sequence[str] | None
) -> Select[Any]:
    """Return a statement about some organisations (None: about all)."""
    if organisations is None:
        return query
    return query.where(in_json_array(column, "codes")).params(codes=json_array(organisations))


def find_overlapping_policy(connection: Connection, policy: Policy) -> int | None:
    """Return another policy in force that the same unit has for one of the same days."""
    c, terms = mutual_aid_policies.c, policy.terms
    query = select(c.number).where(
        c.organisation == terms.organisation,
        c.state == PolicyState.IN_FORCE.value,
        c.number != policy.number,
        c.begins <= terms.ends,
        c.ends >= terms.begins,
    )
    return connection.execute(query.limit(1)).scalar()


def append_enrolments(
    connection: Connection, enrolments: Sequence[AidEnrolment], by: str, now: datetime
) -> None:
    """Store who is covered by a policy; the caller has left out those whom it covers already."""
    named = ("policy_number", "member_id", "enrolled_on", "covered_from")
    rows = [
        {**{name: getattr(one, name) for name in named}, "enrolled_at": now, "enrolled_by": by}
        for one in enrolments
    ]
    append_batch(connection, ENROLMENT_BATCHES, rows, now)


def append_enrolment_change(connection: Connection, change: EnrolmentChange) -> None:
    """Store a correction of an enrolment; it counts in place of what was stored before."""
    append_batch(connection, ENROLMENT_CHANGE_BATCHES, [asdict(change)], change.at)


def list_enrolment_changes(
    connection: Connection, members: Iterable[str], policy: int | None = None
) -> list[EnrolmentChange]:
    """List the corrections of some members' enrolments, the oldest first; of one policy, or of all (None)."""
    c = mutual_aid_enrolment_changes.c
    stored = select(*(c[name] for name in EnrolmentChange.__slots__))
    query = stored.where(in_json_array(c.member_id, "members"))
    if policy is not None:
        query = query.where(c.policy_number == policy)
    rows = connection.execute(query.order_by(c.version), {"members": json_array(members)})
    found = [EnrolmentChange(**row) for row in rows.mappings()]
    return [replace(one, reason="") if one.reason.startswith(ERASED_PREFIX) else one for one in found]


def find_enrolments(connection: Connection, policy: int, members: Iterable[str]) -> dict[str, AidEnrolment]:
    """Return the enrolments of some members in a policy, as they were corrected."""
    c = mutual_aid_enrolments.c
    query = _ENROLMENTS.where(c.policy_number == policy, in_json_array(c.member_id, "members"))
    found = list_enrolments(connection, query.params(members=json_array(members)))
    return {one.member_id: one for one in found}


def find_members_covered_until(connection: Connection, members: Iterable[str], day: date) -> frozenset[str]:
    """Return those members whom any policy in force covered on a day: they are no new members the day after."""
    enrolled, policy = mutual_aid_enrolments.c, mutual_aid_policies.c
    query = _ENROLMENTS.join(mutual_aid_policies, policy.number == enrolled.policy_number).where(
        in_json_array(enrolled.member_id, "members"), enrolled.enrolled_on <= day, policy.ends >= day
    )
    found = list_enrolments(connection, query.params(members=json_array(members)))
    return frozenset(
        one.member_id for one in found if one.covered_until is None or one.covered_until >= day
    )  # fmt: skip


def list_enrolments(connection: Connection, query: Select[Any]) -> list[AidEnrolment]:
    """List the enrolments that a statement selects, as they were corrected."""
    return correct_enrolments(connection, [AidEnrolment(*row) for row in connection.execute(query)])


def correct_enrolments(connection: Connection, enrolments: Sequence[AidEnrolment]) -> list[AidEnrolment]:
    """Return enrolments with the days of their last corrections."""
    changes = list_enrolment_changes(connection, {one.member_id for one in enrolments})
    last = {(one.policy_number, one.member_id): one for one in changes}
    return [
        replace(one, covered_from=change.covered_from, covered_until=change.covered_until)
        if (change := last.get((one.policy_number, one.member_id)))
        else one
        for one in enrolments
    ]


def find_claim_of_receipt(connection: Connection, digest: str) -> int | None:
    """Return the claim that holds a receipt, under whichever policy."""
    query = select(mutual_aid_claims.c.number).where(mutual_aid_claims.c.receipt == digest)
    return connection.execute(query).scalar()


def list_approved_claims(connection: Connection, policy: int, member: str) -> list[AidClaim]:
    """Return the approved claims of a member under a policy, the oldest first."""
    c = mutual_aid_claims.c
    query = select(c.number).where(
        c.policy_number == policy, c.member_id == member, c.state == ClaimState.APPROVED.value
    )
    return CLAIMS.fold_selected(connection, query.order_by(c.number))


@dataclass(frozen=True, slots=True)
class ClaimQuery:
    """Which claims to list. ``organisations`` None stands for all."""

    organisations: Sequence[str] | None = None
    state: str | None = None
    policy: int | None = None
    member_id: str | None = None


def list_claims(connection: Connection, query: ClaimQuery) -> list[AidClaim]:
    """List claims, the newest first."""
    return CLAIMS.fold_selected(connection, select_claims(query))


def select_enrolments(
    organisations: Sequence[str] | None, policy: int | None, member: str | None
) -> Select[Any]:
    """Return a statement that selects enrolments, as they were stored, in the policies of organisations (None: of all)."""
    c, p = mutual_aid_enrolments.c, mutual_aid_policies.c
    stored = _ENROLMENTS.join(mutual_aid_policies, p.number == c.policy_number)
    query = _restrict_to_organisations(stored, p.organisation, organisations)
    if policy is not None:
        query = query.where(c.policy_number == policy)
    if member is not None:
        query = query.where(c.member_id == member)
    return query.order_by(c.policy_number.desc(), c.member_id)


def select_claims_to_review(organisations: Sequence[str] | None, reviewer: str) -> Select[Any]:
    """Return a statement that selects the claims that an officer may review: another one wrote them down; the oldest first."""
    event = mutual_aid_claim_events.c
    writing = (ClaimAct.SUBMIT.value, ClaimAct.CORRECT.value)
    written_by = (
        select(event.by)
        .where(event.claim_number == mutual_aid_claims.c.number, event.act.in_(writing))
        .order_by(event.version.desc())
        .limit(1)
        .scalar_subquery()
    )
    waiting = select_claims(ClaimQuery(organisations, ClaimState.SUBMITTED.value))
    waiting = waiting.where(func.lower(written_by) != reviewer.lower())
    return waiting.order_by(None).order_by(mutual_aid_claims.c.number)


def select_claims(query: ClaimQuery) -> Select[Any]:
    """Return a statement that selects the numbers of claims, of the newest first."""
    c = mutual_aid_claims.c
    statement = _restrict_to_organisations(select(c.number), c.organisation, query.organisations)
    if query.state is not None:
        statement = statement.where(c.state == query.state)
    if query.policy is not None:
        statement = statement.where(c.policy_number == query.policy)
    if query.member_id is not None:
        statement = statement.where(c.member_id == query.member_id)
    return statement.order_by(c.number.desc())
