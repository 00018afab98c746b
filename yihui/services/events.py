"""Store events in the ingress table, from which a runner or the relay takes them."""

from collections.abc import Sequence

from events import Event, accept_events
from events.runner import ingress_backlog
from yihui.bootstrap import Wiring


def store_accepted_events(wiring: Wiring, events: Sequence[Event]) -> None:
    """Store events in one transaction. *Raises*: StoreError."""
    with wiring.database.write() as connection:
        accept_events(connection, events, wiring.now())


def count_waiting_events(wiring: Wiring, limit: int) -> int:
    """Count the accepted events that wait, up to a limit. *Raises*: StoreError."""
    with wiring.database.read() as connection:
        return ingress_backlog(connection, limit)
