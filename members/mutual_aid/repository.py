"""Store and read policies, enrolments and claims of mutual aid. The caller opens the transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, select

from core.faults import Term
from core.text_marks import N_
from members.histories import HistoryStore
from members.mutual_aid.claim import AidClaim, ClaimAct, ClaimEvent, ClaimState, fold_claim
from members.mutual_aid.faults import AID_FAULTS, AidRefused
from members.mutual_aid.policy import Policy, PolicyAct, PolicyEvent, PolicyState, fold_policy
from members.mutual_aid.tables import (
    mutual_aid_claim_events,
    mutual_aid_claims,
    mutual_aid_enrolments,
    mutual_aid_policies,
    mutual_aid_policy_events,
)
from store import append_rows, in_json_array, json_array


@dataclass(frozen=True, slots=True)
class AidEnrolment:
    """A member whom a policy covers from a day on: ``enrolled_on``, or later for a new member who waits."""

    policy_number: int
    member_id: str
    enrolled_on: date
    covered_from: date


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


def _refuse_changed(thing: Policy | AidClaim, version: int) -> AidRefused:
    terms: dict[str, Term] = {"value": N_("the claim") if isinstance(thing, AidClaim) else N_("the policy")}
    return AidRefused(
        AID_FAULTS.build("changed", field="version", version=version, seen=thing.version, terms=terms)
    )


POLICIES: HistoryStore[PolicyEvent, Policy] = HistoryStore(
    mutual_aid_policies,
    mutual_aid_policy_events,
    "policy_number",
    lambda version, act, at, by, data: PolicyEvent(version, PolicyAct(act), at, by, data),
    fold_policy,
    _policy_row,
    _refuse_changed,
)
CLAIMS: HistoryStore[ClaimEvent, AidClaim] = HistoryStore(
    mutual_aid_claims,
    mutual_aid_claim_events,
    "claim_number",
    lambda version, act, at, by, data: ClaimEvent(version, ClaimAct(act), at, by, data),
    fold_claim,
    _claim_row,
    _refuse_changed,
)


def list_organisations(connection: Connection) -> list[str]:
    """List the organisations that have a policy or a claim."""
    policies = select(mutual_aid_policies.c.organisation)
    return list(connection.execute(policies.union(select(mutual_aid_claims.c.organisation))).scalars())


def list_policies(connection: Connection, organisations: Sequence[str] | None = None) -> list[Policy]:
    """List the policies of some organisations (None: of all), the newest first."""
    c = mutual_aid_policies.c
    query = select(c.number).order_by(c.number.desc())
    codes = {}
    if organisations is not None:
        query, codes = (
            query.where(in_json_array(c.organisation, "codes")),
            {"codes": json_array(organisations)},
        )
    return POLICIES.fold_all(connection, list(connection.execute(query, codes).scalars()))


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
    rows = [{**asdict(one), "enrolled_at": now, "enrolled_by": by} for one in enrolments]
    append_rows(connection, mutual_aid_enrolments, rows)


def find_enrolments(connection: Connection, policy: int, members: Iterable[str]) -> dict[str, AidEnrolment]:
    """Return the enrolments of some members in a policy."""
    c = mutual_aid_enrolments.c
    query = select(c.policy_number, c.member_id, c.enrolled_on, c.covered_from).where(
        c.policy_number == policy, in_json_array(c.member_id, "members")
    )
    rows = connection.execute(query, {"members": json_array(members)})
    return {row.member_id: AidEnrolment(*row) for row in rows}


def list_enrolments(
    connection: Connection, policy: int, limit: int, after: str | None = None
) -> list[AidEnrolment]:
    """List enrolments of a policy by member, beginning after one."""
    c = mutual_aid_enrolments.c
    query = select(c.policy_number, c.member_id, c.enrolled_on, c.covered_from).where(
        c.policy_number == policy
    )
    if after is not None:
        query = query.where(c.member_id > after)
    return [AidEnrolment(*row) for row in connection.execute(query.order_by(c.member_id).limit(limit))]


def find_members_covered_until(connection: Connection, members: Iterable[str], day: date) -> frozenset[str]:
    """Return those members whom any policy in force covered on a day: they are no new members the day after."""
    enrolled, policy = mutual_aid_enrolments.c, mutual_aid_policies.c
    query = (
        select(enrolled.member_id)
        .join(mutual_aid_policies, policy.number == enrolled.policy_number)
        .where(in_json_array(enrolled.member_id, "members"), enrolled.enrolled_on <= day, policy.ends >= day)
    )
    return frozenset(connection.execute(query, {"members": json_array(members)}).scalars())


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
    return CLAIMS.fold_all(connection, list(connection.execute(query.order_by(c.number)).scalars()))


@dataclass(frozen=True, slots=True)
class ClaimQuery:
    """Which claims to list. ``organisations`` None stands for all; ``before`` continues an earlier page."""

    organisations: Sequence[str] | None = None
    state: str | None = None
    policy: int | None = None
    member_id: str | None = None
    before: int | None = None
    limit: int | None = None


def list_claims(connection: Connection, query: ClaimQuery) -> list[AidClaim]:
    """List claims, the newest first."""
    statement = _selected(query).order_by(mutual_aid_claims.c.number.desc())
    if query.limit is not None:
        statement = statement.limit(query.limit)
    codes = {"codes": json_array(query.organisations)} if query.organisations is not None else {}
    return CLAIMS.fold_all(connection, list(connection.execute(statement, codes).scalars()))


def _selected(query: ClaimQuery) -> Select[Any]:
    c = mutual_aid_claims.c
    statement = select(c.number)
    if query.organisations is not None:
        statement = statement.where(in_json_array(c.organisation, "codes"))
    if query.state is not None:
        statement = statement.where(c.state == query.state)
    if query.policy is not None:
        statement = statement.where(c.policy_number == query.policy)
    if query.member_id is not None:
        statement = statement.where(c.member_id == query.member_id)
    if query.before is not None:
        statement = statement.where(c.number < query.before)
    return statement
