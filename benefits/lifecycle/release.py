"""Return what a reversed or lapsed grant used: limit slots and shares of quotas, caps and other counters."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, bindparam, delete, insert, select

from benefits.model.accounts import BUDGET_PREFIX
from benefits.model.chunks import chunks
from benefits.tables.decisions import counters, limit_slots
from benefits.tables.rulebook import freed_slots

CounterUses = Mapping[str, int]


def lock_counters(connection: Connection, uses: Iterable[CounterUses]) -> None:
    """Lock the counters that these grants used, in the order of keys as every batch does; budgets too."""
    keys = sorted({key for taken in uses for key, amount in taken.items() if amount})
    for some in chunks(keys):
        locked = select(counters.c.key).where(counters.c.key.in_(some)).order_by(counters.c.key)
        connection.execute(locked.with_for_update()).all()


def lower_counters(connection: Connection, uses: Iterable[CounterUses]) -> None:
    """Lower the locked counters by what the grants used.

    Budgets are left out: postings lower those.
    """
    back: Counter[str] = Counter()
    for taken in uses:
        back.update(taken)
    keys = sorted(key for key, amount in back.items() if amount and not key.startswith(BUDGET_PREFIX))
    lowered = counters.update().where(counters.c.key == bindparam("key_"))
    for some in chunks(keys):
        rows = [{"key_": key, "back": back[key]} for key in some]
        connection.execute(lowered.values(used=counters.c.used - bindparam("back")), rows)


def free_limit_slots(connection: Connection, grant_ids: Sequence[str]) -> None:
    """Free the limit slots of these grants for reuse, and record that they were held."""
    for some in chunks(grant_ids):
        held = connection.execute(
            select(limit_slots.c.limit_key, limit_slots.c.slot, limit_slots.c.grant_id).where(
                limit_slots.c.grant_id.in_(some)
            )
        ).mappings()
        rows = [dict(row) for row in held]
        if rows:
            connection.execute(insert(freed_slots), rows)
            connection.execute(delete(limit_slots).where(limit_slots.c.grant_id.in_(some)))
