"""The inbox rows of one batch: which of its events are new, and which are processed at its end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, tuple_

from core.faults import Fault
from events.envelope import Event
from events.faults import EVENT_FAULTS
from store import INBOX_BATCHES, close_batch, enqueue_for_sealing, inbox, insert_unseen_events, open_batch
from store.tables import row_batches

_Key = tuple[str, str]
_Digests = dict[_Key, str]


@dataclass(frozen=True, slots=True)
class BatchInbox:
    """The inbox state of a batch's events. ``handled`` grows while the batch is processed."""

    handled: _Digests  # digest of the event processed under a key
    inserted: _Digests  # digests that this batch added to the inbox
    batch: int | None  # the number of the batch of these rows

    @property
    def newly_handled(self) -> _Digests:
        """The events that this batch processed for the first time."""
        return {key: self.handled[key] for key in self.inserted if key in self.handled}

    def is_duplicate(self, event: Event) -> bool:
        """Return whether this very event has been processed before."""
        return self.handled.get(event.key) == event.digest

    def find_id_faults(self, event: Event) -> tuple[Fault, ...]:
        """Return the fault of an event whose id another event bears that has been processed."""
        reused = event.key in self.handled
        return (EVENT_FAULTS.build("id_reused", field="id", value=event.id),) if reused else ()

    def correct(self, transaction: Connection, now: datetime) -> None:
        """Leave only processed events in the inbox, so that the others can be replayed once they are mended.

        If an id came twice and only the second event was valid, the second one stays.
        """
        if self.batch is None:
            return
        wrong = [key for key, digest in self.inserted.items() if self.handled.get(key) != digest]
        rows = {
            key: {"source": key[0], "id": key[1], "digest": digest, "recorded_at": now}
            for key, digest in sorted(self.newly_handled.items())
        }
        if wrong:
            transaction.execute(delete(inbox).where(tuple_(inbox.c.source, inbox.c.id).in_(wrong)))
            if anew := [{**rows[key], "batch": self.batch} for key in wrong if key in rows]:
                transaction.execute(insert(inbox), anew)
        closed = close_batch(transaction, INBOX_BATCHES, self.batch, [*rows.values()])
        enqueue_for_sealing(transaction, {row_batches.name: closed}, now)


def open_batch_inbox(events: Sequence[Event], transaction: Connection, now: datetime) -> BatchInbox:
    """Insert a batch's events into the inbox, and return which of them it held before."""
    first = {event.key: event.digest for event in reversed(events)}
    if not first:
        return BatchInbox({}, {}, None)
    batch = open_batch(transaction, INBOX_BATCHES, now)
    new = insert_unseen_events(transaction, first, now, batch)
    old = [key for key in first if key not in new]
    return BatchInbox(_read_digests(old, transaction), {key: first[key] for key in new}, batch)


def _read_digests(keys: Sequence[_Key], transaction: Connection) -> _Digests:
    if not keys:
        return {}
    found = select(inbox.c.source, inbox.c.id, inbox.c.digest).where(
        tuple_(inbox.c.source, inbox.c.id).in_(keys)
    )
    return {(row.source, row.id): row.digest for row in transaction.execute(found)}
