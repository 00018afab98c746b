"""Carry out officers' acts on things that are the fold of their histories (``members.histories``), all by one frame.

A hotline case and a case file are changed alike: in one transaction the officer
is authorised, the thing is loaded and locked, the move is checked, one event is appended, and the audit log says
so. Each room has a :class:`HistoryKind` that says how; what the act does is the caller's.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection

from events.retries import run_in_transaction
from members.histories import Changeable
from yihui.access.acting import record_stated
from yihui.access.actor import Actor
from yihui.access.audit import AuditEntry, append_audit_entry
from yihui.access.decide import Decision
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.runtime.demo_clock import require_running_clock
from yihui.services.access.authorisation import authorise

EventData = Mapping[str, Any]
_A = TypeVar("_A", bound=StrEnum)


_T = TypeVar("_T", bound=Changeable)
_X = TypeVar("_X")


@dataclass(frozen=True)  # without slots: a subscribed class can't build a frozen one that has them
class RequestedAct(Generic[_A]):
    """One act: on which thing, the version that the officer saw (None: whatever there is), and why."""

    number: int
    act: _A
    seen: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class HistoryKind(Generic[_A, _T, _X]):
    """How one kind of thing is loaded, changed and recorded.

    ``load`` locks the thing. ``append`` stores the event with the next version. ``begin`` builds what the
    act's own code is given. ``describe`` is what the audit log says of the thing before and after, besides its
    state and version; ``recorded`` are the names of an event's data that it says, too.
    """

    right: Right
    object_kind: str
    audit_prefix: str
    load: Callable[[Connection, int], _T]
    append: Callable[[Connection, _T, _A, datetime, str, EventData], _T]
    organisation_of: Callable[[_T], str]
    begin: Callable[[Wiring, Connection, Actor, datetime, _T], _X]
    describe: Callable[[_T], EventData] = lambda _: {}
    recorded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ActSteps(Generic[_T, _X]):
    """What an act does within the frame: ``build_data`` returns its event's data.

    ``prepare`` takes locks before the thing is loaded; ``follow`` acts on what it became; ``decide`` authorises
    in place of the thing's own organisation.
    """

    build_data: Callable[[_X], EventData]
    prepare: Callable[[Connection], object] | None = None
    follow: Callable[[_X], object] | None = None
    decide: Callable[[Connection, _T], Decision] | None = None


def change_history(
    wiring: Wiring,
    actor: Actor | None,
    kind: HistoryKind[_A, _T, _X],
    wanted: RequestedAct[_A],
    steps: ActSteps[_T, _X],
) -> _T:
    """Append one event to a thing, and do what follows from it, in one transaction.

    Of two officers who act at once one wins, the other is refused in words.

    *Raises*: FaultError; then nothing has changed.
    """
    require_running_clock(wiring)
    now = wiring.now()

    def work(connection: Connection) -> _T:
        authorise(wiring, connection, actor, kind.right, None)  # a stranger learns no numbers
        if steps.prepare is not None:
            steps.prepare(connection)
        thing = kind.load(connection, wanted.number)
        if steps.decide is not None:
            decision = steps.decide(connection, thing)
        else:
            decision = authorise(wiring, connection, actor, kind.right, kind.organisation_of(thing))
        assert actor is not None
        thing.require(wanted.act, wanted.seen)
        data = steps.build_data(kind.begin(wiring, connection, actor, now, thing))
        changed = append_act(connection, actor, kind, thing, wanted, decision, data, now)
        if steps.follow is not None:
            steps.follow(kind.begin(wiring, connection, actor, now, changed))
        return changed

    return run_in_transaction(wiring.database, work)


def append_act(
    connection: Connection,
    actor: Actor,
    kind: HistoryKind[_A, _T, _X],
    thing: _T,
    wanted: RequestedAct[_A],
    decision: Decision,
    data: EventData,
    now: datetime,
) -> _T:
    """Append an act's event and its entry of the audit log, in the caller's transaction; return what became of it."""
    at = max(now, thing.changed_at)  # another machine's clock may be ahead
    changed = kind.append(connection, thing, wanted.act, at, actor.id, data)
    recorded = {name: data[name] for name in kind.recorded if name in data}
    after = {**_describe(kind, changed), **recorded}
    audit_act(connection, actor, kind, changed, wanted, decision, _describe(kind, thing), after, now)
    return changed


def _describe(kind: HistoryKind[_A, _T, _X], thing: _T) -> EventData:
    return {"state": thing.state.value, "version": thing.version, **kind.describe(thing)}


def audit_act(
    connection: Connection,
    actor: Actor,
    kind: HistoryKind[_A, _T, _X],
    thing: _T,
    wanted: RequestedAct[_A],
    decision: Decision,
    before: EventData,
    after: EventData,
    now: datetime,
) -> None:
    """Append an act on a thing to the audit log, in the act's transaction."""
    entry = AuditEntry(
        f"{kind.audit_prefix}{wanted.act.value}",
        kind.object_kind,
        str(thing.number),
        wanted.reason.strip(),
        kind.organisation_of(thing),
        decision.by,
        before,
        after,
    )
    append_audit_entry(connection, actor, entry, now)
    record_stated(connection, now)
