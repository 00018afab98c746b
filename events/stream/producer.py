"""Send messages to the brokers in order per key, and confirm them before their sources are deleted.

An idempotent kafka-python producer has one batch per partition in flight. If it gives a batch up, the
next one would overtake it. So sending starts only when a whole window is buffered, and a window is one
batch per partition, which arrives whole or not at all.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any

from core.faults import Fault
from events.faults import EVENT_FAULTS
from events.stream.access import StreamAccess
from events.stream.faults import NoStream, client_arguments, find_connection_error, no_stream
from events.stream.message import KafkaMessage

WINDOW_BYTES = 600 << 10
WINDOW_MESSAGES = 1_000
_BATCH_BYTES = 900 << 10  # more than a window with its overhead, less than what a broker takes by default
_OVERHEAD_BYTES = 100  # for length fields and the like, an upper bound
_MOST_BYTES = 16 << 20  # the client's limit; the broker enforces its own
_DELIVERY_S = 20.0  # then the client gives up; the caller sends the window again
_UP_WITHIN_S = 5.0
_LOOK_EVERY_S = 0.25


@dataclass(frozen=True, slots=True)
class AddressedMessage:
    """A message and its topic."""

    topic: str
    message: KafkaMessage

    @property
    def size(self) -> int:
        """Bytes of key, value and headers, without Kafka's overhead."""
        headers = sum(len(name) + len(value) for name, value in self.message.headers)
        return len(self.message.key) + len(self.message.value) + headers


@dataclass(slots=True)
class WindowDelivery:
    """The result of sending a window, by position: messages confirmed, and messages refused for good.

    The others were not sent; ``trouble`` says why.
    """

    confirmed: list[int]
    refused: dict[int, Fault]
    trouble: NoStream | None = None


class Producer:
    """A producer that connects when first used, and again after each error. For one thread."""

    def __init__(
        self, access: StreamAccess, *, delivery_s: float = _DELIVERY_S, up_within_s: float = _UP_WITHIN_S
    ) -> None:
        self._access = access
        self._up_within_ms = int(up_within_s * 1000)
        self._delivery_s = delivery_s
        self._client: Any = None  # kafka-python has no types

    def deliver(self, window: Sequence[AddressedMessage], stopped: Callable[[], bool]) -> WindowDelivery:
        """Send the window, in parts of at most one batch each, and wait for the brokers' confirmation.

        *Raises*: NoStream if the driver is missing; the delivery reports all other errors.
        """
        whole = WindowDelivery([], {})
        for start, end in _cuts(window):
            part = self._part(window[start:end], stopped)
            whole.confirmed += [start + n for n in part.confirmed]
            whole.refused |= {start + n: fault for n, fault in part.refused.items()}
            whole.trouble = part.trouble
            if part.trouble is not None:
                break
        return whole

    def _part(self, window: Sequence[AddressedMessage], stopped: Callable[[], bool]) -> WindowDelivery:
        first, errors = self._send(window, stopped)
        if not any(_is_refusal(error) for error in errors.values()):
            return first
        # A refusal closes kafka-python's producer, and every message in flight fails with it.
        for position in sorted(errors):
            alone, error = self._send([window[position]], stopped)
            if alone.confirmed:
                first.confirmed.append(position)
            elif _is_refusal(error[0]):
                item = window[position]
                fault = EVENT_FAULTS.build("too_large_for_topic", value=item.size, topic=item.topic)
                first.refused[position] = fault
            else:
                first.trouble = alone.trouble
                return first
        first.trouble = None
        return first

    def close(self) -> None:
        """Close the connections without waiting for messages in flight."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(_errors().KafkaError):
                client.close(timeout=1)

    def _send(
        self, window: Sequence[AddressedMessage], stopped: Callable[[], bool]
    ) -> tuple[WindowDelivery, dict[int, BaseException]]:
        """Send messages; return the confirmed positions and the errors of the other messages."""
        kafka = _errors()
        try:
            client = self._open()
            for topic in {item.topic for item in window}:
                self._look_up(client, topic)
        except kafka.KafkaConfigurationError:
            raise  # a mistake in our own settings
        except (kafka.KafkaError, OSError) as error:
            self.close()
            return WindowDelivery([], {}, self._told(error)), dict.fromkeys(range(len(window)), error)
        futures, errors = self._append(client, window)
        self._wait(client, futures, stopped)
        late = kafka.KafkaTimeoutError()
        errors |= {n: future.exception or late for n, future in futures.items() if not future.succeeded()}
        if errors:
            self.close()
        trouble = self._told(next(iter(errors.values()))) if errors else None
        return WindowDelivery([n for n in futures if n not in errors], {}, trouble), errors

    def _look_up(self, client: Any, topic: str) -> None:
        """Look up the topic first, so that no message overtakes another whose topic is missing."""
        try:
            client.partitions_for(topic)
        except _errors().KafkaTimeoutError as error:
            error.topic = topic
            raise

    def _append(
        self, client: Any, window: Sequence[AddressedMessage]
    ) -> tuple[dict[int, Any], dict[int, BaseException]]:
        futures: dict[int, Any] = {}
        errors: dict[int, BaseException] = {}
        for n, (topic, message) in enumerate((item.topic, item.message) for item in window):
            try:
                futures[n] = client.send(topic, message.value, message.key, list(message.headers))
            except _errors().MessageSizeTooLargeError as error:
                errors[n] = error
        return futures, errors

    def _wait(self, client: Any, futures: dict[int, Any], stopped: Callable[[], bool]) -> None:
        """Wait until each message is confirmed or given up.

        kafka-python has its own timeout for that; this one doesn't rely on it.
        """
        until = monotonic() + 2 * self._delivery_s
        while not all(future.is_done for future in futures.values()):
            if stopped() or monotonic() > until:
                return
            with suppress(_errors().KafkaError):  # a batch that was split counts as an error here
                client.flush(timeout=_LOOK_EVERY_S)

    def _open(self) -> Any:
        if self._client is None:
            from kafka import KafkaProducer

            half_ms = int(self._delivery_s * 500)
            self._client = KafkaProducer(
                **client_arguments(self._access),
                client_id=f"{self._access.prefix}-producer",
                acks="all",
                enable_idempotence=True,
                linger_ms=half_ms,  # longer than it takes to append a window: flush sends it
                batch_size=_BATCH_BYTES,
                max_request_size=_MOST_BYTES,
                allow_auto_create_topics=False,
                bootstrap_timeout_ms=self._up_within_ms,
                max_block_ms=self._up_within_ms,
                request_timeout_ms=half_ms,
                delivery_timeout_ms=2 * half_ms,
                reconnect_backoff_max_ms=1000,
                metrics_enabled=False,
            )
        return self._client

    def _told(self, error: BaseException) -> NoStream:
        kafka = _errors()
        if topic := getattr(error, "topic", None):
            return no_stream("topic_unavailable", topic)
        if isinstance(error, kafka.SaslAuthenticationFailedError | kafka.AuthorizationError):
            return no_stream("access_refused", self._access.servers)
        return find_connection_error(self._access)


def _cuts(window: Sequence[AddressedMessage]) -> Iterator[tuple[int, int]]:
    """Yield start and end of each part to send; a message larger than a part is sent alone."""
    start = size = 0
    for n, item in enumerate(window):
        more = _OVERHEAD_BYTES + item.size
        if n > start and size + more > WINDOW_BYTES:
            yield start, n
            start, size = n, 0
        size += more
    if start < len(window):
        yield start, len(window)


def _errors() -> Any:
    try:
        from kafka import errors
    except ImportError as error:
        raise no_stream("no_driver", "kafka-python") from error
    return errors


def _is_refusal(error: BaseException) -> bool:
    """Return whether the broker would refuse the message every time."""
    kafka = _errors()
    refusals = (kafka.MessageSizeTooLargeError, kafka.RecordListTooLargeError, kafka.InvalidRecordError)
    return isinstance(error, refusals)
