"""Open, step up, list and end members' sessions. Each change is an audit entry of the same transaction.

``MEMBER_LOGIN_FAULTS`` are those of every way to log a member in: no text quotes a phone number, a code or a token, or
says who is a member.
See docs/decisions/0084.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from sqlalchemy import ColumnElement, Connection, select, true

from core.faults import FaultTable
from core.text_marks import N_
from store import build_record
from yihui.access.actor import Actor, ActorKind
from yihui.access.audit import AuditEntry, append_audit_entry
from yihui.access.session_rows import Opened, SessionLife, SessionRows, StoredSession
from yihui.access.tables import form_submissions, member_app_links, member_codes, member_sessions

_NEW_CODE = N_("have a new code sent")
MEMBER_LOGIN_FAULTS = FaultTable(
    "member_login",
    {
        "no_sender": (
            N_("codes can't be sent at the moment"),
            N_("try again later, or call the union (12351)"),
        ),
        "wait": (
            N_("a code was asked for this number a moment ago"),
            N_("wait {seconds} seconds; the message may be on its way"),
        ),
        "too_many_codes": (
            N_("too many codes were asked for this number"),
            N_("try again after {until}, or call the union (12351)"),
        ),
        "too_many": (
            N_("too many tries came from this network"),
            N_("try again in {minutes} minutes, or use another network"),
        ),
        "code_form": (N_("a code has six digits"), N_("type the six digits of the message")),
        "wrong_code": (
            N_("this is not the code; attempts left: {left}"),
            N_("type the code of the last message, or have a new one sent"),
        ),
        "code_over": (
            N_("this code opens nothing any more: it was used, or is older than {minutes} minutes"),
            _NEW_CODE,
        ),
        "locked": (N_("the code was typed wrong {most} times"), _NEW_CODE),
        "choose": (
            N_("the code is right, and several members have this phone number"),
            N_("type the last four characters of your ID number, or the number of your card"),
        ),
        "wrong_choice": (
            N_("this doesn't say which member with this number you are; attempts left: {left}"),
            N_("type the whole number of your card, or ask your organisation, or call 12351"),
        ),
        "choice_locked": (
            N_("this phone number has had ten wrong answers within a day"),
            N_("try again tomorrow, or call the union (12351)"),
        ),
        "no_phone": (
            N_("the union doesn't know your phone number, so that no code can be sent"),
            N_("ask your organisation, or call 12351, to put your number on the roll"),
        ),
        "unknown_app": (
            N_("the token is from no app that may hand a log-in over"),
            N_("let the union's operator write the app's issuer into the file of host apps"),
        ),
        "long_life": (
            N_("the token holds for more than {minutes} minutes"),
            N_("let the app sign a token for each log-in, which holds for a minute or two"),
        ),
        "replayed": (
            N_("this token was handed over before"),
            N_("let the app sign a new token, with its own jti, for each log-in"),
        ),
        "app_away": (
            N_("the app's keys can't be fetched"),
            N_("try again in a minute; if it stays so, tell whoever runs the app"),
        ),
        "handover_over": (
            N_("this way in was used, or is older than {minutes} minutes"),
            N_("go back to the app and open the page from there again"),
        ),
    },
)


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

    @property
    def owner(self) -> str:
        return f"member {self.member_id}"

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


_ROWS = SessionRows(
    member_sessions,
    select(member_sessions).where(member_sessions.c.ended_at.is_(None)),
    partial(build_record, MemberSession),
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
    connection: Connection, member: str, reason: MemberEndReason, now: datetime, *, but: str
) -> None:
    """End all sessions of a member except one."""
    _end(connection, member, member_sessions.c.id != but, reason, now)


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
