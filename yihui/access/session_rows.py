"""What sessions of officers and of members share: opened at a log-in, found by an opaque token, rotated, ended.

The token goes to the browser or the console once; the database holds its SHA-256 alone. Behind the random part it
has a mark by a key that is in no database, which binds it to its owner: whoever writes a row, or another owner into
their own one, has no token for it. Each function runs in the caller's transaction.
"""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, select

from store import update_row_if_matched
from yihui.access.secret_marks import SecretMarker

SEEN_INTERVAL = timedelta(minutes=1)  # `seen_at` is written at most this often
LONGEST_DEVICE = 100
TOKEN_BYTES, _LONGEST_TOKEN = 32, 100
_MARK_AFTER = "."  # the random part has no such sign


@dataclass(frozen=True, slots=True)
class SessionLife:
    """After how long without use, and after how long at most, a session is over."""

    idle: timedelta
    absolute: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSession:
    """One session. ``id`` is what lists and logs show; it opens nothing."""

    life: ClassVar[SessionLife]
    id: str
    started_at: datetime
    authenticated_at: datetime
    seen_at: datetime
    device: str

    @property
    def owner(self) -> str:
        """Return whom its token lets in."""
        raise NotImplementedError

    def is_over(self, now: datetime) -> bool:
        """Return whether the session was idle for too long, or is too old."""
        return now - self.seen_at >= self.life.idle or now - self.started_at >= self.life.absolute

    def is_due_to_be_seen(self, now: datetime) -> bool:
        return now - self.seen_at >= SEEN_INTERVAL


SessionT = TypeVar("SessionT", bound=StoredSession)


@dataclass(frozen=True, slots=True)
class Opened(Generic[SessionT]):
    """A session and its token, which is shown here for the only time, and reaches no log."""

    token: str = field(repr=False)
    session: SessionT


def bind_session(marker: SecretMarker, opened: Opened[SessionT]) -> Opened[SessionT]:
    """Return a session with the token that is given out."""
    return replace(opened, token=bind_token(marker, opened.token, opened.session.owner))


def bind_token(marker: SecretMarker, token: str, owner: str) -> str:
    """Return a token that lets this owner in, and nobody else."""
    return f"{token}{_MARK_AFTER}{marker.mark(owner, token)}"


def is_bound(marker: SecretMarker, token: str, owner: str) -> bool:
    """Return whether a token was given out to this owner."""
    plain, _, mark = token.partition(_MARK_AFTER)
    return marker.confirms(mark, owner, plain)


@dataclass(frozen=True, slots=True)
class SessionRows(Generic[SessionT]):
    """The rows of one table of sessions. ``query`` selects those that were not ended, with what ``build`` reads.

    ``living`` is what must hold beside for a session to open anything.
    """

    table: Table
    query: Select[Any]
    build: Callable[[Row[Any]], SessionT]
    living: ColumnElement[bool]

    def insert(self, connection: Connection, device: str, values: Mapping[str, object], now: datetime) -> str:
        """Store a new session, and return its token."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        row = {
            "token_digest": digest_token(token),
            "id": secrets.token_hex(8),
            "started_at": now,
            "seen_at": now,
            "device": device[:LONGEST_DEVICE],
        }
        connection.execute(self.table.insert().values(**row, **values))
        return token

    def find(self, connection: Connection, token: str, now: datetime) -> SessionT | None:
        """Return the session of a token; None if it is unknown or over. A door also asks ``is_bound``."""
        if not 0 < len(token) <= _LONGEST_TOKEN:
            return None
        query = self.query.where(self.living, self.table.c.token_digest == digest_token(token))
        row = connection.execute(query).one_or_none()
        session = None if row is None else self.build(row)
        return None if session is None or session.is_over(now) else session

    def find_by_id(self, connection: Connection, session_id: str, *, locks: bool) -> SessionT | None:
        """Return a session that still opens something. With ``locks``, who ends it waits until this transaction has ended."""
        query = self.query.where(self.living, self.table.c.id == session_id)
        row = connection.execute(query.with_for_update(read=True) if locks else query).one_or_none()
        return None if row is None else self.build(row)

    def list_living(
        self, connection: Connection, owner: ColumnElement[bool], now: datetime
    ) -> list[SessionT]:
        """Return an owner's sessions that are not over, the last used one first."""
        rows = connection.execute(self.query.where(self.living, owner))
        found = [session for session in map(self.build, rows) if not session.is_over(now)]
        return sorted(found, key=lambda session: session.seen_at, reverse=True)

    def record_seen(self, connection: Connection, session: SessionT, now: datetime) -> None:
        """Record that a session was used; callers ask `StoredSession.is_due_to_be_seen` first.

        It waits for no act of the session: that the session was used will be recorded at its next use.
        """
        c = self.table.c
        there = select(c.token_digest).where(c.id == session.id, c.ended_at.is_(None), c.seen_at < now)
        free = there.with_for_update(skip_locked=True)
        connection.execute(self.table.update().where(c.token_digest.in_(free)).values(seen_at=now))

    def rotate(
        self, connection: Connection, token: str, now: datetime, changes: Mapping[str, object]
    ) -> Opened[SessionT] | None:
        """Give a session a new token: the old one opens nothing from now on. None if the session is over.

        ``changes`` are stored with it; the session that is returned holds those of before.
        """
        session = self.find(connection, token, now)
        if session is None:
            return None
        c, new = self.table.c, secrets.token_urlsafe(TOKEN_BYTES)
        statement = self.table.update().where(c.token_digest == digest_token(token), c.ended_at.is_(None))
        values = {"token_digest": digest_token(new), "seen_at": now, **changes}
        if not update_row_if_matched(connection, statement.values(**values)):
            return None  # another request has replaced the token meanwhile
        return Opened(new, replace(session, seen_at=now))

    def end(
        self, connection: Connection, condition: ColumnElement[bool], reason: str, now: datetime
    ) -> list[SessionT]:
        """End the sessions that meet a condition; return those that no other request has ended meanwhile."""
        c, ended = self.table.c, []
        for session in map(self.build, connection.execute(self.query.where(condition).order_by(c.id)).all()):
            statement = self.table.update().where(c.id == session.id, c.ended_at.is_(None))
            if update_row_if_matched(connection, statement.values(ended_at=now, end_reason=reason)):
                ended.append(session)
        return ended


def digest_token(token: str) -> str:
    """Return what is stored of a token's random part: 256 bits need no salt and no slow hash."""
    return hashlib.sha256(token.partition(_MARK_AFTER)[0].encode("utf-8", "replace")).hexdigest()
