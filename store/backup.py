"""Write a backup: the database at one instant, in one file with a checksum.

It is written from one snapshot, so that writers can continue and the backup is consistent.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from store.backup_file import (
    BACKUP_FAULTS,
    BackupRefused,
    BackupWriter,
    ProgressCallback,
    build_backup_header,
    dump_row,
    encode_bytes,
    open_atomic_file,
)
from store.database import Database
from store.migration import (
    HEAD_REVISION,
    RevisionSchema,
    check_revision,
    database_revision,
    schema_at_revision,
)

_PORTION = 2_000


@dataclass(frozen=True, slots=True)
class BackupSummary:
    """The backup that was written. ``size`` is in bytes; ``sha256`` is that of its lines."""

    file: Path
    revision: str
    rows: Mapping[str, int]
    size: int
    sha256: str


def write_backup(
    database: Database, path: Path, now: datetime, tell: ProgressCallback = lambda _: None
) -> BackupSummary:
    """Write a backup of a migrated database; ``tell`` receives how many thousandths are written.

    *Raises*: BackupRefused if the file exists; OSError; StoreError.
    """
    if path.exists():
        raise BackupRefused(BACKUP_FAULTS.build("exists", backup=path))
    with open_atomic_file(path) as file, database.read() as connection:
        revision = database_revision(connection) or HEAD_REVISION
        check_revision(database.target, revision)  # a newer program's schema is known to that one alone
        schema = schema_at_revision(revision)
        counted = {table: count_rows(connection, table) for table in schema.tables}
        head = build_backup_header(schema.revision, connection.dialect.name, now, counted, schema.columns)
        writer = BackupWriter(file)
        writer.write_header(head)
        _write_tables(connection, schema, writer, lambda done: tell(done * 1000 // max(1, head.total_rows)))
        digest = writer.finish()
        size = file.tell()
    return BackupSummary(path, schema.revision, counted, size, digest)


def _write_tables(
    connection: Connection, schema: RevisionSchema, writer: BackupWriter, tell: ProgressCallback
) -> None:
    done = 0
    for table in schema.columns:
        for rows in _rows(connection, table, schema):
            writer.write_lines(b"".join(map(dump_row, rows)))
            done += len(rows)
            tell(done)


def count_rows(connection: Connection, table: str) -> int:
    """Return the number of rows of a table."""
    return int(connection.exec_driver_sql(f'SELECT count(*) FROM "{table}"').scalar_one())


def _rows(connection: Connection, table: str, schema: RevisionSchema) -> Iterator[Sequence[Sequence[object]]]:
    """Yield a table's rows as the driver returns them, in batches of some thousand."""
    names = ", ".join(f'"{name}"' for name in schema.columns[table])
    streamed = connection.execution_options(stream_results=True, max_row_buffer=_PORTION)
    found = streamed.exec_driver_sql(f'SELECT {names} FROM "{table}"')
    for some in found.partitions(_PORTION):
        yield [[_plain(cell) for cell in row] for row in some]


def _plain(cell: object) -> object:
    """Convert instants to SQLite's text form, and bytes to text; JSON has all other types."""
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).isoformat(timespec="microseconds")
    return encode_bytes(cell) if isinstance(cell, bytes) else cell
