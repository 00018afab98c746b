"""Replay a topic from a time or an offset to the end it had when the replay started.

It uses no consumer group, so no group's offsets change.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from events import positions
from events.replaying import ReplayPortion
from events.stream.access import StreamAccess
from events.stream.batching import KafkaRecord, StreamPartition, build_inbound_events, normalize_headers
from events.stream.faults import client_arguments, no_stream, translate_kafka_errors

if TYPE_CHECKING:
    from kafka import KafkaConsumer


_POLL_MS = 1_000
_SILENT_AT_MOST_S = 30.0
_BOOTSTRAP_WITHIN_MS = 5_000
OffsetsByPartition = dict[int, int]  # partition → offset
REPLAY_FAULTS = FaultTable(
    "topic_replay",
    {
        "no_topic": (
            N_("there is no topic {value}"),
            N_("choose one of {topics}, or make ours: yihui topics apply"),
        ),
        "no_partition": (
            N_("the topic {topic} has no partition {value}"),
            N_("its partitions are 0 to {last}"),
        ),
        "no_offset": (
            N_("partition {partition} holds no offset {value}"),
            N_("it holds {begin} to {end}; what lay before was deleted by the topic's retention"),
        ),
    },
)


@dataclass(slots=True)
class TopicReplaySource:
    """A replay of one topic.

    ``topic`` is a full topic name. ``since`` is a time; ``offsets`` are first offsets by partition.
    """

    access: StreamAccess
    topic: str
    since: datetime | None = None
    offsets: Mapping[int, int] = field(default_factory=dict)
    silent_at_most_s: float = _SILENT_AT_MOST_S
    _total: int = 0

    @property
    def name(self) -> str:
        """The brokers, the topic and the start; the position is stored under this name."""
        begin = self.since.isoformat() if self.since else ""
        begin += ",".join(f"{p}={offset}" for p, offset in sorted(self.offsets.items()))
        return f"replay:topic:{self.access.servers}/{self.topic}@{begin}"

    @property
    def total(self) -> int:
        """The number of messages from the start to the end; messages that arrive later don't count."""
        if not self._total:
            with self._opened() as opened, translate_kafka_errors(self.access):
                begins, ends = self._begins(opened.consumer), opened.ends()
            self._total = sum(ends[p] - begins[p] for p in ends)
        return self._total

    def portions(self, target: Connection, size: int, now: datetime) -> Iterator[ReplayPortion]:
        """Yield portions of at most ``size`` messages from the stored position on.

        *Raises*: NoStream, FaultError.
        """
        kept = positions.read_positions(target, self.name)
        with self._opened() as opened, translate_kafka_errors(self.access):
            begins, ends = self._begins(opened.consumer), opened.ends()
            at = {p: max(begins[p], kept.get(positions.part_name(self.name, p), 0)) for p in begins}
            self._total = sum(max(0, ends[p] - begins[p]) for p in ends)
            opened.seek(at)
            done = sum(at.values()) - sum(begins.values())
            for records in opened.records(ends, size, self.silent_at_most_s):
                read = build_inbound_events(map(_record, records), now)
                reached = {record.partition: record.offset + 1 for record in records}
                done += sum(offset - at[p] for p, offset in reached.items())
                at |= reached
                yield ReplayPortion(read, done, partial(self._keep, reached))

    def _keep(self, reached: OffsetsByPartition, connection: Connection) -> None:
        for partition, offset in reached.items():
            positions.store_position(connection, positions.part_name(self.name, partition), offset)

    def _opened(self) -> "_Opened":
        return _Opened(self.access, self.topic)

    def _begins(self, consumer: "KafkaConsumer") -> OffsetsByPartition:
        """Return the first offset of each partition: a given one, the one at the time, or the earliest.

        *Raises*: FaultError if the topic doesn't hold a given offset.
        """
        from kafka import TopicPartition

        there = consumer.beginning_offsets(_assigned(consumer))
        ends = consumer.end_offsets(_assigned(consumer))
        begins = {place.partition: offset for place, offset in there.items()}
        if self.since is not None:
            at = dict.fromkeys(there, int(self.since.timestamp() * 1000))
            for place, found in consumer.offsets_for_times(at).items():
                begins[place.partition] = ends[place] if found is None else found.offset
        faults = [
            fault
            for partition, offset in self.offsets.items()
            if (
                fault := self._strange(
                    partition, offset, begins, ends.get(TopicPartition(self.topic, partition))
                )
            )
        ]
        if faults:
            raise FaultError(faults)
        if self.offsets:  # partitions that aren't named are left out
            begins = {p: ends[TopicPartition(self.topic, p)] for p in begins} | dict(self.offsets)
        return begins

    def _strange(
        self, partition: int, offset: int, begins: OffsetsByPartition, end: int | None
    ) -> Fault | None:
        if end is None:
            last = len(begins) - 1
            return REPLAY_FAULTS.build(
                "no_partition", field="--from-offset", value=partition, topic=self.topic, last=last
            )
        begin = begins[partition]
        if not begin <= offset <= end:
            return REPLAY_FAULTS.build(
                "no_offset", field="--from-offset", value=offset, partition=partition, begin=begin, end=end
            )
        return None


@dataclass(slots=True)
class _Opened:
    """A consumer with all partitions of a topic assigned."""

    access: StreamAccess
    topic: str
    consumer: Any = None

    def __enter__(self) -> "_Opened":
        """*Raises*: NoStream; FaultError if the topic doesn't exist."""
        try:
            from kafka import KafkaConsumer, TopicPartition
        except ImportError as error:
            raise no_stream("no_driver", "kafka-python") from error
        with translate_kafka_errors(self.access):
            self.consumer = KafkaConsumer(
                **client_arguments(self.access),
                group_id=None,
                enable_auto_commit=False,
                bootstrap_timeout_ms=_BOOTSTRAP_WITHIN_MS,
            )
            try:
                self._assign(TopicPartition)
            except BaseException:
                self.consumer.close()
                raise
        return self

    def _assign(self, place: Any) -> None:
        numbers = self.consumer.partitions_for_topic(self.topic)
        if not numbers:
            names = [name for name in sorted(self.consumer.topics()) if not name.startswith("__")]
            there = ", ".join(names) or "–"
            raise FaultError(REPLAY_FAULTS.build("no_topic", field="--topic", value=self.topic, topics=there))
        self.consumer.assign([place(self.topic, number) for number in sorted(numbers)])

    def __exit__(self, *_: object) -> None:
        self.consumer.close()

    def ends(self) -> OffsetsByPartition:
        found = self.consumer.end_offsets(_assigned(self.consumer))
        return {place.partition: offset for place, offset in found.items()}

    def seek(self, at: OffsetsByPartition) -> None:
        for place in _assigned(self.consumer):
            self.consumer.seek(place, at[place.partition])

    def records(
        self, ends: OffsetsByPartition, size: int, silent_at_most_s: float
    ) -> Iterator[Sequence[Any]]:
        """Yield the messages before the ends in chunks, each partition in order. *Raises*: NoStream."""
        heard = time.monotonic()
        while left := [
            place for place in _assigned(self.consumer) if self._at(place) < ends[place.partition]
        ]:
            self.consumer.pause(*(place for place in _assigned(self.consumer) if place not in left))
            polled = self.consumer.poll(timeout_ms=_POLL_MS, max_records=size)
            found = [r for records in polled.values() for r in records if r.offset < ends[r.partition]]
            if found:
                heard = time.monotonic()
                yield found
                heard = time.monotonic()
            elif time.monotonic() - heard > silent_at_most_s:
                raise no_stream("unreachable", self.access.servers)

    def _at(self, place: Any) -> int:
        return int(self.consumer.position(place))


def _assigned(consumer: "KafkaConsumer") -> list[Any]:
    return sorted(consumer.assignment())


def _record(record: Any) -> KafkaRecord:
    place = StreamPartition(record.topic, record.partition)
    return KafkaRecord(place, record.offset, record.value, normalize_headers(record.headers))
