"""The officer behind a session's token, with the roles that were not withdrawn."""

from contextlib import suppress
from dataclasses import dataclass, field

from store import DatabaseLocked
from yihui.access.actor import Actor
from yihui.access.session_rows import is_bound
from yihui.access.sessions import Session, SessionKind, find_session, load_actor, record_seen
from yihui.bootstrap import Wiring
from yihui.services.access.secret_marks import find_secret_marker


@dataclass(frozen=True, slots=True)
class OfficerLogin:
    """An officer's living session, with its token and the officer's roles."""

    session: Session
    actor: Actor
    token: str = field(repr=False)


def find_officer_login(wiring: Wiring, token: str, kind: SessionKind) -> OfficerLogin | None:
    """Return the log-in of a token; None if there is no living session of this kind.

    It writes `seen_at` at most once a minute, and leaves that out if another process is writing for long.
    """
    now, marker = wiring.now(), find_secret_marker(wiring)
    if marker is None:  # a site without the key of log-ins, as one for a GIS alone
        return None
    with wiring.database.read() as connection:
        session = find_session(connection, token, now)
        if session is None or session.kind is not kind or not is_bound(marker, token, session.owner):
            return None
        actor = load_actor(connection, session, now, wiring.two_step_terms)
    if session.is_due_to_be_seen(now) and not wiring.settings.read_only:
        with suppress(DatabaseLocked), wiring.database.write() as connection:
            record_seen(connection, session, now)
    return OfficerLogin(session, actor, token)
