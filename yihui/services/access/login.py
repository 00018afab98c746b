"""Log in with a local account: the password, then a code of the phone; or step up in an open session.

A failed try is counted and written to the audit log in a transaction of its own, before the caller hears of it.
The slow hash of a password is computed outside of any transaction.
"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from core.faults import FaultError
from yihui.access.accounts import (
    LOGIN_FAULTS,
    Account,
    confirm_totp,
    find_local_account,
    load_account,
    replace_recovery_codes,
    store_password,
    use_recovery_code,
    use_totp_step,
)
from yihui.access.actor import UNKNOWN, Actor, ActorKind
from yihui.access.audit import AuditEntry, append_audit_entry
from yihui.access.key_folds import secret_row
from yihui.access.login_throttle import address_bucket, count_try, release_try
from yihui.access.login_tickets import (
    LoginTicket,
    TicketKind,
    end_tickets,
    find_ticket,
    issue_ticket,
    use_ticket,
)
from yihui.access.passwords import hash_password, verify_password
from yihui.access.session_rows import bind_session
from yihui.access.sessions import (
    EndReason,
    OpenedSession,
    end_session,
    end_sessions_of_officer,
    find_session,
    open_session,
    step_up_session,
)
from yihui.access.tables import officer_accounts
from yihui.access.totp import (
    create_totp_secret,
    decrypt_totp_secret,
    encrypt_totp_secret,
    find_totp_step,
    parse_totp_code,
    totp_address,
)
from yihui.bootstrap import Wiring
from yihui.runtime.identity_key import derive_key
from yihui.services.access.login_tries import LoginTries, LoginVisit, throttle_key, too_many_tries
from yihui.services.access.secret_marks import secret_marker

PASSWORD, PHONE_CODE, RECOVERY_CODE = "pwd", "otp", "recovery"  # as stored (RFC 8176 has the first two)
_NETWORK_LETTERS = 16
USED_CODE = "used_code"  # a right code that was used before, as the audit log names it


@dataclass(frozen=True, slots=True)
class NextStep:
    """The step after a right password; the ticket opens it, once."""

    step: TicketKind
    ticket: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """The secret that an officer's phone is to store, as text and as an address for a QR code."""

    login: str
    secret: str = field(repr=False)
    address: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class EnrolledPhone:
    """A session opened by the registration of a phone, and the officer's recovery codes."""

    opened: OpenedSession
    recovery_codes: tuple[str, ...] = field(repr=False)


def check_login(wiring: Wiring, login: str, password: str, visit: LoginVisit) -> NextStep:
    """Check a login and a password; the answer and the work are the same for a login that nobody has.

    *Raises*: FaultError if they are wrong, or too many tries were made.
    """
    now, tries = wiring.now(), LoginTries.build(wiring, login, visit)
    with wiring.database.write() as connection:
        refused = tries.count(connection, now)
        account = find_local_account(connection, login)
    tries.raise_refusal(refused)
    stored = account.password_hash if account else None
    match = verify_password(stored, password)
    if account is None or not match.is_right:
        with wiring.database.write() as connection:
            audit_failure(connection, account, "password", now, hash_network(wiring, visit))
        raise FaultError(LOGIN_FAULTS.build("wrong"))
    step = TicketKind.CODE if account.has_totp else TicketKind.ENROL
    with wiring.database.write() as connection:
        tries.release_shared(connection)
        if match.new_hash is not None and store_password(
            connection, account.id, match.new_hash, instead_of=stored
        ):
            mark = mark_secret(wiring, account, match.new_hash)
            audit_account(connection, account, "accounts.renew_hash", now, mark=mark)
        ticket = issue_next_ticket(wiring, connection, account, step, now)
    return NextStep(step, ticket)


def issue_next_ticket(
    wiring: Wiring, connection: Connection, account: Account, kind: TicketKind, now: datetime
) -> str:
    """Return the token for the next step; one that registers a phone holds the new secret, encrypted."""
    secret = None
    if kind is TicketKind.ENROL:
        secret = encrypt_totp_secret(totp_key(wiring), account.id, create_totp_secret())
    return issue_ticket(
        connection,
        secret_marker(wiring),
        account.id,
        kind,
        issued_by=account.officer_id,
        now=now,
        totp_secret=secret,
    )


def finish_login(wiring: Wiring, ticket_token: str, code: str, visit: LoginVisit) -> OpenedSession:
    """Check the code of the phone, or a recovery code, and open a session or step up in the one that is open.

    *Raises*: FaultError if the code is wrong or was used, the step is over, or too many tries were made.
    """
    now = wiring.now()
    _, _, tries = _begin_step(wiring, ticket_token, TicketKind.CODE, visit)
    with wiring.database.write() as connection:
        ticket, account = _require_step(wiring, connection, ticket_token, TicketKind.CODE)
        factor = _use_code(wiring, connection, account, code, now)
        if factor is not None and use_ticket(connection, ticket, now):
            tries.forget(connection, now)
            return open_or_step_up(wiring, connection, account, (PASSWORD, factor), visit, now)
        is_used = factor is None and _is_used_code(wiring, account, code, now)
        audit_failure(connection, account, USED_CODE if is_used else "code", now, hash_network(wiring, visit))
    raise FaultError(LOGIN_FAULTS.build("wrong_code"))


def load_enrolment(wiring: Wiring, ticket_token: str) -> Enrolment:
    """Return what the officer's phone is to store. *Raises*: FaultError if the step is over."""
    with wiring.database.read() as connection:
        ticket, account = _require_step(wiring, connection, ticket_token, TicketKind.ENROL)
    secret = _ticket_secret(wiring, ticket)
    return Enrolment(account.login, secret, totp_address(secret, account.login))


def finish_enrolment(wiring: Wiring, ticket_token: str, code: str, visit: LoginVisit) -> EnrolledPhone:
    """Register the phone that shows a right code, open a session or step up, and return recovery codes.

    *Raises*: FaultError if the code is wrong, the step is over, or too many tries were made.
    """
    now = wiring.now()
    ticket, account, tries = _begin_step(wiring, ticket_token, TicketKind.ENROL, visit)
    digits = parse_totp_code(code)
    # The secret is new: the last step of the phone of until now doesn't count.
    step = find_totp_step(_ticket_secret(wiring, ticket), digits, now, None) if digits else None
    with wiring.database.write() as connection:
        if step is not None and use_ticket(connection, ticket, now):
            assert ticket.totp_secret is not None
            confirm_totp(connection, account.id, ticket.totp_secret, step, now)
            codes = replace_recovery_codes(connection, secret_marker(wiring), account.id, now)
            end_tickets(connection, account.id, now)
            mark = mark_secret(wiring, account, ticket.totp_secret)
            audit_account(connection, account, "accounts.register_phone", now, mark=mark)
            tries.forget(connection, now)
            opened = open_or_step_up(wiring, connection, account, (PASSWORD, PHONE_CODE), visit, now)
            own = opened.session.id
            end_sessions_of_officer(connection, account.officer_id, EndReason.NEW_PHONE, now, but=own)
            return EnrolledPhone(opened, codes)
        audit_failure(connection, account, "code", now, hash_network(wiring, visit))
    raise FaultError(LOGIN_FAULTS.build("wrong_code"))


def open_or_step_up(
    wiring: Wiring,
    connection: Connection,
    account: Account,
    factors: tuple[str, ...],
    visit: LoginVisit,
    now: datetime,
) -> OpenedSession:
    """Step up in the session of this browser if it is the same account's, else open one in its place."""
    current = find_session(connection, visit.session_token, now)
    if current is not None and current.account_id == account.id:
        stepped = step_up_session(connection, visit.session_token, factors, now)
        if stepped is not None:
            return bind_session(secret_marker(wiring), stepped)
    elif current is not None:
        end_session(connection, current.id, EndReason.NEW_LOGIN, now)
    opened = open_session(
        connection,
        officer_id=account.officer_id,
        account_id=account.id,
        kind=visit.kind,
        factors=factors,
        device=visit.device,
        provider_session=None,
        now=now,
    )
    return bind_session(secret_marker(wiring), opened)


def set_up_account(wiring: Wiring, setup_code: str, password: str, visit: LoginVisit) -> NextStep:
    """Choose a password with a one-time set-up code; the next step registers a phone.

    The caller has checked the new password. *Raises*: FaultError if the code is unknown, used or too old.
    """
    now = wiring.now()
    count = address_bucket(throttle_key(wiring), visit.network)
    with wiring.database.write() as connection:
        tried = count_try(connection, count, now)
        ticket = find_ticket(connection, secret_marker(wiring), setup_code, TicketKind.SETUP, now)
        account = load_account(connection, ticket.account_id) if ticket else None
    if tried.is_over:
        raise too_many_tries(tried)
    new_hash = hash_password(password)  # also for a wrong code: the same work
    with wiring.database.write() as connection:
        if ticket is not None and account is not None and use_ticket(connection, ticket, now):
            release_try(connection, count)
            end_tickets(connection, account.id, now)
            if store_password(connection, account.id, new_hash, instead_of=None):
                mark = mark_secret(wiring, account, new_hash)
                audit_account(connection, account, "accounts.set_up", now, mark=mark)
                ticket_token = issue_next_ticket(wiring, connection, account, TicketKind.ENROL, now)
                return NextStep(TicketKind.ENROL, ticket_token)
        audit_failure(connection, account, "setup_code", now, hash_network(wiring, visit))
    raise FaultError(LOGIN_FAULTS.build("setup_code", field="setup_code"))


def find_setup_login(wiring: Wiring, setup_code: str) -> str:
    """Return the login of a set-up code, to compare a new password with; empty if the code opens nothing."""
    now = wiring.now()
    with wiring.database.read() as connection:
        ticket = find_ticket(connection, secret_marker(wiring), setup_code, TicketKind.SETUP, now)
        account = load_account(connection, ticket.account_id) if ticket else None
    return account.login if account else ""


def totp_key(wiring: Wiring) -> bytes:
    return derive_key(wiring.login_key, "totp")


def audit_failure(
    connection: Connection, account: Account | None, what: str, now: datetime, network: str | None = None
) -> None:
    """Write a failed try to the audit log, without what was typed: an unknown login may be a password.

    ``network`` is a keyed hash: tries from one network have the same one, which names nobody.
    """
    name = str(account.id) if account else "unknown"
    after = {"wrong": what, **({"officer": account.officer_id} if account else {})}
    if network is not None:
        after["network"] = network
    entry = AuditEntry("accounts.fail", "account", name, after=after)
    append_audit_entry(connection, UNKNOWN, entry, now)


def hash_network(wiring: Wiring, visit: LoginVisit) -> str:
    """Return what the audit log says of the network of a try; the same network has the same hash."""
    return address_bucket(throttle_key(wiring), visit.network).key[:_NETWORK_LETTERS]


def mark_secret(wiring: Wiring, account: Account, stored: str | bytes) -> str:
    """Return the mark of an account's new secret, as it is stored."""
    return secret_marker(wiring).mark(secret_row(officer_accounts, account.id), stored)


def audit_account(
    connection: Connection,
    account: Account,
    act: str,
    now: datetime,
    actor: Actor | None = None,
    mark: str = "",
) -> None:
    """Write an act on an account to the audit log; without an actor it is the officer's own.

    ``mark`` is that of the new secret, if the act gives the account one.
    """
    by = actor or Actor(account.officer_id, account.subject, ActorKind.OFFICER)
    after = {"officer": account.officer_id, **({"mark": mark} if mark else {})}
    entry = AuditEntry(act, "account", str(account.id), after=after)
    append_audit_entry(connection, by, entry, now)


def _require_step(
    wiring: Wiring, connection: Connection, token: str, kind: TicketKind
) -> tuple[LoginTicket, Account]:
    ticket = find_ticket(connection, secret_marker(wiring), token, kind, wiring.now())
    account = load_account(connection, ticket.account_id) if ticket else None
    if ticket is None or account is None:
        raise FaultError(LOGIN_FAULTS.build("step_over"))
    return ticket, account


def _begin_step(
    wiring: Wiring, token: str, kind: TicketKind, visit: LoginVisit
) -> tuple[LoginTicket, Account, LoginTries]:
    """Return a step with its account, once its try is counted. *Raises*: FaultError if it is over, or too many were made."""
    now = wiring.now()
    with wiring.database.write() as connection:
        ticket, account = _require_step(wiring, connection, token, kind)
        tries = LoginTries.build(wiring, account.login, visit)
        refused = tries.count(connection, now)
    tries.raise_refusal(refused)
    return ticket, account, tries


def _ticket_secret(wiring: Wiring, ticket: LoginTicket) -> str:
    assert ticket.totp_secret is not None, "a ticket that registers a phone has its secret"
    return decrypt_totp_secret(totp_key(wiring), ticket.account_id, ticket.totp_secret)


def _use_code(
    wiring: Wiring, connection: Connection, account: Account, code: str, now: datetime
) -> str | None:
    """Use up a code; return which factor it is, None if it is wrong or was used."""
    digits = parse_totp_code(code)
    if digits is None:
        return (
            RECOVERY_CODE
            if use_recovery_code(connection, secret_marker(wiring), account.id, code, now)
            else None
        )
    if account.totp_secret is None:
        return None
    secret = decrypt_totp_secret(totp_key(wiring), account.id, account.totp_secret)
    step = find_totp_step(secret, digits, now, account.totp_last_step)
    return PHONE_CODE if step is not None and use_totp_step(connection, account.id, step) else None


def _is_used_code(wiring: Wiring, account: Account, code: str, now: datetime) -> bool:
    """Return whether a refused code is one that the phone shows now: it was used, or an earlier one than the last."""
    digits = parse_totp_code(code)
    if digits is None or account.totp_secret is None:
        return False
    secret = decrypt_totp_secret(totp_key(wiring), account.id, account.totp_secret)
    return find_totp_step(secret, digits, now, None) is not None
