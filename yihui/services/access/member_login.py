"""The member behind a session's token."""

from contextlib import suppress

from store import DatabaseLocked
from yihui.access.member_sessions import (
    WAY_CODE,
    MemberSession,
    OpenedMemberSession,
    find_member_session,
    open_member_session,
    record_member_seen,
)
from yihui.bootstrap import Wiring


def find_member_login(wiring: Wiring, token: str) -> MemberSession | None:
    """Return the living session of a token.

    It writes `seen_at` at most once a minute, and leaves that out if another process is writing for long.
    """
    now = wiring.now()
    if not token:
        return None
    with wiring.database.read() as connection:
        session = find_member_session(connection, token, now)
    if session is not None and session.is_due_to_be_seen(now) and not wiring.settings.read_only:
        with suppress(DatabaseLocked), wiring.database.write() as connection:
            record_member_seen(connection, session, now)
    return session


def begin_member_session(
    wiring: Wiring, member: str, device: str = "", way: str = WAY_CODE
) -> OpenedMemberSession:
    """Open a session for a member whose identity the caller has proved."""
    with wiring.database.write() as connection:
        return open_member_session(connection, member, way=way, device=device, now=wiring.now())
