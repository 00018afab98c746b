"""Files that are written whole or not at all."""

import errno
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from core.faults import Fault, InputFaults

N_ = str  # marks a text for the message catalogue


def check_place(path: Path) -> None:
    """Whether a file can be written there, before any work is done for it. Folders are never made.

    *Raises*: OSError for a folder that isn't there, or for a path that is a folder.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if path.exists() and is_database(path):
        raise InputFaults([_never_over(path, N_("{value} is a database; it is never overwritten"))])
    if not path.parent.is_dir():  # a mistyped path is told, not created
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))


def check_other(path: Path, *inputs: Path | None) -> None:
    """Whether an output is none of the inputs. *Raises*: InputFaults."""
    if any(
        given is not None and given.exists() and path.exists() and given.samefile(path) for given in inputs
    ):
        raise InputFaults([_never_over(path, N_("{value} is being read; it is not overwritten"))])


def _never_over(path: Path, message: str) -> Fault:
    return Fault(message, N_("name another file"), value=str(path))


def is_database(path: Path) -> bool:
    """Whether a file is a SQLite database (its first 16 bytes; https://www.sqlite.org/fileformat.html, 1.3)."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(16) == b"SQLite format 3\0"


def write_whole(path: Path, content: str | bytes, *, private: bool = False) -> None:
    """Write a file by way of a temporary one beside it; a crash leaves the old file.

    A ``private`` one can be read by its owner only.
    """
    with _replaced(path, 0o600 if private else 0o644) as file:
        file.write(content.encode() if isinstance(content, str) else content)


def write_lines(path: Path, lines: Iterable[str], end: str = "\n") -> None:
    """As ``write_whole``, line by line. *Raises*: OSError, see ``check_place``."""
    with _replaced(path) as file:
        file.writelines((line + end).encode() for line in lines)


@contextmanager
def _replaced(path: Path, mode: int = 0o644) -> Iterator[BinaryIO]:
    check_place(path)
    path = path.resolve()  # what a link points to is replaced, not the link
    if path.exists() and not path.is_file():  # a device or a pipe: written to, never replaced
        with path.open("wb") as file:
            yield file
        return
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        Path(name).chmod(mode)  # mkstemp's own is 600: most of what is written here is meant to be read
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
