"""Migrate a database to the schema of this version."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from store.database import Database
from store.errors import DatabaseNewer, DatabaseReadOnly, ForeignDatabase
from store.locks import lock_exclusive

HEAD_REVISION = "0022"


def database_revision(connection: Connection) -> str | None:
    """Return the revision recorded in the database; None before the first migration."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def migrate_database(database: Database) -> bool:
    """Run the missing migrations; return whether there were any.

    *Raises*: DatabaseNewer if the database has a revision that this version does not know,
    ForeignDatabase if it holds another program's tables, StoreError as ``Database.write``.
    """
    with database.read() as connection:
        found = database_revision(connection)
        if found is None and inspect(connection).get_table_names():
            raise ForeignDatabase(database.target)
    if found == HEAD_REVISION:
        return False
    if found is not None and found not in known_revisions():
        raise DatabaseNewer(database.target, found)
    if database.read_only:
        raise DatabaseReadOnly(database.target, "it has not been migrated")
    _upgrade(database)
    return True


def known_revisions() -> frozenset[str]:
    """Return the revisions that this version has migrations for."""
    return frozenset(path.stem.split("_")[0] for path in (_folder() / "versions").glob("0*.py"))


def _folder() -> Path:
    return Path(__file__).parent / "migrations"


def _upgrade(database: Database) -> None:
    with database.write() as connection:
        lock_exclusive(connection, "migration")
        upgrade_schema(connection, "head")


def upgrade_schema(connection: Connection, wanted: str) -> None:
    """Run the migrations up to a revision in the caller's transaction."""
    from alembic import command  # takes 0.3 s to import: only when there are migrations to run
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", _folder().as_posix())
    config.attributes["connection"] = connection
    command.upgrade(config, wanted)
