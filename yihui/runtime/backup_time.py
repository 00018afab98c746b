"""When this installation last backed up into a folder: by the mark that each backup leaves in the data folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

_MARKS = "backup-marks"
_MARK, _LOCK = ".mark", ".lock"


@contextmanager
def hold_backup_folder(data_folder: Path, folder: Path) -> Iterator[None]:
    """Wait until no other process of this machine backs up into a folder. *Raises*: OSError."""
    path = _path(data_folder, folder, _LOCK)
    path.parent.mkdir(0o700, exist_ok=True)
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def note_backup(data_folder: Path, folder: Path) -> None:
    """Note that a backup has its place in a folder now. *Raises*: OSError."""
    _path(data_folder, folder, _MARK).touch(0o600)


def read_last_backup_time(data_folder: Path) -> float | None:
    """Return when the last backup was written into any folder, in seconds since 1970; None if none ever was."""
    times = []
    for mark in (data_folder / _MARKS).glob(f"*{_MARK}"):
        try:
            times.append(mark.stat().st_mtime)
        except OSError:  # not readable for this process
            continue
    return max(times, default=None)


def _path(data_folder: Path, folder: Path, suffix: str) -> Path:
    name = sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    return data_folder / _MARKS / f"{name}{suffix}"
