"""Store events in the ingress table, from which a runner or the relay takes them."""

from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from core.faults import Fault
from events import Event, accept_events
from events.runner import ingress_backlog
from yihui.bootstrap import Wiring
from yihui.services.event_reach import audit_events, find_event_faults
from yihui.services.reach import Reach


def store_accepted_events(
    wiring: Wiring, events: Sequence[Event], also: Callable[[Connection], None] | None = None
) -> None:
    """Store events in one transaction, in which ``also`` may check or record something. *Raises*: StoreError."""
    with wiring.database.write() as connection:
        if also is not None:
            also(connection)
        accept_events(connection, events, wiring.now())


def accept_sent_events(
    wiring: Wiring, events: Sequence[Event], reach: Reach | None, door: str
) -> dict[int, Fault]:
    """Store the events that a sender may send, in one transaction. Return why not, by position, for the others.

    *Raises*: StoreError.
    """
    with wiring.database.write() as connection:
        faults = find_event_faults(connection, reach, events)
        allowed = [event for n, event in enumerate(events) if n not in faults]
        accept_events(connection, allowed, wiring.now())
        audit_events(connection, reach, allowed, door)
    return faults


def count_waiting_events(wiring: Wiring, limit: int) -> int:
    """Count the accepted events that wait, up to a limit. *Raises*: StoreError."""
    with wiring.database.read() as connection:
        return ingress_backlog(connection, limit)
