"""Who acts in this thread now, by which decision, and what the audit log will say of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection

from yihui.access.actor import Actor, Assignment
from yihui.access.audit import AuditEntry, append_audit_entry
from yihui.access.roles import Right


@dataclass(frozen=True, slots=True)
class Acting:
    """An actor who was allowed to act, and the entry that each transaction of the act appends."""

    actor: Actor
    entry: AuditEntry


@dataclass(slots=True)
class _Permission:
    """What allowed the current act: the right that was asked for last, where, and the assignment that holds it."""

    right: Right | None = None
    by: Assignment | None = None
    organisations: set[str] = field(default_factory=set)


_permission: ContextVar[_Permission | None] = ContextVar("permission", default=None)
_acting: ContextVar[Acting | None] = ContextVar("acting", default=None)
_is_recorded: ContextVar[bool] = ContextVar("is_recorded", default=False)


@contextmanager
def acting_as(acting: Acting) -> Iterator[None]:
    """Run a block in the name of an actor."""
    tokens = _acting.set(acting), _is_recorded.set(False), _permission.set(_Permission())
    try:
        yield
    finally:
        _acting.reset(tokens[0])
        _is_recorded.reset(tokens[1])
        _permission.reset(tokens[2])


def current_acting() -> Acting | None:
    """Return who acts now; None where the program itself does, or where the door writes its own entry."""
    return _acting.get()


def locate_acting(organisation: str, by: Assignment | None) -> None:
    """State the organisation that the current act concerns, once its service knows it, and what allows it there."""
    acting = _acting.get()
    if acting is not None:
        _acting.set(replace(acting, entry=replace(acting.entry, organisation=organisation, by=by)))


def note_permission(right: Right, organisation: str | None, by: Assignment | None) -> None:
    """Note the decision that allows the current act somewhere, for its audit entries."""
    noted = _permission.get()
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
    if noted is None or noted.by is None or entry.by is not None:
        return entry
    only = next(iter(noted.organisations)) if len(noted.organisations) == 1 else None
    return replace(entry, by=noted.by, organisation=entry.organisation or only)


def record_acting(connection: Connection, now: datetime, object_id: str | None = None) -> None:
    """Append the audit entry of the current act to its transaction, if somebody acts."""
    acting = _acting.get()
    if acting is not None:
        entry = acting.entry if object_id is None else replace(acting.entry, object_id=object_id[:128])
        append_audit_entry(connection, acting.actor, complete_entry(entry), now)
        _is_recorded.set(True)


def is_act_recorded() -> bool:
    """Return whether a transaction of the current act appended its entry; a rolled-back one counts too."""
    return _is_recorded.get()
