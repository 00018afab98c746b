"""How often riders searched where: counted here, and given out only in groups that may be shown."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date

from sqlalchemy import Connection, delete, func, select

from geo.registry.search_count_tables import search_counts
from geo.search_counts import (
    ParentOf,
    SearchCount,
    SearchGroup,
    first_kept,
    grouped,
    is_late,
    next_month,
    shown_months,
)
from store import insert_into


def count_searches(connection: Connection, searches: Iterable[SearchCount], today: date) -> int:
    """Add to the counts; gives how many searches were told of too late and are left out."""
    sums: Counter[tuple[date, str, int, bool]] = Counter()
    late = 0
    for one in searches:
        if is_late(one.searched_on, today):
            late += one.count
        else:
            sums[one.searched_on, one.cell, one.hour, one.found] += one.count
    names = ("searched_on", "cell", "hour", "found")
    # In one order, so that two writers never wait for each other.
    rows = [{**dict(zip(names, key, strict=True)), "count": count} for key, count in sorted(sums.items())]
    if rows:
        adding = insert_into(connection, search_counts)
        more = search_counts.c.count + adding.excluded.count
        connection.execute(
            adding.on_conflict_do_update(index_elements=list(names), set_={"count": more}), rows
        )
    return late


def shown_searches(
    connection: Connection, today: date, parent_of: ParentOf, since: date | None = None
) -> Iterator[SearchGroup]:
    """What may be shown of the months that are over, ``since`` that of a date; see `geo.search_counts`.

    There is no other way to read the counts.
    """
    first = connection.execute(select(func.min(search_counts.c.searched_on))).scalar()
    if first is None:
        return
    kept = max(first, first_kept(today))
    for month in shown_months(max(kept, since.replace(day=1)) if since else kept, today):
        yield from grouped(month, _of_month(connection, month), parent_of)


def forget_searches(connection: Connection, today: date) -> int:
    """Drop the counts of months that are no longer kept; gives how many rows."""
    return connection.execute(
        delete(search_counts).where(search_counts.c.searched_on < first_kept(today))
    ).rowcount


def has_old_searches(connection: Connection, today: date) -> bool:
    """Whether there is anything to forget."""
    old = search_counts.c.searched_on < first_kept(today)
    return connection.execute(select(search_counts.c.cell).where(old).limit(1)).first() is not None


def _of_month(connection: Connection, month: date) -> dict[tuple[str, int, bool], int]:
    c = search_counts.c
    query = (
        select(c.cell, c.hour, c.found, func.sum(c.count))
        .where(c.searched_on >= month, c.searched_on < next_month(month))
        .group_by(c.cell, c.hour, c.found)
    )
    return {(cell, hour, bool(found)): int(count) for cell, hour, found, count in connection.execute(query)}
