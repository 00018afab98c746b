"""Read archived months together with the database: the rows of files stand beside its own under the same names.

The rows are copied into temporary tables, and a temporary view takes the place of each monthly table in this
transaction. So verification, exports and explanations read archived rows by the statements that they have.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, Table

from core.faults import Fault, FaultError
from events.archiving.archived_files import (
    ARCHIVE_FAULTS,
    ARCHIVED_TABLES,
    ArchivedFile,
    list_archived_files,
)
from events.archiving.parquet_files import Row, compute_file_digest, iter_rows

_PREFIX = "archived_rows_of_"
_AT_ONCE = 1_000
_SOUGHT = frozenset(
    {"id", "member_id", "event_id", "transaction_id"}
)  # columns by which statements find rows
_SQLITE_TYPES = {"sequence": "INTEGER", "line": "INTEGER", "amount": "INTEGER", "batch": "INTEGER"}
_checked: dict[Path, tuple[int, int, str]] = {}  # of files: size, time of the last change, digest


def add_archived_rows(connection: Connection, folder: Path, owner: str | None = None) -> int:
    """Let this transaction read archived rows, all or those about one member; return how many there are.

    The connection must be new: a statement that it has prepared before would go on reading the database alone.

    *Raises*: FaultError if a file is missing or is not the one that was sealed.
    """
    files = list_archived_files(connection)
    faults = list(check_archived_files(files, folder, is_whole=owner is None))
    if faults:
        raise FaultError(faults)
    count = 0
    for table in ARCHIVED_TABLES:
        count += _add_rows(
            connection, table, [one for one in files if one.table == table.name], folder, owner
        )
    return count


def _add_rows(
    connection: Connection, table: Table, files: Sequence[ArchivedFile], folder: Path, owner: str | None
) -> int:
    names = ", ".join(column.name for column in table.columns)
    beside = table.to_metadata(MetaData(), name=f"{_PREFIX}{table.name}")
    rows = (row[1:] for one in files for row in iter_rows(one.path(folder), table, owner))
    is_sqlite = connection.dialect.name == "sqlite"
    count = _insert(connection, beside, rows) if is_sqlite else _copy(connection, table, beside, rows)
    own, temporary = ("main", "temp") if is_sqlite else ("public", "pg_temp")
    connection.exec_driver_sql(
        f"CREATE TEMP VIEW {table.name} AS SELECT {names} FROM {own}.{table.name} "
        f"UNION ALL SELECT {names} FROM {temporary}.{beside.name}"
    )
    return count


def _insert(connection: Connection, beside: Table, rows: Iterator[Row]) -> int:
    """Insert rows into a temporary table of SQLite, as a drill of a backup does; it ends with the connection."""
    names = [column.name for column in beside.columns]
    columns = ", ".join(f'"{name}" {_SQLITE_TYPES.get(name, "")}' for name in names)
    connection.exec_driver_sql(f"CREATE TEMP TABLE {beside.name} ({columns})")
    for name in _SOUGHT.intersection(names):
        connection.exec_driver_sql(f"CREATE INDEX temp.ix_{beside.name}_{name} ON {beside.name} ({name})")
    count = 0
    while some := list(islice(rows, _AT_ONCE)):
        connection.execute(beside.insert(), [dict(zip(names, row, strict=True)) for row in some])
        count += len(some)
    return count


def _copy(connection: Connection, table: Table, beside: Table, rows: Iterator[Row]) -> int:
    """Copy rows into a temporary table of PostgreSQL; it ends with the transaction, and the view with it."""
    connection.exec_driver_sql(
        f"CREATE TEMP TABLE {beside.name} (LIKE public.{table.name} INCLUDING DEFAULTS INCLUDING INDEXES) "
        "ON COMMIT DROP"
    )
    names, count = ", ".join(beside.columns.keys()), 0
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {beside.name} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    connection.exec_driver_sql(f"ANALYZE {beside.name}")
    return count


def check_archived_files(
    files: Iterable[ArchivedFile], folder: Path, *, is_whole: bool = True
) -> Iterator[Fault]:
    """Yield the files that are missing or, if ``is_whole``, are not those that were sealed.

    A file that has not changed since this process read it is not read again. One member's question is not worth
    reading all files of all years: verification and ``yihui archive list`` do.
    """
    for one in files:
        path = one.path(folder)
        if not path.is_file():
            yield ARCHIVE_FAULTS.build("missing", file=str(path), value=one.name)
        elif is_whole and _digest(path) != one.digest:
            yield ARCHIVE_FAULTS.build("changed", file=str(path), value=one.name)


def _digest(path: Path) -> str:
    state = path.stat()
    known = _checked.get(path)
    if known is None or known[:2] != (state.st_size, state.st_mtime_ns):
        known = (state.st_size, state.st_mtime_ns, compute_file_digest(path))
        _checked[path] = known
    return known[2]
