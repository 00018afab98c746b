"""Who acts in this thread now, and what the audit log will say of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from yihui.access.actor import Actor, Assignment
from yihui.access.audit import AuditEntry, append_audit_entry


@dataclass(frozen=True, slots=True)
class Acting:
    """An actor who was allowed to act, and the entry that each transaction of the act appends."""

    actor: Actor
    entry: AuditEntry


_acting: ContextVar[Acting | None] = ContextVar("acting", default=None)
_is_recorded: ContextVar[bool] = ContextVar("is_recorded", default=False)


@contextmanager
def acting_as(acting: Acting) -> Iterator[None]:
    """Run a block in the name of an actor."""
    tokens = _acting.set(acting), _is_recorded.set(False)
    try:
        yield
    finally:
        _acting.reset(tokens[0])
        _is_recorded.reset(tokens[1])


def current_acting() -> Acting | None:
    """Return who acts now; None where the program itself does, or where the door writes its own entry."""
    return _acting.get()


def locate_acting(organisation: str, by: Assignment | None) -> None:
    """State the organisation that the current act concerns, once its service knows it, and what allows it there."""
    acting = _acting.get()
    if acting is not None:
        _acting.set(replace(acting, entry=replace(acting.entry, organisation=organisation, by=by)))


def record_acting(connection: Connection, now: datetime, object_id: str | None = None) -> None:
    """Append the audit entry of the current act to its transaction, if somebody acts."""
    acting = _acting.get()
    if acting is not None:
        entry = acting.entry if object_id is None else replace(acting.entry, object_id=object_id[:128])
        append_audit_entry(connection, acting.actor, entry, now)
        _is_recorded.set(True)


def is_act_recorded() -> bool:
    """Return whether a transaction of the current act appended its entry; a rolled-back one counts too."""
    return _is_recorded.get()
