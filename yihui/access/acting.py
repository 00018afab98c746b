"""Who acts in this thread now, what the door decided by, and what the audit log will say of it.

The door (a page, a route, a command) judges an actor before the act's own transaction. What it judged by is
noted here, so that each transaction of the act judges it again when it begins (decision 0066).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import Enum, auto

from sqlalchemy import Connection

from yihui.access.actor import Actor, Assignment
from yihui.access.audit import AuditEntry, append_audit_entry
from yihui.access.roles import Right


@dataclass(frozen=True, slots=True)
class Acting:
    """An actor who was allowed to act on a day, and the entry that each transaction of the act appends.

    Without an ``entry`` the services of the act write their own. ``permissions`` are the rights that were asked
    for, each with its organisation, or None for any of the actor's own.
    """

    actor: Actor
    day: date
    entry: AuditEntry | None = None
    permissions: list[tuple[Right, str | None]] = field(default_factory=list)


class ActStage(Enum):
    """How far an act has come: the door allowed it, a transaction of it began, or only its record is missing."""

    ALLOWED = auto()
    BEGUN = auto()
    DONE = auto()


@dataclass(slots=True)
class _Permission:
    """What allowed the current act: the right that was asked for last, where, and the assignment that holds it."""

    right: Right | None = None
    by: Assignment | None = None
    organisations: set[str] = field(default_factory=set)


_permission: ContextVar[_Permission | None] = ContextVar("permission", default=None)
_acting: ContextVar[Acting | None] = ContextVar("acting", default=None)
_is_recorded: ContextVar[bool] = ContextVar("is_recorded", default=False)
_stage: ContextVar[ActStage] = ContextVar("stage", default=ActStage.ALLOWED)


@contextmanager
def acting_as(acting: Acting) -> Iterator[None]:
    """Run a block in the name of an actor."""
    tokens = _acting.set(acting), _is_recorded.set(False), _stage.set(ActStage.ALLOWED)
    permission = _permission.set(_Permission())
    try:
        yield
    finally:
        _acting.reset(tokens[0])
        _is_recorded.reset(tokens[1])
        _stage.reset(tokens[2])
        _permission.reset(permission)


def set_acting(acting: Acting) -> None:
    """Let the rest of a request's task, and the threads that it waits for, act in the name of an actor."""
    _acting.set(acting)
    _is_recorded.set(False)
    _stage.set(ActStage.ALLOWED)
    _permission.set(_Permission())


def current_acting() -> Acting | None:
    """Return who acts now; None where the program itself does."""
    return _acting.get()


def current_stage() -> ActStage:
    """Return how far the current act has come."""
    return _stage.get()


def note_stage(stage: ActStage) -> None:
    """Note how far the current act has come."""
    _stage.set(stage)


def note_permission(right: Right, organisation: str | None, by: Assignment | None) -> None:
    """Note a decision that allows the current act: its transaction asks again, and its audit entries state it."""
    acting, noted = _acting.get(), _permission.get()
    if acting is not None and (right, organisation) not in acting.permissions:
        acting.permissions.append((right, organisation))
    if noted is None or by is None:
        return
    if noted.right is not right:
        noted.right = right
        noted.organisations.clear()
    noted.by = by
    if organisation is not None:
        noted.organisations.add(organisation)


def complete_entry(entry: AuditEntry) -> AuditEntry:
    """Return an entry of the current act with the role, the deputy and the organisation by which it was allowed.

    What the entry states itself stays. An act on several organisations is recorded without one.
    """
    noted = _permission.get()
    if noted is None or noted.by is None:
        return entry
    only = next(iter(noted.organisations)) if len(noted.organisations) == 1 else None
    return replace(entry, by=entry.by or noted.by, organisation=entry.organisation or only)


def record_acting(connection: Connection, now: datetime, object_id: str | None = None) -> None:
    """Append the audit entry of the current act to its transaction, if somebody acts."""
    acting = _acting.get()
    if acting is not None and acting.entry is not None:
        entry = acting.entry if object_id is None else replace(acting.entry, object_id=object_id[:128])
        append_audit_entry(connection, acting.actor, complete_entry(entry), now)
        _is_recorded.set(True)


def is_act_recorded() -> bool:
    """Return whether a transaction of the current act appended its entry; a rolled-back one counts too."""
    return _is_recorded.get()
