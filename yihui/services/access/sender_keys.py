"""Add senders; issue, rotate and revoke their keys; and find who sent a request."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, func, or_, select

from core.civil_time import civil_date, end_of_day
from core.faults import Fault, FaultError, raise_faults
from events.catalogue import is_reserved_type, payload_models
from members import is_organisation_code, read_spans, span_on
from members.tables import organisation_spans
from yihui.access.actor import Actor
from yihui.access.audit import AuditEntry, append_audit_entry
from yihui.access.key_folds import SENDER_OBJECT, secret_row
from yihui.access.roles import Right
from yihui.access.sender_storage import (
    StoredSender,
    end_keys,
    find_key_owner,
    find_sender,
    insert_key,
    insert_sender,
    load_senders,
    lock_sender,
    record_use,
    revoke_keys,
    revoke_sender,
)
from yihui.access.senders import (
    SENDER_FAULTS,
    SENDER_KEY_FAULTS,
    NewSenderKey,
    Sender,
    SenderKey,
    SenderUse,
    has_key_text,
    hash_key,
    is_sender_name,
    parse_key_id,
)
from yihui.access.tables import sender_keys
from yihui.bootstrap import Wiring
from yihui.services.access.authorisation import authorise
from yihui.services.access.secret_marks import secret_marker

MAX_KEY_DAYS, MAX_OVERLAP_DAYS = 731, 90
_MAX_SOURCE = 200
_EVENT_USES = frozenset({SenderUse.EVENTS, SenderUse.FEEDS})


@dataclass(frozen=True, slots=True)
class SenderDraft:
    """A sender as an officer describes it, unchecked. ``until`` is the last day of its first key."""

    name: str
    organisation: str
    until: date
    sources: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RotatedSender:
    """A rotated sender: the new key, and the older keys that still count with their ends."""

    key: NewSenderKey
    older: tuple[SenderKey, ...]


def sendable_types() -> list[str]:
    """Return the types of events that a sender may send."""
    return sorted(kind for kind in payload_models() if not is_reserved_type(kind))


def add_sender(wiring: Wiring, actor: Actor, draft: SenderDraft) -> NewSenderKey:
    """Add a sender, and return its first key. *Raises*: FaultError with all faults of the draft."""
    now = wiring.now()
    with wiring.database.write() as connection:
        stored_faults = _stored_faults(connection, draft, now)
        raise_faults([*_draft_faults(draft), *stored_faults, *_until_faults(draft.until, now)])
        decision = authorise(wiring, connection, actor, Right.ISSUE_KEYS, draft.organisation)
        sender = _sender(draft)
        insert_sender(connection, sender, actor.id, now)
        key = insert_key(connection, sender.name, actor.id, now, end_of_day(draft.until))
        after = {
            "sources": list(sender.sources),
            "types": list(sender.types),
            "uses": [use.value for use in sender.uses],
            "until": draft.until.isoformat(),
            "key": key.key.id,
            "mark": _mark(wiring, key),
        }
        entry = AuditEntry(
            "keys.issue",
            SENDER_OBJECT,
            sender.name,
            organisation=sender.organisation,
            by=decision.by,
            after=after,
        )
        append_audit_entry(connection, actor, entry, now)
    return key


def rotate_sender(wiring: Wiring, actor: Actor, name: str, until: date, overlap_days: int) -> RotatedSender:
    """Issue a further key; older ones end after the overlap.

    *Raises*: FaultError for an unknown or revoked sender, and with all faults of the days.
    """
    now = wiring.now()
    with wiring.database.write() as connection:
        lock_sender(connection, name)
        stored = _require_sender(connection, name)
        faults = list(_until_faults(until, now))
        if not 0 <= overlap_days <= MAX_OVERLAP_DAYS:
            faults.append(
                SENDER_FAULTS.build("overlap", field="--overlap", value=overlap_days, most=MAX_OVERLAP_DAYS)
            )
        if stored.revoked_at is not None:
            faults.append(SENDER_FAULTS.build("revoked", field="NAME", value=name))
        raise_faults(faults)
        organisation = stored.sender.organisation
        decision = authorise(wiring, connection, actor, Right.ISSUE_KEYS, organisation)
        older = [key for key in stored.keys if key.holds(now)]
        ended = {key.id: key for key in end_keys(connection, older, now + timedelta(days=overlap_days))}
        key = insert_key(connection, name, actor.id, now, end_of_day(until))
        entry = AuditEntry(
            "keys.rotate",
            SENDER_OBJECT,
            name,
            organisation=organisation,
            by=decision.by,
            before={"keys": {one.id: one.expires_at.isoformat() for one in older}},
            after={
                "key": key.key.id,
                "mark": _mark(wiring, key),
                "until": until.isoformat(),
                "keys": {id: one.expires_at.isoformat() for id, one in ended.items()},
            },
        )
        append_audit_entry(connection, actor, entry, now)
    return RotatedSender(key, tuple(ended.get(one.id, one) for one in older))


def revoke_sender_or_key(wiring: Wiring, actor: Actor, name: str, reason: str = "") -> tuple[str, list[str]]:
    """Revoke a sender with all its keys, or one key by its id or whole text; return the sender and the keys' ids.

    *Raises*: FaultError if there is no such sender or key.
    """
    now, key_id = wiring.now(), parse_key_id(name)
    with wiring.database.write() as connection:
        owner = find_key_owner(connection, key_id or name)
        if key_id is not None and owner is None:
            raise FaultError(SENDER_FAULTS.build("unknown_key", field="NAME", value=f"yhs_{key_id}_…"))
        is_key = key_id is not None or (owner is not None and not load_senders(connection, name))
        sender = owner if is_key and owner is not None else name
        lock_sender(connection, sender)
        stored = _require_sender(connection, sender)
        decision = authorise(wiring, connection, actor, Right.ISSUE_KEYS, stored.sender.organisation)
        ends = [
            key
            for key in stored.keys
            if key.revoked_at is None and (not is_key or key.id == (key_id or name))
        ]
        revoke_keys(connection, ends, actor.id, now)
        if not is_key and stored.revoked_at is None:
            revoke_sender(connection, sender, actor.id, now)
        entry = AuditEntry(
            "keys.revoke",
            SENDER_OBJECT,
            sender,
            reason,
            organisation=stored.sender.organisation,
            by=decision.by,
            before={"keys": [key.id for key in ends], "whole_sender": not is_key},
        )
        append_audit_entry(connection, actor, entry, now)
    return sender, [key.id for key in ends]


def list_senders(wiring: Wiring) -> list[StoredSender]:
    """List all senders with their keys; the keys themselves can't be shown."""
    with wiring.database.read() as connection:
        return load_senders(connection)


def show_sender(wiring: Wiring, name: str) -> StoredSender:
    """Return one sender with its keys. *Raises*: FaultError if there is none."""
    with wiring.database.read() as connection:
        return _require_sender(connection, name)


def record_key_use(wiring: Wiring, key: str) -> None:
    """Record that a key was used, at most once a minute."""
    key_id = parse_key_id(key)
    if key_id is not None:
        with wiring.database.write() as connection:
            record_use(connection, key_id, wiring.now())


def _mark(wiring: Wiring, key: NewSenderKey) -> str:
    return secret_marker(wiring).mark(secret_row(sender_keys, key.key.id), hash_key(key.text))


def _require_sender(connection: Connection, name: str) -> StoredSender:
    found = load_senders(connection, name) if is_sender_name(name) else []
    if not found:
        shown = "yhs_…" if has_key_text(name) else name[:80]  # a key is never shown again
        raise FaultError(SENDER_FAULTS.build("unknown", field="NAME", value=shown))
    return found[0]


def _sender(draft: SenderDraft) -> Sender:
    return Sender(
        draft.name,
        tuple(dict.fromkeys(draft.sources)),
        tuple(sorted(set(draft.types))),
        tuple(use for use in SenderUse if use.value in draft.uses),
        draft.organisation,
    )


def _until_faults(until: date, now: datetime) -> Iterator[Fault]:
    today = civil_date(now)
    if until < today:
        yield SENDER_FAULTS.build("past", field="--until", value=until.isoformat())
    if until > today + timedelta(days=MAX_KEY_DAYS):
        yield SENDER_FAULTS.build("too_late", field="--until", value=until.isoformat(), most=MAX_KEY_DAYS)


def _draft_faults(draft: SenderDraft) -> Iterator[Fault]:
    if not is_sender_name(draft.name):
        shown = "yhs_…" if has_key_text(draft.name) else draft.name[:80]
        yield SENDER_FAULTS.build("name", field="NAME", value=shown)
    known_uses, known_types = {use.value for use in SenderUse}, set(sendable_types())
    for use in draft.uses:
        if use not in known_uses:
            yield SENDER_FAULTS.build(
                "use", field="--uses", value=use[:80], known=", ".join(sorted(known_uses))
            )
    for kind in draft.types:
        if kind not in known_types:
            yield SENDER_FAULTS.build("type", field="--types", value=kind[:80])
    for source in draft.sources:
        if not _is_source(source):
            yield SENDER_FAULTS.build("source", field="--sources", value=source[:80])
    sends = bool(_EVENT_USES & set(draft.uses))
    if not draft.uses:
        yield SENDER_FAULTS.build("no_use", field="--uses")
    if sends and not draft.sources:
        yield SENDER_FAULTS.build("no_source", field="--sources")
    if sends and not draft.types:
        yield SENDER_FAULTS.build("no_type", field="--types")
    if draft.uses and not sends and (draft.sources or draft.types):
        yield SENDER_FAULTS.build("needless", field="--sources" if draft.sources else "--types")


def _is_source(text: str) -> bool:
    """Return whether a text may be a CloudEvents source, or a prefix of one that covers less than everything."""
    return (
        0 < len(text) <= _MAX_SOURCE
        and text.isascii()
        and text.isprintable()
        and not set(text) & set(' "<>\\^`{|}*')
        and bool(text.strip("/"))
        and not {".", ".."} & set(text.split("/"))
    )


def _stored_faults(connection: Connection, draft: SenderDraft, now: datetime) -> Iterator[Fault]:
    if is_sender_name(draft.name) and load_senders(connection, draft.name):
        yield SENDER_FAULTS.build("exists", field="NAME", value=draft.name)
    if not is_organisation_code(draft.organisation):
        yield SENDER_FAULTS.build("organisation_form", field="--organisation", value=draft.organisation[:40])
    elif not _is_organisation(connection, draft.organisation, civil_date(now)):
        yield SENDER_FAULTS.build("organisation", field="--organisation", value=draft.organisation)


def _is_organisation(connection: Connection, code: str, day: date) -> bool:
    """Return whether an organisation is there: listed, or above a listed one; any while none is listed at all."""
    spans = read_spans(connection, [code])[code]
    if spans:
        span = span_on(spans, day)
        return span is not None and span.ended is None
    c = organisation_spans.c
    is_above = or_(c.path.startswith(f"{code}/"), c.path.contains(f"/{code}/"))
    if connection.execute(select(c.code).where(is_above).limit(1)).first() is not None:
        return True
    return not connection.execute(select(func.count()).select_from(organisation_spans)).scalar_one()


def require_sender(connection: Connection, key: str, use: SenderUse, wiring: Wiring) -> Sender:
    """Return the sender of a key. *Raises*: FaultError for a wrong one, or one for other uses."""
    sender = find_sender(connection, key, wiring.now())
    if sender is None:
        raise FaultError(SENDER_KEY_FAULTS.build("wrong"))
    if use not in sender.uses:
        raise FaultError(SENDER_KEY_FAULTS.build("use", use=use.value))
    return sender


def identify_sender(wiring: Wiring, key: str, use: SenderUse) -> Sender:
    """Return the sender of a key. *Raises*: FaultError for a wrong one, or one for other uses."""
    with wiring.database.read() as connection:
        return require_sender(connection, key, use, wiring)


def find_sender_actor(wiring: Wiring, key: str) -> Actor | None:
    """Return the actor of a valid key for any use; None for any other text."""
    with wiring.database.read() as connection:
        sender = find_sender(connection, key, wiring.now())
    return sender.actor if sender is not None else None
