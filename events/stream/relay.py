"""The relay: what waits in the database goes to its topics, and is forgotten once the brokers have it.

Rows go in the order in which they were accepted; one goes only with or after all that came before it, so that
what was sent twice (an end between the brokers' word and the commit) changes no order: the first of each counts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from opentelemetry.trace import SpanKind
from sqlalchemy import Connection, delete, func, select

from core.faults import Fault
from events import dead_letters, tracing
from events import outcome_events as outwards
from events.catalogue import is_told_by_us
from events.envelope import read_event
from events.retries import in_transaction
from events.stream.access import Access
from events.stream.faults import NoStream
from events.stream.message import Message, to_message
from events.stream.producer import WINDOW_BYTES, WINDOW_MESSAGES, Addressed, Delivery, never
from store import Database, ingress

N_ = str  # marks a text for the message catalogue


Row = int | str  # a row's key


class Carrier(Protocol):
    """Who brings messages to the brokers."""

    def deliver(self, window: Sequence[Addressed], stopped: Callable[[], bool] = never) -> Delivery: ...


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row that has to be told, as JSON."""

    row: Row
    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """A table whose rows wait for a topic. ``forget`` is called with what was told or can't ever be."""

    name: str
    waiting: Callable[[Connection], Sequence[Waiting]]
    forget: Callable[[Connection, Sequence[Row]], None]
    address: Callable[[str], Addressed]


@dataclass(slots=True)
class Relayed:
    """How many went, by source, and how many were refused for good."""

    sent: dict[str, int]
    refused: int = 0

    def __bool__(self) -> bool:
        return bool(self.refused or any(self.sent.values()))

    def add(self, other: "Relayed") -> None:
        for name, number in other.sent.items():
            self.sent[name] = self.sent.get(name, 0) + number
        self.refused += other.refused


@dataclass(frozen=True, slots=True)
class Relay:
    """Each source in turn, a window at a time."""

    database: Database
    carrier: Carrier
    sources: Sequence[Source]
    now: Callable[[], datetime]

    def look(self, stopped: Callable[[], bool] = never) -> Relayed:
        """Send one window of each source; trouble with one keeps none of the others back.

        *Raises*: NoStream, once what was sent is forgotten; StoreError.
        """
        done = Relayed({})
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

    def _window(self, source: Source, stopped: Callable[[], bool]) -> Relayed:
        with self.database.read() as connection:
            rows = source.waiting(connection)
        if not rows:
            return Relayed({source.name: 0})
        addressed = [_addressed(source, row) for row in rows]
        sendable = [n for n, item in enumerate(addressed) if isinstance(item, Addressed)]
        window = [item for item in addressed if isinstance(item, Addressed)]
        events = (read_event(row.text, self.now()) for row in rows)  # looked at only where somebody traces
        with tracing.batch("send", SpanKind.PRODUCER, events) as traced:
            delivery = self.carrier.deliver(window, stopped)
            if delivery.trouble is None:
                traced.told()
        refused = {rows[sendable[n]]: fault for n, fault in delivery.refused.items()}
        refused |= {rows[n]: item for n, item in enumerate(addressed) if isinstance(item, Fault)}
        sent = [rows[sendable[n]] for n in delivery.confirmed]
        in_transaction(self.database, lambda connection: self._forget(connection, source, sent, refused))
        if delivery.trouble is not None:
            raise delivery.trouble
        return Relayed({source.name: len(sent)}, len(refused))

    def _forget(
        self, connection: Connection, source: Source, sent: Sequence[Waiting], refused: dict[Waiting, Fault]
    ) -> None:
        now = self.now()
        letters = [
            dead_letters.letter(read_event(row.text, now), [fault], source.name, now)
            for row, fault in refused.items()
        ]
        dead_letters.record(connection, letters)
        source.forget(connection, [waiting.row for waiting in (*sent, *refused)])


def _addressed(source: Source, row: Waiting) -> Addressed | Fault:
    try:
        return source.address(row.text)
    except (ValueError, KeyError, TypeError, AttributeError):
        return _no_event()


def accepted(access: Access) -> Source:
    """What was accepted over HTTP."""

    def address(text: str) -> Addressed:
        message = to_message(text)
        kind = _type_of(message)
        if is_told_by_us(kind):
            raise ValueError(f"{kind} comes from the outbox alone")
        return Addressed(access.topic_of(kind), message)

    return Source("http", _oldest, _delete, address)


def outcomes(access: Access, now: Callable[[], datetime]) -> Source:
    """What the ledger has to tell."""

    def waiting(connection: Connection) -> Sequence[Waiting]:
        return [Waiting(row.sequence, row.text) for row in outwards.unpublished(connection, WINDOW_MESSAGES)]

    def told(connection: Connection, sequences: Sequence[Row]) -> None:
        outwards.mark_published(connection, [int(number) for number in sequences], now())

    topic = access.topic("benefit-events")
    return Source("outbox", waiting, told, lambda text: Addressed(topic, to_message(text)))


def _type_of(message: Message) -> str:
    return next(value for name, value in message.headers if name == "ce_type").decode()


def _oldest(connection: Connection) -> Sequence[Waiting]:
    """As many rows as make a window: their sizes are looked at first, as one may be thousands of times another."""
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
    return [Waiting(row.sequence, row.event) for row in found]


def _delete(connection: Connection, sequences: Sequence[Row]) -> None:
    """Never by a range: a row with a lower number may have been committed since they were read."""
    if sequences:
        connection.execute(delete(ingress).where(ingress.c.sequence.in_(sequences)))


def _no_event() -> Fault:
    return Fault(
        N_("this is no event that can be sent"),
        N_("send it again through the front door"),
        params={"code": "unpublishable"},
    )
