"""Sessions of members, which the member ends from any phone. Each change is an audit entry of the same transaction.

See docs/decisions/0084.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select, true

from store import build_record
from yihui.access.actor import Actor, ActorKind
from yihui.access.audit import AuditEntry, append_audit_entry
from yihui.access.member_tables import member_app_links, member_codes, member_sessions
from yihui.access.session_rows import Opened, SessionLife, SessionRows, StoredSession
from yihui.access.tables import form_submissions

MEMBER_LIFE = SessionLife(idle=timedelta(days=30), absolute=timedelta(days=90))
MEMBER_STEP_UP = timedelta(minutes=5)
WAY_CODE = "code"
WAY_JOIN = "join"  # opened by joining on this phone; never fresh
WAYS_WITHOUT_APP = frozenset({WAY_CODE, WAY_JOIN})  # any other way is the name of a host app


class MemberEndReason(StrEnum):
    """Why a member's session ended; stored."""

    LOGGED_OUT = "logged_out"
    BY_OWNER = "by_owner"  # from the list of their sessions
    NEW_LOGIN = "new_login"  # the same browser logged in again


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberSession(StoredSession):
    """A session of a member."""

    life = MEMBER_LIFE
    member_id: str
    way: str

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


OpenedMemberSession = Opened[MemberSession]


def _build(row: Row[Any]) -> MemberSession:
    return build_record(MemberSession, row)


_ROWS = SessionRows(
    member_sessions,
    select(member_sessions).where(member_sessions.c.ended_at.is_(None)),
    _build,
    living=true(),
)
find_member_session, find_member_session_by_id = _ROWS.find, _ROWS.find_by_id
record_member_seen = _ROWS.record_seen


def open_member_session(
    connection: Connection, member: str, *, way: str, device: str, now: datetime
) -> OpenedMemberSession:
    """Open a session for a member who has just proved who she is."""
    values = {"member_id": member, "authenticated_at": now, "way": way}
    token = _ROWS.insert(connection, device, values, now)
    found = find_member_session(connection, token, now)
    assert found is not None, "it was stored just now"
    _audit(connection, "member_sessions.open", found, now, {"way": way})
    return Opened(token, found)


def step_up_member_session(connection: Connection, token: str, now: datetime) -> OpenedMemberSession | None:
    """Record a fresh code in a session, and give it a new token. None if the session is over."""
    opened = _ROWS.rotate(connection, token, now, {"authenticated_at": now, "way": WAY_CODE})
    if opened is None:
        return None
    stepped = replace(opened.session, authenticated_at=now, way=WAY_CODE)
    _audit(connection, "member_sessions.step_up", stepped, now)
    return Opened(opened.token, stepped)


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
    return _ROWS.list_living(connection, member_sessions.c.member_id == member, now)


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
    ended = _ROWS.end(connection, (member_sessions.c.member_id == member) & condition, reason.value, now)
    for session in ended:
        _audit(connection, "member_sessions.end", session, now, {"reason": reason.value})
    return len(ended)


def _audit(
    connection: Connection,
    act: str,
    session: MemberSession,
    now: datetime,
    after: dict[str, object] | None = None,
) -> None:
    entry = AuditEntry(act, "member_session", session.id, after=after or {})
    append_audit_entry(connection, session.actor, entry, now)
