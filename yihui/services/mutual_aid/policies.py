"""Write, approve and withdraw policies of mutual aid; every change is an event of the policy."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

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
from yihui.access.roles import Right
from yihui.access.second_person import Step
from yihui.bootstrap import Wiring
from yihui.runtime.demo_clock import require_running_clock
from yihui.services.access.authorisation import authorise, require_fresh_login
from yihui.services.access.history_acts import (
    ActSteps,
    EventData,
    HistoryKind,
    RequestedAct,
    audit_act,
    change_history,
)
from yihui.services.access.second_person import require_second_person
from yihui.services.ledger.sealing import seal_pending
from yihui.services.mutual_aid.intake import WrittenPolicy, check_policy, check_reason, raise_faults

POLICY_KIND = "mutual_aid_policy"
AID_LOCK = "mutual aid"  # taken before it is read what a member was paid, or which policies there are


ActOnPolicy = RequestedAct[PolicyAct]


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
        act = ActOnPolicy(policy.number, PolicyAct.WRITE)
        audit_act(connection, actor, _POLICY, policy, act, decision, {}, event.data, now)
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

    def take_locks(connection: Connection) -> None:
        (prepare or wiring.runner.library)(connection)
        lock_exclusive(connection, AID_LOCK)

    policy = change_history(wiring, actor, _POLICY, wanted, ActSteps(build_data, take_locks))
    seal_pending(wiring)
    return policy


_POLICY: HistoryKind[PolicyAct, Policy, PolicyTransaction] = HistoryKind(
    Right.KEEP_HARDSHIP,
    POLICY_KIND,
    f"{Right.KEEP_HARDSHIP.value}.mutual_aid.policy_",
    lambda connection, number: require_policy(connection, number, lock=True),
    lambda connection, policy, act, at, by, data: POLICIES.append(
        connection, policy, PolicyEvent(policy.version + 1, act, at, by, data)
    ),
    lambda policy: policy.terms.organisation,
    PolicyTransaction,
    recorded=("count", "on", "from", "member", "covered_from", "covered_until", "claims"),
)


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
