"""Write a backup: the database at one instant, in one file with a checksum, or what an earlier backup lacks.

It is written from one snapshot, so that writers can continue and the backup is consistent.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection

from store.backup_file import (
    BACKUP_FAULTS,
    BackupRefused,
    ProgressCallback,
    build_backup_header,
    dump_header,
    dump_row,
    encode_bytes,
    open_atomic_file,
)
from store.database import Database
from store.increment import BlockTarget, IncrementBase, IncrementTarget, WholeTarget
from store.migration import (
    HEAD_REVISION,
    RevisionSchema,
    check_revision,
    database_revision,
    schema_at_revision,
)
from store.monthly_tables import hold_months
from store.row_blocks import KEY_BYTES, BlockCutter, BlockIndex

_PORTION = 2_000


@dataclass(frozen=True, slots=True)
class BackupSummary:
    """The backup that was written. ``size`` is in bytes; ``sha256`` is that of the whole backup's lines.

    ``index`` has the digests of its rows, for the next increment. ``rows_written`` counts the rows in the file.
    """

    file: Path
    revision: str
    rows: Mapping[str, int]
    rows_written: int
    size: int
    sha256: str
    index: BlockIndex


def write_backup(
    database: Database,
    path: Path,
    now: datetime,
    tell: ProgressCallback = lambda _: None,
    *,
    force: bool = False,
    base: IncrementBase | None = None,
) -> BackupSummary:
    """Write a backup of a migrated database; ``tell`` receives how many thousandths are written.

    With a ``base`` only what has changed since that backup is written, as an increment on it.
    *Raises*: BackupRefused if the file exists, unless ``force``; OSError; StoreError.
    """
    if path.exists() and not force:
        raise BackupRefused(BACKUP_FAULTS.build("exists", backup=path))
    with open_atomic_file(path) as file, database.read() as connection:
        hold_months(connection)
        revision = database_revision(connection) or HEAD_REVISION
        check_revision(database.target, revision)  # a newer program's schema is known to that one alone
        schema = schema_at_revision(revision)
        counted = {table: count_rows(connection, table) for table in schema.tables}
        head = build_backup_header(schema.revision, connection.dialect.name, now, counted, schema.columns)
        index = BlockIndex(head.columns, secrets.token_bytes(KEY_BYTES) if base is None else base.index.key)
        index.header_sha256 = sha256(dump_header(head)).hexdigest()
        target: BlockTarget = WholeTarget(file) if base is None else IncrementTarget(file, base)
        target.write_header(head)
        _write_tables(
            connection, schema, target, index, lambda done: tell(done * 1000 // max(1, head.total_rows))
        )
        index.sha256 = target.finish()
        size = file.tell()
    return BackupSummary(path, schema.revision, counted, target.rows_written, size, index.sha256, index)


def _write_tables(
    connection: Connection,
    schema: RevisionSchema,
    target: BlockTarget,
    index: BlockIndex,
    tell: ProgressCallback,
) -> None:
    done = 0
    for table in schema.columns:
        target.begin_table(table)
        cutter = BlockCutter()
        for rows in _rows(connection, table, schema):
            for block in cutter.cut(map(dump_row, rows)):
                target.write_block(block, index.add(table, block))
            done += len(rows)
            tell(done)
        for block in cutter.end():
            target.write_block(block, index.add(table, block))
        target.end_table()


def count_rows(connection: Connection, table: str) -> int:
    """Return the number of rows of a table."""
    return int(connection.exec_driver_sql(f'SELECT count(*) FROM "{table}"').scalar_one())


def _rows(connection: Connection, table: str, schema: RevisionSchema) -> Iterator[Sequence[Sequence[object]]]:
    """Yield a table's rows as the driver returns them, in batches of some thousand, in an order that lasts.

    An increment is small because of that order, not right because of it.
    """
    names = ", ".join(f'"{name}"' for name in schema.columns[table])
    key = ", ".join(f'"{name}"' for name in schema.keys[table])
    # SQLite reads a table from its beginning, in the order of its numbers; PostgreSQL moves a row that is changed.
    ordered = f"ORDER BY {key}" if key and connection.dialect.name == "postgresql" else ""
    streamed = connection.execution_options(stream_results=True, max_row_buffer=_PORTION)
    found = streamed.exec_driver_sql(f'SELECT {names} FROM "{table}" {ordered}')
    for some in found.partitions(_PORTION):
        yield [[_plain(cell) for cell in row] for row in some]


def _plain(cell: object) -> object:
    """Convert instants to SQLite's text form, and bytes to text; JSON has all other types."""
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).isoformat(timespec="microseconds")
    return encode_bytes(cell) if isinstance(cell, bytes) else cell
