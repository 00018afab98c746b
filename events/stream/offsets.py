"""How far each partition was worked off: what may be committed, and whether a message is missing."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field

from events.stream.batching import Place, Record


@dataclass(slots=True)
class Offsets:
    """The next offset to come in each partition that is ours, for as long as it is."""

    _next: dict[Place, int] = field(default_factory=dict)

    def forget(self) -> None:
        """Partitions were shared out anew: what was known of them holds no longer."""
        self._next = {}

    def unknown(self, places: Set[Place]) -> set[Place]:
        return set(places - self._next.keys())

    def start(self, place: Place, offset: int) -> None:
        self._next[place] = offset

    def gaps(self, records: Iterable[Record]) -> dict[Place, tuple[int, int]]:
        """Where messages are missing: what should have come, and what came. The first of each partition."""
        expected = dict(self._next)
        found: dict[Place, tuple[int, int]] = {}
        for record in records:
            wanted = expected[record.place]
            if record.offset > wanted:
                found.setdefault(record.place, (wanted, record.offset))
            expected[record.place] = max(wanted, record.offset + 1)
        return found

    def after(self, records: Iterable[Record]) -> Mapping[Place, int]:
        """What to commit once these are done: only what moves on."""
        ends: dict[Place, int] = {}
        for record in records:
            ends[record.place] = max(ends.get(record.place, 0), record.offset + 1)
        return {place: end for place, end in ends.items() if end > self._next.get(place, -1)}

    def done(self, committed: Mapping[Place, int]) -> None:
        self._next.update(committed)
