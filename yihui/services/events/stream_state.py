"""How the stream does: what waits in the database and in the brokers' partitions, and which workers are alive."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from core.faults import Fault
from events.heartbeats import RELAY, Heartbeat, find_heartbeat
from yihui.bootstrap import Wiring

if TYPE_CHECKING:
    from events.stream.lag import StreamWorker
    from yihui.runtime.observability.backlog import Backlog


@dataclass(frozen=True, slots=True)
class PartitionState:
    """Unprocessed messages of a partition, and the worker that reads it; None: nobody does."""

    topic: str
    number: int
    lag: int
    worker: str | None


@dataclass(frozen=True, slots=True)
class BrokerState:
    """What the brokers report. ``faults`` say why they report nothing; ``is_starting``: ask again in a moment."""

    partitions: Sequence[PartitionState] = ()
    workers: "Sequence[StreamWorker]" = ()
    is_starting: bool = False
    faults: Sequence[Fault] = ()

    @property
    def lag(self) -> int:
        return sum(one.lag for one in self.partitions)


@dataclass(frozen=True, slots=True)
class StreamState:
    """What waits in the database; ``broker`` is None where this site processes the events itself.

    ``relay`` is how the relay was last seen; None: no relay ever worked.
    """

    at: datetime
    backlog: "Backlog"
    broker: BrokerState | None
    relay: Heartbeat | None

    @property
    def is_relay_alive(self) -> bool:
        return self.relay is not None and self.relay.is_alive(self.at)


def load_stream_state(wiring: Wiring) -> StreamState:
    """Load how the stream does. Brokers that don't answer are reported, after up to 20 s."""
    from yihui.runtime.observability.backlog import count_backlog  # much code, that /healthz has no use for

    has_broker = wiring.settings.kafka is not None
    with wiring.database.read() as connection:
        backlog = count_backlog(connection, to_topic=has_broker)
        relay = find_heartbeat(connection, RELAY)
    return StreamState(wiring.now(), backlog, _ask_brokers(wiring) if has_broker else None, relay)


def find_dead_relay(wiring: Wiring) -> str | None:
    """Return what is wrong with the relay, for a monitor; None if it works, or none is needed."""
    if wiring.settings.kafka is None:
        return None
    with wiring.database.read() as connection:
        relay = find_heartbeat(connection, RELAY)
    if relay is None:
        return "no relay has worked yet"
    now = wiring.now()
    return (
        None if relay.is_alive(now) else f"the relay was last seen {relay.age(now).total_seconds():.0f} s ago"
    )


def _ask_brokers(wiring: Wiring) -> BrokerState:
    from events.stream.faults import NoStream
    from events.stream.lag import fetch_consumer_lag

    try:
        found = fetch_consumer_lag(wiring.access)
    except NoStream as error:
        return BrokerState(faults=error.faults)
    if found is None:
        return BrokerState(is_starting=True)
    readers = {place: worker.name for worker in found.workers for place in worker.partitions}
    partitions = [
        PartitionState(place.topic, place.partition, lag, readers.get(place))
        for place, lag in sorted(found.lag.items())
    ]
    return BrokerState(partitions, found.workers)
