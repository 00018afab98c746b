"""Write, approve and withdraw policies of mutual aid; every change is an event of the policy."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from core.faults import FaultError
from events.retries import run_in_transaction
from members import read_spans
from members.mutual_aid.faults import AID_FAULTS
from members.mutual_aid.policy import Policy, PolicyAct, PolicyEvent, PolicyState, terms_data
from members.mutual_aid.repository import (
    POLICIES,
    find_overlapping_policy,
)
from store import lock_exclusive
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
from yihui.services.mutual_aid.intake import WrittenPolicy, check_policy, check_reason, raise_faults

POLICY_KIND = "mutual_aid_policy"
AID_LOCK = "mutual aid"  # taken before it is read what a member was paid, or which policies there are
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


def change_policy_by(
    wiring: Wiring,
    actor: Actor | None,
    wanted: ActOnPolicy,
    build_data: Callable[[PolicyTransaction], EventData],
    prepare: Callable[[Connection], object] | None = None,
) -> Policy:
    """Append one event to a policy; ``prepare`` takes the locks of the rules in place of reading them.

    *Raises*: FaultError; then nothing has changed.
    """
    require_running_clock(wiring)
    now = wiring.now()

    def work(connection: Connection) -> Policy:
        authorise(wiring, connection, actor, Right.KEEP_HARDSHIP, None)  # a stranger learns no numbers
        (prepare or wiring.runner.library)(connection)
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

    return change_policy_by(wiring, actor, wanted, build_data)


def withdraw_policy(wiring: Wiring, actor: Actor | None, wanted: ActOnPolicy) -> Policy:
    """Withdraw a policy that wasn't approved yet. *Raises*: FaultError."""
    raise_faults(check_reason(wanted.reason))
    return change_policy_by(wiring, actor, wanted, lambda _: {"reason": wanted.reason.strip()})


def require_in_force(policy: Policy) -> None:
    """*Raises*: FaultError for a policy that isn't approved, or was withdrawn."""
    if policy.state is not PolicyState.IN_FORCE:
        policy.require(PolicyAct.ENROL)
