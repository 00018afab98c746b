"""What is used in a simulation that begins where the ledger stands: that once, and what each side adds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from rules.engine.admission import Earlier, SlotsTaken
from rules.engine.usage import Taking, UsageInMemory

_NONE: SlotsTaken = {}


@dataclass(frozen=True, slots=True)
class Begun:
    """Where the ledger stands; shared by all sides and never changed."""

    used: Mapping[str, int] = field(default_factory=dict)
    slots: Mapping[str, Mapping[int, date]] = field(default_factory=dict)
    earlier: Mapping[tuple[str, str], Sequence[Earlier]] = field(default_factory=dict)
    ceilings: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class UsageSince:
    """Usage as one side goes on from there."""

    begun: Begun = field(default_factory=Begun)
    since: UsageInMemory = field(default_factory=UsageInMemory)

    def used(self, key: str) -> int:
        return self.begun.used.get(key, 0) + self.since.counters.get(key, 0)

    def ceiling(self, key: str) -> int | None:
        return self.begun.ceilings.get(key)

    def slots(self, key: str) -> SlotsTaken:
        before, since = self.begun.slots.get(key), self.since.taken.get(key, _NONE)
        return {**before, **since} if before else since

    def earlier(self, rule_id: str, member: str) -> Sequence[Earlier]:
        before, since = self.begun.earlier.get((rule_id, member)), self.since.earlier(rule_id, member)
        return [*before, *since] if before else since

    def in_line(self, key: str) -> int:
        return self.used(key)

    def is_drawn(self, key: str) -> bool:
        return False

    def take(self, taking: Taking) -> None:
        self.since.take(taking)
