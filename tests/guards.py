"""Lift the guards of the database's rows: for tests that tamper as the owner of the database could."""

from typing import Any

from sqlalchemy import Connection, event, text

from store import Database
from store.guards import drop_guards


def lift_guards(connection: Connection) -> None:
    """Let this transaction change what is guarded; on SQLite the guards are gone from then on.

    On PostgreSQL they stay, so that the database can be lent to the next test; foreign keys sleep as well.
    """
    if connection.dialect.name == "sqlite":
        drop_guards(connection)
    else:
        connection.execute(text("SET LOCAL session_replication_role = replica"))


def lift_all_guards(database: Database) -> None:
    """Let all later transactions of an opened database change what is guarded."""
    if database.is_sqlite:
        with database.write() as connection:
            drop_guards(connection)
        return

    def on_connect(opened: Any, _record: object) -> None:
        opened.execute("SET session_replication_role = replica")
        opened.commit()

    database.engine.dispose()
    event.listen(database.engine, "connect", on_connect)
