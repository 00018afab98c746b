"""The file format of a backup: compressed lines of JSON with a checksum.

The first line is the header: the revision of the schema, and each table with its columns and number of
rows. One line for each row follows. The last line has the SHA-256 of all lines before it. The same file
can be restored into SQLite and into PostgreSQL. Bytes are written as base64 after a mark.
"""

import errno
import gzip
import hashlib
import json
import os
import re
import tempfile
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from pydantic_core import ValidationError, from_json, to_json

from core.faults import FaultError, FaultTable
from core.text_marks import N_

if TYPE_CHECKING:
    from pydantic import TypeAdapter


_FORMAT = "yihui backup 1"
_LEVEL = 3  # compression level: a third of the size, in a fifth of the time of the best level
_MOST_BYTES_OF_HEAD = 1_000_000
MAX_LINE_BYTES = 256_000_000  # the longest cell is a lottery's order of a million members
_PORTION_BYTES = 32_000_000  # what is read at once
_LONG_LINE_BYTES = 1_000_000
# a small file of nested lists would fill the memory as soon as it is parsed
_FLAT_ROW = re.compile(rb"""\[(?:(?:"(?:[^"\\]++|\\.)*+"|[-+.0-9eE]++|null|true|false)[,\]])*+\n""")
_BYTES, _BYTES_ESCAPED = "\0base64:", rb"\u0000base64:"  # no text of a database begins with a zero character
Cell = str | int | float | bytes | None
ProgressCallback = Callable[[int], None]  # receives the amount done so far


BACKUP_FAULTS = FaultTable(
    "backup",
    {
        "no_backup": (
            N_("{backup} is not a backup of Yihui"),
            N_("name a file that `yihui backup` has written"),
        ),
        "empty_folder": (
            N_("{folder} holds no backup"),
            N_("name a file that `yihui backup` has written, or a folder that holds some"),
        ),
        "damaged": (
            N_("the backup {backup} is damaged: {detail}"),
            N_("take another copy of it, or an older backup; nothing was restored"),
        ),
        "newer": (
            N_("the backup {backup} was written by a newer version of Yihui (revision {revision})"),
            N_("upgrade Yihui, then restore it"),
        ),
        "exists": (
            N_("there is a file {backup} already"),
            N_("name another file, or let it be replaced with --force"),
        ),
        "database_not_empty": (
            N_("{target} is not empty: it holds {rows} rows"),
            N_("name an empty database with --db, or replace all that it holds with --force"),
        ),
        "row_unfit": (
            N_("a row of {table} does not fit into {target}: {detail}"),
            N_("restore it into the kind of database that it comes from; nothing was restored"),
        ),
    },
)


class BackupRefused(FaultError):
    """Nothing was written or restored."""


@dataclass(frozen=True, slots=True)
class BackupHeader:
    """The first line of a backup.

    ``rows`` counts by table; tables are in the order in which they must be filled.
    """

    format: str
    revision: str
    database: str
    made_at: datetime
    columns: dict[str, list[str]]
    rows: dict[str, int]

    @property
    def total_rows(self) -> int:
        """The number of rows of all tables."""
        return sum(self.rows.values())


@cache
def _adapter() -> "TypeAdapter[BackupHeader]":
    from pydantic import TypeAdapter  # takes 0.1 s to import: only when a backup is used

    return TypeAdapter(BackupHeader)


def build_backup_header(revision: str, database: str, made_at: datetime, counted: Mapping[str, int],
             columns: Mapping[str, Sequence[str]]) -> BackupHeader:  # fmt: skip
    """Return the header of a new backup."""
    return BackupHeader(
        _FORMAT, revision, database, made_at, {t: list(c) for t, c in columns.items()}, dict(counted)
    )


def dump_header(head: BackupHeader) -> bytes:
    """Return the header as the first line of a backup."""
    return _adapter().dump_json(head) + b"\n"


def parse_header(line: bytes) -> BackupHeader | None:
    """Return the header in the first line of a backup; None if it is none."""
    try:
        head = _adapter().validate_json(line)
    except ValidationError:
        return None
    return head if head.format == _FORMAT and head.rows.keys() == head.columns.keys() else None


def dump_row(row: Sequence[object]) -> bytes:
    """Return a row as a line of a backup."""
    return to_json(row) + b"\n"


def build_damage_error(path: Path, detail: str) -> BackupRefused:
    """Return the error for a damaged backup; ``detail`` is translated."""
    return BackupRefused(BACKUP_FAULTS.build("damaged", backup=path, terms={"detail": detail}))


def encode_bytes(content: bytes) -> str:
    """Return bytes as text for a backup's file; its reader decodes them again."""
    return _BYTES + b64encode(content).decode("ascii")


@contextmanager
def open_atomic_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file that appears under its name only once it is complete and synced to disk.

    Only its owner can read it.
    """
    path = path.resolve()
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")  # mode 600
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
        _sync_folder(path.parent)
    except BaseException as error:
        Path(name).unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT) and not error.filename:
            error.filename = str(path)  # a write itself doesn't name its file
        raise


def _sync_folder(folder: Path) -> None:
    """Sync the folder, so that the new name also survives a power failure."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@dataclass(slots=True)
class BackupWriter:
    """Writes a backup into an open file."""

    file: BinaryIO
    _packed: "gzip.GzipFile" = field(init=False)
    _digest: "hashlib._Hash" = field(init=False, default_factory=hashlib.sha256)

    def __post_init__(self) -> None:
        self._packed = gzip.GzipFile(fileobj=self.file, mode="wb", compresslevel=_LEVEL, filename="", mtime=0)

    def write_header(self, head: BackupHeader) -> None:
        self.write_lines(dump_header(head))

    def write_lines(self, lines: bytes) -> None:
        """Write whole lines: some rows of the next table in the header's order."""
        self._digest.update(lines)
        self._packed.write(lines)

    def finish(self) -> str:
        """Write the last line and return the digest."""
        digest = self._digest.hexdigest()
        self._packed.write(json.dumps({"sha256": digest}).encode() + b"\n")
        self._packed.close()
        return digest


class BackupReader:
    """Reads a backup and verifies it while reading. *Raises*: BackupRefused."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._digest = hashlib.sha256()
        self._file = self.path.open("rb")
        self._lines = gzip.GzipFile(fileobj=self._file, mode="rb")
        try:
            head = parse_header(self._read_head())
            if head is None:
                raise BackupRefused(BACKUP_FAULTS.build("no_backup", backup=self.path))
        except BaseException:
            self.close()
            raise
        self.head = head

    @property
    def position(self) -> int:
        """The number of bytes of the file that have been read."""
        return self._file.tell()

    def _read_head(self) -> bytes:
        """Return the first line, which may be any file's."""
        try:
            line = self._lines.readline(_MOST_BYTES_OF_HEAD)
        except (OSError, EOFError, zlib.error) as error:
            raise BackupRefused(BACKUP_FAULTS.build("no_backup", backup=self.path)) from error
        self._digest.update(line)
        return line

    def finish(self) -> str:
        """Verify the last line and return the digest."""
        line = self._line()
        try:
            told = from_json(line)
        except ValueError as error:
            raise self.build_damage(N_("its last line can't be read")) from error
        if told != {"sha256": self._digest.hexdigest()}:
            raise self.build_damage(N_("its digest is another one than that of its lines"))
        if self._line(at_end=True):
            raise self.build_damage(N_("something follows its last line"))
        return self._digest.hexdigest()

    def _line(self, *, at_end: bool = False) -> bytes:
        try:
            line = self._lines.readline(MAX_LINE_BYTES + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise self.build_damage(
                N_("it is cut short, or some of its bytes are not those that were written")
            ) from error
        if len(line) > MAX_LINE_BYTES:
            raise self.build_damage(N_("one of its rows is longer than any row"))
        if not at_end and not line.endswith(b"\n"):
            raise self.build_damage(N_("it is cut short"))
        return line

    def build_damage(self, detail: str) -> BackupRefused:
        return build_damage_error(self.path, detail)

    def close(self) -> None:
        self._lines.close()
        self._file.close()

    def read_rows(self, table: str, portion: int) -> Iterator[list[list[Cell]]]:
        """Yield the rows of the next table in the header's order, in batches."""
        width, left = len(self.head.columns[table]), self.head.rows[table]
        while left:
            lines = self._portion(min(portion, left))
            left -= len(lines)
            self._digest.update(b"".join(lines))
            yield [self._row(line, width) for line in lines]

    def _portion(self, most_lines: int) -> list[bytes]:
        lines: list[bytes] = []
        size = 0
        while len(lines) < most_lines and size < _PORTION_BYTES:
            lines.append(self._line())
            size += len(lines[-1])
        return lines

    def _row(self, line: bytes, width: int) -> list[Cell]:
        if len(line) > _LONG_LINE_BYTES and not _FLAT_ROW.fullmatch(line):
            raise self.build_damage(N_("one of its rows can't be read"))
        try:
            row = from_json(line)
        except ValueError as error:
            raise self.build_damage(N_("one of its rows can't be read")) from error
        if not isinstance(row, list) or len(row) != width or any(isinstance(c, list | dict) for c in row):
            raise self.build_damage(N_("one of its rows has not the columns of its table"))
        return [self._cell(cell) for cell in row] if _BYTES_ESCAPED in line else row

    def _cell(self, cell: Cell) -> Cell:
        if not isinstance(cell, str) or not cell.startswith(_BYTES):
            return cell
        try:
            return b64decode(cell.removeprefix(_BYTES), validate=True)
        except ValueError as error:
            raise self.build_damage(N_("one of its rows can't be read")) from error
