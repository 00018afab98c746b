"""Usage of a simulation that starts from the ledger's state: the shared start, and each side's additions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from rules.engine.admission import PriorGrant, TakenSlots
from rules.engine.usage import UsageChange, UsageInMemory

_NONE: TakenSlots = {}


@dataclass(frozen=True, slots=True)
class StartingUsage:
    """The ledger's state at the start; all sides share it and never change it."""

    used: Mapping[str, int] = field(default_factory=dict)
    slots: Mapping[str, Mapping[int, date]] = field(default_factory=dict)
    earlier: Mapping[tuple[str, str], Sequence[PriorGrant]] = field(default_factory=dict)
    ceilings: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class UsageSinceStart:
    """Usage of one side: the starting usage and its own additions."""

    begun: StartingUsage = field(default_factory=StartingUsage)
    since: UsageInMemory = field(default_factory=UsageInMemory)

    def used(self, key: str) -> int:
        return self.begun.used.get(key, 0) + self.since.counters.get(key, 0)

    def ceiling(self, key: str) -> int | None:
        return self.begun.ceilings.get(key)

    def slots(self, key: str) -> TakenSlots:
        before, since = self.begun.slots.get(key), self.since.taken.get(key, _NONE)
        return {**before, **since} if before else since

    def earlier(self, rule_id: str, member: str) -> Sequence[PriorGrant]:
        before, since = self.begun.earlier.get((rule_id, member)), self.since.earlier(rule_id, member)
        return [*before, *since] if before else since

    def in_line(self, key: str) -> int:
        return self.used(key)

    def is_drawn(self, key: str) -> bool:
        return False

    def take(self, taking: UsageChange) -> None:
        self.since.take(taking)
