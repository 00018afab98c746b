"""Back up the attached files, restore them, encrypt them with the newest key, and find damaged ones."""

from pathlib import Path

from sqlalchemy import Connection

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from members.attachments import list_attachment_digests
from store import Database
from yihui.bootstrap import Wiring
from yihui.files.attachment_store import archive_path, iter_archive, write_archive
from yihui.services.attachments.attachments import delete_unused_files, open_attachment_store

_FAULTS = FaultTable(
    "attachment_archive",
    {
        "missing": (
            N_("files of applications that the backup names and its archive lacks: {value}"),
            N_("take the .attachments file that was written with this backup, or an older backup"),
            N_("A file that was erased while the backup was written is missing, too."),
        )
    },
)
MOST_CHECKED = 1_000  # files that a check of the installation reads
_PORTION = 500


def back_up_attachments(wiring: Wiring, backup: Path) -> None:
    """Write the attached files to an archive beside a backup."""
    store, beside = open_attachment_store(wiring), archive_path(backup)
    with wiring.database.read() as connection:
        listed = list_attachment_digests(connection)
    if listed:
        write_archive(store, listed, beside)
    else:
        beside.unlink(missing_ok=True)  # of an earlier backup under this name


def check_attachment_archive(wiring: Wiring, backup: Path) -> None:
    """*Raises*: FaultError if a file in the archive beside a backup is not what its name says."""
    beside, store = archive_path(backup), open_attachment_store(wiring)
    if beside.exists():
        for _ in iter_archive(beside, store):
            pass


def find_missing_attachments(wiring: Wiring, connection: Connection, backup: Path) -> list[Fault]:
    """Return a fault if the archive beside a backup lacks files that the restored database lists."""
    beside, store = archive_path(backup), open_attachment_store(wiring)
    there = {digest for digest, _ in iter_archive(beside, store)} if beside.exists() else set()
    missing = list_attachment_digests(connection) - there
    return [_FAULTS.build("missing", field=str(beside), value=len(missing))] if missing else []


def restore_attachments(wiring: Wiring, database: Database, backup: Path) -> None:
    """Store the files of the archive beside a backup that the restored database lists. *Raises*: FaultError."""
    beside, store = archive_path(backup), open_attachment_store(wiring)
    with database.read() as connection:
        listed = list_attachment_digests(connection)
    for digest, stored in iter_archive(beside, store) if beside.exists() else ():
        if digest in listed:
            store.write_stored(digest, stored)


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
    """Return a fault for each attached file that is gone, was altered, or whose key is not at hand.

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
