"""Accounts of officers: login, password, the phone's codes and the recovery codes, and who opened an account last.

Another administrator confirms an opening; until then its officer is neither person of an act of two. No fault of a
log-in quotes what was typed: it may be a password.
"""

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, and_, func, or_, select

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from store import build_record, insert_into, update_row_if_matched
from yihui.access.login_tickets import create_secret_code, parse_secret_code
from yihui.access.roles import Role
from yihui.access.secret_marks import SecretMarker
from yihui.access.tables import officer_accounts, officers, recovery_codes, role_assignments

_AGAIN = N_("log in again")
_OTHER = N_("choose another one; several words that you remember make a good one")
LOGIN_FAULTS = FaultTable(
    "login",
    {
        "wrong": (
            N_("the login or the password is wrong"),
            N_("type them again; an administrator of your union can give you a new set-up code"),
        ),
        "wrong_code": (
            N_("the code is wrong, or was used before"),
            N_("wait for the next code of your phone, or type one of your recovery codes"),
        ),
        "too_many": (
            N_("too many tries to log in"),
            N_("try again in {minutes} minutes"),
        ),
        "step_over": (N_("this step was open for too long, or is done already"), _AGAIN),
        "setup_code": (
            N_("this set-up code is not known, was used, or is too old"),
            N_("type it again; an administrator of your union can give you a new one"),
        ),
        "login_form": (
            N_("“{value}” can't be a login"),
            N_("write 2 to 64 letters, digits, dots, hyphens or underscores"),
        ),
        "login_taken": (N_("the login {value} is taken"), N_("choose another one")),
        "officer_unknown": (
            N_("there is no officer {value} who may log in"),
            N_("look at `yihui officers list`"),
        ),
        "no_local_account": (
            N_("{value} logs in by the union's identity provider and has no password here"),
            N_("change the password there"),
        ),
        "password_short": (
            N_("the password has {count} characters; it must have at least {least}"),
            _OTHER,
        ),
        "password_long": (N_("the password has more than {most} characters"), _OTHER),
        "password_common": (N_("many people use this password, so it is tried first"), _OTHER),
        "password_login": (N_("the password is the login"), _OTHER),
        "password_controls": (N_("the password holds a character that no keyboard types"), _OTHER),
        "password_twice": (N_("the two new passwords differ"), N_("type the same one twice")),
        "password_old": (N_("the password of until now is wrong"), N_("type it again")),
        "form": (
            N_("this form was open for too long, or was sent by another site"),
            N_("nothing was done; send it again from here. The browser must accept this site's cookies"),
        ),
        "not_encrypted": (
            N_("the connection is not encrypted, so nobody logs in over it"),
            N_("open the site by https://"),
        ),
        "secret_unreadable": (
            N_("the phone's secret of this account can't be read: the key of log-ins is another one"),
            N_("put login.key or YIHUI_LOGIN_KEY back, or have a new set-up code given"),
        ),
        "session_over": (N_("there is no such session, or it has ended"), N_("open the list anew")),
        "console_name": (
            N_("the officer's login is missing"),
            N_("write yihui login NAME, or yihui login --setup the first time"),
        ),
    },
)


LOCAL_ISSUER = ""
RECOVERY_CODES, RECOVERY_CODE_LENGTH = 10, 24  # 120 random bits
_LOGIN = re.compile(r"[\w.@-]{2,64}")
_LONGEST_LOGIN = 200


@dataclass(frozen=True, slots=True)
class Account:
    """A way in which an officer logs in; neither it nor its officer has ended."""

    id: int
    officer_id: str
    subject: str
    issuer: str
    login: str
    password_hash: str | None = field(repr=False)
    totp_secret: bytes | None = field(repr=False)
    totp_confirmed_at: datetime | None
    totp_last_step: int | None

    @property
    def is_local(self) -> bool:
        return self.issuer == LOCAL_ISSUER

    @property
    def has_totp(self) -> bool:
        return self.totp_secret is not None and self.totp_confirmed_at is not None


def normalise_login(text: str) -> str:
    """Return a login as it is stored and compared: full-width and capital letters are the usual ones."""
    return unicodedata.normalize("NFKC", text[:_LONGEST_LOGIN]).strip().casefold()


def insert_account(
    connection: Connection, officer_id: str, issuer: str, subject: str, by: str, now: datetime
) -> int | None:
    """Insert an account that an administrator opens, and return its number; None if it is there already."""
    statement = insert_into(connection, officer_accounts).values(
        officer_id=officer_id,
        issuer=issuer,
        external_subject=subject,
        created_at=now,
        opened_by=by,
        opened_at=now,
    )
    added = statement.on_conflict_do_nothing().returning(officer_accounts.c.id)
    number: int | None = connection.execute(added).scalar_one_or_none()
    return number


def add_local_account(connection: Connection, officer_id: str, login: str, by: str, now: datetime) -> int:
    """Add an account without a password and return its number; a set-up code opens it. ``by``: who adds it.

    *Raises*: FaultError if the login can't be one or is taken, also by an account that ended.
    """
    plain = normalise_login(login)
    if not _LOGIN.fullmatch(plain):
        raise FaultError(LOGIN_FAULTS.build("login_form", field="login", value=login[:80]))
    number = insert_account(connection, officer_id, LOCAL_ISSUER, plain, by, now)
    if number is None:
        raise FaultError(LOGIN_FAULTS.build("login_taken", field="login", value=plain))
    return number


def find_local_account(connection: Connection, login: str) -> Account | None:
    """Return the account of a login; None if there is none, or it or its officer has ended."""
    c, plain = officer_accounts.c, normalise_login(login)
    if not _LOGIN.fullmatch(plain):
        return None
    return _find(connection, (c.issuer == LOCAL_ISSUER) & (c.external_subject == plain))


def find_officers_local_account(connection: Connection, officer_id: str) -> Account | None:
    """Return an officer's newest local account."""
    c = officer_accounts.c
    return _find(connection, (c.issuer == LOCAL_ISSUER) & (c.officer_id == officer_id))


def load_account(connection: Connection, account_id: int) -> Account | None:
    """Return an account by its number; None if it or its officer has ended."""
    return _find(connection, officer_accounts.c.id == account_id)


def store_password(connection: Connection, account_id: int, new_hash: str, *, instead_of: str | None) -> bool:
    """Store a password's hash if the stored one is still the one that was checked; return whether it was."""
    c = officer_accounts.c
    statement = officer_accounts.update().where(
        c.id == account_id, c.password_hash.is_not_distinct_from(instead_of)
    )
    return update_row_if_matched(connection, statement.values(password_hash=new_hash))


def use_totp_step(connection: Connection, account_id: int, step: int) -> bool:
    """Use up a step and all earlier ones; of two processes with the same code only the first gets True."""
    c = officer_accounts.c
    is_later = c.totp_last_step.is_(None) | (c.totp_last_step < step)
    statement = officer_accounts.update().where(c.id == account_id, is_later)
    return update_row_if_matched(connection, statement.values(totp_last_step=step))


def confirm_totp(connection: Connection, account_id: int, secret: bytes, step: int, now: datetime) -> None:
    """Store the secret of a phone that showed a right code; the code is used up."""
    connection.execute(
        officer_accounts.update()
        .where(officer_accounts.c.id == account_id)
        .values(totp_secret=secret, totp_confirmed_at=now, totp_last_step=step)
    )


def reset_account(connection: Connection, account_id: int) -> None:
    """Delete the password, the phone's secret and the recovery codes: only a set-up code opens the account."""
    connection.execute(
        officer_accounts.update()
        .where(officer_accounts.c.id == account_id)
        .values(password_hash=None, totp_secret=None, totp_confirmed_at=None)
    )
    connection.execute(recovery_codes.delete().where(recovery_codes.c.account_id == account_id))


def replace_recovery_codes(
    connection: Connection, marker: SecretMarker, account_id: int, now: datetime
) -> tuple[str, ...]:
    """Store ten new recovery codes instead of all earlier ones; they are shown here for the only time."""
    codes = tuple(create_secret_code(RECOVERY_CODE_LENGTH) for _ in range(RECOVERY_CODES))
    connection.execute(recovery_codes.delete().where(recovery_codes.c.account_id == account_id))
    connection.execute(
        recovery_codes.insert(),
        [
            {"account_id": account_id, "digest": _mark(marker, account_id, code), "created_at": now}
            for code in codes
        ],
    )
    return codes


def use_recovery_code(
    connection: Connection, marker: SecretMarker, account_id: int, code: str, now: datetime
) -> bool:
    """Use up a recovery code; False if it is unknown or was used."""
    c = recovery_codes.c
    statement = recovery_codes.update().where(
        c.account_id == account_id, c.digest == _mark(marker, account_id, code), c.used_at.is_(None)
    )
    return update_row_if_matched(connection, statement.values(used_at=now))


def count_recovery_codes(connection: Connection, account_id: int) -> int:
    """Return how many recovery codes are left."""
    c = recovery_codes.c
    query = select(func.count()).where(c.account_id == account_id, c.used_at.is_(None))
    return connection.execute(query).scalar_one()


def _mark(marker: SecretMarker, account_id: int, code: str) -> str:
    """Return what is stored of a code: whoever writes a row has no code for it."""
    plain = parse_secret_code(code, RECOVERY_CODE_LENGTH) or ""
    return marker.mark(f"{recovery_codes.name} {account_id}", plain)


def _find(connection: Connection, condition: object) -> Account | None:
    a, o = officer_accounts.c, officers.c
    row = connection.execute(
        select(officer_accounts, o.subject)
        .join(officers, o.id == a.officer_id)
        .where(condition, a.ended_at.is_(None), o.ended_at.is_(None))  # type: ignore[arg-type]
        .order_by(a.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else build_record(Account, row, login=row.external_subject)


@dataclass(frozen=True, slots=True)
class AccountOpening:
    """Who gave an officer a way to log in, and when: this person could log in as that officer since."""

    officer: str
    opened_by: str
    opened_at: datetime
    account: int
    confirmed_by: str | None = None


def hash_identity(issuer: str, subject: str) -> str:
    """Return the digest by which an audit entry names an account of a provider."""
    return hashlib.sha256(f"{issuer}\0{subject}".encode()).hexdigest()


def record_opening(connection: Connection, account_id: int, by: str, now: datetime) -> None:
    """Record who opened an account. If it is the officer's own, the earlier opener stays recorded."""
    a, owner, opener = officer_accounts.c, officers.alias("owner"), officers.alias("opener")
    same = (
        select(owner.c.id)
        .join(opener, opener.c.subject == owner.c.subject)
        .where(owner.c.id == a.officer_id, func.lower(opener.c.id) == by.lower())
        .correlate(officer_accounts)
    )
    connection.execute(
        officer_accounts.update()
        .where(a.id == account_id, ~same.exists())
        .values(opened_by=by, opened_at=now, confirmed_by=None, confirmed_at=None)
    )


def confirm_openings(connection: Connection, officer: str, by: str, now: datetime) -> list[int]:
    """Record that somebody confirmed the openings of an officer's accounts; return the numbers of the accounts."""
    a = officer_accounts.c
    waiting = (a.officer_id == officer) & a.ended_at.is_(None) & a.confirmed_at.is_(None)
    done = officer_accounts.update().where(waiting).values(confirmed_by=by, confirmed_at=now)
    return sorted(connection.execute(done.returning(a.id)).scalars())


def withdraw_confirmations(connection: Connection, officer: str, opener: str) -> None:
    """Let the openings of an officer's accounts by one administrator, under any name, wait to be confirmed again."""
    a, who, other = officer_accounts.c, officers.alias("who"), officers.alias("other")
    names = (
        select(func.lower(other.c.id))
        .join(who, who.c.subject == other.c.subject)
        .where(func.lower(who.c.id) == opener.lower())
    )
    opened = or_(func.lower(a.opened_by) == opener.lower(), func.lower(a.opened_by).in_(names))
    same = and_(a.officer_id == officer, opened)
    connection.execute(officer_accounts.update().where(same).values(confirmed_by=None, confirmed_at=None))


def count_administrators(connection: Connection) -> int:
    """Return how many officers were ever made administrators."""
    r = role_assignments.c
    query = select(func.count(r.officer_id.distinct())).where(r.role == Role.ADMINISTRATOR.value)
    return connection.execute(query).scalar_one()


def has_account(connection: Connection, officer: str) -> bool:
    """Return whether an officer ever had an account, also one that ended."""
    query = select(officer_accounts.c.id).where(officer_accounts.c.officer_id == officer).limit(1)
    return connection.execute(query).first() is not None


def list_openings(connection: Connection, officer: str) -> list[AccountOpening]:
    """List who opened the accounts with which an officer can log in today."""
    a = officer_accounts.c
    query = (
        select(a.opened_by, a.opened_at, a.id, a.confirmed_by)
        .where(a.officer_id == officer, a.ended_at.is_(None))
        .order_by(a.id)
    )
    return [AccountOpening(officer, *row) for row in connection.execute(query)]
