"""Append to the audit log, in the transaction of the act itself.

Entries are sealed in batches with the ledger. Of an entry's reason and changes the seal covers digests, so
that both can be erased with a person while who acted, when and on whom stays proved (decision 0037).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection

from core.faults import Fault, FaultTable, raise_faults
from core.text_marks import N_
from members import has_personal_number, walk_texts
from store import append_batch, text_digest
from yihui.access.actor import Actor, Assignment
from yihui.access.tables import AUDIT_BATCHES

MEMBER_OBJECT = "member"  # the kind of object whose id is a member's pseudonym
UNMASK_CALLER = "hotline.unmask"  # the act of reading in clear who called
MAX_REASON = 500  # characters
MAX_ACT = 64  # characters
MAX_CHANGES_BYTES = 16_000  # what is longer is recorded by its digest
_MONEY = "_fen"  # amounts may have as many digits as a phone number
_LONGEST = {"reason": MAX_REASON, "object_id": 128, "object_kind": 32, "act": MAX_ACT, "request_id": 64}
_DIGEST_START = 10  # characters: too few for a phone number
_LABELS = {"reason": N_("reason")}  # of the texts that officers type

AUDIT_FAULTS = FaultTable(
    "audit",
    {
        "personal": (
            N_("{field} holds what looks like a phone number or an ID number"),
            N_("write the member's pseudonym in its place: nothing personal is recorded in the audit log"),
        ),
        "too_long": (N_("{field} has {count} characters; {most} are recorded"), N_("write it shorter")),
        "control": (
            N_("{field} holds a character that can't be shown"),
            N_("write it again, without copying it from elsewhere"),
        ),
        "no_erasure": (
            N_("audit_entries: entry {entry} was erased, but no erasure of its member is recorded"),
            N_("compare with a backup from before"),
        ),
        "no_history_erasure": (
            N_("{table}: texts of number {entry} were erased, but no erasure of its member is recorded"),
            N_("compare with a backup from before"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act, or one reading of personal data.

    ``act`` is a right (``yihui/access/roles.py``) or an act below one; ``by`` is the assignment that allowed
    it. ``before`` and ``after`` hold what changed, without personal data. Of a member the object's kind is
    ``member`` and its id the pseudonym: then the entry's texts go with the member's erasure.
    """

    act: str
    object_kind: str
    object_id: str
    reason: str = ""
    organisation: str | None = None
    by: Assignment | None = None
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    request_id: str | None = None


@dataclass(slots=True)
class AuditContext:
    """The id of the request that an actor sent, such as a form's key, and the entries that its services appended."""

    request_id: str | None
    appended: list[AuditEntry] = field(default_factory=list)


_context: ContextVar[AuditContext | None] = ContextVar("context", default=None)


def append_audit_entry(connection: Connection, actor: Actor, entry: AuditEntry, now: datetime) -> None:
    """Append one entry and queue it for sealing; it is committed with the act, or not at all.

    *Raises*: FaultError with all faults of the texts: personal numbers, too long, not printable.
    """
    append_audit_entries(connection, actor, [entry], now)


def append_audit_entries(
    connection: Connection, actor: Actor, entries: Sequence[AuditEntry], now: datetime
) -> None:
    """Append entries, in order, to the transaction's batch.

    *Raises*: FaultError with all faults of their texts.
    """
    rows = [_build_row(actor, entry, now) for entry in entries]
    append_batch(connection, AUDIT_BATCHES, rows, now)
    if (context := _context.get()) is not None:
        context.appended += entries


@contextmanager
def entries_in(context: AuditContext) -> Iterator[None]:
    """Collect the entries that the block appends; those that name no request get the context's."""
    token = _context.set(context)
    try:
        yield
    finally:
        _context.reset(token)


def _build_row(actor: Actor, entry: AuditEntry, now: datetime) -> dict[str, object]:
    changes, context = render_changes(entry.before, entry.after), _context.get()
    raise_faults(_entry_faults(entry))
    return {
        "at": now,
        "actor": actor.id,
        "actor_kind": actor.kind.value,
        "role": entry.by.role.value if entry.by else None,
        "deputy_of": entry.by.deputy_of if entry.by else None,
        "organisation": entry.organisation,
        "act": str(entry.act),
        "object_kind": entry.object_kind,
        "object_id": entry.object_id,
        "reason": entry.reason,
        "changes": changes,
        "request_id": entry.request_id or (context.request_id if context else None),
    }


def render_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Return canonical JSON: sorted keys, no spaces. What is too long stands there by its digest and length.

    *Raises*: TypeError, ValueError for values that JSON has no form for.
    """
    text = _canonical({"before": before, "after": after})
    if len(text.encode(errors="replace")) <= MAX_CHANGES_BYTES:
        return text
    return _canonical({"before": _abridge_changes(before), "after": _abridge_changes(after)})


def _canonical(value: object) -> str:
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, default=_plain
    )


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, frozenset | set):
        return sorted(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no form in an audit entry")


def _abridge_changes(value: Mapping[str, Any]) -> Mapping[str, Any]:
    content = _canonical(value).encode(errors="replace")
    if not value or len(content) <= MAX_CHANGES_BYTES // 4:
        return value
    return {"sha256": sha256(content).hexdigest(), "bytes": len(content)}


def check_audit_reason(reason: str) -> None:
    """*Raises*: FaultError for a reason that no entry can hold: so an act with it is refused before it is done."""
    raise_faults(_text_faults("reason", reason))


def without_faulty_texts(entry: AuditEntry) -> AuditEntry:
    """Return an entry that can be appended about an act that is done: texts with faults are left out.

    Of an object's id the start of its digest stays, of values how many are left out.
    """
    texts = {name: getattr(entry, name) for name in ("reason", "object_id")}
    faulty = {name for name, text in texts.items() if [*_text_faults(name, text)]}
    return replace(
        entry,
        reason="" if "reason" in faulty else entry.reason,
        object_id=text_digest(entry.object_id)[:_DIGEST_START] if "object_id" in faulty else entry.object_id,
        before=_without_faulty_values(entry.before),
        after=_without_faulty_values(entry.after),
    )


def _without_faulty_values(values: Mapping[str, Any]) -> Mapping[str, Any]:
    whole = {
        name: value
        for name, value in values.items()
        if not [*_change_faults("", json.loads(_canonical({name: value})))]
    }
    left_out = len(values) - len(whole)
    return {**whole, "left_out": left_out} if left_out else values


def _entry_faults(entry: AuditEntry) -> Iterator[Fault]:
    for name in _LONGEST:
        yield from _text_faults(name, getattr(entry, name) or "")
    for side in ("before", "after"):
        yield from _change_faults(side, json.loads(_canonical(getattr(entry, side))))


def _text_faults(name: str, text: str) -> Iterator[Fault]:
    most, terms = _LONGEST[name], {"field": _LABELS.get(name, name)}
    if len(text) > most:
        yield AUDIT_FAULTS.build("too_long", field=name, count=len(text), most=most, terms=terms)
    elif any(ord(character) < 32 and character not in "\n\t" for character in text) or _is_broken(text):
        yield AUDIT_FAULTS.build("control", field=name, terms=terms)
    elif has_personal_number(text):
        yield AUDIT_FAULTS.build("personal", field=name, terms=terms)


def _change_faults(side: str, content: object) -> Iterator[Fault]:
    marked = set()
    for path, text in walk_texts(content, side):
        is_number = path.endswith(_MONEY) and text.lstrip("-").isdecimal()
        if not is_number and path not in marked and (_is_broken(text) or has_personal_number(text)):
            marked.add(path)
            yield AUDIT_FAULTS.build("control" if _is_broken(text) else "personal", field=path)


def _is_broken(text: str) -> bool:
    """Return whether a text holds half of a surrogate pair, which no database stores."""
    return any("\ud800" <= character <= "\udfff" for character in text)
