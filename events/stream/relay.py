"""The relay: send pending rows of the database to their topics, and mark them once the brokers have them.

Rows are sent in the order in which they were accepted, and a row only with or after all rows before it.
If the process stops between the brokers' confirmation and the commit, rows are sent twice. That changes
no order, since only the first copy of each counts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol

from sqlalchemy import Connection, delete, func, select

from core.faults import Fault
from events import dead_letters
from events.catalogue import is_reserved_type
from events.envelope import parse_event
from events.faults import EVENT_FAULTS
from events.outcome_events import OutgoingEvent, list_unpublished, mark_published
from events.retries import run_in_transaction
from events.stream.access import StreamAccess
from events.stream.faults import NoStream
from events.stream.message import KafkaMessage, build_message
from events.stream.producer import (
    WINDOW_BYTES,
    WINDOW_MESSAGES,
    AddressedMessage,
    WindowDelivery,
)
from store import Database, ingress


class MessageCarrier(Protocol):
    """Delivers messages to the brokers."""

    def deliver(self, window: Sequence[AddressedMessage], stopped: Callable[[], bool]) -> WindowDelivery: ...


@dataclass(frozen=True, slots=True)
class RelaySource:
    """A table whose rows are to be sent. ``mark_done`` gets the rows that were sent or never can be."""

    name: str
    list_pending: Callable[[Connection], Sequence[OutgoingEvent]]
    mark_done: Callable[[Connection, Sequence[int]], None]
    address: Callable[[str], AddressedMessage]


@dataclass(slots=True)
class RelayCounts:
    """The number of messages sent, by source, and of those refused for good."""

    sent: dict[str, int]
    refused: int = 0

    def __bool__(self) -> bool:
        return bool(self.refused or any(self.sent.values()))

    def add(self, other: "RelayCounts") -> None:
        """Add the counts of another round."""
        for name, number in other.sent.items():
            self.sent[name] = self.sent.get(name, 0) + number
        self.refused += other.refused


@dataclass(frozen=True, slots=True)
class Relay:
    """Sends each source in turn, one window at a time."""

    database: Database
    carrier: MessageCarrier
    sources: Sequence[RelaySource]
    now: Callable[[], datetime]

    def relay_once(self, stopped: Callable[[], bool] = lambda: False) -> RelayCounts:
        """Send one window of each source; an error with one source doesn't hold up the others.

        *Raises*: NoStream, after the rows that were sent are marked; StoreError.
        """
        done = RelayCounts({})
        trouble: NoStream | None = None
        for source in self.sources:
            if stopped():
                break
            try:
                done.add(self._window(source, stopped))
            except NoStream as error:
                trouble = trouble or error
        if trouble is not None:
            raise trouble
        return done

    def _window(self, source: RelaySource, stopped: Callable[[], bool]) -> RelayCounts:
        with self.database.read() as connection:
            rows = source.list_pending(connection)
        if not rows:
            return RelayCounts({source.name: 0})
        addressed = [_addressed(source, row) for row in rows]
        sendable = [n for n, item in enumerate(addressed) if isinstance(item, AddressedMessage)]
        window = [item for item in addressed if isinstance(item, AddressedMessage)]
        delivery = self.carrier.deliver(window, stopped)
        refused = {rows[sendable[n]]: fault for n, fault in delivery.refused.items()}
        refused |= {rows[n]: item for n, item in enumerate(addressed) if isinstance(item, Fault)}
        sent = [rows[sendable[n]] for n in delivery.confirmed]
        run_in_transaction(self.database, lambda connection: self._forget(connection, source, sent, refused))
        if delivery.trouble is not None:
            raise delivery.trouble
        return RelayCounts({source.name: len(sent)}, len(refused))

    def _forget(
        self,
        connection: Connection,
        source: RelaySource,
        sent: Sequence[OutgoingEvent],
        refused: dict[OutgoingEvent, Fault],
    ) -> None:
        now = self.now()
        letters = [
            dead_letters.build_dead_letter(parse_event(row.text, now), [fault], source.name, now)
            for row, fault in refused.items()
        ]
        dead_letters.record_dead_letters(connection, letters)
        source.mark_done(connection, [row.sequence for row in (*sent, *refused)])


def _addressed(source: RelaySource, row: OutgoingEvent) -> AddressedMessage | Fault:
    try:
        return source.address(row.text)
    except (ValueError, KeyError, TypeError, AttributeError):
        return EVENT_FAULTS.build("unpublishable")


def ingress_source(access: StreamAccess) -> RelaySource:
    """Return the relay source of events accepted over HTTP."""

    def address(text: str) -> AddressedMessage:
        message = build_message(text)
        kind = _type_of(message)
        if is_reserved_type(kind):
            raise ValueError(f"{kind} comes from the outbox alone")
        return AddressedMessage(access.topic_for_event_type(kind), message)

    return RelaySource("http", _oldest, _delete, address)


def outbox_source(access: StreamAccess, now: Callable[[], datetime]) -> RelaySource:
    """Return the relay source of the ledger's outbox."""

    def mark_sent(connection: Connection, sequences: Sequence[int]) -> None:
        mark_published(connection, sequences, now())

    topic = access.topic_name("benefit-events")
    return RelaySource(
        "outbox",
        partial(list_unpublished, limit=WINDOW_MESSAGES),
        mark_sent,
        lambda text: AddressedMessage(topic, build_message(text)),
    )


def _type_of(message: KafkaMessage) -> str:
    return next(value for name, value in message.headers if name == "ce_type").decode()


def _oldest(connection: Connection) -> Sequence[OutgoingEvent]:
    """Return the oldest rows that fit in a window.

    Their sizes are read first, since one row may be thousands of times as large as another.
    """
    sizes = select(ingress.c.sequence, func.length(ingress.c.event).label("size"))
    rows = connection.execute(sizes.order_by(ingress.c.sequence).limit(WINDOW_MESSAGES)).all()
    if not rows:
        return ()
    last, total = rows[0].sequence, rows[0].size
    for row in rows[1:]:
        total += row.size
        if total > WINDOW_BYTES:
            break
        last = row.sequence
    texts = select(ingress.c.sequence, ingress.c.event).where(ingress.c.sequence <= last)
    found = connection.execute(texts.order_by(ingress.c.sequence))
    return [OutgoingEvent(row.sequence, row.event) for row in found]


def _delete(connection: Connection, sequences: Sequence[int]) -> None:
    """Delete rows by number, never by range: a lower number may have been committed since they were read."""
    if sequences:
        connection.execute(delete(ingress).where(ingress.c.sequence.in_(sequences)))
