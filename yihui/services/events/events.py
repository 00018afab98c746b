"""Store events in the ingress table, from which a runner or the relay takes them."""

from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from core.civil_time import civil_date
from core.faults import Fault
from events import Event, accept_events
from events.runner import ingress_backlog
from yihui.access.senders import Sender
from yihui.bootstrap import Wiring
from yihui.services.access.sender_bounds import find_bound_faults


def store_accepted_events(wiring: Wiring, events: Sequence[Event]) -> None:
    """Store events in one transaction. *Raises*: StoreError."""
    with wiring.database.write() as connection:
        accept_events(connection, events, wiring.now())


def accept_sent_events(
    wiring: Wiring, events: Sequence[Event], require_sender: Callable[[Connection], Sender]
) -> list[tuple[Fault, ...]]:
    """Store in one transaction the events that a sender may send; return for each event why not, if not.

    ``require_sender`` names the sender within that transaction, so that no event is stored after the
    revocation of its key. *Raises*: FaultError for an invalid key; StoreError.
    """
    now = wiring.now()
    with wiring.database.write() as connection:
        faults = find_bound_faults(connection, require_sender(connection), events, civil_date(now))
        allowed = [event for event, found in zip(events, faults, strict=True) if not found]
        accept_events(connection, allowed, now)
    return faults


def count_waiting_events(wiring: Wiring, limit: int) -> int:
    """Count the accepted events that wait, up to a limit. *Raises*: StoreError."""
    with wiring.database.read() as connection:
        return ingress_backlog(connection, limit)
