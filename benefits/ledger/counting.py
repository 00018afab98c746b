"""The counters that a batch touches: which are locked before admission, and which only updated at its end.

Shared counters (quotas, budgets) are hot: a row that is locked while a batch is admitted and recorded
lets only one batch through at a time. So a counter that is far from its ceiling is read without a lock and
raised last, by an update that succeeds only if there is room; its row is locked from there to the commit.
A counter with less left than the smallest request is not locked either: it refuses. Only near its ceiling
is a shared counter locked first, as a member's own counters always are. See docs/decisions/0017.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, bindparam, or_, select

from benefits.tables.decisions import counters
from rules import Decision, budget_key, quota_key_of
from store import append_missing_rows, in_json_array, json_array, store_error, write_before_shared_locks

AMPLE_ROOM_FACTOR = 4  # with room for this many times what a batch may take, no lock is needed
_EVERYBODYS = ("quota/", "budget/")
_NO_SIZE = 2**63 - 1

_READ = (
    select(counters.c.key, counters.c.used, counters.c.ceiling)
    .where(in_json_array(counters.c.key, "keys"))
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
_LOWER = (
    counters.update()
    .where(counters.c.key == bindparam("key_"))
    .values(used=counters.c.used - bindparam("back"))
)


@dataclass(slots=True)
class UsageCounter:
    """The amount used and the ceiling (None: counted, not limited); ``taken`` by this batch."""

    used: int
    ceiling: int | None
    taken: int = 0


LockPredicate = Callable[[str, UsageCounter], bool]


@dataclass(slots=True)
class CounterRequests:
    """The most and the least that a batch may take of a counter, and the quota sizes of its rules."""

    most: int = 0
    least: int = _NO_SIZE
    sizes: set[int] = field(default_factory=set)

    def add(self, amount: int, size: int | None, least: int | None = None) -> None:
        """Add what one decision may take; ``least`` if it may take less than the whole amount."""
        self.most += amount
        self.least = min(self.least, amount if least is None else least)
        if size is not None:
            self.sizes.add(size)

    @property
    def size(self) -> int | None:
        """Return the quota size; the smallest if the rules differ, None without one."""
        return min(self.sizes, default=None)

    def needs_lock(self, counter: UsageCounter) -> bool:
        """Return whether it may matter what other batches take meanwhile."""
        bounds = [bound for bound in (self.size, counter.ceiling) if bound is not None]
        if not bounds:
            return False
        room = min(bounds) - counter.used
        if self.least > room and len(self.sizes) < 2:
            return False  # nothing can be taken
        return room < AMPLE_ROOM_FACTOR * self.most or len(self.sizes) > 1


def collect_counter_requests(decisions: Iterable[Decision]) -> Mapping[str, CounterRequests]:
    """Collect what the due decisions may take of each shared counter."""
    found: defaultdict[str, CounterRequests] = defaultdict(CounterRequests)
    for decision in decisions:
        if not decision.benefits or decision.entry:  # an entry takes nothing now
            continue
        for quota in decision.quotas:
            found[quota_key_of(decision, quota)].add(1, quota.size)
        for budget, amount_fen in decision.budgets.items():
            found[budget_key(budget)].add(amount_fen, None, _least_fen(decision, budget))
    return found


def _least_fen(decision: Decision, budget: str) -> int:
    """Return the least that the decision may take of a budget: a part may be granted alone, or in part."""
    return min(1 if due.partial else due.amount_fen for due in decision.benefits if due.budget == budget)


def lock_if_scarce(wishes: Mapping[str, CounterRequests]) -> LockPredicate:
    """Return a predicate for the counters of which other batches may take what this batch requests."""
    return lambda key, counter: key in wishes and wishes[key].needs_lock(counter)


def lock_always(_key: str, _counter: UsageCounter) -> bool:
    """Return True, to lock every counter."""
    return True


def read_counters(
    connection: Connection, keys: Iterable[str], needs_lock: LockPredicate
) -> dict[str, UsageCounter]:
    """Read counters by key, in the database's order of keys; a missing one begins at 0 without a ceiling.

    The member's own counters are locked, then the shared ones that need a lock; each group by key.
    """
    wanted = sorted(keys)
    if not wanted:
        return {}
    found = _read(connection, wanted)
    missing = [key for key in wanted if key not in found]
    if missing:
        rows = [{"key": key, "used": 0, "ceiling": None} for key in missing]
        append_missing_rows(connection, counters, rows)
        found = _read(connection, wanted)
    own = [key for key in found if not key.startswith(_EVERYBODYS)]
    few = [key for key, counter in found.items() if key.startswith(_EVERYBODYS) and needs_lock(key, counter)]
    for some in (own, few):
        if some:
            found |= _read(connection, some, lock=True)
    return found


def peek_counters(connection: Connection, keys: Iterable[str]) -> dict[str, UsageCounter]:
    """Read counters by key as they stand, without a lock; a missing one is at 0 without a ceiling."""
    wanted = sorted(keys)
    return {key: UsageCounter(0, None) for key in wanted} | (_read(connection, wanted) if wanted else {})


def _read(connection: Connection, keys: Sequence[str], *, lock: bool = False) -> dict[str, UsageCounter]:
    query = _READ.with_for_update() if lock else _READ
    return {
        key: UsageCounter(used, ceiling)
        for key, used, ceiling in connection.execute(query, {"keys": json_array(keys)})
    }


def write_counters(
    connection: Connection, found: Mapping[str, UsageCounter], wishes: Mapping[str, CounterRequests]
) -> None:
    """Raise the counters by what was taken, in the order of keys, as the batch's last step before its commit.

    *Raises*: WriteConflict if another batch took what was read as free; the caller must repeat the batch.
    """
    rows = [
        {"key_": key, "more": counter.taken, "size": _size(wishes.get(key))}
        for key, counter in found.items()
        if counter.taken
    ]
    if not rows:
        return
    write_before_shared_locks(connection)
    if connection.execute(_RAISE, rows).rowcount != len(rows):
        raise store_error("conflict", connection.engine.url.render_as_string(hide_password=True))


def lower_counters(connection: Connection, back: Mapping[str, int]) -> None:
    """Lower counters by what came back, in the order of keys."""
    rows = [{"key_": key, "back": amount} for key, amount in sorted(back.items()) if amount]
    if rows:
        connection.execute(_LOWER, rows)


def _size(wishes: CounterRequests | None) -> int:
    if wishes is None or not wishes.sizes:
        return _NO_SIZE
    return max(wishes.sizes)  # if sizes differ the row is locked, and each was admitted by its own size
