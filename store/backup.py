"""A backup: all that a database holds at one instant, in one file that proves itself.

Written from one snapshot, so that writers go on meanwhile and nothing of them is seen by halves.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from store.backup_faults import BackupThere
from store.backup_file import Tell, Writer, contents, new_file
from store.database import Database
from store.migration import HEAD, revision
from store.schema import schema_of

_PORTION = 2_000


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What was written. ``size`` counts bytes."""

    file: Path
    revision: str
    rows: Mapping[str, int]
    size: int
    sha256: str


def back_up(
    database: Database, path: Path, now: datetime, tell: Tell = lambda _: None, *, force: bool = False
) -> BackedUp:
    """Write a backup of a migrated database; ``tell`` hears how many thousandths of it are written.

    *Raises*: BackupThere, unless ``force``; OSError; StoreError.
    """
    if path.exists() and not force:
        raise BackupThere(str(path))
    with new_file(path) as file, database.read() as connection:
        schema = schema_of(revision(connection) or HEAD)
        counted = {table: _count(connection, table) for table in schema.tables}
        head = contents(schema.revision, connection.dialect.name, now, counted, schema.columns)
        writer = Writer(file)
        writer.begin(head)
        done = 0
        for table, columns in schema.columns.items():
            for rows in _rows(connection, table, columns):
                writer.add(rows)
                done += len(rows)
                tell(done * 1000 // max(1, head.total))
        digest = writer.end()
        size = file.tell()
    return BackedUp(path, schema.revision, counted, size, digest)


def _count(connection: Connection, table: str) -> int:
    return int(connection.exec_driver_sql(f'SELECT count(*) FROM "{table}"').scalar_one())


def _rows(connection: Connection, table: str, columns: Sequence[str]) -> Iterator[Sequence[Sequence[object]]]:
    """As the driver gives them, some thousand at a time."""
    names = ", ".join(f'"{name}"' for name in columns)
    streamed = connection.execution_options(stream_results=True, max_row_buffer=_PORTION)
    found = streamed.exec_driver_sql(f'SELECT {names} FROM "{table}"')
    for some in found.partitions(_PORTION):
        yield [[_plain(cell) for cell in row] for row in some]


def _plain(cell: object) -> object:
    """Instants as SQLite keeps them; what else there is, JSON has."""
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).isoformat(timespec="microseconds")
    return cell
