"""Store how far a source was read, in the transaction that processes what was read."""

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
class PositionReader:
    """Read lines of a file from a byte position on; keeps a digest of all bytes before the position."""

    file: BinaryIO
    position: int
    line_number: int
    digest: _Digest

    def read_lines(self) -> Iterator[tuple[int, bytes]]:
        """Yield the line number (from 1) and the text of each line that is not blank."""
        for line in self.file:
            self.position += len(line)
            self.line_number += 1
            self.digest.update(line)
            if line.strip():
                yield self.line_number, line


def resume_reader(connection: Connection, source: str, file: BinaryIO) -> PositionReader:
    """Return a reader at the end of the last committed batch; at the start if the file has changed.

    The file has also changed if its last line had no line end then and is longer now.
    """
    row = connection.execute(
        select(positions.c.position, positions.c.digest).where(positions.c.source == source)
    ).one_or_none()
    reader = reader_at_start(file)
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
    return reader_at_start(file)


def _at_a_line_end(file: BinaryIO) -> bool:
    """Return whether a line end or the end of the file follows; leave the file position unchanged."""
    following = file.read(2)
    file.seek(-len(following), SEEK_CUR)
    return following[:1] in (b"", b"\n") or following == b"\r\n"


def reader_at_start(file: BinaryIO) -> PositionReader:
    return PositionReader(file, 0, 0, hashlib.sha256())


def store_reader_position(connection: Connection, source: str, reader: PositionReader) -> None:
    """Store how far the reader has read."""
    store_position(connection, source, reader.position, reader.digest.hexdigest())


def store_position(connection: Connection, source: str, position: int, digest: str = "") -> None:
    """Store how far a source was read."""
    insert = insert_into(connection, positions).values(source=source, position=position, digest=digest)
    connection.execute(
        insert.on_conflict_do_update(
            index_elements=["source"],
            set_={"position": insert.excluded.position, "digest": insert.excluded.digest},
        )
    )


def read_positions(connection: Connection, source: str) -> dict[str, int]:
    """Return the positions of a source and of its parts (``part_name``)."""
    query = select(positions.c.source, positions.c.position)
    return {row.source: row.position for row in connection.execute(query.where(_is_of(source)))}


def part_name(source: str, part: int) -> str:
    """Return the name of a part of a source that is read separately, such as a partition."""
    return f"{source}#{part}"


def delete_positions(connection: Connection, source: str) -> None:
    """Delete the positions of a source, so that the next run starts at the beginning."""
    connection.execute(delete(positions).where(_is_of(source)))


def _is_of(source: str) -> ColumnElement[bool]:
    parts = positions.c.source.startswith(f"{source}#", autoescape=True)
    return or_(positions.c.source == source, parts)
