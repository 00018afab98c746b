"""Local accounts of officers: login, password, the phone's codes and the recovery codes, in the database."""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, func, select

from core.faults import FaultError
from store import build_record, insert_into, update_row_if_matched
from yihui.access.login_faults import LOGIN_FAULTS
from yihui.access.login_tables import recovery_codes
from yihui.access.secret_codes import create_secret_code, digest_code, parse_secret_code
from yihui.access.tables import officer_accounts, officers

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


def add_local_account(connection: Connection, officer_id: str, login: str, by: str, now: datetime) -> int:
    """Add an account without a password and return its number; a set-up code opens it. ``by``: who adds it.

    *Raises*: FaultError if the login can't be one or is taken, also by an account that ended.
    """
    plain = normalise_login(login)
    if not _LOGIN.fullmatch(plain):
        raise FaultError(LOGIN_FAULTS.build("login_form", field="login", value=login[:80]))
    statement = insert_into(connection, officer_accounts).values(
        officer_id=officer_id,
        issuer=LOCAL_ISSUER,
        external_subject=plain,
        created_at=now,
        opened_by=by,
        opened_at=now,
    )
    row = connection.execute(
        statement.on_conflict_do_nothing().returning(officer_accounts.c.id)
    ).one_or_none()
    if row is None:
        raise FaultError(LOGIN_FAULTS.build("login_taken", field="login", value=plain))
    return int(row.id)


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


def replace_recovery_codes(connection: Connection, account_id: int, now: datetime) -> tuple[str, ...]:
    """Store ten new recovery codes instead of all earlier ones; they are shown here for the only time."""
    codes = tuple(create_secret_code(RECOVERY_CODE_LENGTH) for _ in range(RECOVERY_CODES))
    connection.execute(recovery_codes.delete().where(recovery_codes.c.account_id == account_id))
    connection.execute(
        recovery_codes.insert(),
        [
            {"account_id": account_id, "digest": _digest(account_id, code), "created_at": now}
            for code in codes
        ],
    )
    return codes


def use_recovery_code(connection: Connection, account_id: int, code: str, now: datetime) -> bool:
    """Use up a recovery code; False if it is unknown or was used."""
    c = recovery_codes.c
    statement = recovery_codes.update().where(
        c.account_id == account_id, c.digest == _digest(account_id, code), c.used_at.is_(None)
    )
    return update_row_if_matched(connection, statement.values(used_at=now))


def count_recovery_codes(connection: Connection, account_id: int) -> int:
    """Return how many recovery codes are left."""
    c = recovery_codes.c
    query = select(func.count()).where(c.account_id == account_id, c.used_at.is_(None))
    return connection.execute(query).scalar_one()


def _digest(account_id: int, code: str) -> str:
    plain = parse_secret_code(code, RECOVERY_CODE_LENGTH) or ""
    return digest_code(f"recovery {account_id}", plain)


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
