"""Write and approve policies of mutual aid, and enrol members in them; every change is an event of the policy."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from core.civil_time import civil_date
from core.faults import FaultError
from events.retries import run_in_transaction
from members import read_spans
from members.mutual_aid.faults import AID_FAULTS, build_field_fault
from members.mutual_aid.policy import Policy, PolicyAct, PolicyEvent, PolicyState, PolicyTerms, terms_data
from members.mutual_aid.repository import (
    POLICIES,
    AidEnrolment,
    append_enrolments,
    find_enrolments,
    find_members_covered_until,
    find_overlapping_policy,
)
from members.organisations.storage import list_subtree
from members.privacy import has_personal_number
from members.tables import memberships
from store import in_json_array, json_array, lock_exclusive
from yihui.access.actor import Actor
from yihui.access.audit import AuditEntry, append_audit_entry
from yihui.access.decide import Decision
from yihui.access.roles import Right
from yihui.access.second_person import Step
from yihui.bootstrap import Wiring
from yihui.runtime.demo_clock import require_running_clock
from yihui.services.access.authorisation import authorise, require_fresh_login
from yihui.services.access.second_person import require_second_person
from yihui.services.ledger.sealing import seal_pending
from yihui.services.members.organisations import holds_on
from yihui.services.mutual_aid.intake import WrittenPolicy, check_policy, check_reason, raise_faults

POLICY_KIND = "mutual_aid_policy"
AID_LOCK = "mutual aid"  # taken before it is read what a member was paid, or which policies there are
DAYS_BEFORE = 92  # a unit may enrol its members so long before a policy begins
MOST_MEMBERS = 100_000  # of one enrolment
_FIRST_FAULTS = 20
EventData = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ActOnPolicy:
    """One act: the version that the officer saw (None: whatever there is), and why."""

    number: int
    act: PolicyAct
    seen: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PolicyTransaction:
    """The transaction of one act: who acts on what, and when."""

    wiring: Wiring
    connection: Connection
    actor: Actor
    now: datetime
    policy: Policy


def write_policy(wiring: Wiring, actor: Actor | None, written: WrittenPolicy) -> Policy:
    """Write down a policy; another officer approves it. *Raises*: FaultError with every fault."""
    require_running_clock(wiring)
    terms, now = check_policy(written), wiring.now()

    def work(connection: Connection) -> Policy:
        decision = authorise(wiring, connection, actor, Right.KEEP_HARDSHIP, terms.organisation)
        assert actor is not None
        if not read_spans(connection, [terms.organisation])[terms.organisation]:
            value = terms.organisation[:15]
            raise FaultError(AID_FAULTS.build("unknown_organisation", field="organisation", value=value))
        event = PolicyEvent(1, PolicyAct.WRITE, now, actor.id, terms_data(terms))
        policy = POLICIES.insert(connection, event)
        act = PolicyTransaction(wiring, connection, actor, now, policy)
        _audit(act, ActOnPolicy(policy.number, PolicyAct.WRITE), decision, {}, event.data)
        return policy

    return run_in_transaction(wiring.database, work)


def require_policy(connection: Connection, number: int, *, lock: bool = False) -> Policy:
    """Return a policy. *Raises*: FaultError if there is none."""
    policy = POLICIES.find(connection, number, lock=lock) if 0 < number < 2**63 else None
    if policy is None:
        raise FaultError(AID_FAULTS.build("unknown_policy", field="policy", value=number))
    return policy


def _change(
    wiring: Wiring,
    actor: Actor | None,
    wanted: ActOnPolicy,
    build_data: Callable[[PolicyTransaction], EventData],
) -> Policy:
    """Append one event to a policy. *Raises*: FaultError; then nothing has changed."""
    require_running_clock(wiring)
    now = wiring.now()

    def work(connection: Connection) -> Policy:
        authorise(wiring, connection, actor, Right.KEEP_HARDSHIP, None)  # a stranger learns no numbers
        wiring.runner.library(connection)
        lock_exclusive(connection, AID_LOCK)
        policy = require_policy(connection, wanted.number, lock=True)
        decision = authorise(wiring, connection, actor, Right.KEEP_HARDSHIP, policy.terms.organisation)
        assert actor is not None
        policy.require(wanted.act, wanted.seen)
        act = PolicyTransaction(wiring, connection, actor, now, policy)
        data = build_data(act)
        at = max(now, policy.changed_at)  # another machine's clock may be ahead
        changed = POLICIES.append(
            connection, policy, PolicyEvent(policy.version + 1, wanted.act, at, actor.id, data)
        )
        before = {"state": policy.state.value, "version": policy.version}
        after = {"state": changed.state.value, "version": changed.version, **data}
        _audit(act, wanted, decision, before, after)
        return changed

    policy = run_in_transaction(wiring.database, work)
    seal_pending(wiring)
    return policy


def _audit(
    act: PolicyTransaction, wanted: ActOnPolicy, decision: Decision, before: EventData, after: EventData
) -> None:
    entry = AuditEntry(
        f"{Right.KEEP_HARDSHIP.value}.mutual_aid.policy_{wanted.act.value}",
        POLICY_KIND,
        str(act.policy.number),
        wanted.reason.strip(),
        act.policy.terms.organisation,
        decision.by,
        before,
        {name: value for name, value in after.items() if name != "reason"},
    )
    append_audit_entry(act.connection, act.actor, entry, act.now)


def approve_policy(wiring: Wiring, actor: Actor | None, wanted: ActOnPolicy) -> Policy:
    """Approve a policy that another officer wrote; its members can be enrolled then. *Raises*: FaultError."""

    def build_data(act: PolicyTransaction) -> EventData:
        policy = act.policy
        require_fresh_login(wiring, act.actor, Right.KEEP_HARDSHIP)
        first = Step(policy.written_by, policy.written_at, Right.KEEP_HARDSHIP)
        second = Step(act.actor.id, act.now, Right.KEEP_HARDSHIP)
        require_second_person(wiring, act.connection, first, second, [policy.terms.organisation])
        other = find_overlapping_policy(act.connection, policy)
        if other is not None:
            raise FaultError(AID_FAULTS.build("same_policy", field="policy", value=other))
        return {"reason": wanted.reason.strip()}

    return _change(wiring, actor, wanted, build_data)


def withdraw_policy(wiring: Wiring, actor: Actor | None, wanted: ActOnPolicy) -> Policy:
    """Withdraw a policy that wasn't approved yet. *Raises*: FaultError."""
    raise_faults(check_reason(wanted.reason))
    return _change(wiring, actor, wanted, lambda _: {"reason": wanted.reason.strip()})


def enrol_members(
    wiring: Wiring, actor: Actor | None, wanted: ActOnPolicy, on: date, members: Sequence[str] | None = None
) -> Policy:
    """Enrol members of the unit as of a day: those of a list, or its whole roll (None).

    Who is enrolled already stays as enrolled. A member whom no policy covered on the day before waits.

    *Raises*: FaultError with every fault; then nobody was enrolled.
    """
    listed = None if members is None else list(dict.fromkeys(filter(None, map(_plain_id, members))))

    def build_data(act: PolicyTransaction) -> EventData:
        terms = act.policy.terms
        _require_day(terms, on, civil_date(act.now))
        there = _members_of_unit(act.connection, terms.organisation, on, listed)
        if listed is not None:
            _require_known(act, there, listed, on)
        known = find_enrolments(act.connection, act.policy.number, there)
        new = sorted(member for member in there if member not in known)
        if not new or len(new) > MOST_MEMBERS:
            code = "too_many" if new else "no_change" if there else "no_members"
            fault = build_field_fault(code, "member", len(new), most=MOST_MEMBERS)
            raise FaultError(fault)
        enrolments = _enrolments(act, new, max(on, terms.begins))
        append_enrolments(act.connection, enrolments, act.actor.id, act.now)
        return {"count": len(new), "on": on.isoformat(), "from": "roll" if listed is None else "list"}

    return _change(wiring, actor, wanted, build_data)


def read_member_list(content: bytes) -> list[str]:
    """Return the ids of a list with one on each line. *Raises*: FaultError if it isn't text."""
    try:
        return content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise FaultError(AID_FAULTS.build("no_list", field="members")) from error


def _plain_id(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


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


def _require_known(act: PolicyTransaction, there: frozenset[str], listed: Sequence[str], on: date) -> None:
    """Refuse a list with ids that are not the unit's: the same for unknown ones and for another unit's."""
    strange = [member for member in listed if member not in there]
    faults = [
        AID_FAULTS.build(
            "not_of_unit", field="member", value="***" if has_personal_number(one) else one[:64], day=on
        )
        for one in strange[:_FIRST_FAULTS]
    ]
    raise_faults(faults)


def _enrolments(act: PolicyTransaction, members: Sequence[str], begins: date) -> list[AidEnrolment]:
    covered = find_members_covered_until(act.connection, members, begins - timedelta(days=1))
    waiting = timedelta(days=act.policy.terms.waiting_days)
    return [
        AidEnrolment(
            act.policy.number, member, begins, begins if member in covered else begins + waiting
        )
        for member in members
    ]  # fmt: skip


def require_in_force(policy: Policy) -> None:
    """*Raises*: FaultError for a policy that isn't approved, or was withdrawn."""
    if policy.state is not PolicyState.IN_FORCE:
        policy.require(PolicyAct.ENROL)
