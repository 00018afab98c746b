"""Files attached to applications: store them with a record, read them, delete those that nothing refers to."""

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from members import has_personal_number
from members.application_acts import (
    Attachment,
    find_attachment,
    find_used_digests,
    list_attachment_digests,
    list_attachments,
    list_member_attachments,
    record_attachment,
)
from members.vault import VaultKeys
from store import lock_exclusive
from yihui.bootstrap import Wiring
from yihui.files.attachment_store import AttachmentStore, archive_path, iter_archive, write_archive
from yihui.files.pictures import PicturedFile
from yihui.services.access.acting import run_act
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.applications.applications import find_application
from yihui.services.desk.search import find_covered_members
from yihui.services.members.organisations import find_member_organisations
from yihui.services.rules.life import acting_officer

MOST_OF_AN_APPLICATION = 30
LONGEST_TITLE = 60
_DAY_S = 86_400.0
_PORTION = 500
MOST_CHECKED = 1_000  # files that a check of the installation reads
ATTACHMENT_FAULTS = FaultTable(
    "application_file",
    {
        "unknown": (N_("there is no file {value} in your organisations"), N_("open it from its application")),
        "title": (
            N_("what the file is has more than {most} characters, or holds a phone number or an ID number"),
            N_("write in a few words what it is, such as “income statement”"),
        ),
        "no_title": (N_("it was not said what the file is"), N_("write it in a few words")),
        "there": (N_("this file is attached already"), N_("choose another one")),
        "too_many": (
            N_("{most} files are attached, which is the most"),
            N_("put several pages into one PDF"),
        ),
    },
)


def open_attachment_store(wiring: Wiring) -> AttachmentStore:
    """Return where the files lie: beside the database, never below the folder of the site's own files."""

    def find_keys() -> VaultKeys | None:
        return wiring.vault.keys if wiring.vault is not None else None

    return AttachmentStore(wiring.data_folder / "attachments", find_keys)


def attach_file(
    wiring: Wiring,
    scope: OfficerScope,
    number: int,
    officer: str,
    title: str,
    sent: bytes,
    pictured: PicturedFile,
) -> Attachment:
    """Store a file that was checked, with its record, for an application. *Raises*: FaultError."""
    acting = acting_officer(wiring, officer)
    title = check_title(title)
    store, contents = open_attachment_store(wiring), (pictured.content, *pictured.pages)
    digests = [store.write(content) for content in contents]

    def work(connection: Connection) -> Attachment:
        listed, _, _ = find_application(wiring, connection, scope, number)
        lock_exclusive(connection, f"application {listed.member}")
        made = Attachment(
            0,
            listed.member,
            listed.application,
            digests[0],
            sha256(sent).hexdigest(),
            pictured.media_type,
            len(pictured.content),
            tuple(digests[1:]),
            title,
            acting.who,
            acting.at,
        )
        _require_new(connection, made)
        record_attachment(connection, made)
        return made

    try:
        made = run_act(wiring, work)
    except FaultError:
        delete_unused_files(wiring, digests)
        raise
    for content in contents:  # an erasure that ended meanwhile may have taken a file that both had
        store.write(content)
    return made


def check_title(title: str) -> str:
    """Return what a file is, in one line. *Raises*: FaultError."""
    title = " ".join(title.split())
    if not title:
        raise FaultError(ATTACHMENT_FAULTS.build("no_title", field="title"))
    if len(title) > LONGEST_TITLE or has_personal_number(title) or not title.isprintable():
        raise FaultError(ATTACHMENT_FAULTS.build("title", field="title", most=LONGEST_TITLE))
    return title


def _require_new(connection: Connection, made: Attachment) -> None:
    there = list_attachments(connection, made.member_id, made.application)
    if any(one.sent_digest == made.sent_digest or one.digest == made.digest for one in there):
        raise FaultError(ATTACHMENT_FAULTS.build("there", field="file"))
    if len(there) >= MOST_OF_AN_APPLICATION:
        raise FaultError(ATTACHMENT_FAULTS.build("too_many", field="file", most=MOST_OF_AN_APPLICATION))


def load_attachment(wiring: Wiring, scope: OfficerScope, number: int) -> tuple[Attachment, str | None]:
    """Return a file's record and its member's organisation. *Raises*: FaultError for one outside of the subtrees."""
    with wiring.database.read() as connection:
        found = find_attachment(connection, number)
        if found is None or found.member_id not in find_covered_members(connection, scope, [found.member_id]):
            raise FaultError(ATTACHMENT_FAULTS.build("unknown", field="number", value=number))
        return found, find_member_organisations(connection, [found.member_id], scope.day).get(found.member_id)


def read_page(wiring: Wiring, one: Attachment, page: int) -> bytes:
    """Return a page of a file as a JPEG picture, the first one is 1. *Raises*: FaultError."""
    if not 1 <= page <= len(one.pages):
        raise FaultError(ATTACHMENT_FAULTS.build("unknown", field="page", value=f"{one.number}/{page}"))
    return open_attachment_store(wiring).read(one.pages[page - 1])


def read_whole(wiring: Wiring, one: Attachment) -> bytes:
    """Return a file as it is stored. *Raises*: FaultError."""
    return open_attachment_store(wiring).read(one.digest)


def list_digests_of_member(wiring: Wiring, member: str) -> frozenset[str]:
    """Return the digests of a member's files: read them before the member is erased."""
    with wiring.database.read() as connection:
        found = list_member_attachments(connection, member)
    return frozenset(digest for one in found for digest in one.digests)


def delete_unused_files(wiring: Wiring, digests: Iterable[str]) -> int:
    """Delete those files that no application has any more; return how many."""
    some = set(digests)
    if not some:
        return 0
    with wiring.database.read() as connection:
        used = find_used_digests(connection, some)
    return open_attachment_store(wiring).delete(some - used)


def sweep_unused_files(wiring: Wiring) -> int:
    """Delete files of yesterday and before that no application has: what a crash left behind."""
    return delete_unused_files(wiring, open_attachment_store(wiring).list_older(_DAY_S))


def back_up_attachments(wiring: Wiring, backup: Path) -> int:
    """Write the files of all applications to an archive beside a backup; return how many."""
    with wiring.database.read() as connection:
        digests = list_attachment_digests(connection)
    beside = archive_path(backup)
    if not digests:
        beside.unlink(missing_ok=True)  # of an earlier backup under this name
        return 0
    return write_archive(open_attachment_store(wiring), digests, beside)


def check_attachment_archive(wiring: Wiring, backup: Path) -> None:
    """*Raises*: FaultError if a file in the archive beside a backup is not what its name says."""
    beside, store = archive_path(backup), open_attachment_store(wiring)
    if beside.exists():
        for _ in iter_archive(beside, store):
            pass


def restore_attachments(wiring: Wiring, backup: Path) -> int:
    """Store the files of the archive beside a backup; return how many. *Raises*: FaultError."""
    beside, store = archive_path(backup), open_attachment_store(wiring)
    count = 0
    for digest, stored in iter_archive(beside, store) if beside.exists() else ():
        store.write_stored(digest, stored)
        count += 1
    return count


def encrypt_attachments_again(wiring: Wiring) -> tuple[int, list[str]]:
    """Encrypt all files with the newest key; return how many were, and the digests of those that can't be read.

    After an interruption the same call goes on. A file that was erased meanwhile is deleted again.
    """
    store, done, unreadable = open_attachment_store(wiring), list[str](), list[str]()
    for digest in store.list_all():
        try:
            if store.encrypt_again(digest):
                done.append(digest)
        except FaultError as error:
            if error.faults[0].short_code != "gone":
                unreadable.append(digest)
        except FileNotFoundError:
            pass  # erased between two steps
    for start in range(0, len(done), _PORTION):
        delete_unused_files(wiring, done[start : start + _PORTION])
    return len(done), unreadable


def find_damaged_files(wiring: Wiring, most: int | None = None) -> list[Fault]:
    """Return a fault for each file of an application that is gone, was altered, or whose key is not at hand.

    ``most`` limits how many files are read.
    """
    store, faults = open_attachment_store(wiring), list[Fault]()
    with wiring.database.read() as connection:
        digests = sorted(list_attachment_digests(connection))
    for digest in digests[:most]:
        try:
            store.read(digest)
        except FaultError as error:
            faults += error.faults
    return faults


def list_file_key_ids(wiring: Wiring) -> set[str]:
    """Return the ids of the keys that files are encrypted with."""
    store = open_attachment_store(wiring)
    return {key for digest in store.list_all() if (key := store.read_key_id(digest)) is not None}
