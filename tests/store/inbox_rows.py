"""Write and count the rows of the inbox and the outbox that tests of backups use."""

from datetime import UTC, datetime

from sqlalchemy import insert, select

from store import Database, inbox, outbox

NOW = datetime(2026, 10, 3, 15, 10, tzinfo=UTC)


def fill(database: Database, first: int, rows: int) -> None:
    """Write as many rows into the inbox as into the outbox, in one transaction."""
    with database.write() as connection:
        numbers = range(first, first + rows)
        connection.execute(
            insert(inbox),
            [
                {"source": "/s", "id": f"员{n}", "digest": "d", "recorded_at": NOW, "batch": 0}
                for n in numbers
            ],
        )
        messages = [
            {"id": str(n), "key": "k", "type": "t", "data": '"\\u0000 \n"', "recorded_at": NOW, "batch": 0}
            for n in numbers
        ]
        connection.execute(insert(outbox), messages)


def counted(database: Database) -> tuple[int, int]:
    with database.read() as connection:
        return len(connection.execute(select(inbox)).all()), len(connection.execute(select(outbox)).all())
