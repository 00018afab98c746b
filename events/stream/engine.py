"""Build the Faust app and its agent, with the reasons for each setting."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, cast

from events.stream.access import StreamAccess
from events.stream.batching import BATCH_SIZE, LINGER_S
from events.stream.faults import no_stream

if TYPE_CHECKING:
    import faust
    from faust import Stream
    from faust.auth import Credentials
    from faust.types import EventT, StreamT


def faust_credentials(access: StreamAccess) -> "Credentials | None":
    """Return the value of ``faust.App(broker_credentials=…)``; None if the brokers need no credentials.

    *Raises*: OSError if the CA file can't be read.
    """
    from faust import SASLCredentials, SSLCredentials

    context = access.build_ssl_context()
    if access.has_sasl:  # with a context Faust speaks SASL_SSL, without one SASL_PLAINTEXT
        return SASLCredentials(
            username=access.user, password=access.password, ssl_context=context, mechanism=access.mechanism
        )
    return SSLCredentials(context) if context else None


# A killed worker loses its partitions to another one after six seconds (by default sixty).
SESSION_S, HEARTBEAT_S, REBALANCE_S, REQUEST_S = 6.0, 1.5, 6.0, 15.0

BatchHandler = Callable[[Sequence["EventT[bytes]"]], Awaitable[None]]


def build_faust_app(access: StreamAccess, instance: str | None) -> "faust.App":
    """Build the app without tables, timers and a web server: the database is the only authority.

    ``instance`` reserves a worker's partitions for it while it restarts (static membership).
    *Raises*: NoStream if Faust is not installed.
    """
    try:
        import faust
    except ImportError as error:
        raise no_stream("no_driver", "faust-streaming") from error

    class App(faust.App):
        def _create_directories(self) -> None:
            """They are for tables; a worker that is killed would leave them behind."""

    return App(
        access.consumer_group,
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


def add_agent(app: "faust.App", access: StreamAccess, take: BatchHandler) -> None:
    """Add one agent that reads both event topics as bytes, in batches.

    ``acks=False`` because Faust acknowledges every event that an agent received, even if the agent was
    cancelled or failed, and every event skipped in a rebalance, and then commits past it. With it, Faust
    commits nothing: ``AssignedPartitions.commit`` does, after the transaction.
    """
    topic = app.topic(
        access.topic_name("member-events"),
        access.topic_name("station-events"),
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
