"""Bounds of grants: counters of quotas, budgets, caps and entries, and the slots of limits.

Bounds are read for one batch, changed in memory, and written back in the same transaction;
``benefits/ledger/counting.py`` decides which counters are read under lock. Counters are locked and slots
are taken in the order of their keys, so that two writers can't wait for each other. Slots are not locked:
if two writers on PostgreSQL take the same slot, the second insert fails and its caller repeats the batch.
That holds for rolling limits too: two writers that admit a grant on the same slots take the same slot.

The number waiting on a list is read after the list's counter is locked. Whether a draw is fixed can't
change, since officers hold the rulebook's exclusive lock.

What other rules granted a member is read after the member's counter of such grants is locked: a writer
that grants one holds that lock until it commits.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection, bindparam, select, tuple_

from benefits.ledger.counting import (
    CounterRequests,
    UsageCounter,
    collect_counter_requests,
    lock_always,
    lock_if_scarce,
    peek_counters,
    read_counters,
    write_counters,
)
from benefits.ledger.positions import is_decision_used
from benefits.ledger.rows import parse_stored_decision
from benefits.model.ruling import Ruling
from benefits.tables.decisions import grants, limit_slots, waiting_list
from benefits.tables.draws import draws, waiting_lines, waiting_moves
from benefits.tables.rulebook import is_taken_back
from rules import Decision, PriorGrant, TakenSlots, UsageChange, UsageKeys, collect_usage_keys, limit_key
from rules.engine.decision import format_key_part
from rules.engine.usage import WAITS_PREFIX, member_waiting_key
from store import append_missing_rows, append_rows, in_json_array, json_array

_SLOTS_TAKEN = select(limit_slots.c.limit_key, limit_slots.c.slot, limit_slots.c.day).where(
    in_json_array(limit_slots.c.limit_key, "keys")
)
_EARLIER = (
    select(grants.c.rule_id, grants.c.member_id, grants.c.granted_on, is_decision_used(grants.c.decision_id))
    .where(
        tuple_(grants.c.rule_id, grants.c.member_id).in_(bindparam("pairs", expanding=True)),
        grants.c.id == grants.c.decision_id,  # only the first of several parts
        ~is_taken_back(grants.c.id),
    )
    .order_by(grants.c.granted_on, grants.c.id)
)
_MOVED = select(waiting_lines.c.places, waiting_lines.c.moved).where(
    waiting_lines.c.places.in_(bindparam("places", expanding=True))
)
_DRAWN = select(draws.c.places).where(draws.c.places.in_(bindparam("places", expanding=True)))
_LINE = "waiting/"
_Pair = tuple[str, str]


@dataclass(slots=True)
class Bounds:
    """The bounds that one batch may touch: the ledger's implementation of :class:`rules.Usage`."""

    counters: dict[str, UsageCounter]
    taken: dict[str, dict[int, date]]  # limit → slots taken, each with its day
    granted: dict[_Pair, list[PriorGrant]]  # rule, member → grants
    wishes: Mapping[str, CounterRequests]
    moved: dict[str, int] = field(default_factory=dict)  # how many members left each waiting list
    drawn: frozenset[str] = frozenset()

    def used(self, key: str) -> int:
        return self.counters[key].used

    def ceiling(self, key: str) -> int | None:
        return self.counters[key].ceiling

    def slots(self, key: str) -> TakenSlots:
        return self.taken[key]

    def earlier(self, rule_id: str, member: str) -> Sequence[PriorGrant]:
        return self.granted.get((rule_id, member), ())

    def in_line(self, key: str) -> int:
        return self.counters[key].used - self.moved.get(key, 0)

    def is_drawn(self, key: str) -> bool:
        return key in self.drawn

    def take(self, taking: UsageChange) -> None:
        """Count what was admitted."""
        for key, amount in taking.counters.items():
            counter = self.counters[key]
            counter.used += amount
            counter.taken += amount
            assert counter.ceiling is None or counter.used <= counter.ceiling, f"{key} was overrun"
        for key, slot, day in taking.slots:
            assert slot not in self.taken[key], f"slot {slot} of {key} is taken"
            self.taken[key][slot] = day
        if taking.granted in self.granted:
            self.granted[taking.granted].append(PriorGrant(taking.day))

    def write(self, connection: Connection, granted: Iterable[Ruling]) -> None:
        """Write back what changed; store the grants first, because slots refer to them."""
        rows = [row for ruling in granted for row in _slot_rows(ruling)]
        if rows:
            rows.sort(key=lambda row: (row["limit_key"], row["slot"]))
            append_rows(connection, limit_slots, rows)
        write_counters(connection, self.counters, self.wishes)


def _slot_rows(ruling: Ruling) -> list[dict[str, object]]:
    decision, admission = ruling.decision, ruling.admission
    assert admission is not None
    return [
        {
            "limit_key": limit_key(decision, limit),
            "slot": slot,
            "grant_id": ruling.id,
            "day": decision.counted_on,
        }
        for limit, slot in zip(decision.limits, admission.slots, strict=True)
    ]


def read_bounds(
    connection: Connection, decisions: Sequence[Decision], *, locked: frozenset[str] | None = None
) -> Bounds:
    """Read what the decisions may touch: counters, slots, earlier grants, waiting lists.

    If ``locked`` names counters, these and all others are locked: the values hold to the transaction's end.
    """
    wanted, wishes = collect_usage_keys(decisions), collect_counter_requests(decisions)
    if locked is None:
        found = read_counters(connection, wanted.counters, lock_if_scarce(wishes))
    else:
        found = read_counters(connection, wanted.counters | locked, lock_always)
    return _read_others(connection, decisions, wanted, found, wishes)


def peek_bounds(connection: Connection, decisions: Sequence[Decision]) -> Bounds:
    """Read what the decisions would touch as it stands: nothing is locked, and nothing may be written back."""
    wanted = collect_usage_keys(decisions)
    return _read_others(connection, decisions, wanted, peek_counters(connection, wanted.counters), {})


def _read_others(
    connection: Connection,
    decisions: Sequence[Decision],
    wanted: UsageKeys,
    counters: dict[str, UsageCounter],
    wishes: Mapping[str, CounterRequests],
) -> Bounds:
    """Return the bounds of counters that were read, with slots, earlier grants and waiting lists.

    A counter of the places that a member ever had on a list stands at those that she still has.
    """
    taken: dict[str, dict[int, date]] = {key: {} for key in wanted.limits}
    if taken:
        for key, slot, day in connection.execute(_SLOTS_TAKEN, {"keys": json_array(taken)}):
            taken[key][slot] = day
    waited = {key for key, counter in counters.items() if counter.used and key.startswith(WAITS_PREFIX)}
    for key, _ in _iter_left(connection, decisions, waited) if waited else ():
        if key in counters:
            counters[key].used -= 1
    earlier, moved, drawn = (
        _earlier(connection, wanted),
        _moved(connection, wanted),
        _drawn(connection, wanted),
    )
    return Bounds(counters, taken, earlier, wishes, moved, drawn)


def _iter_left(
    connection: Connection, decisions: Sequence[Decision], waited: Set[str]
) -> Iterator[tuple[str, date]]:
    """Yield what left the waiting lists of these counters; of a limit by member, what the decisions' members left."""
    pairs = {(rule_id, period) for _, rule_id, period, _ in (key.split("/", 3) for key in waited)}
    own = {
        member_waiting_key(one): one.member
        for one in decisions
        if one.waits and format_key_part("member", one.member) in one.limit.key.split("&")
    }
    members = sorted({own[key] for key in waited}) if waited <= own.keys() else []
    return iter_left_places(connection, sorted(pairs), members)


def iter_left_places(
    connection: Connection, pairs: Sequence[_Pair] = (), members: Sequence[str] = ()
) -> Iterator[tuple[str, date]]:
    """Yield who left a waiting list, by the key of the counter of her places, and the day.

    Of these rules and periods, and of these members, or of all.
    """
    query = select(waiting_list.c.decision, waiting_moves.c.moved_on).join(
        waiting_moves, waiting_moves.c.waiting_id == waiting_list.c.id
    )
    if pairs:
        query = query.where(tuple_(waiting_list.c.rule_id, waiting_list.c.period).in_(pairs))
    if members:
        query = query.where(waiting_list.c.member_id.in_(members))
    for text, day in connection.execute(query):
        yield member_waiting_key(parse_stored_decision(text)), day


def record_waiting_lines(connection: Connection, keys: Iterable[str]) -> None:
    """Record that members wait on these lists, so that moving up finds the lists."""
    rows = [{"places": key.removeprefix(_LINE), "moved": 0} for key in sorted(set(keys))]
    append_missing_rows(connection, waiting_lines, rows)


def _moved(connection: Connection, wanted: UsageKeys) -> dict[str, int]:
    if not wanted.lines:
        return {}
    places = sorted(key.removeprefix(_LINE) for key in wanted.lines)
    return {_LINE + row.places: row.moved for row in connection.execute(_MOVED, {"places": places})}


def _drawn(connection: Connection, wanted: UsageKeys) -> frozenset[str]:
    if not wanted.draws:
        return frozenset()
    return frozenset(connection.execute(_DRAWN, {"places": sorted(wanted.draws)}).scalars())


def _earlier(connection: Connection, wanted: UsageKeys) -> dict[_Pair, list[PriorGrant]]:
    found: dict[_Pair, list[PriorGrant]] = defaultdict(list, {pair: [] for pair in wanted.earlier})
    if wanted.earlier:
        rows = connection.execute(_EARLIER, {"pairs": sorted(wanted.earlier)})
        for rule_id, member, day, used in rows:
            found[rule_id, member].append(PriorGrant(day, bool(used)))
    return dict(found)
