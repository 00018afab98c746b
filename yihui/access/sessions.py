"""Sessions of officers. Each change is an audit entry of the same transaction."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select

from core.faults import FaultError
from store import build_record
from yihui.access.actor import Actor, ActorKind
from yihui.access.audit import AuditEntry, append_audit_entry
from yihui.access.decide import AUTHORISATION_FAULTS, Refusal
from yihui.access.officers import load_assignments, lock_assignments
from yihui.access.second_person import TwoStepTerms
from yihui.access.session_rows import Opened, SessionLife, SessionRows, StoredSession
from yihui.access.tables import officer_accounts, officer_sessions, officers

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)


class SessionKind(StrEnum):
    BROWSER = "browser"
    CONSOLE = "console"


class EndReason(StrEnum):
    """Why a session ended; stored."""

    LOGGED_OUT = "logged_out"
    BY_OWNER = "by_owner"  # from the list of their sessions
    BY_ADMINISTRATOR = "by_administrator"
    BY_PROVIDER = "by_provider"  # the identity provider's log-out
    NEW_LOGIN = "new_login"  # the same browser logged in again
    NEW_PASSWORD = "new_password"
    NEW_PHONE = "new_phone"  # the phone of until now may be a thief's
    OFFICER_ENDED = "officer_ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session(StoredSession):
    """A session of an officer."""

    life = SessionLife(IDLE, ABSOLUTE)
    officer_id: str
    subject: str
    account_id: int
    kind: SessionKind
    factors: tuple[str, ...]
    provider_session: str | None = None

    @property
    def owner(self) -> str:
        return f"officer {self.officer_id} {self.account_id}"


OpenedSession = Opened[Session]


def _build(row: Row[Any]) -> Session:
    return build_record(Session, row, kind=SessionKind(row.kind), factors=tuple(row.factors.split()))


_ROWS = SessionRows(
    officer_sessions,
    select(officer_sessions, officers.c.subject)
    .join(officers, officers.c.id == officer_sessions.c.officer_id)
    .join(officer_accounts, officer_accounts.c.id == officer_sessions.c.account_id)
    .where(officer_sessions.c.ended_at.is_(None)),
    _build,
    living=officers.c.ended_at.is_(None) & officer_accounts.c.ended_at.is_(None),
)
find_session, find_session_by_id, record_seen = _ROWS.find, _ROWS.find_by_id, _ROWS.record_seen


def open_session(
    connection: Connection,
    *,
    officer_id: str,
    account_id: int,
    kind: SessionKind,
    factors: tuple[str, ...],
    device: str,
    provider_session: str | None,
    now: datetime,
    authenticated_at: datetime | None = None,
) -> OpenedSession:
    """Open a session for an officer who has just proved all factors.

    ``authenticated_at``: the log-in at an identity provider, which may be hours ago.

    *Raises*: FaultError if the officer or the account has ended.
    """
    values = {
        "officer_id": officer_id,
        "account_id": account_id,
        "kind": kind.value,
        "authenticated_at": authenticated_at or now,
        "provider_session": provider_session,
        "factors": " ".join(factors),
    }
    token = _ROWS.insert(connection, device, values, now)
    found = find_session(connection, token, now)
    if found is None:
        raise FaultError(AUTHORISATION_FAULTS.build(Refusal.NOT_LOGGED_IN))
    _audit(connection, _actor_of(found), "sessions.open", found, now, after={"factors": " ".join(factors)})
    return Opened(token, found)


def rotate_session(connection: Connection, token: str, now: datetime) -> OpenedSession | None:
    """Give a session a new token; the old one opens nothing from now on. None if the session is over."""
    return _ROWS.rotate(connection, token, now, {})


def step_up_session(
    connection: Connection,
    token: str,
    factors: tuple[str, ...],
    now: datetime,
    *,
    authenticated_at: datetime | None = None,
    provider_session: str | None = None,
) -> OpenedSession | None:
    """Record a fresh log-in in a session, and give it a new token. None if the session is over.

    The officer has proved all factors again with the session's own account; the caller has checked both. An
    identity provider says when that was, and may have begun a session of its own with it.
    """
    at = authenticated_at or now
    changes: dict[str, object] = {"authenticated_at": at, "factors": " ".join(factors)}
    if provider_session is not None:
        changes["provider_session"] = provider_session
    opened = _ROWS.rotate(connection, token, now, changes)
    if opened is None:
        return None
    session = replace(
        opened.session,
        authenticated_at=at,
        factors=factors,
        provider_session=provider_session or opened.session.provider_session,
    )
    _audit(connection, _actor_of(session), "sessions.step_up", session, now)
    return Opened(opened.token, session)


def end_session(
    connection: Connection, session_id: str, reason: EndReason, now: datetime, actor: Actor | None = None
) -> bool:
    """End a session by its id; return whether there was one to end. ``actor`` None: its own officer."""
    return bool(_end(connection, officer_sessions.c.id == session_id, reason, now, actor))


def end_sessions_of_officer(
    connection: Connection,
    officer_id: str,
    reason: EndReason,
    now: datetime,
    actor: Actor | None = None,
    but: str | None = None,
) -> list[Session]:
    """End all sessions of an officer except one; return those that it ended."""
    condition = officer_sessions.c.officer_id == officer_id
    if but is not None:
        condition &= officer_sessions.c.id != but
    return _end(connection, condition, reason, now, actor)


def end_sessions_of_provider(
    connection: Connection,
    *,
    issuer: str,
    provider_session: str | None = None,
    external_subject: str | None = None,
    now: datetime,
) -> list[Session]:
    """End the sessions that an identity provider's log-out names; return those that it ended.

    ``provider_session`` is the provider's ``sid``, ``external_subject`` its ``sub``; where both are given, a
    session must have both. With neither, nothing ends.

    *Source*: OpenID Connect Back-Channel Logout 1.0, 2.4.
    """
    assert issuer, "local accounts have no provider"
    if provider_session is None and external_subject is None:
        return []
    condition = officer_accounts.c.issuer == issuer
    if provider_session is not None:
        condition &= officer_sessions.c.provider_session == provider_session
    if external_subject is not None:
        condition &= officer_accounts.c.external_subject == external_subject
    return _end(connection, condition, EndReason.BY_PROVIDER, now)


def list_sessions(connection: Connection, officer_id: str, now: datetime) -> list[Session]:
    """Return an officer's sessions that are not over, the last used one first."""
    return _ROWS.list_living(connection, officer_sessions.c.officer_id == officer_id, now)


def load_actor(
    connection: Connection, session: Session, now: datetime, terms: TwoStepTerms, *, locks: bool = False
) -> Actor:
    """Return the officer of a session as an actor, with the days of every role, and the account if it doesn't count yet.

    `decide` compares the days of the roles with the day of the act. With ``locks``, who withdraws one of the
    roles waits until this transaction has ended.
    """
    from yihui.access.new_accounts import find_new_account

    if locks:
        lock_assignments(connection, session.officer_id)
    return replace(
        _actor_of(session),
        assignments=load_assignments(connection, session.officer_id),
        new_account=find_new_account(connection, session.officer_id, now, terms, session.account_id),
    )


def _end(
    connection: Connection,
    condition: ColumnElement[bool],
    reason: EndReason,
    now: datetime,
    actor: Actor | None = None,
) -> list[Session]:
    ended = _ROWS.end(connection, condition, reason.value, now)
    for session in ended:
        by = actor or _actor_of(session)
        _audit(connection, by, "sessions.end", session, now, after={"reason": reason.value})
    return ended


def _audit(
    connection: Connection,
    actor: Actor,
    act: str,
    session: Session,
    now: datetime,
    after: dict[str, object] | None = None,
) -> None:
    changes = {"officer": session.officer_id, "kind": session.kind.value, **(after or {})}
    append_audit_entry(connection, actor, AuditEntry(act, "session", session.id, after=changes), now)


def _actor_of(session: Session) -> Actor:
    return Actor(
        session.officer_id,
        session.subject,
        ActorKind.OFFICER,
        authenticated_at=session.authenticated_at,
        session=session.id,
    )
