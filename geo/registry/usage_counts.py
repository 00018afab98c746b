"""Store counts of riders' searches by cell and of their rests by station.

The counts can only be loaded in groups that may be published; see `geo.usage_counts`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    ForeignKey,
    SmallInteger,
    String,
    Table,
    delete,
    func,
    select,
)

from geo.registry.tables import stations
from geo.usage_counts import (
    MIN_GROUP_SIZE,
    ParentCell,
    SearchCount,
    SearchGroup,
    UseCount,
    UseGroup,
    first_retained_day,
    group_searches,
    group_uses,
    is_late,
    next_month,
    publishable_months,
)
from store import insert_into, metadata

search_counts = Table(
    "search_counts",
    metadata,
    Column("searched_on", Date, primary_key=True),  # civil date on which the searches were made
    Column("cell", String(15), primary_key=True),  # H3, never finer than geo.usage_counts.RESOLUTION
    Column("hour", SmallInteger, primary_key=True, autoincrement=False),  # of the week, that was asked about
    Column("found", Boolean, primary_key=True),
    Column("count", BigInteger, nullable=False),
    comment="searches for a place by coarse cell, civil date, hour of the week and outcome",
)
use_counts = Table(
    "use_counts",
    metadata,
    Column("used_on", Date, primary_key=True),  # civil date
    Column("station_id", String(128), ForeignKey("stations.id"), primary_key=True),
    Column("hour", SmallInteger, primary_key=True, autoincrement=False),  # of the week, from Monday 00:00
    Column("district", String(6), primary_key=True),  # of the station on that day; empty if it has none
    Column("count", BigInteger, nullable=False),
    comment="how many rested at a station, by civil date and hour of the week; nothing says who",
)

_CountRow = tuple[date, tuple[str | int, ...], int]  # day, the other columns of the table's key, count


def record_search_counts(connection: Connection, searches: Iterable[SearchCount], today: date) -> int:
    """Add to the counts; return how many searches came too late and are left out."""
    counts = ((one.searched_on, (one.cell, one.hour, one.found), one.count) for one in searches)
    return _record(connection, search_counts, counts, today)


def record_use_counts(connection: Connection, uses: Iterable[UseCount], today: date) -> int:
    """Add to the counts; return how many uses came too late and are left out."""
    uses = list(uses)
    query = select(stations.c.id, stations.c.district).where(stations.c.id.in_({one.station for one in uses}))
    districts = {id: district or "" for id, district in connection.execute(query)}
    counts = (
        (one.used_on, (one.station, one.hour, districts.get(one.station, "")), one.count) for one in uses
    )
    return _record(connection, use_counts, counts, today)


def load_search_groups(connection: Connection, today: date, parent_of: ParentCell) -> Iterator[SearchGroup]:
    """Yield the publishable groups of finished months."""
    for month, rows in _months(connection, search_counts, today):
        counts = {(cell, hour, bool(found)): int(count) for cell, hour, found, count, _ in rows}
        yield from group_searches(month, counts, parent_of)


def has_search_groups(connection: Connection, today: date, parent_of: ParentCell) -> bool:
    """Return whether any group may be published. Where a row is a group by itself, no month need be summed up."""
    first, day = first_retained_day(today), search_counts.c.searched_on
    *_, last = publishable_months(first, today)
    large = search_counts.c.count >= MIN_GROUP_SIZE
    rows = select(search_counts.c.hour).where(day >= first, day < next_month(last), large).limit(1)
    if connection.execute(rows).first() is not None:
        return True
    return next(load_search_groups(connection, today, parent_of), None) is not None


def load_use_groups(connection: Connection, today: date, since: date | None = None) -> Iterator[UseGroup]:
    """Yield the publishable groups of finished months, from the month of ``since``.

    A station counts in the first of its districts of the month. A later correction of the register moves no count of
    it to another group, whose sum would then differ by fewer than ten.
    """
    for month, rows in _months(connection, use_counts, today, since):
        counts: Counter[tuple[str, int]] = Counter()
        first: dict[str, tuple[date, str]] = {}
        for station, hour, district, count, day in rows:
            counts[station, hour] += int(count)
            first[station] = min((day, district), first.get(station, (day, district)))
        yield from group_uses(month, counts, {station: district for station, (_, district) in first.items()})


def delete_old_counts(connection: Connection, table: Table, today: date) -> int:
    """Delete the searches or uses of months past retention; return the number of rows."""
    return connection.execute(delete(table).where(_is_old(table, today))).rowcount


def has_old_counts(connection: Connection, table: Table, today: date) -> bool:
    """Return whether there are searches or uses to delete."""
    return connection.execute(select(table.c.hour).where(_is_old(table, today)).limit(1)).first() is not None


def _key(table: Table) -> list[Column[Any]]:
    """Return the key of a table; its first column is the day."""
    return list(table.primary_key.columns)


def _record(connection: Connection, table: Table, counts: Iterable[_CountRow], today: date) -> int:
    sums: Counter[tuple[date, tuple[str | int, ...]]] = Counter()
    late = 0
    for day, key, count in counts:
        if is_late(day, today):
            late += count
        else:
            sums[day, key] += count
    names = [column.name for column in _key(table)]
    # Sorted, so that two writers can't deadlock.
    rows = [
        {**dict(zip(names, (day, *key), strict=True)), "count": count}
        for (day, key), count in sorted(sums.items())
    ]
    if rows:
        adding = insert_into(connection, table)
        more = table.c.count + adding.excluded.count
        connection.execute(adding.on_conflict_do_update(index_elements=names, set_={"count": more}), rows)
    return late


def _months(
    connection: Connection, table: Table, today: date, since: date | None = None
) -> Iterator[tuple[date, Iterable[Sequence[Any]]]]:
    """Yield each publishable month with its sums by the other columns of the key, and the first day of each sum."""
    day, *others = _key(table)
    first: date | None = connection.execute(select(func.min(day))).scalar()
    if first is None:
        return
    kept = max(first, first_retained_day(today))
    for month in publishable_months(max(kept, since.replace(day=1)) if since else kept, today):
        sums = (func.sum(table.c.count), func.min(day))
        query = select(*others, *sums).where(day >= month, day < next_month(month))
        yield month, connection.execute(query.group_by(*others))


def _is_old(table: Table, today: date) -> ColumnElement[bool]:
    return _key(table)[0] < first_retained_day(today)
