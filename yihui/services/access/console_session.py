"""The console's session: its token lies in a file of the data folder that only its owner may read."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from yihui.access.actor import Actor
from yihui.access.sessions import (
    EndReason,
    OpenedSession,
    SessionKind,
    end_session,
    find_session,
)
from yihui.bootstrap import Wiring
from yihui.services.access.officer_login import find_officer_login

CONSOLE_SESSION_FILE = "console.session"
_LONGEST_FILE_BYTES = 200


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
    path = _path(wiring)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # of mode 600
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(opened.token)
    except OSError:
        Path(name).unlink()
        raise
    Path(name).replace(path)


def end_console_session(wiring: Wiring) -> bool:
    """End this console's session and delete its file; return whether somebody was logged in."""
    token, ended = _read_token(wiring), False
    if token and wiring.has_database:
        now = wiring.now()
        with wiring.database.write() as connection:
            session = find_session(connection, token, now)
            if session is not None:
                ended = end_session(connection, session.id, actor=None, reason=EndReason.LOGGED_OUT, now=now)
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
