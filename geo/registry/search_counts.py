"""Store counts of riders' searches by cell; load them only in groups that may be published."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    SmallInteger,
    String,
    Table,
    delete,
    func,
    select,
)

from geo.search_counts import (
    ParentCell,
    SearchCount,
    SearchGroup,
    first_retained_day,
    group_searches,
    is_late,
    next_month,
    publishable_months,
)
from store import insert_into, metadata

search_counts = Table(
    "search_counts",
    metadata,
    Column("searched_on", Date, primary_key=True),  # civil date on which the searches were made
    Column("cell", String(15), primary_key=True),  # H3, never finer than geo.search_counts.RESOLUTION
    Column(
        "hour", SmallInteger, primary_key=True, autoincrement=False
    ),  # hour of the week that the rider searched for
    Column("found", Boolean, primary_key=True),
    Column("count", BigInteger, nullable=False),
    comment="searches for a place by coarse cell, civil date, hour of the week and outcome",
)


def record_search_counts(connection: Connection, searches: Iterable[SearchCount], today: date) -> int:
    """Add to the counts; return how many searches came too late and are left out."""
    sums: Counter[tuple[date, str, int, bool]] = Counter()
    late = 0
    for one in searches:
        if is_late(one.searched_on, today):
            late += one.count
        else:
            sums[one.searched_on, one.cell, one.hour, one.found] += one.count
    names = ("searched_on", "cell", "hour", "found")
    # Sorted, so that two writers can't deadlock.
    rows = [{**dict(zip(names, key, strict=True)), "count": count} for key, count in sorted(sums.items())]
    if rows:
        adding = insert_into(connection, search_counts)
        more = search_counts.c.count + adding.excluded.count
        connection.execute(
            adding.on_conflict_do_update(index_elements=list(names), set_={"count": more}), rows
        )
    return late


def load_search_groups(
    connection: Connection, today: date, parent_of: ParentCell, since: date | None = None
) -> Iterator[SearchGroup]:
    """Yield the publishable groups of finished months, from the month of ``since``; see `geo.search_counts`.

    There is no other way to read the counts.
    """
    first = connection.execute(select(func.min(search_counts.c.searched_on))).scalar()
    if first is None:
        return
    kept = max(first, first_retained_day(today))
    for month in publishable_months(max(kept, since.replace(day=1)) if since else kept, today):
        yield from group_searches(month, _of_month(connection, month), parent_of)


def delete_old_searches(connection: Connection, today: date) -> int:
    """Delete the counts of months past retention; return the number of rows."""
    return connection.execute(
        delete(search_counts).where(search_counts.c.searched_on < first_retained_day(today))
    ).rowcount


def has_old_searches(connection: Connection, today: date) -> bool:
    """Return whether there are counts to delete."""
    old = search_counts.c.searched_on < first_retained_day(today)
    return connection.execute(select(search_counts.c.cell).where(old).limit(1)).first() is not None


def _of_month(connection: Connection, month: date) -> dict[tuple[str, int, bool], int]:
    c = search_counts.c
    query = (
        select(c.cell, c.hour, c.found, func.sum(c.count))
        .where(c.searched_on >= month, c.searched_on < next_month(month))
        .group_by(c.cell, c.hour, c.found)
    )
    return {(cell, hour, bool(found)): int(count) for cell, hour, found, count in connection.execute(query)}
