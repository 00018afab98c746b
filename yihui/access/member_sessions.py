"""Sessions of members: opened at a log-in, found by an opaque token, rotated, ended by the member from any phone.

The token goes to the browser once; the database holds its SHA-256 alone. Each function runs in the caller's
transaction, and each change is an audit entry of the same transaction. See docs/decisions/0084.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select

from yihui.access.actor import Actor, ActorKind
from yihui.access.audit import AuditEntry, append_audit_entry
from yihui.access.member_tables import member_app_links, member_codes, member_sessions
from yihui.access.session_rows import (
    LONGEST_DEVICE,
    SEEN_INTERVAL,
    SessionLife,
    SessionRows,
    digest_token,
    is_possible_token,
)
from yihui.access.tables import form_submissions

MEMBER_LIFE = SessionLife(idle=timedelta(days=30), absolute=timedelta(days=90))
MEMBER_STEP_UP = timedelta(minutes=5)
WAY_CODE = "code"
WAY_JOIN = "join"  # opened by joining on this phone; never fresh
WAYS_WITHOUT_APP = frozenset({WAY_CODE, WAY_JOIN})  # any other way is the name of a host app
_ROWS = SessionRows(member_sessions)


class MemberEndReason(StrEnum):
    """Why a member's session ended; stored."""

    LOGGED_OUT = "logged_out"
    BY_OWNER = "by_owner"  # from the list of their sessions
    NEW_LOGIN = "new_login"  # the same browser logged in again


@dataclass(frozen=True, slots=True)
class MemberSession:
    """One session of a member. ``id`` is what lists and logs show; it opens nothing."""

    id: str
    member_id: str
    started_at: datetime
    authenticated_at: datetime
    seen_at: datetime
    device: str
    way: str

    def is_over(self, now: datetime) -> bool:
        """Return whether the session was idle for too long, or is too old."""
        return MEMBER_LIFE.is_over(self.started_at, self.seen_at, now)

    def is_due_to_be_seen(self, now: datetime) -> bool:
        return now - self.seen_at >= SEEN_INTERVAL

    def is_fresh(self, now: datetime) -> bool:
        """Return whether the member entered a code so lately that bank details and deletion are open."""
        return self.way == WAY_CODE and timedelta(0) <= now - self.authenticated_at <= MEMBER_STEP_UP

    @property
    def actor(self) -> Actor:
        """Return the member as an actor: no role, and nobody's data but her own."""
        return Actor(
            self.member_id,
            self.member_id,
            ActorKind.MEMBER,
            authenticated_at=self.authenticated_at,
            session=self.id,
        )


@dataclass(frozen=True, slots=True)
class OpenedMemberSession:
    """A session and its token, which is shown here for the only time."""

    token: str
    session: MemberSession

    def __repr__(self) -> str:  # a token must not reach a log
        return f"OpenedMemberSession(session={self.session!r})"


def open_member_session(
    connection: Connection, member: str, *, way: str, device: str, now: datetime
) -> OpenedMemberSession:
    """Open a session for a member who has just proved who she is."""
    values = {"member_id": member, "authenticated_at": now, "device": device[:LONGEST_DEVICE], "way": way}
    token = _ROWS.insert(connection, values, now)
    found = find_member_session(connection, token, now)
    assert found is not None, "it was stored just now"
    _audit(connection, "member_sessions.open", found, now, {"way": way})
    return OpenedMemberSession(token, found)


def find_member_session(connection: Connection, token: str, now: datetime) -> MemberSession | None:
    """Return the session of a token; None if it is unknown or over."""
    if not is_possible_token(token):
        return None
    c = member_sessions.c
    query = select(member_sessions).where(c.token_digest == digest_token(token), c.ended_at.is_(None))
    row = connection.execute(query).one_or_none()
    session = None if row is None else _session(row)
    return None if session is None or session.is_over(now) else session


def find_member_session_by_id(
    connection: Connection, session_id: str, *, locks: bool
) -> MemberSession | None:
    """Return a session that was not ended. With ``locks``, who ends it waits until this transaction has ended."""
    c = member_sessions.c
    query = select(member_sessions).where(c.id == session_id, c.ended_at.is_(None))
    row = connection.execute(query.with_for_update(read=True) if locks else query).one_or_none()
    return None if row is None else _session(row)


def record_member_seen(connection: Connection, session: MemberSession, now: datetime) -> None:
    """Record that the session was used; callers ask `MemberSession.is_due_to_be_seen` first."""
    _ROWS.record_seen(connection, session.id, now)


def step_up_member_session(connection: Connection, token: str, now: datetime) -> OpenedMemberSession | None:
    """Record a fresh code in a session, and give it a new token. None if the session is over."""
    session = find_member_session(connection, token, now)
    if session is None:
        return None
    changes = {"authenticated_at": now, "way": WAY_CODE}
    new = _ROWS.replace_token(connection, token, now, changes)
    if new is None:
        return None
    stepped = replace(session, authenticated_at=now, seen_at=now, way=WAY_CODE)
    _audit(connection, "member_sessions.step_up", stepped, now)
    return OpenedMemberSession(new, stepped)


def end_member_session(
    connection: Connection, member: str, session_id: str, reason: MemberEndReason, now: datetime
) -> bool:
    """End one of a member's own sessions; return False if there was none to end, or it is another member's."""
    return bool(_end(connection, member, member_sessions.c.id == session_id, reason, now))


def end_member_sessions(
    connection: Connection, member: str, reason: MemberEndReason, now: datetime, *, but: str | None = None
) -> int:
    """End all sessions of a member except one; return how many."""
    c = member_sessions.c
    return _end(connection, member, c.id != (but or ""), reason, now)


def list_member_sessions(connection: Connection, member: str, now: datetime) -> list[MemberSession]:
    """Return a member's sessions that are not over, the last used one first."""
    c = member_sessions.c
    rows = connection.execute(select(member_sessions).where(c.member_id == member, c.ended_at.is_(None)))
    found = [session for session in map(_session, rows) if not session.is_over(now)]
    return sorted(found, key=lambda session: session.seen_at, reverse=True)


def erase_member_access(connection: Connection, member: str) -> None:
    """Delete a member's sessions, waiting codes, links to apps and keys of forms, when her data is erased."""
    for table in (member_sessions, member_codes, member_app_links):
        connection.execute(table.delete().where(table.c.member_id == member))
    connection.execute(form_submissions.delete().where(form_submissions.c.actor == member))
    shared = member_codes.c.holder_ids.contains(f'"{member}"', autoescape=True)
    connection.execute(member_codes.delete().where(shared))


def _end(
    connection: Connection,
    member: str,
    condition: ColumnElement[bool],
    reason: MemberEndReason,
    now: datetime,
) -> int:
    c = member_sessions.c
    query = select(member_sessions).where(c.member_id == member, c.ended_at.is_(None), condition)
    ended = 0
    for session in map(_session, connection.execute(query.order_by(c.id)).all()):
        if _ROWS.mark_ended(connection, session.id, reason.value, now):
            _audit(connection, "member_sessions.end", session, now, {"reason": reason.value})
            ended += 1
    return ended


def _audit(
    connection: Connection,
    act: str,
    session: MemberSession,
    now: datetime,
    after: dict[str, object] | None = None,
) -> None:
    entry = AuditEntry(act, "member_session", session.id, after=after or {})
    append_audit_entry(connection, session.actor, entry, now)


def _session(row: Row[Any]) -> MemberSession:
    return MemberSession(
        id=row.id,
        member_id=row.member_id,
        started_at=row.started_at,
        authenticated_at=row.authenticated_at,
        seen_at=row.seen_at,
        device=row.device,
        way=row.way,
    )
