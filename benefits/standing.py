"""Where the books stand: what is used of every counter, which slots are taken; for a simulation to begin with."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from pydantic_core import from_json
from sqlalchemy import Connection, select

from benefits.rulebook_tables import reversals
from benefits.tables import counters, decisions, grants, limit_slots


@dataclass(frozen=True, slots=True)
class Standing:
    """What is used, by counter; the slots taken, by limit; ceilings, by counter, where one is set."""

    used: Mapping[str, int]
    slots: Mapping[str, frozenset[int]]
    ceilings: Mapping[str, int]


def standing(connection: Connection, without: Collection[tuple[str, str]] = ()) -> Standing:
    """All of it, save what was granted on events (source, id) that are to be replayed."""
    used: dict[str, int] = {}
    ceilings: dict[str, int] = {}
    for key, amount, ceiling in connection.execute(
        select(counters.c.key, counters.c.used, counters.c.ceiling)
    ):
        used[key] = amount
        if ceiling is not None:
            ceilings[key] = ceiling
    left_out = _granted_on(connection, without) if without else {}
    for uses in left_out.values():
        for key, amount in uses.items():
            used[key] = used.get(key, 0) - amount
    slots: defaultdict[str, set[int]] = defaultdict(set)
    for key, slot, grant in connection.execute(select(limit_slots)):
        if grant not in left_out:
            slots[key].add(slot)
    return Standing(used, {key: frozenset(taken) for key, taken in slots.items()}, ceilings)


def _granted_on(connection: Connection, events: Collection[tuple[str, str]]) -> dict[str, Mapping[str, int]]:
    """What grants on these events took of each counter, by grant; what was taken back is given back already."""
    rows = connection.execute(
        select(grants.c.id, decisions.c.source, decisions.c.event_id, decisions.c.explanation)
        .join(decisions, decisions.c.id == grants.c.id)
        .outerjoin(reversals, reversals.c.grant_id == grants.c.id)
        .where(reversals.c.id.is_(None))
    )
    return {
        row.id: from_json(row.explanation)["uses"] for row in rows if (row.source, row.event_id) in events
    }
