"""Write files atomically: either the whole file or nothing."""

import errno
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from core.faults import FaultError, FaultTable
from core.text_marks import N_

_OWNER, _EVERYBODY = 0o600, 0o644
_FAULTS = FaultTable(
    "output",
    {
        "database": (N_("{value} is a database; it is never overwritten"), N_("name another file")),
        "input": (
            N_("{value} is also named as an input or as another output; it is not overwritten"),
            N_("name another file"),
        ),
        "folder": (N_("there is no folder {value}"), N_("make the folder first, or name another one")),
    },
)


def check_output_path(path: Path) -> None:
    """Check before the work that a file can be written to a path. Folders are never created.

    *Raises*: OSError for a missing folder or one that can't be written, or a path that is a folder;
    FaultError for a database.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if path.exists() and is_sqlite_file(path):
        raise FaultError(_FAULTS.build("database", value=path))
    if not path.parent.is_dir():  # a mistyped path is reported, not created
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
    if path.exists() and not path.is_file():  # a device or a pipe
        return
    try:
        with tempfile.TemporaryFile(dir=path.resolve().parent):
            pass
    except OSError as error:
        raise OSError(error.errno, os.strerror(error.errno or 0), str(path)) from error


def check_output_folder(folder: Path) -> None:
    """Check before the work that there is a folder for files. *Raises*: FaultError."""
    if not folder.is_dir():
        raise FaultError(_FAULTS.build("folder", value=folder))


def check_output_not_input(path: Path, *inputs: Path | None) -> None:
    """Check that an output is none of the inputs, nor of the other outputs given beside them. *Raises*: FaultError."""
    given = [one for one in inputs if one is not None]
    is_one = any(one.resolve() == path.resolve() for one in given)
    if is_one or (path.exists() and any(one.exists() and one.samefile(path) for one in given)):
        raise FaultError(_FAULTS.build("input", value=path))


def is_sqlite_file(path: Path) -> bool:
    """Return whether a file is a SQLite database (first 16 bytes; https://www.sqlite.org/fileformat.html,
    1.3).
    """
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(16) == b"SQLite format 3\0"


def write_atomically(path: Path, content: str | bytes, *, public: bool = False) -> None:
    """Write a file through a temporary one beside it; after a crash the old file is intact.

    Only its owner can read the file, unless it is ``public``: a map, a register, a plan, a lottery.
    """
    with _replaced(path, _EVERYBODY if public else _OWNER) as file:
        file.write(content.encode() if isinstance(content, str) else content)


def write_lines_atomically(path: Path, lines: Iterable[str]) -> None:
    """Write lines as ``write_atomically`` does. *Raises*: OSError, see ``check_output_path``."""
    with _replaced(path, _OWNER) as file:
        file.writelines(f"{line}\n".encode() for line in lines)


def replace_durably(fresh: Path, place: Path) -> None:
    """Put a file in another one's place, so that a power cut leaves one of both whole."""
    for path in (fresh, fresh.parent):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
            if path == fresh:
                fresh.replace(place)
        finally:
            os.close(descriptor)


@contextmanager
def _replaced(path: Path, mode: int) -> Iterator[BinaryIO]:
    check_output_path(path)
    path = path.resolve()  # replace the target of a link, not the link
    if path.exists() and not path.is_file():  # write to a device or a pipe, never replace it
        with path.open("wb") as file:
            yield file
        return
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
