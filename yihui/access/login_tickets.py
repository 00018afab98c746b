"""Tickets between the steps of a log-in, and officers' one-time set-up codes: each opens one step, once.

Codes that people copy from a screen or paper are drawn at random, read with a typist's slips, stored as marks by a key
that is in no database: whoever writes a row has no code for it, and no row can be given another account.
"""

import secrets
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, select

from store import update_row_if_matched
from yihui.access.secret_marks import SecretMarker
from yihui.access.session_rows import TOKEN_BYTES
from yihui.access.tables import login_tickets

# Crockford's base 32: no letter looks like another letter or a digit of it.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SLIPS = str.maketrans({"O": "0", "I": "1", "L": "1"})
_DASHES = frozenset("-‐‑‒–—−~_·. \t　")
_GROUP = 4
SETUP_CODE_LENGTH = 20
SETUP_LIFETIME = timedelta(hours=72)
STEP_LIFETIME = timedelta(minutes=10)


def create_secret_code(length: int) -> str:
    """Return a new code in groups of four; each character has five random bits."""
    text = "".join(secrets.choice(ALPHABET) for _ in range(length))
    return "-".join(text[start : start + _GROUP] for start in range(0, length, _GROUP))


def parse_secret_code(text: str, length: int) -> str | None:
    """Return the characters of a typed code; None if it can't be one.

    >>> parse_secret_code("ａbc1 2O4l", 8)
    'ABC12041'
    """
    if len(text) > 4 * length:
        return None
    plain = "".join(c for c in unicodedata.normalize("NFKC", text) if c not in _DASHES).upper()
    plain = plain.translate(_SLIPS)
    return plain if len(plain) == length and set(plain) <= set(ALPHABET) else None


class TicketKind(StrEnum):
    """The step that a ticket opens; stored."""

    SETUP = "setup"  # choose a password
    CODE = "code"  # type a code of the phone
    ENROL = "enrol"  # register a phone


@dataclass(frozen=True, slots=True)
class LoginTicket:
    """A ticket that is neither used nor too old."""

    mark: str
    account_id: int
    issued_by: str
    totp_secret: bytes | None = field(default=None, repr=False)


def issue_ticket(
    connection: Connection,
    marker: SecretMarker,
    account_id: int,
    kind: TicketKind,
    *,
    issued_by: str,
    now: datetime,
    totp_secret: bytes | None = None,
) -> str:
    """Store a ticket and return its token; earlier tickets of this step and account open nothing any more."""
    c, is_setup = login_tickets.c, kind is TicketKind.SETUP
    connection.execute(
        login_tickets.update()
        .where(c.account_id == account_id, c.kind == kind.value, c.used_at.is_(None))
        .values(used_at=now)
    )
    token = create_secret_code(SETUP_CODE_LENGTH) if is_setup else secrets.token_urlsafe(TOKEN_BYTES)
    connection.execute(
        login_tickets.insert().values(
            token_digest=marker.mark(_owner(account_id, kind), _plain(token, kind)),
            account_id=account_id,
            kind=kind.value,
            totp_secret=totp_secret,
            issued_by=issued_by,
            created_at=now,
            expires_at=now + (SETUP_LIFETIME if is_setup else STEP_LIFETIME),
        )
    )
    return token


def find_ticket(
    connection: Connection, marker: SecretMarker, token: str, kind: TicketKind, now: datetime
) -> LoginTicket | None:
    """Return the ticket of a token; None if it is unknown, used or too old. An account has one of each kind at most."""
    c, plain = login_tickets.c, _plain(token, kind)
    living = select(login_tickets).where(c.kind == kind.value, c.used_at.is_(None), c.expires_at > now)
    for row in connection.execute(living):
        if marker.confirms(row.token_digest, _owner(row.account_id, kind), plain):
            return LoginTicket(row.token_digest, row.account_id, row.issued_by, row.totp_secret)
    return None


def use_ticket(connection: Connection, ticket: LoginTicket, now: datetime) -> bool:
    """Use a ticket up; of two requests at once only the first one gets True."""
    c = login_tickets.c
    statement = login_tickets.update().where(c.token_digest == ticket.mark, c.used_at.is_(None))
    return update_row_if_matched(connection, statement.where(c.expires_at > now).values(used_at=now))


def end_tickets(connection: Connection, account_id: int, now: datetime) -> None:
    """Use up every ticket of an account: whoever began a log-in with the old password can't finish it."""
    c = login_tickets.c
    connection.execute(
        login_tickets.update().where(c.account_id == account_id, c.used_at.is_(None)).values(used_at=now)
    )


def purge_tickets(connection: Connection, now: datetime) -> None:
    """Delete tickets that ended a day ago."""
    connection.execute(login_tickets.delete().where(login_tickets.c.expires_at <= now - timedelta(days=1)))


def _plain(token: str, kind: TicketKind) -> str:
    return parse_secret_code(token, SETUP_CODE_LENGTH) or "" if kind is TicketKind.SETUP else token


def _owner(account_id: int, kind: TicketKind) -> str:
    return f"{login_tickets.name} {account_id} {kind.value}"
