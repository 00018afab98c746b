"""Files that a member attaches to a form of hers: stored at once, and attached to what she hands in."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from core.faults import FaultError
from members.attachments import (
    Attachment,
    AttachmentKind,
    AttachmentOwner,
    delete_attachments,
    find_attachment,
    list_attachments,
    list_member_attachments,
    read_attachments,
)
from members.tables import attachments
from store import lock_exclusive
from yihui.access.actor import Actor
from yihui.access.audit import AuditEntry, append_audit_entry
from yihui.bootstrap import Wiring
from yihui.services.access.acting import run_act
from yihui.services.attachments.attachments import (
    ATTACHMENT_FAULTS,
    SentFile,
    StoredFile,
    delete_unused_files,
    run_with_file,
)

WAITS_FOR = timedelta(days=7)  # until a file that was not handed in is deleted
MOST_WAITING = 40  # files of one member that were not handed in
_OWN = (
    AttachmentKind.UPLOAD,
    AttachmentKind.APPLICATION,
    AttachmentKind.APPEAL,
    AttachmentKind.CERTIFICATE,
    AttachmentKind.AID_CLAIM,
)


def list_waiting_files(wiring: Wiring, owner: AttachmentOwner) -> list[Attachment]:
    """List the files of a form that were not handed in."""
    with wiring.database.read() as connection:
        return list_attachments(connection, owner)


def find_waiting_file(wiring: Wiring, owner: AttachmentOwner, sent_digest: str) -> Attachment | None:
    """Return the file of a form that was sent with these contents; None if it isn't there."""
    return next((one for one in list_waiting_files(wiring, owner) if one.sent_digest == sent_digest), None)


def add_own_file(wiring: Wiring, actor: Actor, owner: AttachmentOwner, file: SentFile) -> Attachment:
    """Store a file that was checked for a form of the member's; the same one sent twice is one.

    *Raises*: FaultError.
    """
    now, member = wiring.now(), actor.id

    def store(stored: StoredFile) -> Attachment:
        def work(connection: Connection) -> Attachment:
            lock_exclusive(connection, f"uploads {member}")
            there = list_attachments(connection, owner)
            if twin := [one for one in there if one.sent_digest == file.sent_digest]:
                return twin[0]
            _require_room(connection, member)
            made = stored.record(connection, owner, member, now)
            entry = AuditEntry("own.attach", "member", member, after={"digest": made.digest})
            append_audit_entry(connection, actor, entry, now)
            return made

        return run_act(wiring, work)

    return run_with_file(wiring, file, store)


def require_room_for_own_file(wiring: Wiring, member: str) -> None:
    """*Raises*: FaultError if no more files of a member may wait."""
    with wiring.database.read() as connection:
        _require_room(connection, member)


def _require_room(connection: Connection, member: str) -> None:
    waiting = [
        one for one in list_member_attachments(connection, member) if one.kind is AttachmentKind.UPLOAD
    ]
    if len(waiting) >= MOST_WAITING:
        raise FaultError(ATTACHMENT_FAULTS.build("too_many", field="file", most=MOST_WAITING))


def find_own_file(wiring: Wiring, member: str, number: int) -> Attachment:
    """Return a file of the member's own. *Raises*: FaultError for another member's, as for one that isn't there."""
    with wiring.database.read() as connection:
        found = find_attachment(connection, number, _OWN)
    if found is None or found.member_id != member:
        raise FaultError(ATTACHMENT_FAULTS.build("unknown_own", field="number"))
    return found


def remove_own_file(wiring: Wiring, actor: Actor, owner: AttachmentOwner, number: int) -> None:
    """Delete a file that the member has not handed in; removed twice it is gone all the same."""
    now = wiring.now()

    def work(connection: Connection) -> frozenset[str]:
        found = [one for one in list_attachments(connection, owner) if one.number == number]
        if not found:
            return frozenset()
        delete_attachments(connection, [number])
        entry = AuditEntry("own.remove_file", "member", actor.id, after={"digest": found[0].digest})
        append_audit_entry(connection, actor, entry, now)
        return found[0].digests

    delete_unused_files(wiring, run_act(wiring, work))


def delete_old_waiting_files(wiring: Wiring, now: datetime) -> int:
    """Delete files that were not handed in for a week; return how many."""
    c = attachments.c
    old = (c.kind == AttachmentKind.UPLOAD.value) & (c.stored_at < now - WAITS_FOR)
    with wiring.database.write() as connection:
        found = read_attachments(connection, old)
        delete_attachments(connection, [one.number for one in found])
    delete_unused_files(wiring, frozenset().union(*(one.digests for one in found)))
    return len(found)
