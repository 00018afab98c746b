"""One at a time: work that must not run twice side by side, whoever runs it."""

import zlib

from sqlalchemy import Connection, text


def one_at_a_time(connection: Connection, work: str) -> None:
    """Wait until nobody else does this work; given back when the transaction ends.

    SQLite's writers are alone anyway; PostgreSQL has advisory locks, by number.
    """
    if connection.dialect.name == "postgresql":
        number = zlib.crc32(work.encode())
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


def many_at_a_time(connection: Connection, work: str) -> None:
    """Wait until nobody does this work alone; many may go on side by side until their transactions end.

    What reads after it sees all that was committed alone before.
    """
    if connection.dialect.name == "postgresql":
        number = zlib.crc32(work.encode())
        connection.execute(text("SELECT pg_advisory_xact_lock_shared(:number)"), {"number": number})
