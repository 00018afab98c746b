"""Open a backup for reading: decrypt it, and put an increment together with all that it builds on."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import time

from core.faults import FaultError
from core.text_marks import N_
from store import assemble_backup, read_increment_header
from store.backup_file import BACKUP_FAULTS, BackupRefused, build_damage_error
from yihui.bootstrap import Wiring
from yihui.files.age_files import AGE_FAULTS, decrypt_file, is_encrypted
from yihui.files.attachment_store import archive_path, merge_archives
from yihui.files.ledger_heads import heads_path
from yihui.runtime.termination import end_at_sigterm
from yihui.services.attachments.attachments import open_attachment_store

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
    """Yield the path of a whole backup in clear with its files beside it: the file itself, or what it comes to.

    *Raises*: BackupRefused; FaultError; OSError.
    """
    if not is_encrypted(file) and read_increment_header(file) is None:
        yield file
        return
    with private_folder(wiring.data_folder) as folder:
        chain = _open_chain(file, identity, folder)
        yield chain[0] if len(chain) == 1 else _assemble(wiring, chain, folder)


def _open_chain(file: Path, identity: Path | None, folder: Path) -> Sequence[Path]:
    """Return the paths of a backup and of all that it builds on, in clear, the whole backup first."""
    chain, backup = [_open_link(file, identity, folder / "0")], file.name
    while (head := read_increment_header(chain[-1])) is not None:
        if Path(head.base).name != head.base:
            raise build_damage_error(chain[-1], N_("its header can't be read"))
        if head.base in (link.name for link in chain):  # it would never end
            raise BackupRefused(BACKUP_FAULTS.build("other_base", backup=backup, base=head.base))
        base = file.with_name(head.base)
        if not base.is_file():
            raise BackupRefused(BACKUP_FAULTS.build("missing_base", backup=backup, base=head.base))
        chain.append(_open_link(base, identity, folder / str(len(chain))))
        backup = head.base
    return chain[::-1]


def _open_link(file: Path, identity: Path | None, folder: Path) -> Path:
    """Return the path of a file in clear with its files beside it; what is encrypted is decrypted into a folder."""
    if not is_encrypted(file):
        return file
    if identity is None:
        raise FaultError(AGE_FAULTS.build("encrypted", field="file", value=file))
    folder.mkdir()
    plain = folder / file.name
    for name_of in FILES_BESIDE:
        source, to = name_of(file), name_of(plain)
        if source.exists() and is_encrypted(source):
            decrypt_file(source, to, identity)
        elif source.exists():
            shutil.copyfile(source, to)
    return plain


def _assemble(wiring: Wiring, chain: Sequence[Path], folder: Path) -> Path:
    """Put a chain together; the heads are the last one's, the attached files those of all."""
    whole = folder / "whole"
    whole.mkdir()
    to = whole / chain[-1].name
    assemble_backup(chain, to)
    archives = [archive_path(link) for link in chain if archive_path(link).exists()]
    if archives:
        merge_archives(open_attachment_store(wiring), archives, archive_path(to))
    if heads_path(chain[-1]).exists():
        shutil.copyfile(heads_path(chain[-1]), heads_path(to))
    return to
