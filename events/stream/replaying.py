"""A topic read again, from a time or an offset to where it ended when the reading began.

Without a consumer group: nobody's offsets move.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from core.faults import Fault, InputFaults
from events import positions
from events.replaying import Portion
from events.stream.access import Access
from events.stream.batching import Place, Record, headers_of, items
from events.stream.connection_faults import client_arguments, reaching
from events.stream.faults import NoStream, driver_missing, unreachable

if TYPE_CHECKING:
    from kafka import KafkaConsumer

N_ = str  # marks a text for the message catalogue

_POLL_MS = 1_000
_SILENT_AT_MOST_S = 30.0
_BOOTSTRAP_WITHIN_MS = 5_000
Offsets = dict[int, int]  # by partition


@dataclass(slots=True)
class TopicSource:
    """``topic`` is a whole name. ``since`` is a time; ``offsets`` are where single partitions begin."""

    access: Access
    topic: str
    since: datetime | None = None
    offsets: Mapping[int, int] = field(default_factory=dict)
    silent_at_most_s: float = _SILENT_AT_MOST_S
    _total: int = 0

    @property
    def name(self) -> str:
        begin = self.since.isoformat() if self.since else ""
        begin += ",".join(f"{p}={offset}" for p, offset in sorted(self.offsets.items()))
        return f"replay:topic:{self.access.servers}/{self.topic}@{begin}"

    @property
    def is_whole(self) -> bool:
        return self.since is None and not self.offsets

    @property
    def total(self) -> int:
        """Messages from where it began up to the end; the ones that came since don't count."""
        if not self._total:
            with self._opened() as opened, reaching(self.access):
                begins, ends = self._begins(opened.consumer), opened.ends()
            self._total = sum(ends[p] - begins[p] for p in ends)
        return self._total

    def portions(self, target: Connection, size: int, now: datetime) -> Iterator[Portion]:
        kept = positions.kept(target, self.name)
        with self._opened() as opened, reaching(self.access):
            begins, ends = self._begins(opened.consumer), opened.ends()
            at = {p: max(begins[p], kept.get(positions.part_of(self.name, p), 0)) for p in begins}
            self._total = sum(max(0, ends[p] - begins[p]) for p in ends)
            opened.seek(at)
            done = sum(at.values()) - sum(begins.values())
            for records in opened.records(ends, size, self.silent_at_most_s):
                read = items(map(_record, records), now)
                reached = {record.partition: record.offset + 1 for record in records}
                done += sum(offset - at[p] for p, offset in reached.items())
                at |= reached
                yield Portion(read, done, partial(self._keep, reached))

    def _keep(self, reached: Offsets, connection: Connection) -> None:
        for partition, offset in reached.items():
            positions.keep(connection, positions.part_of(self.name, partition), offset)

    def _opened(self) -> "_Opened":
        return _Opened(self.access, self.topic)

    def _begins(self, consumer: "KafkaConsumer") -> Offsets:
        """Where each partition begins: at its offset, at the time, or with what is still kept.

        *Raises*: InputFaults, where an offset is none of the topic's.
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
            raise InputFaults(faults)
        if self.offsets:  # partitions that aren't named are left out
            begins = {p: ends[TopicPartition(self.topic, p)] for p in begins} | dict(self.offsets)
        return begins

    def _strange(self, partition: int, offset: int, begins: Offsets, end: int | None) -> Fault | None:
        if end is None:
            return _no_partition(self.topic, partition, len(begins))
        if not begins[partition] <= offset <= end:
            return _no_offset(partition, offset, begins[partition], end)
        return None


@dataclass(slots=True)
class _Opened:
    """A consumer that is given all partitions of a topic."""

    access: Access
    topic: str
    consumer: Any = None

    def __enter__(self) -> "_Opened":
        """*Raises*: NoStream; InputFaults, where there is no such topic."""
        try:
            from kafka import KafkaConsumer, TopicPartition
        except ImportError as error:
            raise NoStream(driver_missing("kafka-python")) from error
        with reaching(self.access):
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
            raise InputFaults([_no_topic(self.topic, sorted(self.consumer.topics()))])
        self.consumer.assign([place(self.topic, number) for number in sorted(numbers)])

    def __exit__(self, *_: object) -> None:
        self.consumer.close()

    def ends(self) -> Offsets:
        found = self.consumer.end_offsets(_assigned(self.consumer))
        return {place.partition: offset for place, offset in found.items()}

    def seek(self, at: Offsets) -> None:
        for place in _assigned(self.consumer):
            self.consumer.seek(place, at[place.partition])

    def records(self, ends: Offsets, size: int, silent_at_most_s: float) -> Iterator[Sequence[Any]]:
        """What lies before the ends, some at a time, each partition in its order. *Raises*: NoStream."""
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
                raise NoStream(unreachable(self.access.servers))

    def _at(self, place: Any) -> int:
        return int(self.consumer.position(place))


def _assigned(consumer: "KafkaConsumer") -> list[Any]:
    return sorted(consumer.assignment())


def _record(record: Any) -> Record:
    place = Place(record.topic, record.partition)
    return Record(place, record.offset, record.value, headers_of(record.headers))


def _no_topic(topic: str, there: Sequence[str]) -> Fault:
    return Fault(
        N_("there is no topic {value}"),
        N_("choose one of {topics}, or make ours: yihui topics apply"),
        field="--topic",
        value=topic,
        params={"topics": ", ".join(name for name in there if not name.startswith("__")) or "–"},
    )


def _no_partition(topic: str, partition: int, count: int) -> Fault:
    return Fault(
        N_("the topic {topic} has no partition {value}"),
        N_("its partitions are 0 to {last}"),
        field="--from-offset",
        value=str(partition),
        params={"topic": topic, "last": str(count - 1)},
    )


def _no_offset(partition: int, offset: int, begin: int, end: int) -> Fault:
    return Fault(
        N_("partition {partition} holds no offset {value}"),
        N_("it holds {begin} to {end}; what lay before was deleted by the topic's retention"),
        field="--from-offset",
        value=str(offset),
        params={"partition": str(partition), "begin": str(begin), "end": str(end)},
    )
