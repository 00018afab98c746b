"""Who acts in this thread now, what the door decided by, and what the audit log will say of it.

The door (a page, a route, a command) judges an actor before the act's own transaction. What it judged by is
noted here, so that each transaction of the act judges it again when it begins (decision 0058).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import Enum, auto
from typing import Any

from sqlalchemy import Connection

from yihui.access.actor import Actor, Assignment
from yihui.access.audit import AuditContext, AuditEntry, append_audit_entry, entries_in, without_faulty_texts
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
class _Act:
    """The current act: what its entry says, how far it has come, whether it is recorded, and what allowed it.

    ``right`` is the right that was asked for last, ``by`` the assignment that holds it, and ``organisations``
    are those for which it was asked. ``context`` has the entries that its services
    wrote themselves, ``recorded`` those that ended its transactions.
    """

    acting: Acting
    entry: AuditEntry | None
    stage: ActStage = ActStage.ALLOWED
    is_recorded: bool = False
    right: Right | None = None
    by: Assignment | None = None
    organisations: set[str] = field(default_factory=set)
    context: AuditContext = field(default_factory=lambda: AuditContext(None))
    recorded: list[AuditEntry] = field(default_factory=list)


_current: ContextVar[_Act | None] = ContextVar("current", default=None)


@contextmanager
def acting_as(acting: Acting) -> Iterator[None]:
    """Run a block in the name of an actor."""
    context = AuditContext(acting.entry.request_id if acting.entry else None)
    token = _current.set(_Act(acting, acting.entry, context=context))
    try:
        with entries_in(context):
            yield
    finally:
        _current.reset(token)


def set_acting(acting: Acting) -> None:
    """Let the rest of a request's task, and the threads that it waits for, act in the name of an actor."""
    _current.set(_Act(acting, acting.entry))


def current_acting() -> Acting | None:
    """Return who acts now; None where the program itself does."""
    act = _current.get()
    return act.acting if act else None


def current_stage() -> ActStage:
    """Return how far the current act has come."""
    act = _current.get()
    return act.stage if act else ActStage.ALLOWED


def note_stage(stage: ActStage) -> None:
    """Note how far the current act has come."""
    if act := _current.get():
        act.stage = stage


def note_permission(right: Right, organisation: str | None, by: Assignment | None) -> None:
    """Note a decision that allows the current act: its transaction asks again, and its audit entries state it."""
    act = _current.get()
    if act is None:
        return
    if (right, organisation) not in act.acting.permissions:
        act.acting.permissions.append((right, organisation))
    if by is None:
        return
    if act.right is not right:
        act.right = right
        act.organisations.clear()
    act.by = by
    if organisation is not None:
        act.organisations.add(organisation)


def complete_entry(entry: AuditEntry) -> AuditEntry:
    """Return an entry of the current act with the role, the deputy and the organisation by which it was allowed.

    What the entry states itself stays. An act on several organisations is recorded without one.
    """
    act = _current.get()
    if act is None or act.by is None:
        return entry
    only = next(iter(act.organisations)) if len(act.organisations) == 1 else None
    return replace(entry, by=entry.by or act.by, organisation=entry.organisation or only)


def state_act(
    object_kind: str,
    object_id: str,
    reason: str | None = None,
    organisation: str | None = None,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    """State what the current act is about: the entry that its transaction appends says so.

    A page states what it knows before the act. What the act's own transaction alone knows, such as the number of
    what it makes, is stated there. A reason or organisation of None stays as it was stated; the changes are added
    to those that were. Texts that no entry can hold are left out: a name that was typed may look like a phone
    number.
    """
    act = _current.get()
    if act is None or act.entry is None:
        return
    old = act.entry
    stated = AuditEntry(old.act, object_kind, object_id, reason or "", before=before or {}, after=after or {})
    clean = without_faulty_texts(stated)
    act.entry = replace(
        clean,
        reason=old.reason if reason is None else clean.reason,
        organisation=organisation or old.organisation,
        by=old.by,
        before=_merge(old.before, clean.before),
        after=_merge(old.after, clean.after),
        request_id=old.request_id,
    )


def _merge(old: Mapping[str, Any], new: Mapping[str, Any]) -> Mapping[str, Any]:
    left_out = old.get("left_out", 0) + new.get("left_out", 0)
    return {**old, **new, **({"left_out": left_out} if left_out else {})}


@contextmanager
def state_if_done() -> Iterator[None]:
    """Take back what the block states, and what it appended, if it is refused or rolled back."""
    stated = read_statement()
    try:
        yield
    except BaseException:
        restore_statement(stated)
        raise


def read_statement() -> tuple[AuditEntry | None, int, int]:
    """Return what was stated of the current act until now, and how many entries of each kind were appended."""
    act = _current.get()
    return (act.entry, len(act.context.appended), len(act.recorded)) if act is not None else (None, 0, 0)


def restore_statement(stated: tuple[AuditEntry | None, int, int]) -> None:
    """Go back to what ``read_statement`` returned: what a rolled-back try stated and appended is gone."""
    if (act := _current.get()) is not None:
        act.entry, written, recorded = stated
        del act.context.appended[written:], act.recorded[recorded:]


def record_acting(connection: Connection, now: datetime) -> None:
    """Append the entry of the current act to the audit log, in the act's transaction; without an actor do nothing.

    Where the act's own service has just said the same of the same record, no second entry follows.
    """
    act = _current.get()
    if act is None or act.entry is None:
        return
    if not any(_says_all(one, act.entry) for one in act.context.appended):
        entry, written = complete_entry(act.entry), act.context.appended
        append_audit_entry(connection, act.acting.actor, entry, now)
        if written and written[-1] is entry:  # not one that a service wrote
            written.pop()
        act.recorded.append(entry)
    act.is_recorded = True


def _says_all(one: AuditEntry, stated: AuditEntry) -> bool:
    is_same = (one.object_kind, one.object_id) == (stated.object_kind, stated.object_id)
    return is_same and stated.reason in ("", one.reason) and not stated.before and not stated.after


def _is_stated(act: _Act) -> bool:
    begun = act.acting.entry
    return begun is None or act.entry is None or act.entry.object_id != begun.object_id


def find_unrecorded_entry() -> AuditEntry | None:
    """Return the entry of the current act if none of its transactions appended one about the same object.

    Where nothing was stated, an entry that the act's own service wrote about a record is its record.
    """
    act = _current.get()
    if act is None or act.entry is None:
        return None
    entry, appended = complete_entry(act.entry), [*act.context.appended, *act.recorded]
    if _is_stated(act):
        about = (entry.object_kind, entry.object_id)
        is_recorded = any((one.object_kind, one.object_id) == about for one in appended)
    else:
        is_recorded = any(one.object_id != entry.object_id for one in appended)
    return None if is_recorded else entry


def is_act_recorded() -> bool:
    """Return whether a transaction of the current act appended its entry; a rolled-back one counts too."""
    act = _current.get()
    return act is not None and act.is_recorded
