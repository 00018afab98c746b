"""Folders for files of one act, such as a bank's: gone after the act, or at the next one if the process was killed.

A folder's lock file is locked as long as its process lives, so that nobody's work is deleted while it goes on.
"""

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from yihui.bootstrap import Wiring

_OWNER_ONLY = 0o700
_LOCK = ".lock"


@contextmanager
def open_work_folder(wiring: Wiring) -> Iterator[Path]:
    """Make an empty folder that its owner alone can read, and delete it with its files at the end."""
    delete_left_folders(wiring)
    base = _base(wiring)
    base.mkdir(_OWNER_ONLY, parents=True, exist_ok=True)
    folder = base / secrets.token_hex(16)
    descriptor = _lock(folder)
    assert descriptor is not None, "nobody else knows the name"
    try:
        folder.mkdir(_OWNER_ONLY)
        yield folder
    finally:
        _delete(folder, descriptor)


def delete_left_folders(wiring: Wiring) -> int:
    """Delete the folders of processes that ended without doing so; return how many there were."""
    base, left = _base(wiring), 0
    for lock in sorted(base.glob(f"*{_LOCK}")) if base.is_dir() else ():
        descriptor = _lock(lock.with_suffix(""))
        if descriptor is not None:
            left += 1
            _delete(lock.with_suffix(""), descriptor)
    return left


def _base(wiring: Wiring) -> Path:
    return wiring.data_folder / "work"


def _lock(folder: Path) -> int | None:
    """Lock a folder's lock file; return its descriptor, None while another process or act holds it."""
    descriptor = os.open(f"{folder}{_LOCK}", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _delete(folder: Path, descriptor: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    Path(f"{folder}{_LOCK}").unlink(missing_ok=True)
    os.close(descriptor)
