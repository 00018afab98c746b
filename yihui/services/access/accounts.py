"""Officers' local accounts and own sessions: set-up codes, passwords, phones, recovery codes, ended sessions, notices."""

import json
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, func, select

from core.civil_time import civil_date
from core.faults import Fault, FaultError, raise_faults
from core.text_marks import N_
from yihui.access.accounts import (
    LOGIN_FAULTS,
    Account,
    add_local_account,
    count_recovery_codes,
    find_officers_local_account,
    load_account,
    record_opening,
    replace_recovery_codes,
    reset_account,
    store_password,
)
from yihui.access.actor import Actor
from yihui.access.login_throttle import clear_tries, count_try, device_bucket
from yihui.access.login_tickets import SETUP_LIFETIME, TicketKind, end_tickets, issue_ticket
from yihui.access.officers import load_assignments
from yihui.access.passwords import check_password, hash_password, normalise_password, verify_password
from yihui.access.roles import Right
from yihui.access.secret_marks import SecretMarker
from yihui.access.session_rows import bind_session
from yihui.access.sessions import (
    EndReason,
    OpenedSession,
    Session,
    end_session,
    end_sessions_of_officer,
    list_sessions,
    rotate_session,
)
from yihui.access.tables import audit_entries, officer_sessions
from yihui.bootstrap import Wiring
from yihui.services.access.authorisation import authorise
from yihui.services.access.login import (
    USED_CODE,
    audit_account,
    audit_failure,
    issue_next_ticket,
    mark_secret,
)
from yihui.services.access.login_tries import throttle_key, too_many_tries
from yihui.services.access.secret_marks import secret_marker

_CHANGES = {
    "accounts.renew_setup": N_("An administrator made a new set-up code for your account."),
    "accounts.set_up": N_("The password was set with a set-up code."),
    "accounts.change_password": N_("The password was changed."),
    "accounts.register_phone": N_("Another phone was registered."),
    "accounts.renew_recovery_codes": N_("New recovery codes were made."),
}
_REUSED = N_("A code of your phone that had been used already was refused: somebody else may have seen it.")


@dataclass(frozen=True, slots=True)
class SetupCode:
    """The one-time code that opens an officer's account; it is shown here for the only time."""

    login: str
    code: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """What an officer sees of their own log-in."""

    login: str
    is_local: bool
    recovery_codes_left: int
    sessions: tuple[Session, ...]


def create_local_account(
    connection: Connection, marker: SecretMarker, actor: Actor, officer_id: str, login: str, now: datetime
) -> SetupCode:
    """Give an officer a local account, in the caller's transaction (that adds the officer, perhaps).

    The caller has authorised the actor. *Raises*: FaultError if the login can't be one, or is taken.
    """
    account = load_account(connection, add_local_account(connection, officer_id, login, actor.id, now))
    if account is None:
        raise FaultError(LOGIN_FAULTS.build("officer_unknown", field="officer", value=officer_id))
    audit_account(connection, account, "accounts.add", now, actor)
    return _issue_setup(connection, marker, actor, account, now)


def renew_setup_code(
    connection: Connection, marker: SecretMarker, actor: Actor, officer_id: str, now: datetime
) -> SetupCode:
    """Give an officer a new set-up code: the password, the phone and all sessions end at once.

    The caller has authorised the actor. *Raises*: FaultError if the officer has no local account.
    """
    account = find_officers_local_account(connection, officer_id)
    if account is None:
        raise FaultError(LOGIN_FAULTS.build("officer_unknown", field="officer", value=officer_id[:80]))
    reset_account(connection, account.id)
    record_opening(connection, account.id, actor.id, now)
    end_tickets(connection, account.id, now)
    end_sessions_of_officer(connection, officer_id, EndReason.BY_ADMINISTRATOR, now, actor)
    audit_account(connection, account, "accounts.renew_setup", now, actor)
    return _issue_setup(connection, marker, actor, account, now)


def _issue_setup(
    connection: Connection, marker: SecretMarker, actor: Actor, account: Account, now: datetime
) -> SetupCode:
    code = issue_ticket(connection, marker, account.id, TicketKind.SETUP, issued_by=actor.id, now=now)
    return SetupCode(account.login, code, now + SETUP_LIFETIME)


def check_new_password(password: str, again: str, login: str) -> None:
    """*Raises*: FaultError with every reason why a new password is refused."""
    faults: list[Fault] = check_password(password, login)
    if normalise_password(password[:2000]) != normalise_password(again[:2000]):
        faults.append(LOGIN_FAULTS.build("password_twice", field="again"))
    raise_faults(faults)


def load_own_account(wiring: Wiring, session: Session) -> OwnAccount:
    """Return what an officer sees of their own log-in. *Raises*: FaultError if the account has ended."""
    with wiring.database.read() as connection:
        account = _require_account(connection, session)
        left = count_recovery_codes(connection, account.id)
        sessions = list_sessions(connection, session.officer_id, wiring.now())
    # The provider's name for an account is a number that nobody knows.
    login = account.login if account.is_local else account.officer_id
    return OwnAccount(login, account.is_local, left, tuple(sessions))


def change_password(
    wiring: Wiring, session: Session, token: str, *, old: str, new: str, again: str
) -> OpenedSession:
    """Change the password; all other sessions end and this one gets a new token.

    *Raises*: FaultError if the old password is wrong, or the new one is refused.
    """
    now = wiring.now()
    with wiring.database.write() as connection:
        account = _require_local_account(connection, session)
        tries = device_bucket(throttle_key(wiring), account.login, f"session {session.id}")
        count = count_try(connection, tries, now)
    if count.is_over:
        raise too_many_tries(count)
    check_new_password(new, again, account.login)
    is_right = verify_password(account.password_hash, old).is_right
    new_hash = hash_password(new) if is_right else ""
    with wiring.database.write() as connection:
        if is_right and store_password(connection, account.id, new_hash, instead_of=account.password_hash):
            clear_tries(connection, tries)
            end_tickets(connection, account.id, now)
            mark = mark_secret(wiring, account, new_hash)
            audit_account(connection, account, "accounts.change_password", now, mark=mark)
            end_sessions_of_officer(
                connection, session.officer_id, EndReason.NEW_PASSWORD, now, but=session.id
            )
            if (rotated := rotate_session(connection, token, now)) is not None:
                return bind_session(secret_marker(wiring), rotated)
        else:
            audit_failure(connection, account, "password", now)
    raise FaultError(LOGIN_FAULTS.build("step_over" if is_right else "password_old", field="old"))


def begin_new_phone(wiring: Wiring, session: Session) -> str:
    """Return the ticket that registers a new phone; the old one works until then. The log-in must be fresh."""
    now = wiring.now()
    with wiring.database.write() as connection:
        account = _require_local_account(connection, session)
        return issue_next_ticket(wiring, connection, account, TicketKind.ENROL, now)


def renew_recovery_codes(wiring: Wiring, session: Session) -> tuple[str, ...]:
    """Return ten new recovery codes in the place of all earlier ones. The log-in must be fresh."""
    now = wiring.now()
    with wiring.database.write() as connection:
        account = _require_local_account(connection, session)
        codes = replace_recovery_codes(connection, secret_marker(wiring), account.id, now)
        audit_account(connection, account, "accounts.renew_recovery_codes", now)
    return codes


def log_out(wiring: Wiring, session: Session) -> None:
    """End the officer's session."""
    with wiring.database.write() as connection:
        end_session(connection, session.id, EndReason.LOGGED_OUT, wiring.now())


def end_own_session(wiring: Wiring, session: Session, ended_id: str) -> None:
    """End one of the officer's own sessions. *Raises*: FaultError if it is not theirs, or has ended."""
    now = wiring.now()
    with wiring.database.write() as connection:
        if ended_id not in {one.id for one in list_sessions(connection, session.officer_id, now)}:
            raise FaultError(LOGIN_FAULTS.build("session_over", field="session"))
        end_session(connection, ended_id, EndReason.BY_OWNER, now)


def end_other_sessions(wiring: Wiring, session: Session) -> None:
    """End all of the officer's sessions but this one."""
    with wiring.database.write() as connection:
        end_sessions_of_officer(
            connection, session.officer_id, EndReason.BY_OWNER, wiring.now(), but=session.id
        )


def load_officers_sessions(wiring: Wiring, actor: Actor | None, officer_id: str) -> list[Session]:
    """Return another officer's sessions, for an administrator of every place where the officer has a role.

    *Raises*: FaultError if the actor may not.
    """
    with wiring.database.read() as connection:
        _authorise_over(wiring, connection, actor, officer_id)
        return list_sessions(connection, officer_id, wiring.now())


def end_officers_session(wiring: Wiring, actor: Actor | None, officer_id: str, ended_id: str | None) -> None:
    """End a session of another officer, or with None all of them.

    *Raises*: FaultError if the actor may not, or there is no such session.
    """
    now, reason = wiring.now(), EndReason.BY_ADMINISTRATOR
    with wiring.database.write() as connection:
        _authorise_over(wiring, connection, actor, officer_id)
        assert actor is not None, "nobody is authorised without logging in"
        if ended_id is None:
            end_sessions_of_officer(connection, officer_id, reason, now, actor)
            return
        if ended_id not in {one.id for one in list_sessions(connection, officer_id, now)}:
            raise FaultError(LOGIN_FAULTS.build("session_over", field="session"))
        end_session(connection, ended_id, reason, now, actor)


def _authorise_over(wiring: Wiring, connection: Connection, actor: Actor | None, officer_id: str) -> None:
    """*Raises*: FaultError unless the actor may end sessions everywhere where the officer has a role today."""
    day = civil_date(wiring.now())
    held = {one.organisation for one in load_assignments(connection, officer_id) if one.holds(day)}
    places: list[str | None] = [*sorted(held)]
    for organisation in places or [None]:
        authorise(wiring, connection, actor, Right.END_SESSIONS, organisation)


def _require_account(connection: Connection, session: Session) -> Account:
    account = load_account(connection, session.account_id)
    if account is None:
        raise FaultError(LOGIN_FAULTS.build("step_over"))
    return account


def _require_local_account(connection: Connection, session: Session) -> Account:
    account = _require_account(connection, session)
    if not account.is_local:
        raise FaultError(LOGIN_FAULTS.build("no_local_account", value=account.officer_id))
    return account


@dataclass(frozen=True, slots=True)
class AccountNotice:
    """One thing that happened, in English for translation, and when."""

    text: str
    at: datetime


def load_account_notices(wiring: Wiring, session: Session) -> tuple[AccountNotice, ...]:
    """Return what happened between the start of an officer's last session and that of this one, the oldest first.

    The first session has none: the officer has just set the account up.
    """
    c = audit_entries.c
    with wiring.database.read() as connection:
        before = _find_last_start(connection, session)
        if before is None:
            return ()
        query = select(c.act, c.changes, c.at).where(
            c.object_kind == "account",
            c.object_id == str(session.account_id),
            c.act.in_((*_CHANGES, "accounts.fail")),
            c.at > before,
            c.at <= session.started_at,
        )
        rows = connection.execute(query.order_by(c.sequence)).all()
    found = ((_CHANGES.get(row.act) or _describe_failure(row.changes), row.at) for row in rows)
    return tuple(AccountNotice(text, at) for text, at in found if text)


def is_new_session(session: Session) -> bool:
    """Return whether the last log-in opened the session, rather than stepping up one that was open."""
    return session.authenticated_at == session.started_at


def _find_last_start(connection: Connection, session: Session) -> datetime | None:
    s = officer_sessions.c
    query = select(func.max(s.started_at)).where(
        s.account_id == session.account_id, s.started_at < session.started_at
    )
    found: datetime | None = connection.execute(query).scalar_one()
    return found


def _describe_failure(changes: str) -> str:
    """Return the notice about a try with a used code; empty for a try that was mistyped."""
    after = json.loads(changes).get("after", {})
    return _REUSED if after.get("wrong") == USED_CODE else ""
