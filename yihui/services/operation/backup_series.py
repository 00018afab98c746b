"""The series of backups in a folder: by what the next increment is found, which lies in the data folder.

An encrypted backup can't be read where it was written. So each backup leaves an index of its rows' digests, the
digests of the files that it builds on, and the names of the attached files in their archives; no content of any.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from store import BackupSummary, IncrementBase
from store.row_blocks import BlockIndex, read_block_index
from yihui.bootstrap import Wiring
from yihui.runtime.backup_time import INDEX_FOLDER, INDEX_SUFFIX

_OWNER_ONLY = 0o700


@dataclass(frozen=True, slots=True)
class BackupSeries:
    """The newest backup of a folder: its index, the files that it builds on with their SHA-256, itself last.

    ``attachments`` has the files in their archives: digest and the id of the vault's key, if one encrypted the file.
    """

    index: BlockIndex
    links: Mapping[str, str]
    attachments: Mapping[str, str | None]

    @property
    def base(self) -> IncrementBase:
        return IncrementBase(list(self.links)[-1], self.index)


@contextmanager
def lock_series(wiring: Wiring, folder: Path) -> Iterator[None]:
    """Wait until no other process of this machine backs up into a folder."""
    path = _path(wiring, folder)
    path.parent.mkdir(_OWNER_ONLY, exist_ok=True)
    descriptor = os.open(path.with_suffix(".lock"), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def find_series(wiring: Wiring, folder: Path) -> BackupSeries | None:
    """Return the series of a folder; None if there is none, or if one of its files is gone or another one."""
    found = read_block_index(_path(wiring, folder))
    if found is None:
        return None
    index, notes = found
    assert isinstance(notes, dict), "write_series wrote it"
    series = BackupSeries(index, notes["links"], notes["attachments"])
    is_whole = all(
        (folder / name).is_file() and digest == hash_file(folder / name)
        for name, digest in series.links.items()
    )
    return series if is_whole else None


def write_series(
    wiring: Wiring, made: BackupSummary, before: BackupSeries | None, attachments: Mapping[str, str | None]
) -> None:
    """Store the index of a backup that has its place; ``before`` is what it builds on."""
    links = {**(before.links if before is not None else {}), made.file.name: hash_file(made.file)}
    made.index.write(_path(wiring, made.file.parent), {"links": links, "attachments": dict(attachments)})


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _path(wiring: Wiring, folder: Path) -> Path:
    name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    return wiring.data_folder / INDEX_FOLDER / f"{name}{INDEX_SUFFIX}"
