"""Count the tries to log in: those of strangers by address and login, those of a known device by themselves.

A stranger who knows a login can use up the tries of strangers, but not those of a device that the officer uses.
"""

from dataclasses import dataclass, field
from datetime import datetime
from math import ceil

from sqlalchemy import Connection

from core.faults import FaultError
from yihui.access.accounts import LOGIN_FAULTS, normalise_login
from yihui.access.actor import UNKNOWN
from yihui.access.audit import AuditEntry, append_audit_entry
from yihui.access.login_throttle import (
    Bucket,
    TryCount,
    address_bucket,
    clear_tries,
    count_try,
    create_device_token,
    device_bucket,
    find_known_device,
    login_bucket,
    pair_bucket,
    purge_tries,
    release_try,
)
from yihui.access.login_tickets import purge_tickets
from yihui.access.sessions import SessionKind
from yihui.bootstrap import Wiring
from yihui.runtime.identity_key import derive_key

_CONSOLE = "console"  # whoever uses it could open the database anyway


@dataclass(frozen=True, slots=True)
class LoginVisit:
    """Who tries to log in, from where: a network, a device's name, and what its browser holds.

    ``session_token`` is of the session that is open there, ``device_token`` of an earlier log-in as a whole.
    """

    network: str
    device: str
    kind: SessionKind = SessionKind.BROWSER
    session_token: str = field(default="", repr=False)
    device_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class LoginTries:
    """The counts of one try: ``own`` is cleared by a log-in as a whole, ``shared`` only lose what was right."""

    own: Bucket
    shared: tuple[Bucket, ...]

    @classmethod
    def build(cls, wiring: Wiring, login: str, visit: LoginVisit) -> "LoginTries":
        key, name = throttle_key(wiring), normalise_login(login)
        known = find_known_device(_device_key(wiring), name, visit.device_token, wiring.now())
        if visit.kind is SessionKind.CONSOLE:
            known = _CONSOLE
        if known is not None:
            return cls(device_bucket(key, name, known), ())
        pair = pair_bucket(key, name, visit.network)
        return cls(pair, (address_bucket(key, visit.network), login_bucket(key, name)))

    def count(self, connection: Connection, now: datetime) -> TryCount | None:
        """Count the try; return the count that is exceeded.

        An address with too many tries is counted alone: it neither fills the table with logins that it makes
        up, nor goes on using up the tries of all strangers for a login.
        """
        address, login = self.shared[:1], self.shared[1:]
        for bucket in (*address, self.own, *login):
            count = count_try(connection, bucket, now)
            if count.is_over:
                if count.is_first_over:  # once, or whoever tries on would fill the log
                    entry = AuditEntry(
                        "accounts.throttle", "account", "unknown", after={"tries_of": bucket.kind}
                    )
                    append_audit_entry(connection, UNKNOWN, entry, now)
                return count
        return None

    def raise_refusal(self, refused: TryCount | None) -> None:
        if refused is not None:
            raise too_many_tries(refused)

    def release_shared(self, connection: Connection) -> None:
        """Take back a try whose password was right: only wrong ones count against others."""
        for bucket in self.shared:
            release_try(connection, bucket)

    def forget(self, connection: Connection, now: datetime) -> None:
        """Forget the tries of a login that was right as a whole, and delete what is past."""
        for bucket in self.shared[:1]:  # in the order of count(): two log-ins never wait for each other
            release_try(connection, bucket)
        clear_tries(connection, self.own)
        for bucket in self.shared[1:]:
            release_try(connection, bucket)
        purge_tries(connection, now)
        purge_tickets(connection, now)


def issue_device_token(wiring: Wiring, login: str) -> str:
    """Return the token of a device on which an officer has just logged in as a whole."""
    return create_device_token(_device_key(wiring), normalise_login(login), wiring.now())


def throttle_key(wiring: Wiring) -> bytes:
    return derive_key(wiring.login_key, "throttle")


def _device_key(wiring: Wiring) -> bytes:
    return derive_key(wiring.login_key, "known devices")


def too_many_tries(count: TryCount) -> FaultError:
    minutes = max(1, ceil(count.wait.total_seconds() / 60))
    return FaultError(LOGIN_FAULTS.build("too_many", minutes=minutes))
