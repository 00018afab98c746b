"""Write the whole database to one verifiable file, and restore it."""

from dataclasses import dataclass
from pathlib import Path

from benefits import Verification, list_chain_heads, verify_ledger
from core.text_marks import N_
from store import BackupSummary, RestoreSummary, check_backup, restore_backup, write_backup
from yihui.bootstrap import Wiring
from yihui.files.ledger_heads import heads_path, read_heads_file, write_heads_file
from yihui.files.whole_files import check_output_path
from yihui.runtime.progress import show_progress


@dataclass(frozen=True, slots=True)
class RestoredDatabase:
    """What was restored into which database, and whether its ledger agrees with itself."""

    target: str
    summary: RestoreSummary
    verification: Verification


def back_up_database(wiring: Wiring, to: Path, *, force: bool) -> BackupSummary:
    """Write a backup, and the chain heads beside it; work can go on meanwhile.

    *Raises*: BackupRefused; FaultError; OSError.
    """
    check_output_path(to)
    with wiring.database.read() as connection:
        heads = list_chain_heads(connection)  # before the backup, so that it holds all of them
    with show_progress(wiring.render(N_("writing the backup")), 1000) as advance:
        summary = write_backup(wiring.database, to, wiring.now(), advance, force=force)
    write_heads_file(heads_path(to), heads, wiring.now())
    return summary


def restore_database(wiring: Wiring, file: Path, *, force: bool) -> RestoredDatabase:
    """Restore a backup, all of it or nothing, and verify the ledger, with the heads that lie beside it.

    *Raises*: BackupRefused; FaultError; OSError.
    """
    beside = heads_path(file)
    published = read_heads_file(beside, allow_empty=True) if beside.exists() else ()
    with show_progress(wiring.render(N_("checking the backup")), file.stat().st_size) as advance:
        total = check_backup(file, advance).total_rows
    database = wiring.open_unmigrated()
    try:
        with show_progress(wiring.render(N_("restoring")), total) as advance:
            done = restore_backup(database, file, advance, force=force)
        with database.read() as connection:
            return RestoredDatabase(database.target, done, verify_ledger(connection, published))
    finally:
        database.close()
