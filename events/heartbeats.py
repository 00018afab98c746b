"""Heartbeats of processes that work alone, such as the relay: since when, where, and when they were last seen."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Column, Connection, String, Table, select, update

from store import Instant, insert_into, metadata

RELAY = "relay"
BEAT_EVERY = timedelta(seconds=5)
DEAD_AFTER = timedelta(seconds=60)  # a window that the brokers confirm slowly takes up to half of it

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("process", String(32), primary_key=True),
    Column("machine", String(64), nullable=False),
    Column("since", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    comment="processes that work alone: since when, on which machine, and when they were last seen working",
)


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A process that works alone, as it was last seen."""

    process: str
    machine: str
    since: datetime
    seen_at: datetime

    def age(self, now: datetime) -> timedelta:
        """Return how long ago it was seen."""
        return max(now - self.seen_at, timedelta())

    def is_alive(self, now: datetime) -> bool:
        """Return whether it was seen recently enough."""
        return self.age(now) <= DEAD_AFTER


def record_start(connection: Connection, one: Heartbeat) -> None:
    """Record that a process begins to work, in place of the one before it."""
    values = {"machine": one.machine, "since": one.since, "seen_at": one.seen_at}
    row = insert_into(connection, heartbeats).values(process=one.process, **values)
    connection.execute(row.on_conflict_do_update(index_elements=[heartbeats.c.process], set_=values))


def record_beat(connection: Connection, process: str, now: datetime) -> None:
    """Record that a process still works."""
    connection.execute(update(heartbeats).where(heartbeats.c.process == process).values(seen_at=now))


def find_heartbeat(connection: Connection, process: str) -> Heartbeat | None:
    """Return how a process was last seen; None if it never worked."""
    row = connection.execute(select(heartbeats).where(heartbeats.c.process == process)).mappings().first()
    return None if row is None else Heartbeat(**row)
