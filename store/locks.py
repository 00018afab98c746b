"""Locks for work that must not run concurrently in several processes."""

import zlib

from sqlalchemy import Connection, text


def lock_exclusive(connection: Connection, work: str) -> None:
    """Wait until no other transaction holds the lock for this work; it is held until the transaction ends.

    SQLite has only one writer anyway; PostgreSQL uses advisory locks, by number.
    """
    if connection.dialect.name == "postgresql":
        number = zlib.crc32(work.encode())
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


def lock_shared(connection: Connection, work: str) -> None:
    """Wait until no transaction holds the exclusive lock for this work; several may hold the shared lock.

    Queries after it see everything that holders of the exclusive lock have committed.
    """
    if connection.dialect.name == "postgresql":
        number = zlib.crc32(work.encode())
        connection.execute(text("SELECT pg_advisory_xact_lock_shared(:number)"), {"number": number})
