"""A backup goes back into a database: all of it or nothing, in one transaction."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from store.backup_faults import BackupNewer, Damaged, DoesNotFit, NotEmpty
from store.backup_file import Cell, Contents, Reader, Tell
from store.database import Database
from store.errors import DatabaseNewer, ForeignDatabase
from store.locks import one_at_a_time
from store.migration import HEAD, known_revisions, revision, upgrade_to
from store.schema import Schema, schema_of

_PORTION = 2_000


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored; ``revision`` is the one that the backup had."""

    revision: str
    made_at: datetime
    rows: Mapping[str, int]
    sha256: str


def check_backup(path: Path, tell: Tell = lambda _: None) -> Contents:
    """Read a backup to its end; ``tell`` hears how many bytes of the file were read.

    *Raises*: NoBackup, Damaged, BackupNewer; OSError.
    """
    with closing(Reader(path)) as reader:
        if reader.head.revision not in known_revisions():
            raise BackupNewer(str(path), revision=reader.head.revision)
        for table in reader.head.columns:
            for _ in reader.rows(table, _PORTION):
                tell(reader.position)
        reader.end()
        return reader.head


def restore(database: Database, path: Path, tell: Tell = lambda _: None, *, force: bool = False) -> Restored:
    """Put a checked backup into a database and bring it to this version's schema.

    ``tell`` hears how many rows are in. With ``force`` all that the database held is replaced.

    *Raises*: NoBackup, Damaged; NotEmpty, unless ``force``; ForeignDatabase, whatever is forced;
    DoesNotFit; StoreError. Then the database is as it was.
    """
    with closing(Reader(path)) as reader:
        head = reader.head
        schema = schema_of(head.revision)
        if {table: tuple(columns) for table, columns in head.columns.items()} != dict(schema.columns):
            raise Damaged(str(path), detail="its tables are not those of its revision")
        with database.write() as connection:
            one_at_a_time(connection, "migration")
            _clear(connection, database.target, force=force)
            upgrade_to(connection, head.revision)
            _fill(connection, reader, schema, database.target, tell)
            digest = reader.end()
            upgrade_to(connection, HEAD)
    return Restored(head.revision, head.made_at, head.rows, digest)


def _clear(connection: Connection, target: str, *, force: bool) -> None:
    """Take our own tables away, where they are empty or may be replaced."""
    found = set(inspect(connection).get_table_names())
    if not found:
        return
    known = revision(connection)
    if known is None:
        raise ForeignDatabase(target)
    if known not in known_revisions():
        raise DatabaseNewer(target, known)
    ours = [table for table in schema_of(known).tables if table in found]
    rows = sum(
        _count(connection, table) for table in ours if table != "rulebook"
    )  # that one has a row always
    if rows and not force:
        raise NotEmpty(target, target=target, rows=str(rows))
    for table in [*reversed(ours), "alembic_version"]:
        connection.exec_driver_sql(f'DROP TABLE "{table}"')


def _count(connection: Connection, table: str) -> int:
    return int(connection.exec_driver_sql(f'SELECT count(*) FROM "{table}"').scalar_one())


def _fill(connection: Connection, reader: Reader, schema: Schema, target: str, tell: Tell) -> None:
    done = 0
    for table in reversed(schema.tables):  # what a migration itself put in
        connection.exec_driver_sql(f'DELETE FROM "{table}"')
    for table, columns in schema.columns.items():
        for rows in reader.rows(table, _PORTION):
            try:
                _insert(connection, table, columns, rows)
            except (DataError, IntegrityError) as error:
                detail = str(error.orig).strip().partition("\n")[0]
                raise DoesNotFit(str(reader.path), table=table, target=target, detail=detail) from error
            done += len(rows)
            tell(done)
        if _count(connection, table) != reader.head.rows[table]:
            raise Damaged(str(reader.path), detail=f"not all rows of {table} went in")
        if table in schema.numbered:
            _count_on(connection, table, schema.numbered[table])


def _insert(connection: Connection, table: str, columns: Sequence[str], rows: list[list[Cell]]) -> None:
    names = ", ".join(f'"{name}"' for name in columns)
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(columns))
        sql = f'INSERT INTO "{table}" ({names}) VALUES ({marks})'
        connection.exec_driver_sql(sql, [tuple(row) for row in rows])
        return
    _copy(connection, f'COPY "{table}" ({names}) FROM STDIN', rows)


def _copy(connection: Connection, sql: str, rows: list[list[Cell]]) -> None:
    """PostgreSQL's own way for many rows, with its errors as SQLAlchemy tells them."""
    dialect = connection.dialect
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(sql) as copy:
            for row in rows:
                copy.write_row(row)
    except dialect.loaded_dbapi.Error as error:
        raise DBAPIError.instance(sql, None, error, dialect.loaded_dbapi.Error, dialect=dialect) from error


def _count_on(connection: Connection, table: str, column: str) -> None:
    """PostgreSQL counts on where the restored rows end; SQLite does so by itself."""
    if connection.dialect.name == "sqlite":
        return
    sequence = connection.exec_driver_sql(
        "SELECT pg_get_serial_sequence(%s, %s)", (f'"{table}"', column)
    ).scalar_one()
    if sequence is not None:
        last = f'(SELECT coalesce(max("{column}"), 0) + 1 FROM "{table}")'
        connection.exec_driver_sql(f"SELECT setval('{sequence}', {last}, false)")
