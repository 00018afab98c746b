"""Record the inserts of a run, and repeat them as bare inserts for comparison."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event

from store import Database

_COPIED = re.compile(r"COPY (.*?) \((.*)\) FROM STDIN")
_REPLACING = "DELETE FROM memberships"  # a membership that ends is deleted, and inserted with its end
_FOLDED = re.compile(r"\s*(INSERT INTO inbox \(source, id, digest, recorded_at, batch\))\s+SELECT")


@dataclass(slots=True)
class InsertRecorder:
    """Every insert statement with its rows, by transaction; and the deletions of rows that are inserted anew."""

    batches: list[list[tuple[str, Any]]] = field(default_factory=list)

    def record_from(self, database: Database) -> None:
        """Record the inserts of this database from now on."""
        event.listen(database.engine, "begin", lambda _: self.batches.append([]))
        event.listen(database.engine, "before_cursor_execute", self._record)

    def _record(
        self, _connection: object, _cursor: object, statement: str, rows: Any, _context: object, many: bool
    ) -> None:
        if folded := _FOLDED.match(statement):
            self.batches[-1].append(_unfolded(folded[1], rows))
        elif statement.startswith(("INSERT", "COPY", _REPLACING)):
            # For RETURNING, SQLAlchemy makes one statement of many rows and a flat list of values.
            listed = rows if many and isinstance(rows[0], tuple | dict) else [tuple(rows) if many else rows]
            self.batches[-1].append((_as_insert(statement), list(listed)))

    def replay_into(self, database: Database) -> None:
        """Insert the same rows into the same tables in the same transactions, by the driver's executemany."""
        for batch in filter(None, self.batches):
            with database.write() as connection:
                for statement, rows in batch:
                    connection.exec_driver_sql(statement, rows)

    @property
    def row_counts(self) -> Sequence[int]:
        """Number of rows of each transaction."""
        return [sum(len(rows) for _, rows in batch) for batch in self.batches if batch]


def _unfolded(insert: str, values: Any) -> tuple[str, list[tuple[Any, ...]]]:
    """Return the rows that were passed as one JSON text (``store/insertion.py``) as separate rows."""
    is_named = isinstance(values, dict)  # PostgreSQL's driver
    now, batch, folded = (values["now"], values["batch"], values["rows"]) if is_named else values
    places = ", ".join(["%s" if is_named else "?"] * 5)
    return f"{insert} VALUES ({places})", [(*row, now, batch) for row in json.loads(folded)]


def _as_insert(statement: str) -> str:
    """Return a COPY statement as an INSERT, since the compared side inserts."""
    copied = _COPIED.fullmatch(statement)
    if copied is None:
        return statement
    table, columns = copied.groups()
    return f"INSERT INTO {table} ({columns}) VALUES ({', '.join(['%s'] * (columns.count(',') + 1))})"
