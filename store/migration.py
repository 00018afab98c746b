"""Migrate a database to the schema of this version, and find the tables of a revision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from io import StringIO
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING

from sqlalchemy import Connection, create_engine, inspect, text

from store.database import Database
from store.database_roles import grant_application_role
from store.errors import DatabaseLocked, store_error
from store.locks import lock_exclusive
from store.tables import metadata

if TYPE_CHECKING:
    from alembic.config import Config

HEAD_REVISION = "0001"
_VERSIONS = "alembic_version"
_WAIT_FOR_TABLE = "500ms"  # PostgreSQL looks for a deadlock after a second
_PATIENCE_S, _PAUSE_S = 60.0, 0.5
# Of a table of SQLite that is an index; SQLite names the tables behind it …_fts_data and so on, and triggers fill it.
SEARCH_INDEX_SUFFIX = "_fts"


def database_revision(connection: Connection) -> str | None:
    """Return the revision recorded in the database; None before the first migration."""
    if not inspect(connection).has_table(_VERSIONS):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def migrate_database(database: Database, wanted: str | None = None) -> bool:
    """Run the missing migrations up to a revision, or all; return whether there were any. They succeed or fail together.

    *Raises*: StoreError if the database is of a revision that this version does not know or past the
    wanted one, holds another program's tables or can't be written to.
    """
    found, wanted = read_revision(database), wanted or HEAD_REVISION
    if not list_pending_revisions(database.target, found, wanted):
        return False
    if database.read_only:
        raise store_error("read_only", database.target, "it has not been migrated")
    _upgrade(database, wanted)
    return True


def require_migrated(database: Database) -> None:
    """*Raises*: StoreError unless this program works with the database's schema."""
    found = read_revision(database)
    if found is None:
        raise store_error("empty", database.target)
    if list_pending_revisions(database.target, found, HEAD_REVISION):
        raise store_error("not_migrated", database.target, found)


def read_revision(database: Database) -> str | None:
    """Return the revision recorded in the database; None for an empty one.

    *Raises*: StoreError if it holds tables of another program.
    """
    if database.is_sqlite and not database.read_only and not Path(database.target).exists():
        return None  # opening the file would create it
    with database.read() as connection:
        found = database_revision(connection)
        if found is None and inspect(connection).get_table_names():
            raise store_error("foreign", database.target)
    return found


def list_pending_revisions(target: str, found: str | None, wanted: str) -> Sequence[str]:
    """Return the revisions that are missing in a database, in order.

    *Raises*: StoreError if this version doesn't know one of both, or if the database is past the wanted one.
    """
    known = sorted(known_revisions())
    if wanted not in known:
        raise store_error("unknown_revision", target, wanted)
    if found is None:
        return known[: known.index(wanted) + 1]
    check_revision(target, found)
    if found > wanted:
        raise store_error("past_revision", target, found)
    return known[known.index(found) + 1 : known.index(wanted) + 1]


def check_revision(target: str, revision: str) -> None:
    """*Raises*: StoreError if this version has no migrations for a database of this revision."""
    if revision not in known_revisions():
        raise store_error("newer", target, revision)


def known_revisions() -> frozenset[str]:
    """Return the revisions that this version has migrations for."""
    return frozenset(path.stem.split("_")[0] for path in (_folder() / "versions").glob("0*.py"))


def _folder() -> Path:
    return Path(__file__).parent / "migrations"


def _upgrade(database: Database, wanted: str) -> None:
    """Migrate in one transaction; begin again, for a minute, where others hold a table.

    Once it holds a table it gives up a wait sooner than PostgreSQL looks for deadlocks, so that no process that goes
    on meanwhile is ended for one.
    """
    deadline = monotonic() + _PATIENCE_S
    while True:
        try:
            _upgrade_once(database, wanted)
        except DatabaseLocked:
            if monotonic() > deadline:
                raise
            sleep(_PAUSE_S)
        else:
            return


def _upgrade_once(database: Database, wanted: str) -> None:
    with database.write() as connection:
        lock_exclusive(connection, "migration")
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_WAIT_FOR_TABLE}'")
        upgrade_schema(connection, wanted)
        grant_application_role(connection)


def upgrade_schema(connection: Connection, wanted: str) -> None:
    """Run the migrations up to a revision in the caller's transaction."""
    from alembic import command  # takes 0.3 s to import: only when there are migrations to run

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, wanted)


def render_migration_sql(before: str | None, revision: str, dialect: str) -> str | None:
    """Return the statements of one migration, for people to read; None if it also reads or computes rows."""
    from alembic import command

    config = _config()
    config.output_buffer = written = StringIO()
    config.attributes["dialect"] = dialect
    try:
        command.upgrade(config, f"{before or 'base'}:{revision}", sql=True)
    except Exception:  # noqa: BLE001 whatever a migration asks of a connection that isn't there
        return None
    return written.getvalue()


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", _folder().as_posix())
    return config


def read_revision_titles() -> Mapping[str, str]:
    """Return what each revision does, in the words of its file's name."""
    return {
        path.stem.split("_")[0]: path.stem.partition("_")[2].replace("_", " ")
        for path in (_folder() / "versions").glob("0*.py")
    }


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


def list_missing_tables(database: Database) -> Sequence[str]:
    """Return the declared tables that a migrated database lacks, because something dropped them."""
    with database.read() as connection:
        found = set(inspect(connection).get_table_names())
    return sorted(set(metadata.tables) - found)


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
