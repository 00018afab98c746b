"""Track how far each partition is processed: the offsets to commit, and gaps in the messages."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field

from events.stream.batching import KafkaRecord, StreamPartition


@dataclass(slots=True)
class PartitionOffsets:
    """The next expected offset of each partition assigned to this worker."""

    _next: dict[StreamPartition, int] = field(default_factory=dict)

    def clear(self) -> None:
        """Discard all offsets after a rebalance."""
        self._next = {}

    def unknown_partitions(self, places: Set[StreamPartition]) -> set[StreamPartition]:
        """Return the partitions without a known offset."""
        return set(places - self._next.keys())

    def set_start(self, place: StreamPartition, offset: int) -> None:
        """Set the first expected offset of a partition."""
        self._next[place] = offset

    def find_gaps(self, records: Iterable[KafkaRecord]) -> dict[StreamPartition, tuple[int, int]]:
        """Return the first gap of each partition: the expected offset and the offset that came."""
        expected = dict(self._next)
        found: dict[StreamPartition, tuple[int, int]] = {}
        for record in records:
            wanted = expected[record.place]
            if record.offset > wanted:
                found.setdefault(record.place, (wanted, record.offset))
            expected[record.place] = max(wanted, record.offset + 1)
        return found

    def offsets_after(self, records: Iterable[KafkaRecord]) -> Mapping[StreamPartition, int]:
        """Return the offsets to commit once these records are processed; only those that advance."""
        ends: dict[StreamPartition, int] = {}
        for record in records:
            ends[record.place] = max(ends.get(record.place, 0), record.offset + 1)
        return {place: end for place, end in ends.items() if end > self._next.get(place, -1)}

    def mark_committed(self, committed: Mapping[StreamPartition, int]) -> None:
        """Continue after the committed offsets."""
        self._next.update(committed)
