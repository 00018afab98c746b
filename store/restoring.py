"""Restore a backup into a database: all of it or nothing, in one transaction."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, inspect
from sqlalchemy.exc import DataError, IntegrityError

from store.backup import count_rows
from store.backup_file import (
    BACKUP_FAULTS,
    BackupHeader,
    BackupReader,
    BackupRefused,
    Cell,
    ProgressCallback,
    build_damage_error,
)
from store.database import Database
from store.database_roles import grant_application_role
from store.errors import store_error
from store.locks import lock_exclusive
from store.migration import (
    HEAD_REVISION,
    SEARCH_INDEX_SUFFIX,
    RevisionSchema,
    check_revision,
    database_revision,
    known_revisions,
    schema_at_revision,
    upgrade_schema,
)

_PORTION = 2_000


@dataclass(frozen=True, slots=True)
class RestoreSummary:
    """The backup that was restored; ``revision`` is the backup's own."""

    revision: str
    made_at: datetime
    rows: Mapping[str, int]
    sha256: str


def check_backup(path: Path, tell: ProgressCallback = lambda _: None) -> BackupHeader:
    """Read a backup to its end and return its header; ``tell`` receives how many bytes were read.

    *Raises*: BackupRefused; OSError.
    """
    with closing(BackupReader(path)) as reader:
        _check_header(reader)
        for table in reader.head.columns:
            for _ in reader.read_rows(table, _PORTION):
                tell(reader.position)
        reader.finish()
        return reader.head


def restore_backup(
    database: Database, path: Path, tell: ProgressCallback = lambda _: None, *, force: bool = False
) -> RestoreSummary:
    """Restore a checked backup into a database and migrate it to this version's schema.

    ``tell`` receives how many rows are inserted. With ``force`` all data of the database is replaced.

    *Raises*: BackupRefused, also if the database is not empty, unless ``force``; StoreError, also if it
    is another program's, even with ``force``. On an error the database is unchanged.
    """
    with closing(BackupReader(path)) as reader:
        _check_header(reader)
        head = reader.head
        schema = schema_at_revision(head.revision)
        if {table: tuple(columns) for table, columns in head.columns.items()} != dict(schema.columns):
            raise build_damage_error(path, "its tables are not those of its revision")
        with database.write() as connection:
            lock_exclusive(connection, "migration")
            _clear(connection, database.target, force=force)
            upgrade_schema(connection, head.revision)
            _fill(connection, reader, schema, database.target, tell)
            digest = reader.finish()
            upgrade_schema(connection, HEAD_REVISION)
            grant_application_role(connection)  # the tables are new
    return RestoreSummary(head.revision, head.made_at, head.rows, digest)


def _check_header(reader: BackupReader) -> None:
    """*Raises*: BackupRefused if this version has no migrations for the backup's revision."""
    revision = reader.head.revision
    if revision not in known_revisions():
        raise BackupRefused(BACKUP_FAULTS.build("newer", backup=reader.path, revision=revision))


def _clear(connection: Connection, target: str, *, force: bool) -> None:
    """Drop our own tables if they are empty or may be replaced."""
    found = set(inspect(connection).get_table_names())
    if not found:
        return
    known = database_revision(connection)
    if known is None:
        raise store_error("foreign", target)
    check_revision(target, known)
    ours = [table for table in schema_at_revision(known).tables if table in found]
    # the rulebook always has one row
    rows = sum(count_rows(connection, table) for table in ours if table != "rulebook")
    if rows and not force:
        raise BackupRefused(BACKUP_FAULTS.build("database_not_empty", target=target, rows=rows))
    search_indexes = sorted(name for name in found if name.endswith(SEARCH_INDEX_SUFFIX))
    for table in [*search_indexes, *reversed(ours), "alembic_version"]:
        connection.exec_driver_sql(f'DROP TABLE "{table}"')


def _fill(
    connection: Connection, reader: BackupReader, schema: RevisionSchema, target: str, tell: ProgressCallback
) -> None:
    done = 0
    for table in reversed(schema.tables):  # rows that migrations have inserted
        connection.exec_driver_sql(f'DELETE FROM "{table}"')
    for table, columns in schema.columns.items():
        for rows in reader.read_rows(table, _PORTION):
            try:
                _insert(connection, table, columns, rows)
            except (DataError, IntegrityError) as error:
                detail = str(error.orig).strip().partition("\n")[0]
                fault = BACKUP_FAULTS.build("row_unfit", table=table, target=target, detail=detail)
                raise BackupRefused(fault) from error
            done += len(rows)
            tell(done)
        if count_rows(connection, table) != reader.head.rows[table]:
            raise build_damage_error(reader.path, f"not all rows of {table} went in")
        if table in schema.numbered:
            _count_on(connection, table, schema.numbered[table])


def _insert(connection: Connection, table: str, columns: Sequence[str], rows: list[list[Cell]]) -> None:
    names = ", ".join(f'"{name}"' for name in columns)
    sql = f'COPY "{table}" ({names}) FROM STDIN'
    if connection.dialect.name == "sqlite":
        sql = f'INSERT INTO "{table}" ({names}) VALUES ({", ".join("?" * len(columns))})'
    connection.exec_driver_sql(sql, [tuple(row) for row in rows])


def _count_on(connection: Connection, table: str, column: str) -> None:
    """Set PostgreSQL's sequence after the last restored row; SQLite does so by itself."""
    if connection.dialect.name == "sqlite":
        return
    sequence = connection.exec_driver_sql(
        "SELECT pg_get_serial_sequence(%s, %s)", (f'"{table}"', column)
    ).scalar_one()
    if sequence is not None:
        last = f'(SELECT coalesce(max("{column}"), 0) + 1 FROM "{table}")'
        connection.exec_driver_sql(f"SELECT setval('{sequence}', {last}, false)")
