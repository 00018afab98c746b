"""The file of a backup: compressed lines of JSON that prove themselves.

The first line says what follows: the revision of the schema, each table with its columns and how many rows;
then one line for each row; the last line has the SHA-256 of all before it. The same file goes into SQLite
and into PostgreSQL.
"""

import gzip
import hashlib
import json
import os
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from pydantic_core import ValidationError, from_json, to_json

from store.backup_faults import Damaged, NoBackup

if TYPE_CHECKING:
    from pydantic import TypeAdapter

N_ = str  # marks a text for the message catalogue

_FORMAT = "yihui backup 1"
_LEVEL = 3  # of compression: a third of the size in a fifth of the time of the best
_MOST_BYTES_OF_HEAD = 1_000_000
Cell = str | int | float | None
Tell = Callable[[int], None]  # how much is done


@dataclass(frozen=True, slots=True)
class Contents:
    """The first line. ``rows`` counts by table; tables are in the order in which they must be filled."""

    format: str
    revision: str
    database: str
    made_at: datetime
    columns: dict[str, list[str]]
    rows: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.rows.values())


@cache
def _adapter() -> "TypeAdapter[Contents]":
    from pydantic import TypeAdapter  # 0.1 s to import: only where there is a backup

    return TypeAdapter(Contents)


def contents(revision: str, database: str, made_at: datetime, counted: Mapping[str, int],
             columns: Mapping[str, Sequence[str]]) -> Contents:  # fmt: skip
    """What a backup begins with."""
    return Contents(
        _FORMAT, revision, database, made_at, {t: list(c) for t, c in columns.items()}, dict(counted)
    )


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A file that appears under its name only once it is whole and on the disk; readable by its owner only."""
    path = path.resolve()
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")  # mode 600
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
        _sync_folder(path.parent)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    """So that the name survives a power failure as well."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@dataclass(slots=True)
class Writer:
    """Writes a backup into an open file."""

    file: BinaryIO
    _packed: "gzip.GzipFile" = field(init=False)
    _digest: "hashlib._Hash" = field(init=False, default_factory=hashlib.sha256)

    def __post_init__(self) -> None:
        self._packed = gzip.GzipFile(fileobj=self.file, mode="wb", compresslevel=_LEVEL, filename="", mtime=0)

    def begin(self, head: Contents) -> None:
        self._write(_adapter().dump_json(head) + b"\n")

    def add(self, rows: Iterable[Sequence[object]]) -> None:
        """Some rows of the table whose turn it is."""
        self._write(b"".join(to_json(row) + b"\n" for row in rows))

    def end(self) -> str:
        """Gives the digest."""
        digest = self._digest.hexdigest()
        self._packed.write(json.dumps({"sha256": digest}).encode() + b"\n")
        self._packed.close()
        return digest

    def _write(self, lines: bytes) -> None:
        self._digest.update(lines)
        self._packed.write(lines)


@dataclass(slots=True)
class Reader:
    """Reads a backup and proves it on the way. *Raises*: NoBackup, Damaged."""

    path: Path
    head: Contents = field(init=False)
    _lines: gzip.GzipFile = field(init=False)
    _file: BinaryIO = field(init=False)
    _digest: "hashlib._Hash" = field(init=False, default_factory=hashlib.sha256)

    def __post_init__(self) -> None:
        self._file = self.path.open("rb")
        self._lines = gzip.GzipFile(fileobj=self._file, mode="rb")
        try:
            self.head = self._read_head()
        except BaseException:
            self.close()
            raise

    def _read_head(self) -> Contents:
        try:
            line = self._lines.readline(_MOST_BYTES_OF_HEAD)
            head = _adapter().validate_json(line)
        except (OSError, EOFError, zlib.error, ValidationError) as error:
            raise NoBackup(str(self.path)) from error
        if head.format != _FORMAT or head.rows.keys() != head.columns.keys():
            raise NoBackup(str(self.path))
        self._digest.update(line)
        return head

    @property
    def position(self) -> int:
        """Bytes of the file that were read."""
        return self._file.tell()

    def rows(self, table: str, portion: int) -> Iterator[list[list[Cell]]]:
        """The rows of the table whose turn it is, some at a time."""
        width, left = len(self.head.columns[table]), self.head.rows[table]
        while left:
            lines = [self._line() for _ in range(min(portion, left))]
            left -= len(lines)
            self._digest.update(b"".join(lines))
            yield [self._row(line, width) for line in lines]

    def end(self) -> str:
        """Check the last line; gives the digest."""
        line = self._line()
        try:
            told = from_json(line)
        except ValueError as error:
            raise self._damaged(N_("its last line can't be read")) from error
        if told != {"sha256": self._digest.hexdigest()}:
            raise self._damaged(N_("its digest is another one than that of its lines"))
        if self._line(at_end=True):
            raise self._damaged(N_("something follows its last line"))
        return self._digest.hexdigest()

    def _line(self, *, at_end: bool = False) -> bytes:
        try:
            line = self._lines.readline()
        except (OSError, EOFError, zlib.error) as error:
            raise self._damaged(
                N_("it is cut short, or some of its bytes are not those that were written")
            ) from error
        if not at_end and not line.endswith(b"\n"):
            raise self._damaged(N_("it is cut short"))
        return line

    def _row(self, line: bytes, width: int) -> list[Cell]:
        try:
            row = from_json(line)
        except ValueError as error:
            raise self._damaged(N_("one of its rows can't be read")) from error
        if not isinstance(row, list) or len(row) != width:
            raise self._damaged(N_("one of its rows has not the columns of its table"))
        return row

    def _damaged(self, detail: str) -> Damaged:
        return Damaged(str(self.path), detail=detail)

    def close(self) -> None:
        self._lines.close()
        self._file.close()
