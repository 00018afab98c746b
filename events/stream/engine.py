"""The Faust app: what it is told, and why."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, cast

from events.stream.access import Access
from events.stream.batching import BATCH_SIZE, LINGER_S
from events.stream.credentials import faust_credentials
from events.stream.faults import NoStream, driver_missing

if TYPE_CHECKING:
    import faust
    from faust import Stream
    from faust.types import EventT, StreamT

# A worker that was killed is missed after six seconds (by default sixty), and another one has its partitions.
SESSION_S, HEARTBEAT_S, REBALANCE_S, REQUEST_S = 6.0, 1.5, 6.0, 15.0

Take = Callable[[Sequence["EventT[bytes]"]], Awaitable[None]]


def faust_app(access: Access, instance: str | None) -> "faust.App":
    """Without tables, timers and a web server: the database is the only authority.

    ``instance`` keeps a worker's partitions for it while it is restarted (static membership).
    *Raises*: NoStream, where Faust is not installed.
    """
    try:
        import faust
    except ImportError as error:
        raise NoStream(driver_missing("faust-streaming")) from error

    class App(faust.App):
        def _create_directories(self) -> None:
            """They are for tables; a worker that is killed would leave them behind."""

    return App(
        access.group,
        broker=";".join(f"kafka://{server.strip()}" for server in access.servers.split(",")),
        broker_credentials=faust_credentials(access),
        broker_session_timeout=SESSION_S,
        broker_heartbeat_interval=HEARTBEAT_S,
        broker_rebalance_timeout=REBALANCE_S,
        broker_request_timeout=REQUEST_S,
        broker_max_poll_records=BATCH_SIZE,
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=instance,
        stream_wait_empty=True,
        stream_recovery_delay=0.0,  # it is for tables, and there are none
        topic_allow_declare=True,
        web_enabled=False,
        store="memory://",
        autodiscover=False,
    )


def add_agent(app: "faust.App", access: Access, take: Take) -> None:
    """Both topics into one agent, as bytes, in batches.

    ``acks=False``: Faust marks as done what an agent was given, be it cancelled or failed, and what it skipped
    in a rebalance, and commits past it. With it, Faust commits nothing at all: ``Partitions.commit`` does,
    after the transaction.
    """
    topic = app.topic(
        access.topic("member-events"),
        access.topic("station-events"),
        key_type=bytes,
        key_serializer="raw",
        value_type=bytes,
        value_serializer="raw",
        acks=False,
    )

    async def handle_events(stream: "StreamT[bytes]") -> None:
        async for batch in cast("Stream[bytes]", stream).take_events(BATCH_SIZE, within=LINGER_S):
            await take(batch)

    app.agent(topic, name="events", concurrency=1)(handle_events)
