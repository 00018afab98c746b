"""Who acts: an officer in a session, an officer or a user of the console, a sender, or the program itself."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from yihui.access.roles import Role

CONSOLE_PREFIX = "console:"  # of the names of users of the operating system


class ActorKind(StrEnum):
    OFFICER = "officer"  # logged in, by browser or with a token on the console
    CONSOLE = "console"  # the user of the operating system, who could open the database anyway
    DEMO = "demo"  # anybody on the machine of a demo installation
    SENDER = "sender"  # another program, with a key of its own
    MEMBER = "member"  # logged in at the member's page: her own data, and no role
    UNKNOWN = "unknown"  # somebody who is not logged in: who failed to log in, in the audit log
    JOB = "job"  # the program: schedule, expiry, sealing


@dataclass(frozen=True, slots=True)
class Assignment:
    """A role for an organisation and all below it, from ``since`` to ``until`` (both days included).

    ``deputy_of`` is the officer whose role it is if this officer only stands in for them.
    """

    role: Role
    organisation: str
    since: date
    until: date | None = None
    deputy_of: str | None = None

    def holds(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An officer's account that doesn't count yet: ``opened_by`` could log in with it, and nobody else has looked.

    It counts from ``counts_from`` on, if it is confirmed by then. ``confirmers`` are the officers who can do that.
    """

    officer: str
    opened_by: str
    counts_from: datetime
    is_confirmed: bool
    confirmers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. ``id`` is the officer's short name, ``console:NAME``, ``sender:NAME``, ``job:NAME`` or ``demo``.

    ``subject`` is the person behind it: two officers of one subject are one person. ``authenticated_at`` is
    the last log-in of the session, with all its factors. ``new_account`` is the account of the log-in while it
    doesn't count.
    """

    id: str
    subject: str
    kind: ActorKind
    assignments: tuple[Assignment, ...] = ()
    authenticated_at: datetime | None = None
    session: str | None = None
    new_account: NewAccount | None = None


def is_console_user(who: str) -> bool:
    """Return whether a stored actor is a user of the operating system, who logged in nowhere."""
    return who.casefold().startswith(CONSOLE_PREFIX)


UNKNOWN = Actor("unknown", "unknown", ActorKind.UNKNOWN)
CONSOLE = Actor("console", "console", ActorKind.CONSOLE)  # where it doesn't matter which user reads
