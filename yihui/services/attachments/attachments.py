"""Store files that officers and members attach, with a record; read them, and delete those that nothing refers to.

Every kind of record goes this way: a file is checked and drawn by ``yihui.files.pictures``, its contents are
stored (encrypted, if the vault has a key), and the act that attaches it records it in its own transaction. A member's
file is stored at once, and attached to what she hands in.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Self, TypeVar

from sqlalchemy import Connection

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from members import has_personal_number
from members.attachments import (
    Attachment,
    AttachmentKind,
    AttachmentOwner,
    delete_attachments,
    find_attachment,
    find_used_digests,
    list_attachments,
    list_member_attachments,
    read_attachments,
    record_attachment,
)
from members.hardship.repository import list_household_photos
from members.tables import attachments
from store import lock_exclusive
from yihui.access.actor import Actor
from yihui.access.audit import AuditEntry, append_audit_entry
from yihui.bootstrap import Wiring
from yihui.files.attachment_store import AttachmentStore
from yihui.files.pictures import PicturedFile, picture_file
from yihui.runtime.disk_room import require_room_for_files
from yihui.services.access.acting import run_act

MOST_OF_ONE = 30  # files of one application, case file or inspection
LONGEST_TITLE = 60
_DAY_S = 86_400.0
_T = TypeVar("_T")
ATTACHMENT_FAULTS = FaultTable(
    "application_file",
    {
        "unknown": (N_("there is no file {value} in your organisations"), N_("open it from its application")),
        "unknown_own": (N_("there is no such file among yours"), N_("open it from its application")),
        "title": (
            N_("what the file is has more than {most} characters, or holds a phone number or an ID number"),
            N_("write in a few words what it is, such as “income statement”"),
        ),
        "no_title": (N_("it was not said what the file is"), N_("write it in a few words")),
        "missing": (
            N_("what was stored as “{title}” is gone, or is another file"),
            N_(
                "attach the same file again; if it was handed in before, your union restores it from a backup"
            ),
        ),
        "there": (N_("this file is attached already"), N_("choose another one")),
        "too_many": (
            N_("{most} files are attached, which is the most"),
            N_("put several pages into one PDF"),
        ),
    },
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


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that an officer sent, checked and drawn, and what it is in a few words."""

    title: str
    sent: bytes = field(repr=False)
    pictured: PicturedFile = field(repr=False)

    @property
    def sent_digest(self) -> str:
        """The SHA-256 of the file as it was sent."""
        return sha256(self.sent).hexdigest()


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file whose contents are stored, and which an act records."""

    file: SentFile
    digests: tuple[str, ...]  # of the file, then of its pages

    @classmethod
    def build(cls, file: SentFile) -> Self:
        """Return a file with the digests by which the store has its contents."""
        contents = (file.pictured.content, *file.pictured.pages)
        return cls(file, tuple(sha256(content).hexdigest() for content in contents))

    def record(
        self, connection: Connection, owner: AttachmentOwner, by: str, at: datetime, most: int = MOST_OF_ONE
    ) -> Attachment:
        """Record the file for its owner, which the caller has locked.

        *Raises*: FaultError if the owner has the file already, or ``most`` files.
        """
        made = Attachment(
            0,
            owner.kind,
            owner.subject,
            owner.member_id,
            self.digests[0],
            self.file.sent_digest,
            self.file.pictured.media_type,
            len(self.file.pictured.content),
            self.digests[1:],
            self.file.title,
            by,
            at,
        )
        there = list_attachments(connection, owner)
        if any(one.sent_digest == made.sent_digest or one.digest == made.digest for one in there):
            raise FaultError(ATTACHMENT_FAULTS.build("there", field="file"))
        if len(there) >= most:
            raise FaultError(ATTACHMENT_FAULTS.build("too_many", field="file", most=most))
        return replace(made, number=record_attachment(connection, made))


def open_attachment_store(wiring: Wiring) -> AttachmentStore:
    """Return where the files lie: beside the database, never below the folder of the site's own files."""

    return AttachmentStore(wiring.data_folder / "attachments", lambda: wiring.vault_keys)


def read_sent_file(title: str, content: bytes) -> SentFile:
    """Check a file that was sent, and draw its pages; that may take seconds. *Raises*: FaultError."""
    return SentFile(check_title(title), content, picture_file(content))


def run_with_file(wiring: Wiring, file: SentFile, work: Callable[[StoredFile], _T]) -> _T:
    """Store a file's contents and carry out the act that records it; a refused act leaves nothing of them.

    *Raises*: FaultError, also if the disk is nearly full.
    """
    require_room_for_files(wiring.data_folder)
    store, contents = open_attachment_store(wiring), (file.pictured.content, *file.pictured.pages)
    stored = StoredFile.build(file)
    for content in contents:
        store.write(content)
    try:
        done = work(stored)
    except FaultError:
        delete_unused_files(wiring, stored.digests)
        raise
    for content in contents:  # an erasure that ended meanwhile may have taken a file that both had
        store.write(content)
    return done


def check_title(title: str) -> str:
    """Return what a file is, in one line. *Raises*: FaultError."""
    title = " ".join(title.split())
    if not title:
        raise FaultError(ATTACHMENT_FAULTS.build("no_title", field="title"))
    if len(title) > LONGEST_TITLE or has_personal_number(title) or not title.isprintable():
        raise FaultError(ATTACHMENT_FAULTS.build("title", field="title", most=LONGEST_TITLE))
    return title


def read_page(wiring: Wiring, one: Attachment, page: int) -> bytes:
    """Return a page of a file as a JPEG picture, the first one is 1. *Raises*: FaultError."""
    if not 1 <= page <= len(one.pages):
        raise FaultError(ATTACHMENT_FAULTS.build("unknown", field="page", value=f"{one.number}/{page}"))
    return open_attachment_store(wiring).read(one.pages[page - 1])


def read_whole(wiring: Wiring, one: Attachment) -> bytes:
    """Return a file as it is stored. *Raises*: FaultError."""
    return open_attachment_store(wiring).read(one.digest)


def list_proven_digests(wiring: Wiring, papers: Sequence[Attachment]) -> list[str]:
    """Return the digests of papers, as the events that count them name them.

    A record alone proves nothing, since who writes to the database can add one. *Raises*: FaultError with each paper
    whose stored file is gone, or is another.
    """
    missing = [one for one in papers if not open_attachment_store(wiring).is_whole(one.digest)]
    if missing:
        faults = [ATTACHMENT_FAULTS.build("missing", field="file", title=one.title) for one in missing]
        raise FaultError(*faults)
    return sorted({f"sha256:{one.digest}" for one in papers})


def list_person_attachments(wiring: Wiring, member: str) -> list[Attachment]:
    """List the files of a member, with the photographs of the member's households."""
    with wiring.database.read() as connection:
        found = [*list_member_attachments(connection, member), *list_household_photos(connection, member)]
    return sorted({one.number: one for one in found}.values(), key=lambda one: one.number)


def list_digests_of_member(wiring: Wiring, member: str) -> frozenset[str]:
    """Return the digests of a member's files: read them before the member is erased."""
    return frozenset(digest for one in list_person_attachments(wiring, member) for digest in one.digests)


def delete_unused_files(wiring: Wiring, digests: Iterable[str]) -> int:
    """Delete those files that no record has any more; return how many."""
    some = set(digests)
    if not some:
        return 0
    with wiring.database.read() as connection:
        used = find_used_digests(connection, some)
    return open_attachment_store(wiring).delete(some - used)


def sweep_unused_files(wiring: Wiring) -> int:
    """Delete files of yesterday and before that no record has: what a crash left behind."""
    return delete_unused_files(wiring, open_attachment_store(wiring).list_older(_DAY_S))


def describe_file(one: Attachment) -> dict[str, object]:
    """Return what the audit log says of a file that was attached."""
    return {
        "digest": one.digest,
        "media_type": one.media_type,
        "size_bytes": one.size_bytes,
        "pages": len(one.pages),
    }


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
