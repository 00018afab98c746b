"""Store counts of riders' rests by station; load them only in groups that may be published."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date

from sqlalchemy import (
    BigInteger,
    Column,
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
from geo.search_counts import (
    UseCount,
    UseGroup,
    first_retained_day,
    group_uses,
    is_late,
    next_month,
    publishable_months,
)
from store import insert_into, metadata

use_counts = Table(
    "use_counts",
    metadata,
    Column("used_on", Date, primary_key=True),  # civil date
    Column("station_id", String(128), ForeignKey("stations.id"), primary_key=True),
    Column("hour", SmallInteger, primary_key=True, autoincrement=False),  # of the week, from Monday 00:00
    Column("count", BigInteger, nullable=False),
    comment="how many rested at a station, by civil date and hour of the week; nothing says who",
)


def record_use_counts(connection: Connection, uses: Iterable[UseCount], today: date) -> int:
    """Add to the counts; return how many uses came too late and are left out."""
    sums: Counter[tuple[date, str, int]] = Counter()
    late = 0
    for one in uses:
        if is_late(one.used_on, today):
            late += one.count
        else:
            sums[one.used_on, one.station, one.hour] += one.count
    names = ("used_on", "station_id", "hour")
    # Sorted, so that two writers can't deadlock.
    rows = [{**dict(zip(names, key, strict=True)), "count": count} for key, count in sorted(sums.items())]
    if rows:
        adding = insert_into(connection, use_counts)
        more = use_counts.c.count + adding.excluded.count
        connection.execute(
            adding.on_conflict_do_update(index_elements=list(names), set_={"count": more}), rows
        )
    return late


def load_use_groups(connection: Connection, today: date, since: date | None = None) -> Iterator[UseGroup]:
    """Yield the publishable groups of finished months, from the month of ``since``; see `geo.search_counts`.

    There is no other way to read the counts.
    """
    first = connection.execute(select(func.min(use_counts.c.used_on))).scalar()
    if first is None:
        return
    kept = max(first, first_retained_day(today))
    districts = _districts(connection)
    for month in publishable_months(max(kept, since.replace(day=1)) if since else kept, today):
        yield from group_uses(month, _of_month(connection, month), districts)


def delete_old_uses(connection: Connection, today: date) -> int:
    """Delete the counts of months past retention; return the number of rows."""
    return connection.execute(
        delete(use_counts).where(use_counts.c.used_on < first_retained_day(today))
    ).rowcount


def has_old_uses(connection: Connection, today: date) -> bool:
    """Return whether there are counts to delete."""
    old = use_counts.c.used_on < first_retained_day(today)
    return connection.execute(select(use_counts.c.station_id).where(old).limit(1)).first() is not None


def _districts(connection: Connection) -> dict[str, str]:
    used = select(use_counts.c.station_id).distinct()
    query = select(stations.c.id, stations.c.district).where(stations.c.id.in_(used))
    return {id: district or "" for id, district in connection.execute(query)}


def _of_month(connection: Connection, month: date) -> dict[tuple[str, int], int]:
    c = use_counts.c
    query = (
        select(c.station_id, c.hour, func.sum(c.count))
        .where(c.used_on >= month, c.used_on < next_month(month))
        .group_by(c.station_id, c.hour)
    )
    return {(station, hour): int(count) for station, hour, count in connection.execute(query)}
