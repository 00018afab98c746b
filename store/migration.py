"""Migrate a database to the schema of this version, and find the tables of a revision."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, create_engine, inspect, text

from store.database import Database
from store.database_roles import grant_application_role
from store.errors import store_error
from store.locks import lock_exclusive

HEAD_REVISION = "0078"
_BEFORE_FIRST_RELEASE = frozenset(f"{number:04}" for number in range(1, 22))
_VERSIONS = "alembic_version"
# Of a table of SQLite that is an index; SQLite names the tables behind it …_fts_data and so on, and triggers fill it.
SEARCH_INDEX_SUFFIX = "_fts"


def database_revision(connection: Connection) -> str | None:
    """Return the revision recorded in the database; None before the first migration."""
    if not inspect(connection).has_table(_VERSIONS):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def migrate_database(database: Database) -> bool:
    """Run the missing migrations; return whether there were any.

    *Raises*: StoreError if the database is of a revision that this version does not know, holds another
    program's tables or can't be written to.
    """
    with database.read() as connection:
        found = database_revision(connection)
        if found is None and inspect(connection).get_table_names():
            raise store_error("foreign", database.target)
    if found == HEAD_REVISION:
        return False
    if found is not None:
        check_revision(database.target, found)
    if database.read_only:
        raise store_error("read_only", database.target, "it has not been migrated")
    _upgrade(database)
    return True


def check_revision(target: str, revision: str) -> None:
    """*Raises*: StoreError if this version has no migrations for a database of this revision."""
    if revision not in known_revisions():
        raise store_error("older" if is_before_first_release(revision) else "newer", target, revision)


def is_before_first_release(revision: str) -> bool:
    """Return whether the first release replaced this revision by its own."""
    return revision in _BEFORE_FIRST_RELEASE


def known_revisions() -> frozenset[str]:
    """Return the revisions that this version has migrations for."""
    return frozenset(path.stem.split("_")[0] for path in (_folder() / "versions").glob("0*.py"))


def _folder() -> Path:
    return Path(__file__).parent / "migrations"


def _upgrade(database: Database) -> None:
    with database.write() as connection:
        lock_exclusive(connection, "migration")
        upgrade_schema(connection, "head")
        grant_application_role(connection)


def upgrade_schema(connection: Connection, wanted: str) -> None:
    """Run the migrations up to a revision in the caller's transaction."""
    from alembic import command  # takes 0.3 s to import: only when there are migrations to run
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", _folder().as_posix())
    config.attributes["connection"] = connection
    command.upgrade(config, wanted)


@dataclass(frozen=True, slots=True)
class RevisionSchema:
    """Tables with their columns; a table comes after those that it refers to.

    ``numbered`` maps a table to the column that the database numbers by itself.
    """

    revision: str
    columns: Mapping[str, tuple[str, ...]]
    numbered: Mapping[str, str]

    @property
    def tables(self) -> tuple[str, ...]:
        return tuple(self.columns)


@cache
def schema_at_revision(revision: str) -> RevisionSchema:
    """Return the schema that the migrations up to a revision create."""
    engine = create_engine("sqlite://")
    try:
        with engine.begin() as connection:
            upgrade_schema(connection, revision)
            return _read(connection, revision)
    finally:
        engine.dispose()


def _read(connection: Connection, revision: str) -> RevisionSchema:
    inspector = inspect(connection)
    columns: dict[str, tuple[str, ...]] = {}
    numbered: dict[str, str] = {}
    for table, _ in inspector.get_sorted_table_and_fkc_names():
        if table is None or table == _VERSIONS or SEARCH_INDEX_SUFFIX in table:
            continue
        found = inspector.get_columns(table)
        columns[table] = tuple(column["name"] for column in found)
        key = inspector.get_pk_constraint(table)["constrained_columns"]
        whole = {column["name"] for column in found if str(column["type"]) == "INTEGER"}
        if len(key) == 1 and key[0] in whole:
            numbered[table] = key[0]
    return RevisionSchema(revision, columns, numbered)
