"""Store events in the ingress table, from which a runner or the relay takes them; or process own events at once."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection

from core.civil_time import civil_date
from core.faults import Fault, FaultError, raise_faults
from events import Event, InboundEvent, InvalidEvent, accept_events, validate_event
from events.pipeline import BatchOutcome, process_batch
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


def build_event(now: datetime, **stated: object) -> Event:
    """Build an event of its attributes. *Raises*: FaultError with all that is wrong with them."""
    event = validate_event({"specversion": "1.0", **stated}, now)
    if isinstance(event, InvalidEvent):
        raise FaultError(list(event.faults))
    return event


def process_events(
    wiring: Wiring, connection: Connection, events: Sequence[Event], now: datetime, *, is_own: bool = True
) -> BatchOutcome:
    """Process an act's events in its transaction. *Raises*: FaultError with every reason why one is refused.

    ``is_own`` as ``InboundEvent`` explains it: without it, what only two officers' acts publish is refused.
    """
    batch = [InboundEvent(one, one.source.strip("/"), is_own) for one in events]
    outcome = process_batch(batch, connection, wiring.runner.library(connection), now)
    raise_faults([fault for letter in outcome.dead_letters for fault in letter.faults])
    return outcome
