"""Take the locks of the rules before an act that posts, and seal the ledger after it."""

from typing import TYPE_CHECKING

from yihui.bootstrap import Wiring

if TYPE_CHECKING:
    from sqlalchemy import Connection


def take_rules(wiring: Wiring, connection: "Connection") -> None:
    """Take the locks of the rules, which come before those of members and things."""
    wiring.runner.library(connection)


def seal(wiring: Wiring) -> None:
    """Seal what an act posted."""
    from yihui.services.ledger.sealing import seal_pending

    seal_pending(wiring)
