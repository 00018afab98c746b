"""Open a backup for reading: decrypt it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import time

from core.faults import FaultError
from yihui.bootstrap import Wiring
from yihui.files.age_files import AGE_FAULTS, decrypt_file, is_encrypted
from yihui.files.attachment_store import archive_path
from yihui.files.ledger_heads import heads_path
from yihui.runtime.termination import end_at_sigterm

# From the path of a backup to those of its files; the backup comes last, so that it never lacks the others.
FILES_BESIDE = (heads_path, archive_path, Path)
_PRIVATE = ".yihui-backup-"  # the beginning of the names of folders that are deleted at the end
_LEFT_AFTER_S = 86_400


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
