"""Files that are written whole or not at all."""

import errno
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


def check_place(path: Path) -> None:
    """Whether a file can be written there, before any work is done for it. Folders are never made.

    *Raises*: OSError for a folder that isn't there, or for a path that is a folder.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not path.parent.is_dir():  # a mistyped path is told, not created
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file by way of a temporary one beside it; a crash leaves the old file."""
    with _replaced(path) as file:
        file.write(content.encode() if isinstance(content, str) else content)


def write_lines(path: Path, lines: Iterable[str], end: str = "\n") -> None:
    """As ``write_whole``, line by line. *Raises*: OSError, see ``check_place``."""
    with _replaced(path) as file:
        file.writelines((line + end).encode() for line in lines)


@contextmanager
def _replaced(path: Path) -> Iterator[BinaryIO]:
    check_place(path)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        Path(name).chmod(0o644)  # mkstemp's own is 600: what is written here is meant to be read
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
