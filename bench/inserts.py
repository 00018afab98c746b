"""What a run inserted, row by row, to be inserted once more with nothing besides."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event

from store import Database

_COPIED = re.compile(r"COPY (.*?) \((.*)\) FROM STDIN")
_FOLDED = re.compile(r"\s*(INSERT INTO inbox \(source, id, digest, recorded_at\))\s+SELECT")


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
        if folded := _FOLDED.match(statement):
            self.batches[-1].append(_unfolded(folded[1], rows))
        elif statement.startswith(("INSERT", "COPY")):
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


def _unfolded(insert: str, values: Any) -> tuple[str, list[tuple[Any, ...]]]:
    """Rows that were given as one JSON text (``store/unseen.py``), as rows again."""
    is_named = isinstance(values, dict)  # PostgreSQL's driver
    now, folded = (values["now"], values["rows"]) if is_named else values
    places = ", ".join(["%s" if is_named else "?"] * 4)
    return f"{insert} VALUES ({places})", [(*row, now) for row in json.loads(folded)]


def _as_insert(statement: str) -> str:
    """The peer inserts, it doesn't copy."""
    copied = _COPIED.fullmatch(statement)
    if copied is None:
        return statement
    table, columns = copied.groups()
    return f"INSERT INTO {table} ({columns}) VALUES ({', '.join(['%s'] * (columns.count(',') + 1))})"
