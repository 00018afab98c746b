"""An increment: what a backup has that an earlier one, its base, lacks, and how a chain of them becomes a backup.

It is a file like a backup: packed lines, the last one with the SHA-256 of all lines before it. The first line names
the base and the digest of its lines, the second one is the header of the whole backup. For each table follow steps:
skip some rows of the base, copy some, then take the new rows that follow. Last comes the digest of the whole backup.
So a chain gives the backup that would have been written whole, byte by byte, or it is refused.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Protocol

from core.text_marks import N_
from store.backup_file import (
    BACKUP_FAULTS,
    BackupHeader,
    BackupReader,
    BackupRefused,
    BackupWriter,
    LineReader,
    ProgressCallback,
    dump_header,
    open_atomic_file,
    parse_header,
)
from store.row_blocks import BlockIndex

_FORMAT = "yihui increment 1"
_PORTION = 2_000
_PORTION_BYTES = 8_000_000


@dataclass(frozen=True, slots=True)
class IncrementBase:
    """The backup that an increment builds on: the name of its file, and its index."""

    name: str
    index: BlockIndex


class BlockTarget(Protocol):
    """Takes the blocks of a backup in the header's order of tables."""

    rows_written: int

    def write_header(self, head: BackupHeader) -> None: ...
    def begin_table(self, table: str) -> None: ...
    def write_block(self, block: Sequence[bytes], digest: bytes) -> None: ...
    def end_table(self) -> None: ...
    def finish(self) -> str:
        """Return the digest of the whole backup's lines."""
        ...


class WholeTarget:
    """Writes a whole backup into an open file."""

    def __init__(self, file: BinaryIO) -> None:
        self.rows_written = 0
        self._writer = BackupWriter(file)
        self._rows: list[bytes] = []

    def write_header(self, head: BackupHeader) -> None:
        self._writer.write_header(head)

    def begin_table(self, table: str) -> None:
        """Nothing stands between two tables."""

    def write_block(self, block: Sequence[bytes], digest: bytes) -> None:
        self.rows_written += len(block)
        self._rows += block
        if len(self._rows) >= _PORTION:
            self.end_table()

    def end_table(self) -> None:
        self._writer.write_lines(b"".join(self._rows))
        self._rows = []

    def finish(self) -> str:
        return self._writer.finish()


class IncrementTarget:
    """Writes an increment on a base into an open file."""

    def __init__(self, file: BinaryIO, base: IncrementBase) -> None:
        self.rows_written = 0
        self._base = base
        self._writer = BackupWriter(file)
        self._whole = hashlib.sha256()
        self._starts: dict[bytes, int] = {}
        self._at = 0  # the first row of the base's table that was neither skipped nor copied
        self._from, self._count = 0, 0  # the step that isn't written yet: rows to copy, and new ones
        self._new, self._new_bytes = list[bytes](), 0

    def write_header(self, head: BackupHeader) -> None:
        index = self._base.index
        base = {
            "format": _FORMAT,
            "base": self._base.name,
            "base_header_sha256": index.header_sha256,
            "base_sha256": index.sha256,
        }
        line = dump_header(head)
        self._writer.write_lines(json.dumps(base).encode() + b"\n" + line)
        self._whole.update(line)
        self._is_same_schema = _is_same_schema(index.columns, head.columns)

    def begin_table(self, table: str) -> None:
        self._starts = self._base.index.find_starts(table) if self._is_same_schema else {}
        self._at = self._from = 0

    def write_block(self, block: Sequence[bytes], digest: bytes) -> None:
        self._whole.update(b"".join(block))
        start = self._starts.get(digest, -1)
        if start < self._from + self._count:  # new, or rows have changed places: steps only go forward
            self._new += block
            self._new_bytes += sum(map(len, block))
            if len(self._new) >= _PORTION or self._new_bytes >= _PORTION_BYTES:
                self._write_step()
            return
        if self._new or start != self._from + self._count:
            self._write_step()
            self._from = start
        self._count += len(block)

    def end_table(self) -> None:
        self._write_step()

    def finish(self) -> str:
        digest = self._whole.hexdigest()
        self._writer.write_lines(_dump_digest(digest))
        self._writer.finish()
        return digest

    def _write_step(self) -> None:
        if self._count or self._new:
            step = [self._from - self._at, self._count, len(self._new)]
            self._writer.write_lines(json.dumps(step).encode() + b"\n" + b"".join(self._new))
        self.rows_written += len(self._new)
        self._at = self._from = self._from + self._count
        self._count, self._new, self._new_bytes = 0, [], 0


@dataclass(frozen=True, slots=True)
class IncrementHeader:
    """The first line of an increment: the name of its base's file, and the digests of the base's first and of all lines."""

    base: str
    base_header_sha256: str
    base_sha256: str


def read_increment_header(path: Path) -> IncrementHeader | None:
    """Return the header of an increment; None if the file is none. *Raises*: OSError."""
    try:
        with closing(LineReader(path)) as reader:
            return _parse_increment_header(reader.read_head())
    except BackupRefused:
        return None


def assemble_backup(chain: Sequence[Path], to: Path, tell: ProgressCallback = lambda _: None) -> None:
    """Write the whole backup that a chain comes to: first a whole backup, then increments, each on the one before.

    ``tell`` receives how many rows are written. *Raises*: BackupRefused; OSError; then nothing is written.
    """
    with closing(_open_chain(chain)) as source, open_atomic_file(to) as file:
        writer = BackupWriter(file)
        writer.write_header(source.head)
        done = 0
        for table in source.head.columns:
            for line in source.read_lines(table):
                writer.write_lines(line)
                done += 1
                if done % _PORTION == 0:
                    tell(done)
        source.finish()
        writer.finish()


class _RowSource(Protocol):
    """A backup whose tables are read once, in their order; ``finish`` verifies it and returns its lines' digest."""

    head: BackupHeader
    head_line: bytes

    def read_lines(self, table: str) -> Iterator[bytes]: ...
    def finish(self) -> str: ...
    def close(self) -> None: ...


def _open_chain(chain: Sequence[Path]) -> _RowSource:
    source: _RowSource = BackupReader(chain[0])
    try:
        for path in chain[1:]:
            source = _IncrementReader(path, source)
    except BaseException:
        source.close()
        raise
    return source


class _IncrementReader(LineReader):
    """Reads the backup that an increment and its base come to."""

    def __init__(self, path: Path, base: _RowSource) -> None:
        super().__init__(path)
        self._base = base
        try:
            self._read_headers()
        except BaseException:
            super().close()  # the base is its opener's
            raise

    def _read_headers(self) -> None:
        named = _parse_increment_header(self.read_head())
        if named is None:
            raise BackupRefused(BACKUP_FAULTS.build("no_backup", backup=self.path))
        self._named = named
        if hashlib.sha256(self._base.head_line).hexdigest() != named.base_header_sha256:
            raise self._build_other_base()
        self.head_line = self.read_line()
        head = parse_header(self.head_line)
        if head is None:
            raise self.build_damage(N_("its header can't be read"))
        self.head = head
        self._whole = hashlib.sha256(self.head_line)
        self._is_same_schema = _is_same_schema(self._base.head.columns, head.columns)

    def read_lines(self, table: str) -> Iterator[bytes]:
        """Yield the rows of the next table in the header's order."""
        base = self._base.read_lines(table) if self._is_same_schema else iter(())
        left = self.head.rows[table]
        while left:
            skipped, copied, new = self._read_step(left)
            if sum(1 for _ in islice(base, skipped)) != skipped:
                raise self.build_damage(N_("it takes more rows than its base has"))
            left -= copied + new
            yield from self._digested(self._copy(base, copied))
            yield from self._digested(self.read_line() for _ in range(new))
        for _ in base:
            pass

    def _copy(self, base: Iterator[bytes], count: int) -> Iterator[bytes]:
        for _ in range(count):
            line = next(base, None)
            if line is None:
                raise self.build_damage(N_("it takes more rows than its base has"))
            yield line

    def _digested(self, lines: Iterator[bytes]) -> Iterator[bytes]:
        for line in lines:
            self._whole.update(line)
            yield line

    def _read_step(self, left: int) -> tuple[int, int, int]:
        try:
            step = json.loads(self.read_line())
            skipped, copied, new = step
        except (ValueError, TypeError):
            raise self.build_damage(N_("one of its steps can't be read")) from None
        if any(type(count) is not int or count < 0 for count in step) or not 0 < copied + new <= left:
            raise self.build_damage(N_("one of its steps can't be read"))
        return skipped, copied, new

    def finish(self) -> str:
        """Verify the increment, its base and the whole; return the digest of the whole's lines."""
        if not self._is_same_schema:
            for table in self._base.head.columns:
                for _ in self._base.read_lines(table):
                    pass
        # The base first: if it is another one, then that is what is wrong, and the whole is wrong because of it.
        if self._base.finish() != self._named.base_sha256:
            raise self._build_other_base()
        digest = self._whole.hexdigest()
        if self.read_line() != _dump_digest(digest):
            raise self.build_damage(N_("the rows that it comes to are not those that were backed up"))
        super().finish()
        return digest

    def _build_other_base(self) -> BackupRefused:
        return BackupRefused(BACKUP_FAULTS.build("other_base", backup=self.path.name, base=self._named.base))

    def close(self) -> None:
        super().close()
        self._base.close()


def _parse_increment_header(line: bytes) -> IncrementHeader | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    if not isinstance(found, dict) or found.get("format") != _FORMAT:
        return None
    base, header, digest = (found.get(name) for name in ("base", "base_header_sha256", "base_sha256"))
    if isinstance(base, str) and isinstance(header, str) and isinstance(digest, str):
        return IncrementHeader(base, header, digest)
    return None


def _dump_digest(digest: str) -> bytes:
    return json.dumps({"whole_sha256": digest}).encode() + b"\n"


def _is_same_schema(one: dict[str, list[str]], other: dict[str, list[str]]) -> bool:
    """Return whether the tables have the same columns, and come in the same order."""
    return list(one.items()) == list(other.items())
