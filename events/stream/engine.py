"""Build the Faust app, with the reasons for each setting."""

from typing import TYPE_CHECKING

from events.stream.access import StreamAccess
from events.stream.batching import BATCH_SIZE
from events.stream.faults import no_stream

if TYPE_CHECKING:
    from faust.auth import Credentials

    from events.stream.fetching import FetchingApp


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


# A killed worker loses its partitions to another one after six seconds (by default sixty). When a worker joins or
# leaves, the others learn it from the answer to their next heartbeat; the group waits for the slowest of them.
SESSION_S, HEARTBEAT_S, REBALANCE_S, REQUEST_S = 6.0, 0.5, 6.0, 15.0


def build_faust_app(access: StreamAccess, instance: str | None) -> "FetchingApp":
    """Build the app over both event topics, without agents, tables, timers and a web server.

    The database is the only authority. ``acks=False``: Faust commits nothing, since it would commit past
    events that were never processed; ``AssignedPartitions.commit`` does, after the transaction.
    ``instance`` reserves a worker's partitions for it while it restarts (static membership).
    *Raises*: NoStream if Faust is not installed.
    """
    try:
        from events.stream.fetching import FetchingApp
    except ImportError as error:
        raise no_stream("no_driver", "faust-streaming") from error

    app = FetchingApp(
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
        stream_recovery_delay=0.0,  # it is for tables, and there are none
        topic_allow_declare=True,
        web_enabled=False,
        store="memory://",
        autodiscover=False,
    )
    app.topics.add(
        app.topic(access.topic_name("member-events"), access.topic_name("station-events"), acks=False)
    )
    return app
