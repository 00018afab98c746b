"""What a run inserted, row by row, to be inserted once more with nothing besides."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event

from store import Database

_COPIED = re.compile(r"COPY (.*?) \((.*)\) FROM STDIN")


@dataclass(slots=True)
class Inserts:
    """Every insert with its rows, transaction by transaction."""

    batches: list[list[tuple[str, Any]]] = field(default_factory=list)

    def watch(self, database: Database) -> None:
        event.listen(database.engine, "begin", lambda _: self.batches.append([]))
        event.listen(database.engine, "before_cursor_execute", self._keep)

    def _keep(
        self, _connection: object, _cursor: object, statement: str, rows: Any, _context: object, many: bool
    ) -> None:
        if statement.startswith(("INSERT", "COPY")):
            # Where rows are asked back, SQLAlchemy makes one statement of many rows and a flat list of values.
            listed = rows if many and isinstance(rows[0], tuple | dict) else [tuple(rows) if many else rows]
            self.batches[-1].append((_as_insert(statement), list(listed)))

    def again(self, database: Database) -> None:
        """The same rows into the same tables in the same transactions, by the driver's own way for many rows."""
        for batch in filter(None, self.batches):
            with database.write() as connection:
                for statement, rows in batch:
                    connection.exec_driver_sql(statement, rows)

    @property
    def rows(self) -> Sequence[int]:
        """How many rows each transaction has."""
        return [sum(len(rows) for _, rows in batch) for batch in self.batches if batch]


def _as_insert(statement: str) -> str:
    """The peer inserts, it doesn't copy."""
    copied = _COPIED.fullmatch(statement)
    if copied is None:
        return statement
    table, columns = copied.groups()
    return f"INSERT INTO {table} ({columns}) VALUES ({', '.join(['%s'] * (columns.count(',') + 1))})"
