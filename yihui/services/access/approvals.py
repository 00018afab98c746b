"""Confirm or refuse what one officer proposed and a second one must look at."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import Connection

import benefits
from benefits import Officer, ReversalCriteria, ReversalResult
from core.civil_time import civil_date
from core.faults import FaultError
from events import ResumeResult, resume_rule
from events.acts import record_act
from events.retries import run_in_transaction
from yihui.access.actor import Actor, ActorKind
from yihui.access.audit import AuditEntry, append_audit_entry
from yihui.access.decide import Decision, subtrees
from yihui.access.pending_acts import (
    PENDING_ACT_FAULTS,
    PendingAct,
    PendingKind,
    decide_pending_act,
    list_decided_acts,
    list_pending_acts,
    load_confirmable_act,
    load_waiting_act,
    second_decision_error,
)
from yihui.access.roles import Right
from yihui.access.second_person import Step
from yihui.bootstrap import Wiring
from yihui.services.access.act_places import place_of_rule
from yihui.services.access.acting import acting_officer
from yihui.services.access.authorisation import authorise
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.access.second_person import require_second_person

MOST_DECIDED = 500  # of the whole union, among which an officer finds those of the own places
Effect = ResumeResult | ReversalResult


@dataclass(frozen=True, slots=True)
class ConfirmedAct:
    """A confirmed act, and what came of it."""

    act: PendingAct
    result: Effect


def list_proposals(wiring: Wiring, *, all_: bool = False) -> list[PendingAct]:
    """List what waits for a second person, or all that was ever proposed."""
    with wiring.database.read() as connection:
        return list_pending_acts(connection, _STEPS, all_=all_)


@dataclass(frozen=True, slots=True)
class VisibleAct:
    """A proposal that an officer may see; ``may_confirm``: the officer holds the right of the second step."""

    act: PendingAct
    may_confirm: bool


def list_visible_proposals(wiring: Wiring, actor: Actor) -> list[VisibleAct]:
    """List what waits, and what was decided lately, as far as it concerns an officer; the earliest first.

    An officer sees own proposals, and those of a place for which the officer holds the right of the first or the
    second step, or reads the audit log.
    """
    with wiring.database.read() as connection:
        reach = _ProposalReach(wiring, connection, actor)
        acts = [*list_decided_acts(connection, _STEPS, MOST_DECIDED), *list_pending_acts(connection, _STEPS)]
        return [VisibleAct(act, reach.may_confirm(act)) for act in acts if reach.is_visible(act)]


def count_confirmable_acts(wiring: Wiring, connection: Connection, actor: Actor) -> int:
    """Count what an officer may confirm as the second person; what has expired can only be refused."""
    reach, now = _ProposalReach(wiring, connection, actor), wiring.now()
    return sum(
        reach.may_confirm(act) for act in list_pending_acts(connection, _STEPS) if not act.has_expired(now)
    )  # fmt: skip


def list_proposals_of(wiring: Wiring, actor: Actor, *, all_: bool = False) -> list[PendingAct]:
    """List what waits, or all that was proposed, as far as it concerns an officer; to others everything."""
    if actor.kind is not ActorKind.OFFICER:
        return list_proposals(wiring, all_=all_)
    visible = [one.act for one in list_visible_proposals(wiring, actor)]
    return [act for act in visible if all_ or act.state == "waiting"]


@dataclass(slots=True)
class _ProposalReach:
    """Which proposals an officer may see; what was found out once is not looked up again."""

    wiring: Wiring
    connection: Connection
    actor: Actor
    _covered: dict[tuple[Right, str, PendingKind], bool] = field(default_factory=dict)

    def is_visible(self, act: PendingAct) -> bool:
        rights = (_STEPS[act.kind].second, _STEPS[act.kind].first, Right.READ_AUDIT)
        return self._is_own(act) or any(self._covers(right, act) for right in rights)

    def may_confirm(self, act: PendingAct) -> bool:
        return not self._is_own(act) and self._covers(_STEPS[act.kind].second, act)

    def _is_own(self, act: PendingAct) -> bool:
        return act.proposed_by.casefold() == self.actor.id.casefold()

    def _covers(self, right: Right, act: PendingAct) -> bool:
        key = (right, act.object_id, act.kind)
        if key not in self._covered:
            day = civil_date(self.wiring.now())
            scope = OfficerScope(subtrees(self.actor, right, day), day)
            self._covered[key] = scope.is_everywhere or self._covers_places(scope, act)
        return self._covered[key]

    def _covers_places(self, scope: OfficerScope, act: PendingAct) -> bool:
        if not scope.organisations:
            return False
        places = frozenset(_places(self.wiring, self.connection, act))
        return places <= scope.find_covered(self.connection, places)


def confirm_proposal(
    wiring: Wiring, actor: Actor, number: int, reason: str = "", *, seen: str | None = None
) -> ConfirmedAct:
    """Confirm what somebody else proposed; it takes effect in the same transaction, once.

    ``seen`` is the digest of the proposal as the officer's page or the command's list showed it.

    *Raises*: FaultError for the same person, without the right, or if anything has changed since.
    """
    acting = acting_officer(wiring, actor.id, reason)

    def work(connection: Connection) -> ConfirmedAct:
        benefits.lock_rulebook_exclusive(connection)
        act = load_confirmable_act(connection, number, _STEPS, acting.at, seen)
        decision, steps = _authorise(wiring, connection, actor, act), _STEPS[act.kind]
        first = Step(act.proposed_by, act.proposed_at, steps.first)
        second = Step(actor.id, acting.at, steps.second)
        require_second_person(wiring, connection, first, second, _places(wiring, connection, act))
        if not decide_pending_act(connection, number, "confirmed", actor.id, reason, acting.at):
            raise second_decision_error(act)
        result = steps.carry_out(wiring, connection, replace(acting, reason=reason or act.reason), act)
        _audit(connection, actor, decision, act, "confirmed", acting, _places(wiring, connection, act))
        done = replace(
            act, state="confirmed", decided_by=actor.id, decided_at=acting.at, decision_reason=reason
        )
        return ConfirmedAct(done, result)

    return run_in_transaction(wiring.database, work)


def refuse_proposal(wiring: Wiring, actor: Actor, number: int, reason: str) -> PendingAct:
    """Refuse what was proposed, or withdraw one's own proposal. *Raises*: FaultError, also without a reason."""
    acting = acting_officer(wiring, actor.id, reason).require_reason()

    def work(connection: Connection) -> PendingAct:
        act = load_waiting_act(connection, number, _STEPS)
        is_own = act.proposed_by.casefold() == actor.id.casefold()
        decision = Decision() if is_own else _authorise(wiring, connection, actor, act)
        if not decide_pending_act(connection, number, "refused", actor.id, reason, acting.at):
            raise second_decision_error(act)
        _audit(connection, actor, decision, act, "refused", acting, _places(wiring, connection, act))
        return replace(
            act, state="refused", decided_by=actor.id, decided_at=acting.at, decision_reason=reason
        )

    return run_in_transaction(wiring.database, work)


def _authorise(wiring: Wiring, connection: Connection, actor: Actor, act: PendingAct) -> Decision:
    """Return what allows the second step; each owner of the rule must allow it."""
    decision = Decision()
    for place in _places(wiring, connection, act):
        decision = authorise(wiring, connection, actor, _STEPS[act.kind].second, place)
    return decision


def _places(wiring: Wiring, connection: Connection, act: PendingAct) -> list[str]:
    """Return whom an act concerns: a rule's owners."""
    return place_of_rule(wiring, connection, act.object_id)


def _audit(
    connection: Connection,
    actor: Actor,
    decision: Decision,
    act: PendingAct,
    state: str,
    acting: Officer,
    places: Sequence[str],
) -> None:
    """Record the decision, for the one organisation that it concerns; one about several is read by the top alone."""
    entry = AuditEntry(
        f"{_STEPS[act.kind].second.value}: {state}",
        "pending_act",
        str(act.number),
        acting.reason or act.reason,
        places[0] if len(places) == 1 else None,
        by=decision.by,
        before={"state": "waiting", "proposed_by": act.proposed_by},
        after={
            "state": state,
            "kind": act.kind.value,
            "object": act.object_id,
            **act.terms,
            "digest": act.digest,
        },
    )
    append_audit_entry(connection, actor, entry, acting.at)


def _lift_stop(wiring: Wiring, connection: Connection, officer: Officer, act: PendingAct) -> ResumeResult:
    stop = benefits.read_rule_stops(connection).get(act.object_id)
    _require_same(act, act.terms["stopped_by_act"], stop.act if stop else None)
    version, terms = act.terms["version"], {"by": officer.who, "reason": officer.reason}
    done = resume_rule(connection, officer, act.object_id, wiring.rulebook.in_force, version)
    record_act(connection, "resume_rule", officer.at, rule=act.object_id, version=version, **terms)
    return done


def _reverse(_: Wiring, connection: Connection, officer: Officer, act: PendingAct) -> ReversalResult:
    first, last = (
        date.fromisoformat(day) if day else None for day in (act.terms["since"], act.terms["until"])
    )
    criteria = ReversalCriteria(act.object_id, act.terms["version"], first, last)
    done = benefits.apply_reversal(connection, officer, criteria)
    _require_same(act, act.terms["grants"], done.grants)
    record_act(
        connection, "reverse", officer.at, rule=act.object_id, version=act.terms["version"],
        since=first, until=last, by=officer.who, reason=officer.reason,
    )  # fmt: skip
    return done


def _require_same(act: PendingAct, then: object, now: object) -> None:
    """Refuse an act whose basis has changed since it was proposed: its confirmer saw other figures."""
    if then != now:
        raise FaultError(
            PENDING_ACT_FAULTS.build("outdated", field="NUMBER", value=act.number, then=then, now=now)
        )


@dataclass(frozen=True, slots=True)
class _Steps:
    """The rights of the first and the second step of a kind, and what the second one does."""

    first: Right
    second: Right
    carry_out: Callable[[Wiring, Connection, Officer, PendingAct], Effect]


_STEPS: Mapping[PendingKind, _Steps] = {
    PendingKind.STOP_LIFT: _Steps(Right.STOP_RULES, Right.LIFT_STOPS, _lift_stop),
    PendingKind.MASS_REVERSAL: _Steps(Right.REVERSE, Right.REVERSE_MASS, _reverse),
}
