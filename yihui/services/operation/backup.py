"""Write the whole database to one verifiable file, open it and restore it, and try out the restoring."""

from __future__ import annotations

import shutil
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import current_thread, main_thread
from time import monotonic, time
from types import FrameType
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from benefits import list_chain_heads
from core.faults import Fault, FaultError
from core.text_marks import N_
from store import (
    HEAD_REVISION,
    BackupSummary,
    Database,
    RestoreSummary,
    StoreError,
    check_backup,
    open_database,
    restore_backup,
    write_backup,
)
from store.backup import count_rows
from store.backup_file import BACKUP_FAULTS, BackupRefused, open_atomic_file
from store.migration import read_revision
from yihui.access.roles import Right
from yihui.access.tables import audit_entries
from yihui.bootstrap import Wiring
from yihui.files.age_files import AGE_FAULTS, check_recipients, decrypt_file, encrypt_file, is_encrypted
from yihui.files.attachment_store import archive_path
from yihui.files.ledger_heads import heads_path, read_heads_file, write_heads_file
from yihui.files.whole_files import check_output_path
from yihui.runtime.progress import show_progress
from yihui.services.attachments.upkeep import (
    back_up_attachments,
    check_attachment_archive,
    find_missing_attachments,
    restore_attachments,
)
from yihui.services.ledger.heads import sign_heads

if TYPE_CHECKING:
    from benefits import ChainHead, Verification

_ENDED_BY_SIGTERM = 128 + signal.SIGTERM
# From the path of a backup to those of its files; the backup comes last, so that it never lacks the others.
FILES_BESIDE = (heads_path, archive_path, Path)
_PRIVATE = ".yihui-backup-"  # the beginning of the names of folders that are deleted at the end
_LEFT_AFTER_S = 86_400


@contextmanager
def end_at_sigterm() -> Iterator[None]:
    """Raise SystemExit at SIGTERM within the block; only the main thread can set this, other threads change nothing."""
    if current_thread() is not main_thread():
        yield
        return

    def end(_number: int, _frame: FrameType | None) -> None:
        sys.exit(_ENDED_BY_SIGTERM)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def private_folder(parent: Path) -> Iterator[Path]:
    """Make a folder for the owner alone and delete it at the end, also after SIGTERM.

    Those of earlier runs that were killed are deleted, too: they hold a database in clear.
    """
    delete_left_private_folders(parent)
    with end_at_sigterm(), TemporaryDirectory(prefix=_PRIVATE, dir=parent) as name:
        yield Path(name)


def delete_left_private_folders(parent: Path) -> None:
    """Delete the private folders of runs that were killed a day ago or earlier."""
    for left in parent.glob(f"{_PRIVATE}*"):
        if time() - left.stat().st_mtime > _LEFT_AFTER_S:
            shutil.rmtree(left, ignore_errors=True)


@contextmanager
def open_backup(wiring: Wiring, file: Path, identity: Path | None) -> Iterator[Path]:
    """Yield the path of a backup in clear with its files beside it: the file itself, or a decrypted copy.

    *Raises*: BackupRefused; FaultError; OSError.
    """
    if not is_encrypted(file):
        yield file
        return
    if identity is None:
        raise FaultError(AGE_FAULTS.build("encrypted", field="file", value=file))
    with private_folder(wiring.data_folder) as folder:
        plain = folder / file.name
        for name_of in FILES_BESIDE:
            source, to = name_of(file), name_of(plain)
            if source.exists() and is_encrypted(source):
                decrypt_file(source, to, identity)
            elif source.exists():
                shutil.copyfile(source, to)
        yield plain


@dataclass(frozen=True, slots=True)
class RestoredDatabase:
    """What was restored into which database, whether its ledger agrees with itself, and what files are missing."""

    target: str
    summary: RestoreSummary
    verification: Verification
    missing: Sequence[Fault]


@dataclass(frozen=True, slots=True)
class DrillReport:
    """What a restoring that was tried out came to.

    ``seconds`` is what it took here (the recovery time, without the machine's own), ``age`` how old the backup is
    (the recovery point), and ``decisions_since`` how many decisions it lacks; None if the database can't be read.
    """

    summary: RestoreSummary
    verification: Verification
    missing: Sequence[Fault]
    seconds: float
    age: timedelta
    decisions_since: int | None


def back_up_database(
    wiring: Wiring, to: Path, *, force: bool, recipients: Sequence[str] = ()
) -> BackupSummary:
    """Write a backup, the chain heads beside it, and the files of applications in an archive; work can go on meanwhile.

    With ``recipients`` (public keys of age) all but the heads, which name nobody, is encrypted; what isn't
    encrypted lies in the data folder meanwhile. *Raises*: BackupRefused; FaultError; OSError.
    """
    check_output_path(to)
    check_recipients(recipients)
    if to.exists() and not force:
        raise BackupRefused(BACKUP_FAULTS.build("exists", backup=to))
    # What isn't encrypted never lies beside the encrypted backups, which may be on another machine's disk.
    with private_folder(wiring.data_folder if recipients else to.parent) as folder:
        plain = folder / to.name
        summary = _write_backup(wiring, plain)
        back_up_attachments(wiring, plain)
        with show_progress(wiring.render(N_("putting the backup in place")), len(FILES_BESIDE)) as advance:
            for number, name_of in enumerate(FILES_BESIDE, 1):
                _hand_over(name_of(plain), name_of(to), recipients if name_of is not heads_path else ())
                advance(number)
    return replace(summary, file=to, size=to.stat().st_size)


def restore_database(
    wiring: Wiring, file: Path, *, force: bool, identity: Path | None = None
) -> RestoredDatabase:
    """Restore a backup, all of it or nothing, and verify the ledger, with the heads that lie beside it.

    ``identity`` is the file of the secret key, if the backup is encrypted. *Raises*: BackupRefused; FaultError; OSError.
    """
    with open_backup(wiring, file, identity) as plain:
        database = wiring.open_unmigrated()
        try:
            done, found, missing = _restore(wiring, plain, database, force=force, with_files=True)
            return RestoredDatabase(database.target, done, found, missing)
        finally:
            database.close()


def drill_restore(wiring: Wiring, file: Path, *, identity: Path | None = None) -> DrillReport:
    """Restore a backup into a database that is thrown away, and report how long that takes and what would be lost.

    Nothing else is touched. *Raises*: BackupRefused; FaultError; OSError.
    """
    begun = monotonic()
    with open_backup(wiring, file, identity) as plain, private_folder(wiring.data_folder) as folder:
        database = open_database(str(folder / "drill.db"))
        try:
            done, found, missing = _restore(wiring, plain, database, force=False, with_files=False)
        finally:
            database.close()
    return DrillReport(
        summary=done,
        verification=found,
        missing=missing,
        seconds=monotonic() - begun,
        age=wiring.now() - done.made_at,
        decisions_since=_count_decisions_since(wiring, done.rows["decisions"]),
    )


def find_last_backup(wiring: Wiring) -> datetime | None:
    """Return when the last backup of this database was made, by the audit log; None if none was."""
    c = audit_entries.c
    made = select(func.max(c.at)).where(c.object_kind == "backup", c.act == f"{Right.BACK_UP.value}: backup")
    with wiring.database.read() as connection:
        return connection.execute(made).scalar()


def _count_decisions_since(wiring: Wiring, restored: int) -> int | None:
    """Return how many decisions the database has that the backup lacks; None if it can't be read or is another one.

    It is neither made nor migrated.
    """
    try:
        with closing(wiring.open_unmigrated()) as database:
            if read_revision(database) != HEAD_REVISION:
                return None
            with database.read() as connection:
                count = count_rows(connection, "decisions")
    except StoreError:
        return None
    return count - restored if count >= restored else None


def _write_backup(wiring: Wiring, to: Path) -> BackupSummary:
    import yihui.schema  # noqa: F401 all tables

    with wiring.database.read() as connection:
        heads = list_chain_heads(connection)  # before the backup, so that it holds all of them
    with show_progress(wiring.render(N_("writing the backup")), 1000) as advance:
        summary = write_backup(wiring.database, to, wiring.now(), advance)
    write_heads_file(heads_path(to), sign_heads(wiring, heads))
    return summary


def _restore(
    wiring: Wiring, file: Path, database: Database, *, force: bool, with_files: bool
) -> tuple[RestoreSummary, Verification, Sequence[Fault]]:
    import yihui.schema  # noqa: F401 all tables

    published, forged = _read_heads_beside(heads_path(file))
    from benefits import verify_ledger

    with show_progress(wiring.render(N_("checking the backup")), file.stat().st_size) as advance:
        total = check_backup(file, advance).total_rows
    check_attachment_archive(wiring, file)
    with show_progress(wiring.render(N_("restoring")), total) as advance:
        done = restore_backup(database, file, advance, force=force)
    if with_files:
        restore_attachments(wiring, database, file)
    with database.read() as connection:
        found = verify_ledger(connection, published)
        missing = find_missing_attachments(wiring, connection, file)
    return done, replace(found, disagreements=(*found.disagreements, *forged)), missing


def _hand_over(source: Path, to: Path, recipients: Sequence[str]) -> None:
    """Put a finished file in its place, encrypted to the recipients; one that there is none of is deleted there."""
    if not source.exists():
        to.unlink(missing_ok=True)
    elif recipients:
        encrypt_file(source, to, recipients)
    elif source.stat().st_dev == to.parent.stat().st_dev:
        source.replace(to)
    else:
        with source.open("rb") as plain, open_atomic_file(to) as file:
            shutil.copyfileobj(plain, file)


def _read_heads_beside(beside: Path) -> tuple[list[ChainHead], Sequence[Fault]]:
    """Read the heads that lie beside a backup; forged ones are a fault, but the backup may be whole."""
    if not beside.exists():
        return [], ()
    try:
        published = read_heads_file(beside, allow_empty=True)
    except FaultError as error:
        if any(fault.short_code != "forged" for fault in error.faults):
            raise
        return [], error.faults
    return [head for one in published for head in one.heads], ()
