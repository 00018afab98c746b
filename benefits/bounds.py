"""What keeps grants within bounds: counters of quotas, budgets and caps, and the slots of limits.

Read under lock for one batch, changed in memory, written back in the same transaction. Counters
are locked and slots are taken in the order of their keys, so that two writers can't wait for each
other. Slots are not locked: of two writers on PostgreSQL who take the same one, the second one's
insert fails, and its caller does the batch again.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import Connection, bindparam, insert, select

from benefits.tables import counters, limit_slots
from store import insert_into

_SLOTS_TAKEN = select(limit_slots.c.limit_key, limit_slots.c.slot).where(
    limit_slots.c.limit_key.in_(bindparam("keys", expanding=True))
)
_COUNTERS = (
    select(counters.c.key, counters.c.used, counters.c.ceiling)
    .where(counters.c.key.in_(bindparam("keys", expanding=True)))
    .order_by(counters.c.key)
    .with_for_update()
)


@dataclass(slots=True)
class Counter:
    """How much is used, of how much (None: counted but not limited)."""

    used: int
    ceiling: int | None


@dataclass(slots=True)
class Bounds:
    """The bounds that one batch may touch."""

    counters: dict[str, Counter]
    slots: dict[str, set[int]]  # limit key → slots taken
    _changed: set[str] = field(default_factory=set)
    _taken: list[dict[str, str | int]] = field(default_factory=list)

    def use(self, key: str, amount: int) -> None:
        """Count an amount that was admitted."""
        counter = self.counters[key]
        counter.used += amount
        assert counter.ceiling is None or counter.used <= counter.ceiling, f"{key} was overrun"
        self._changed.add(key)

    def take_slot(self, limit_key: str, slot: int, grant_id: str) -> None:
        """Take a free slot of a limit."""
        assert slot not in self.slots[limit_key], f"slot {slot} of {limit_key} is taken"
        self.slots[limit_key].add(slot)
        self._taken.append({"limit_key": limit_key, "slot": slot, "grant_id": grant_id})

    def write(self, connection: Connection) -> None:
        """Write back what changed; the slots refer to grants, which must stand already."""
        if self._taken:
            in_order = sorted(self._taken, key=lambda row: (row["limit_key"], row["slot"]))
            connection.execute(insert(limit_slots), in_order)
        changed = [{"key_": key, "used_": self.counters[key].used} for key in sorted(self._changed)]
        if changed:
            update = (
                counters.update().where(counters.c.key == bindparam("key_")).values(used=bindparam("used_"))
            )
            connection.execute(update, changed)


def read_bounds(connection: Connection, keys: Iterable[str], limit_keys: Iterable[str]) -> Bounds:
    """Lock and read counters (those not there yet begin at 0, without a ceiling) and slots."""
    wanted = sorted(set(keys))
    if wanted:
        rows = [{"key": key, "used": 0, "ceiling": None} for key in wanted]
        connection.execute(insert_into(connection, counters).on_conflict_do_nothing(), rows)
    found = {
        key: Counter(used, ceiling) for key, used, ceiling in connection.execute(_COUNTERS, {"keys": wanted})
    }
    slots: dict[str, set[int]] = {key: set() for key in limit_keys}
    for key, slot in connection.execute(_SLOTS_TAKEN, {"keys": list(slots)}):
        slots[key].add(slot)
    return Bounds(found, slots)
