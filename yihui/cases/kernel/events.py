"""Events that an act states itself: built of their attributes, and processed in the act's transaction."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from core.faults import FaultError, raise_faults
from events import Event, InboundEvent, InvalidEvent, validate_event
from events.pipeline import BatchOutcome, process_batch
from yihui.bootstrap import Wiring


def build_event(now: datetime, **stated: object) -> Event:
    """Build an event of its attributes. *Raises*: FaultError with all that is wrong with them."""
    event = validate_event({"specversion": "1.0", **stated}, now)
    if isinstance(event, InvalidEvent):
        raise FaultError(list(event.faults))
    return event


def process_events(
    wiring: Wiring, connection: Connection, events: Sequence[Event], now: datetime
) -> BatchOutcome:
    """Process an act's own events in its transaction. *Raises*: FaultError with every reason why one is refused."""
    batch = [InboundEvent(one, one.source.strip("/"), is_own=True) for one in events]
    outcome = process_batch(batch, connection, wiring.runner.library(connection), now)
    raise_faults([fault for letter in outcome.dead_letters for fault in letter.faults])
    return outcome
