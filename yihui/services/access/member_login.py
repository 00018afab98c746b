"""The member behind a session's token, and her log-out."""

from contextlib import suppress

from store import DatabaseLocked
from yihui.access.member_sessions import (
    MemberEndReason,
    MemberSession,
    end_member_session,
    find_member_session,
    record_member_seen,
)
from yihui.access.session_rows import is_bound
from yihui.bootstrap import Wiring
from yihui.services.access.secret_marks import secret_marker


def find_member_login(wiring: Wiring, token: str) -> MemberSession | None:
    """Return the living session of a token.

    It writes `seen_at` at most once a minute, and leaves that out if another process is writing for long.
    """
    now = wiring.now()
    if not token:
        return None
    with wiring.database.read() as connection:
        session = find_member_session(connection, token, now)
    if session is not None and not is_bound(secret_marker(wiring), token, session.owner):
        return None
    if session is not None and session.is_due_to_be_seen(now) and not wiring.settings.read_only:
        with suppress(DatabaseLocked), wiring.database.write() as connection:
            record_member_seen(connection, session, now)
    return session


def log_member_out(wiring: Wiring, session: MemberSession) -> None:
    """End this session; that it has ended meanwhile is as good."""
    with wiring.database.write() as connection:
        reason = MemberEndReason.LOGGED_OUT
        end_member_session(connection, session.member_id, session.id, reason, wiring.now())
