"""Blocks of a backup's rows, and the index of their digests by which a later backup finds what has changed.

A block ends after a row whose checksum says so, or after some rows: a row that is added, changed or gone moves the
ends of its own block and of no other. The index holds digests under a key of its own, and no content.
"""

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from store.backup_file import open_atomic_file

_FORMAT = "yihui backup index 1"
_ENDS = 15  # a block has 16 rows on average: what has changed is written with so many around it
_MAX_ROWS = 64
_MAX_BYTES = 1_000_000
_DIGEST_BYTES = 16
_RECORD_BYTES = _DIGEST_BYTES + 1  # and the number of rows
KEY_BYTES = 32
_SUM_BYTES = 32  # SHA-256 of the index, at its end


class BlockCutter:
    """Cuts the rows of one table, which come in portions, into blocks."""

    def __init__(self) -> None:
        self._rows: list[bytes] = []
        self._size = 0

    def cut(self, rows: Iterable[bytes]) -> Iterator[list[bytes]]:
        """Yield the blocks that these rows complete."""
        checksum = zlib.crc32  # hundred thousand rows a second pass here
        for row in rows:
            self._rows.append(row)
            self._size += len(row)
            if checksum(row) & _ENDS == 0 or len(self._rows) == _MAX_ROWS or self._size > _MAX_BYTES:
                yield from self.end()

    def end(self) -> Iterator[list[bytes]]:
        """Yield the rows that are left over, as the last block."""
        if self._rows:
            yield self._rows
        self._rows, self._size = [], 0


@dataclass(slots=True)
class BlockIndex:
    """The digests of a backup's blocks by table, in the order of their rows.

    ``columns`` are those of the backup's header: a backup of another schema has nothing in common with it.
    ``header_sha256`` is the digest of its first line, ``sha256`` that of all its lines.
    """

    columns: dict[str, list[str]]
    key: bytes
    header_sha256: str = ""
    sha256: str = ""
    records: dict[str, bytearray] = field(default_factory=dict)

    def add(self, table: str, block: list[bytes]) -> bytes:
        """Append a table's next block; return its digest."""
        digest = hashlib.blake2b(b"".join(block), key=self.key, digest_size=_DIGEST_BYTES).digest()
        self.records.setdefault(table, bytearray()).extend(digest + bytes([len(block)]))
        return digest

    def find_starts(self, table: str) -> dict[bytes, int]:
        """Return the number of the first row of each of a table's blocks, by the block's digest."""
        starts, start = dict[bytes, int](), 0
        records = memoryview(self.records.get(table, b""))
        for at in range(0, len(records), _RECORD_BYTES):
            starts.setdefault(bytes(records[at : at + _DIGEST_BYTES]), start)
            start += records[at + _DIGEST_BYTES]
        return starts

    def write(self, path: Path, notes: object) -> None:
        """Write the index to a file for its owner alone, with the caller's ``notes``, which JSON must have. *Raises*: OSError."""
        head = {
            "format": _FORMAT,
            "key": self.key.hex(),
            "header_sha256": self.header_sha256,
            "sha256": self.sha256,
            "columns": self.columns,
            "sizes": {table: len(records) for table, records in self.records.items()},
            "notes": notes,
        }
        digest = hashlib.sha256()
        with open_atomic_file(path) as file:
            parts: list[bytes | bytearray] = [json.dumps(head).encode() + b"\n", *self.records.values()]
            for part in parts:
                digest.update(part)
                file.write(part)
            file.write(digest.digest())


def read_block_index(path: Path) -> tuple[BlockIndex, object] | None:
    """Return an index and the notes in it; None if there is none, or if it isn't what was written. *Raises*: OSError."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    line, _, records = content[:-_SUM_BYTES].partition(b"\n")
    if hashlib.sha256(content[:-_SUM_BYTES]).digest() != content[-_SUM_BYTES:]:
        return None
    head = json.loads(line)
    if head["format"] != _FORMAT:
        return None
    index = BlockIndex(head["columns"], bytes.fromhex(head["key"]), head["header_sha256"], head["sha256"])
    start = 0
    for table, size in head["sizes"].items():
        index.records[table] = bytearray(records[start : start + size])
        start += size
    return index, head["notes"]
