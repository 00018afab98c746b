"""Run the act of an officer on the ledger in one transaction."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection

from benefits import Officer
from yihui.access.actor import Actor, ActorKind
from yihui.bootstrap import Wiring
from yihui.services.acting import run_act
from yihui.services.rule_life import acting_officer

T = TypeVar("T")
CONSOLE = Actor("console", "console", ActorKind.CONSOLE)
"""Who reads on the console what is not personal; an act there has a name."""


def find_console_actor(wiring: Wiring, by: str) -> Actor:
    """Return who acts on the console. *Raises*: FaultError for an invalid name, or if the clock is stopped."""
    who = acting_officer(wiring, by).who
    return Actor(f"console:{who}", who, ActorKind.CONSOLE)


def act_as_officer(wiring: Wiring, by: str, reason: str, work: Callable[[Connection, Officer], T]) -> T:
    """Run the act in the name of the officer who acts now. *Raises*: FaultError if the act is refused."""
    acting = acting_officer(wiring, by, reason)
    return run_act(wiring, lambda connection: work(connection, acting))
