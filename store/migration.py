"""Bring a database to the schema that this version knows."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from store.database import Database
from store.errors import DatabaseNewer, DatabaseReadOnly, ForeignDatabase
from store.locks import one_at_a_time

HEAD = "0022"


def revision(connection: Connection) -> str | None:
    """The revision that the database says it has; None before the first migration."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def migrate(database: Database) -> bool:
    """Run what is missing; says whether anything was done.

    *Raises*: DatabaseNewer where the database has a revision that this version does not know,
    ForeignDatabase where it holds other tables than ours, StoreError as ``Database.write``.
    """
    with database.read() as connection:
        found = revision(connection)
        if found is None and inspect(connection).get_table_names():
            raise ForeignDatabase(database.target)
    if found == HEAD:
        return False
    if found is not None and found not in known_revisions():
        raise DatabaseNewer(database.target, found)
    if database.read_only:
        raise DatabaseReadOnly(database.target, "it has not been migrated")
    _upgrade(database)
    return True


def known_revisions() -> frozenset[str]:
    return frozenset(path.stem.split("_")[0] for path in (_folder() / "versions").glob("0*.py"))


def _folder() -> Path:
    return Path(__file__).parent / "migrations"


def _upgrade(database: Database) -> None:
    with database.write() as connection:
        one_at_a_time(connection, "migration")
        upgrade_to(connection, "head")


def upgrade_to(connection: Connection, wanted: str) -> None:
    """Run the migrations up to a revision in the caller's transaction."""
    from alembic import command  # 0.3 s to import: only where there is something to do
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", _folder().as_posix())
    config.attributes["connection"] = connection
    command.upgrade(config, wanted)
