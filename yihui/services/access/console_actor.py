"""Who acts on the console: the officer who is logged in there, or the user of the operating system.

The token of the console's session lies in a file of the data folder that only its owner may read.
"""

import getpass
import os
import re
from contextlib import suppress
from pathlib import Path

from benefits import OFFICER_FAULTS, is_officer_name
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from members import has_personal_number
from yihui.access.actor import CONSOLE_PREFIX, Actor, ActorKind
from yihui.access.officers import find_officer
from yihui.access.sessions import EndReason, OpenedSession, SessionKind, end_session, find_session
from yihui.bootstrap import Wiring
from yihui.files.whole_files import write_atomically
from yihui.services.access.officer_login import find_officer_login

_LONGEST_USER = 24  # with the prefix, it fits where officers' names are stored
_FAULTS = FaultTable(
    "console_actor",
    {
        "not_logged_in": (
            N_("{value} is not logged in on this console"),
            N_("log in with `yihui login`; without --as, the user of the operating system acts"),
        ),
        "somebody_else": (
            N_("{value} is not logged in on this console; {who} is"),
            N_("log in with `yihui login`, or leave --as out"),
        ),
    },
)
CONSOLE_SESSION_FILE = "console.session"
_LONGEST_FILE_BYTES = 200


def find_console_actor(wiring: Wiring, name: str | None = None) -> Actor:
    """Return who acts on the console; ``name`` is what --as gave, if it was given.

    In a demo installation --as may name any officer, so that one visitor can play two persons. Elsewhere the
    officer must be logged in here, and without one the user of the operating system acts as ``console:NAME``.

    *Raises*: FaultError for a name that isn't logged in.
    """
    name = None if name is None else name.strip()
    if name == "":
        raise FaultError(OFFICER_FAULTS.build("unnamed", field="--as", value=""))
    if name and not is_officer_name(name):
        shown = "…" if has_personal_number(name) else name[:40]
        raise FaultError(OFFICER_FAULTS.build("bad_name", field="--as", value=shown))
    if name and wiring.settings.is_demo:
        return _demo_officer(wiring, name)
    officer = load_console_session(wiring)
    if not name:
        return officer or console_user()
    if officer is None:
        raise FaultError(_FAULTS.build("not_logged_in", field="--as", value=name))
    if officer.id.lower() != name.lower():
        raise FaultError(_FAULTS.build("somebody_else", field="--as", value=name, who=officer.id))
    return officer


def _demo_officer(wiring: Wiring, name: str) -> Actor:
    if not wiring.has_database:
        return Actor(name, name.lower(), ActorKind.DEMO)
    with wiring.database.read() as connection:
        known = find_officer(connection, name)
    return Actor(name, known.subject if known else name.lower(), ActorKind.DEMO)


def console_user() -> Actor:
    """Return the user of the operating system as an actor, by a name that can be stored everywhere."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # a container's user need not have a name
        user = f"uid-{os.getuid()}"
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", user).strip("-._")[:_LONGEST_USER]
    if len(name) < 2 or has_personal_number(name):
        name = f"uid-{os.getuid()}"
    return Actor(CONSOLE_PREFIX + name, CONSOLE_PREFIX + name, ActorKind.CONSOLE)


def load_console_session(wiring: Wiring) -> Actor | None:
    """Return the officer who is logged in on this console; None if nobody is, or the session is over."""
    token = _read_token(wiring)
    if not token or not wiring.has_database:
        return None
    login = find_officer_login(wiring, token, SessionKind.CONSOLE)
    return login.actor if login else None


def store_console_session(wiring: Wiring, opened: OpenedSession) -> None:
    """Store the token of a new console session; an earlier session of this console ends."""
    end_console_session(wiring)
    write_atomically(_path(wiring), opened.token)


def end_console_session(wiring: Wiring) -> bool:
    """End this console's session and delete its file; return whether somebody was logged in."""
    token, ended = _read_token(wiring), False
    if token and wiring.has_database:
        now = wiring.now()
        with wiring.database.write() as connection:
            session = find_session(connection, token, now)
            if session is not None:
                ended = end_session(connection, session.id, EndReason.LOGGED_OUT, now)
    with suppress(FileNotFoundError):
        _path(wiring).unlink()
    return ended


def _path(wiring: Wiring) -> Path:
    return wiring.data_folder / CONSOLE_SESSION_FILE


def _read_token(wiring: Wiring) -> str:
    try:
        with _path(wiring).open("rb") as file:
            return file.read(_LONGEST_FILE_BYTES).decode("ascii", "replace").strip()
    except FileNotFoundError:
        return ""
