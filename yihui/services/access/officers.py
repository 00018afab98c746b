"""Run the act of an officer on the ledger in one transaction."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection

from benefits import Officer
from yihui.bootstrap import Wiring
from yihui.services.access.acting import run_act
from yihui.services.rules.life import acting_officer

T = TypeVar("T")
"""Who reads on the console what is not personal; an act there has a name."""


def act_as_officer(wiring: Wiring, by: str, reason: str, work: Callable[[Connection, Officer], T]) -> T:
    """Run the act in the name of the officer who acts now. *Raises*: FaultError if the act is refused."""
    acting = acting_officer(wiring, by, reason)
    return run_act(wiring, lambda connection: work(connection, acting))
