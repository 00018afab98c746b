"""The counters that a batch touches: which are locked before it admits, and which are only counted in its end.

Everybody's counters (quotas, budgets) are hot: a row that is locked while a batch is admitted and written
down lets one batch through at a time, whatever else is in it. So one that is far from its end is read
without a lock, and raised last of all by an update that goes through only where there is room: its row
is held from there to the commit. So is one of which nothing that is wished is left: it refuses without a
lock. Only near the end is it locked first, as a member's own counters are. See docs/decisions/0017.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, bindparam, or_, select

from benefits.tables.decisions import counters
from rules import Decision, budget_key, quota_key
from store import Overtaken, insert_into, texts, within

AMPLE = 4  # times what a batch may take: so much room makes a lock needless
_EVERYBODYS = ("quota/", "budget/")
_NO_SIZE = 2**63 - 1

_READ = (
    select(counters.c.key, counters.c.used, counters.c.ceiling)
    .where(within(counters.c.key, "keys"))
    .order_by(counters.c.key)
)
_RAISE = (
    counters.update()
    .where(
        counters.c.key == bindparam("key_"),
        or_(counters.c.ceiling.is_(None), counters.c.used + bindparam("more") <= counters.c.ceiling),
        counters.c.used + bindparam("more") <= bindparam("size"),
    )
    .values(used=counters.c.used + bindparam("more"))
)


@dataclass(slots=True)
class Counter:
    """How much is used, of how much (None: counted but not limited); ``taken`` by this batch."""

    used: int
    ceiling: int | None
    taken: int = 0


NeedsLock = Callable[[str, Counter], bool]


@dataclass(slots=True)
class Wishes:
    """What a batch may take of a counter at most, its smallest wish, and the places that its rules give."""

    most: int = 0
    least: int = _NO_SIZE
    sizes: set[int] = field(default_factory=set)

    def add(self, amount: int, size: int | None) -> None:
        self.most += amount
        self.least = min(self.least, amount)
        if size is not None:
            self.sizes.add(size)

    @property
    def size(self) -> int | None:
        """The places, where all agree."""
        return min(self.sizes, default=None)

    def needs_lock(self, counter: Counter) -> bool:
        """Whether what others take meanwhile may matter."""
        bounds = [bound for bound in (self.size, counter.ceiling) if bound is not None]
        if not bounds:
            return False
        room = min(bounds) - counter.used
        if self.least > room and len(self.sizes) < 2:
            return False  # nothing can be taken
        return room < AMPLE * self.most or len(self.sizes) > 1


def wishes_of(decisions: Iterable[Decision]) -> Mapping[str, Wishes]:
    """What the decisions that are due may take of everybody's counters."""
    found: defaultdict[str, Wishes] = defaultdict(Wishes)
    for decision in decisions:
        if not decision.benefits or decision.entry:  # what is entered takes nothing now
            continue
        if decision.quota and (quota := quota_key(decision)):
            found[quota].add(1, decision.quota.size)
        for budget, amount_fen in decision.budgets.items():
            found[budget_key(budget)].add(amount_fen, None)
    return found


def scarce(wishes: Mapping[str, Wishes]) -> NeedsLock:
    """Those of which others might take what this batch wishes."""
    return lambda key, counter: key in wishes and wishes[key].needs_lock(counter)


def anything(_key: str, _counter: Counter) -> bool:
    """All of them."""
    return True


def read_counters(connection: Connection, keys: Iterable[str], needs_lock: NeedsLock) -> dict[str, Counter]:
    """Counters by key, in the database's order of keys; those not there yet begin at 0, without a ceiling.

    A member's own are locked, then those of everybody's that must be; each by key.
    """
    wanted = sorted(keys)
    if not wanted:
        return {}
    found = _read(connection, wanted)
    missing = [key for key in wanted if key not in found]
    if missing:
        rows = [{"key": key, "used": 0, "ceiling": None} for key in missing]
        connection.execute(insert_into(connection, counters).on_conflict_do_nothing(), rows)
        found = _read(connection, wanted)
    own = [key for key in found if not key.startswith(_EVERYBODYS)]
    few = [key for key, counter in found.items() if key.startswith(_EVERYBODYS) and needs_lock(key, counter)]
    for some in (own, few):
        if some:
            found |= _read(connection, some, lock=True)
    return found


def _read(connection: Connection, keys: Sequence[str], *, lock: bool = False) -> dict[str, Counter]:
    query = _READ.with_for_update() if lock else _READ
    return {
        key: Counter(used, ceiling) for key, used, ceiling in connection.execute(query, {"keys": texts(keys)})
    }


def write_counters(
    connection: Connection, found: Mapping[str, Counter], wishes: Mapping[str, Wishes]
) -> None:
    """Raise what was taken of, in the order of keys; the last that a batch does before its commit.

    *Raises*: Overtaken where others took what was read as free; then the batch must be done again.
    """
    rows = [
        {"key_": key, "more": counter.taken, "size": _size(wishes.get(key))}
        for key, counter in found.items()
        if counter.taken
    ]
    if rows and connection.execute(_RAISE, rows).rowcount != len(rows):
        raise Overtaken(connection.engine.url.render_as_string(hide_password=True))


def _size(wishes: Wishes | None) -> int:
    if wishes is None or not wishes.sizes:
        return _NO_SIZE
    return max(wishes.sizes)  # where they differ the row is locked, and each was admitted by its own
