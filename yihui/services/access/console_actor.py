"""Find out who acts on the console: the officer who is logged in there, or the user of the operating system."""

import getpass
import os
import re

from sqlalchemy import Connection

from benefits import OFFICER_FAULTS, is_officer_name
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from members import has_personal_number
from yihui.access.actor import CONSOLE_PREFIX, Actor, ActorKind
from yihui.access.officers import find_officer
from yihui.bootstrap import Wiring

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


def find_console_actor(wiring: Wiring, name: str | None = None) -> Actor:
    """Return who acts on the console; ``name`` is what --as gave, if it was given.

    In a demo installation --as may name any officer, so that one visitor can play two persons. Elsewhere the
    officer must be logged in here, and without one the user of the operating system acts as ``console:NAME``.

    *Raises*: FaultError for a name that isn't logged in.
    """
    from yihui.services.access.console_session import load_console_session

    name = None if name is None else name.strip()
    if name == "":
        raise FaultError(OFFICER_FAULTS.build("unnamed", field="--as", value=""))
    if name and not is_officer_name(name):
        shown = "…" if has_personal_number(name) else name[:40]
        raise FaultError(OFFICER_FAULTS.build("bad_name", field="--as", value=shown))
    if name and is_demo_installation(wiring):
        return _demo_officer(wiring, name)
    officer = load_console_session(wiring)
    if not name:
        return officer or console_user()
    if officer is None:
        raise FaultError(_FAULTS.build("not_logged_in", field="--as", value=name))
    if officer.id.lower() != name.lower():
        raise FaultError(_FAULTS.build("somebody_else", field="--as", value=name, who=officer.id))
    return officer


def is_demo_installation(wiring: Wiring) -> bool:
    """Return whether the data folder is that of a demo, whose visitors may play any officer."""
    return wiring.settings.is_demo


def _demo_officer(wiring: Wiring, name: str) -> Actor:
    def subject(connection: Connection) -> str:
        known = find_officer(connection, name)
        return known.subject if known else name.lower()

    if not wiring.has_database:
        return Actor(name, name.lower(), ActorKind.DEMO)
    with wiring.database.read() as connection:
        return Actor(name, subject(connection), ActorKind.DEMO)


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
