"""What sessions of officers and of members share: a random token, its digest in a row, and how long it lives."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Table, select

from store import update_row_if_matched

SEEN_INTERVAL = timedelta(minutes=1)  # `seen_at` is written at most this often
LONGEST_DEVICE = 100
TOKEN_BYTES, _LONGEST_TOKEN = 32, 64


@dataclass(frozen=True, slots=True)
class SessionLife:
    """After how long without use, and after how long at most, a session is over."""

    idle: timedelta
    absolute: timedelta

    def is_over(self, started_at: datetime, seen_at: datetime, now: datetime) -> bool:
        return now - seen_at >= self.idle or now - started_at >= self.absolute


@dataclass(frozen=True, slots=True)
class SessionRows:
    """The rows of one table of sessions. Each function runs in the caller's transaction."""

    table: Table

    def insert(self, connection: Connection, values: Mapping[str, object], now: datetime) -> str:
        """Store a new session, and return its token."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        row = {
            "token_digest": digest_token(token),
            "id": secrets.token_hex(8),
            "started_at": now,
            "seen_at": now,
        }
        connection.execute(self.table.insert().values(**row, **values))
        return token

    def record_seen(self, connection: Connection, session_id: str, now: datetime) -> None:
        """Record that a session was used.

        It waits for no act of the session: that the session was used will be recorded at its next use.
        """
        c = self.table.c
        there = select(c.token_digest).where(c.id == session_id, c.ended_at.is_(None), c.seen_at < now)
        free = there.with_for_update(skip_locked=True)
        connection.execute(self.table.update().where(c.token_digest.in_(free)).values(seen_at=now))

    def replace_token(
        self, connection: Connection, token: str, now: datetime, changes: Mapping[str, object]
    ) -> str | None:
        """Give a living session a new token; None if another request has replaced the token meanwhile."""
        c, new = self.table.c, secrets.token_urlsafe(TOKEN_BYTES)
        statement = self.table.update().where(c.token_digest == digest_token(token), c.ended_at.is_(None))
        values = {"token_digest": digest_token(new), "seen_at": now, **changes}
        return new if update_row_if_matched(connection, statement.values(**values)) else None

    def mark_ended(self, connection: Connection, session_id: str, reason: str, now: datetime) -> bool:
        """End a session; return False if another request has ended it meanwhile."""
        c = self.table.c
        statement = self.table.update().where(c.id == session_id, c.ended_at.is_(None))
        return bool(update_row_if_matched(connection, statement.values(ended_at=now, end_reason=reason)))


def is_possible_token(token: str) -> bool:
    """Return whether a text could be a token at all."""
    return 0 < len(token) <= _LONGEST_TOKEN


def digest_token(token: str) -> str:
    """Return what is stored of a token: 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
