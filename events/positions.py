"""How far a file was read: kept with what was read, in the same transaction."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from os import SEEK_CUR
from typing import BinaryIO, Protocol

from sqlalchemy import ColumnElement, Connection, delete, or_, select

from events.tables import positions
from store import insert_into

_CHUNK_BYTES = 1 << 20


class _Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...
    def hexdigest(self) -> str: ...


@dataclass(slots=True)
class Reader:
    """Lines of a file from a byte position on, with a digest of all that lies before."""

    file: BinaryIO
    position: int
    line_number: int
    digest: _Digest

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Line number (from 1) and text of each line that is not blank."""
        for line in self.file:
            self.position += len(line)
            self.line_number += 1
            self.digest.update(line)
            if line.strip():
                yield self.line_number, line


def resume(connection: Connection, source: str, file: BinaryIO) -> Reader:
    """A reader where the last committed batch ended; at the start where the file has changed.

    It has changed, too, where its last line had no end then and goes on now.
    """
    row = connection.execute(
        select(positions.c.position, positions.c.digest).where(positions.c.source == source)
    ).one_or_none()
    reader = from_start(file)
    if row is None:
        return reader
    chunk = b"\n"
    while reader.position < row.position and (
        chunk := file.read(min(_CHUNK_BYTES, row.position - reader.position))
    ):
        reader.digest.update(chunk)
        reader.position += len(chunk)
        reader.line_number += chunk.count(b"\n")
    if reader.digest.hexdigest() == row.digest and (chunk.endswith(b"\n") or _at_a_line_end(file)):
        return reader
    file.seek(0)
    return from_start(file)


def _at_a_line_end(file: BinaryIO) -> bool:
    """Whether nothing but the line's end follows; leaves the file where it was."""
    following = file.read(2)
    file.seek(-len(following), SEEK_CUR)
    return following[:1] in (b"", b"\n") or following == b"\r\n"


def from_start(file: BinaryIO) -> Reader:
    return Reader(file, 0, 0, hashlib.sha256())


def record(connection: Connection, source: str, reader: Reader) -> None:
    """Keep how far the reader is."""
    keep(connection, source, reader.position, reader.digest.hexdigest())


def keep(connection: Connection, source: str, position: int, digest: str = "") -> None:
    """Keep how far something was read."""
    insert = insert_into(connection, positions).values(source=source, position=position, digest=digest)
    connection.execute(
        insert.on_conflict_do_update(
            index_elements=["source"],
            set_={"position": insert.excluded.position, "digest": insert.excluded.digest},
        )
    )


def kept(connection: Connection, source: str) -> dict[str, int]:
    """The positions of a source, or of its parts (``part_of``)."""
    query = select(positions.c.source, positions.c.position)
    return {row.source: row.position for row in connection.execute(query.where(_is_of(source)))}


def part_of(source: str, part: int) -> str:
    """The name of a part that is read for itself, such as a partition."""
    return f"{source}#{part}"


def forget(connection: Connection, source: str) -> None:
    """Begin anew next time."""
    connection.execute(delete(positions).where(_is_of(source)))


def _is_of(source: str) -> ColumnElement[bool]:
    parts = positions.c.source.startswith(f"{source}#", autoescape=True)
    return or_(positions.c.source == source, parts)
