"""Messages to the brokers, in order for each key, confirmed before anybody forgets what was in them.

kafka-python keeps one batch of a partition on its way at a time where it is idempotent. Should it give a batch
up, the next one would overtake it: so nothing leaves before all of a window is there, and a window is one batch
for each partition, which arrives whole or not at all.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any

from core.faults import Fault
from events.stream.access import Access
from events.stream.connection_faults import client_arguments, why_not
from events.stream.faults import NoStream, driver_missing, not_let_in
from events.stream.message import Message

N_ = str  # marks a text for the message catalogue

WINDOW_BYTES = 600 << 10
WINDOW_MESSAGES = 1_000
_BATCH_BYTES = 900 << 10  # more than a window with its overhead, less than what a broker takes by default
_OVERHEAD_BYTES = 100  # of lengths and the like, generously
_MOST_BYTES = 16 << 20  # what may be sent at all; what is too much for the broker it says itself
_DELIVERY_S = 20.0  # then it is given up, and tried again from the start
_UP_WITHIN_S = 5.0
_LOOK_EVERY_S = 0.25


@dataclass(frozen=True, slots=True)
class Addressed:
    """A message and where it goes."""

    topic: str
    message: Message

    @property
    def size(self) -> int:
        """In bytes, without what Kafka adds."""
        headers = sum(len(name) + len(value) for name, value in self.message.headers)
        return len(self.message.key) + len(self.message.value) + headers


@dataclass(slots=True)
class Delivery:
    """What became of a window: by position, what the brokers have and what they will never take.

    The rest waits; ``trouble`` says why.
    """

    confirmed: list[int]
    refused: dict[int, Fault]
    trouble: NoStream | None = None


def never() -> bool:
    return False


class Producer:
    """Opens itself when it is first used, and anew after every trouble. For one thread."""

    def __init__(
        self, access: Access, *, delivery_s: float = _DELIVERY_S, up_within_s: float = _UP_WITHIN_S
    ) -> None:
        self._access = access
        self._up_within_ms = int(up_within_s * 1000)
        self._delivery_s = delivery_s
        self._client: Any = None  # kafka-python has no types

    def deliver(self, window: Sequence[Addressed], stopped: Callable[[], bool] = never) -> Delivery:
        """Send and wait until the brokers have it, as many bytes at a time as one batch holds.

        *Raises*: NoStream where the driver is missing; all else is told in the delivery.
        """
        whole = Delivery([], {})
        for start, end in _cuts(window):
            part = self._part(window[start:end], stopped)
            whole.confirmed += [start + n for n in part.confirmed]
            whole.refused |= {start + n: fault for n, fault in part.refused.items()}
            whole.trouble = part.trouble
            if part.trouble is not None:
                break
        return whole

    def _part(self, window: Sequence[Addressed], stopped: Callable[[], bool]) -> Delivery:
        first, errors = self._send(window, stopped)
        if not any(_is_refusal(error) for error in errors.values()):
            return first
        # A refusal ends the whole of kafka-python's producer, and it blames whatever was on its way then.
        for position in sorted(errors):
            alone, error = self._send([window[position]], stopped)
            if alone.confirmed:
                first.confirmed.append(position)
            elif _is_refusal(error[0]):
                first.refused[position] = _too_large(window[position])
            else:
                first.trouble = alone.trouble
                return first
        first.trouble = None
        return first

    def close(self) -> None:
        """Give the connections back; what is still on its way is not waited for."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(_errors().KafkaError):
                client.close(timeout=1)

    def _send(
        self, window: Sequence[Addressed], stopped: Callable[[], bool]
    ) -> tuple[Delivery, dict[int, BaseException]]:
        """What was confirmed, and what was not with its error."""
        kafka = _errors()
        try:
            client = self._open()
            for topic in {item.topic for item in window}:
                self._look_up(client, topic)
        except kafka.KafkaConfigurationError:
            raise  # ours
        except (kafka.KafkaError, OSError) as error:
            self.close()
            return Delivery([], {}, self._told(error)), dict.fromkeys(range(len(window)), error)
        futures, errors = self._append(client, window)
        self._wait(client, futures, stopped)
        late = kafka.KafkaTimeoutError()
        errors |= {n: future.exception or late for n, future in futures.items() if not future.succeeded()}
        if errors:
            self.close()
        trouble = self._told(next(iter(errors.values()))) if errors else None
        return Delivery([n for n in futures if n not in errors], {}, trouble), errors

    def _look_up(self, client: Any, topic: str) -> None:
        """Before anything is sent: nothing overtakes what has nowhere to go."""
        try:
            client.partitions_for(topic)
        except _errors().KafkaTimeoutError as error:
            error.topic = topic
            raise

    def _append(
        self, client: Any, window: Sequence[Addressed]
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
        """Until each is confirmed or given up: kafka-python does so by itself, and is not trusted to."""
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
                linger_ms=half_ms,  # longer than a window takes to be there: it goes when it is flushed
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
            return NoStream(_no_topic(topic))
        if isinstance(error, kafka.SaslAuthenticationFailedError | kafka.AuthorizationError):
            return NoStream(not_let_in(self._access.servers))
        return NoStream(why_not(self._access))


def _cuts(window: Sequence[Addressed]) -> Iterator[tuple[int, int]]:
    """Beginnings and ends of what is sent together: a message that is larger goes by itself."""
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
        raise NoStream(driver_missing("kafka-python")) from error
    return errors


def _is_refusal(error: BaseException) -> bool:
    """Whether it would be refused again, however often it is sent."""
    kafka = _errors()
    refusals = (kafka.MessageSizeTooLargeError, kafka.RecordListTooLargeError, kafka.InvalidRecordError)
    return isinstance(error, refusals)


def _no_topic(topic: str) -> Fault:
    return Fault(
        N_("the topic {value} can't be had"),
        N_("make it with yihui topics apply; yihui doctor looks at the broker"),
        field="topic",
        value=topic,
    )


def _too_large(item: Addressed) -> Fault:
    return Fault(
        N_("the broker takes no event of {value} bytes"),
        N_("tell it in fewer words, or raise max.message.bytes of the topic {topic}, then replay it"),
        value=str(item.size),
        params={"code": "unpublishable", "topic": item.topic},
    )
