"""Write the whole database to one verifiable file, and restore it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benefits import ChainHead, Verification, list_chain_heads, verify_ledger
from core.faults import Fault, FaultError
from core.text_marks import N_
from store import BackupSummary, RestoreSummary, check_backup, restore_backup, write_backup
from yihui.bootstrap import Wiring
from yihui.files.ledger_heads import heads_path, read_heads_file, write_heads_file
from yihui.files.whole_files import check_output_path
from yihui.runtime.progress import show_progress
from yihui.services.attachments.upkeep import (
    back_up_attachments,
    check_attachment_archive,
    restore_attachments,
)
from yihui.services.ledger.heads import sign_heads


@dataclass(frozen=True, slots=True)
class RestoredDatabase:
    """What was restored into which database, and whether its ledger agrees with itself."""

    target: str
    summary: RestoreSummary
    verification: Verification


def back_up_database(wiring: Wiring, to: Path, *, force: bool) -> BackupSummary:
    """Write a backup, the chain heads beside it, and the files of applications in an archive; work can go on meanwhile.

    *Raises*: BackupRefused; FaultError; OSError.
    """
    check_output_path(to)
    with wiring.database.read() as connection:
        heads = list_chain_heads(connection)  # before the backup, so that it holds all of them
    with show_progress(wiring.render(N_("writing the backup")), 1000) as advance:
        summary = write_backup(wiring.database, to, wiring.now(), advance, force=force)
    write_heads_file(heads_path(to), sign_heads(wiring, heads))
    back_up_attachments(wiring, to)
    return summary


def restore_database(wiring: Wiring, file: Path, *, force: bool) -> RestoredDatabase:
    """Restore a backup, all of it or nothing, and verify the ledger, with the heads that lie beside it.

    *Raises*: BackupRefused; FaultError; OSError.
    """
    beside = heads_path(file)
    published, forged = _read_heads_beside(beside)
    with show_progress(wiring.render(N_("checking the backup")), file.stat().st_size) as advance:
        total = check_backup(file, advance).total_rows
    check_attachment_archive(wiring, file)
    database = wiring.open_unmigrated()
    try:
        with show_progress(wiring.render(N_("restoring")), total) as advance:
            done = restore_backup(database, file, advance, force=force)
        restore_attachments(wiring, file)
        with database.read() as connection:
            found = verify_ledger(connection, published)
            found = replace(found, disagreements=(*found.disagreements, *forged))
            return RestoredDatabase(database.target, done, found)
    finally:
        database.close()


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
