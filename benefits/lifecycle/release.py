"""What a grant took and gives back whole: its slots, and its part of quotas, caps and other counters."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, bindparam, delete, insert, select

from benefits.model.accounts import BUDGET
from benefits.model.chunks import portions
from benefits.tables.decisions import counters, limit_slots
from benefits.tables.rulebook import freed_slots

Uses = Mapping[str, int]


def lock_counters(connection: Connection, uses: Iterable[Uses]) -> None:
    """Lock what grants had taken of, in the order of keys, as every batch takes them; budgets as well."""
    keys = sorted({key for taken in uses for key, amount in taken.items() if amount})
    for some in portions(keys):
        locked = select(counters.c.key).where(counters.c.key.in_(some)).order_by(counters.c.key)
        connection.execute(locked.with_for_update()).all()


def lower_counters(connection: Connection, uses: Iterable[Uses]) -> None:
    """Give back what is locked, save to budgets: what goes back to those follows from the postings."""
    back: Counter[str] = Counter()
    for taken in uses:
        back.update(taken)
    keys = sorted(key for key, amount in back.items() if amount and not key.startswith(BUDGET))
    lowered = counters.update().where(counters.c.key == bindparam("key_"))
    for some in portions(keys):
        rows = [{"key_": key, "back": back[key]} for key in some]
        connection.execute(lowered.values(used=counters.c.used - bindparam("back")), rows)


def free_slots(connection: Connection, grant_ids: Sequence[str]) -> None:
    """The slots that these grants held may be taken again; that they were held stays on record."""
    for some in portions(grant_ids):
        held = connection.execute(
            select(limit_slots.c.limit_key, limit_slots.c.slot, limit_slots.c.grant_id).where(
                limit_slots.c.grant_id.in_(some)
            )
        ).mappings()
        rows = [dict(row) for row in held]
        if rows:
            connection.execute(insert(freed_slots), rows)
            connection.execute(delete(limit_slots).where(limit_slots.c.grant_id.in_(some)))
