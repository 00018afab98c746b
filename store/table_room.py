"""How much room PostgreSQL's tables take, and whether VACUUM keeps up with what was changed in them."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

_FEW_ROWS = 10_000  # below this nobody notices
_KEEPS_UP = 3  # times the share at which autovacuum begins by default
_BEGINS_AT = 0.2  # autovacuum_vacuum_scale_factor
MOST_TRANSACTIONS = 1_000_000_000  # of two thousand million, at which PostgreSQL refuses to write
_TABLES = text(
    """SELECT relname, pg_total_relation_size(relid), n_live_tup, n_dead_tup FROM pg_stat_user_tables
    ORDER BY 2 DESC, 1 LIMIT 20"""
)
_AGE = text("SELECT age(datfrozenxid) FROM pg_database WHERE datname = current_database()")


@dataclass(frozen=True, slots=True)
class TableRoom:
    """One table with its indexes; PostgreSQL estimates the numbers of rows.

    ``dead_rows`` were updated or deleted, and take room until VACUUM has been there.
    """

    name: str
    size_bytes: int
    live_rows: int
    dead_rows: int

    @property
    def is_bloated(self) -> bool:
        """Whether autovacuum doesn't keep up, or is off."""
        return self.dead_rows > max(_FEW_ROWS, _KEEPS_UP * _BEGINS_AT * self.live_rows)


@dataclass(frozen=True, slots=True)
class DatabaseRoom:
    """The largest tables, and how many transactions ago the oldest row was last frozen."""

    tables: tuple[TableRoom, ...]
    transaction_age: int

    @property
    def is_old(self) -> bool:
        """Whether rows aren't frozen any more: at twice as many transactions PostgreSQL refuses to write."""
        return self.transaction_age > MOST_TRANSACTIONS


def read_database_room(connection: Connection) -> DatabaseRoom | None:
    """Return the room of the largest tables; None for SQLite, which uses freed room again by itself."""
    if connection.dialect.name != "postgresql":
        return None
    tables = tuple(TableRoom(*row) for row in connection.execute(_TABLES))
    return DatabaseRoom(tables, int(connection.execute(_AGE).scalar_one()))
