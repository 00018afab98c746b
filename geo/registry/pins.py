"""Load the pins that riders set, if they refer to the point that the register has now."""

from datetime import datetime

from sqlalchemy import Connection, func, select

from geo.registry.status_tables import station_statements
from geo.registry.tables import station_changes
from geo.status.pins import RiderPin
from geo.status.statements import ReporterRole, ReportKind

_MOVES = ("added", "moved", "placed", "returned")


def load_pins(connection: Connection, since: datetime) -> list[RiderPin]:
    """Return the pins since an instant.

    Pins from before the station was placed at its present point, and pins of riders over the rate limit,
    are left out.
    """
    c, change = station_statements.c, station_changes.c
    moved = (
        select(change.station_id, func.max(change.at).label("at"))
        .where(change.change.in_(_MOVES))
        .group_by(change.station_id)
        .subquery()
    )
    query = (
        select(c.station_id, c.event_id, c.at, c.who, c.lon, c.lat)
        .join(moved, moved.c.station_id == c.station_id, isouter=True)
        .where(
            c.voice == ReporterRole.RIDER.value, c.what == ReportKind.WRONG_PLACE.value, c.lon.is_not(None)
        )
        .where(c.counts, c.at >= since, func.coalesce(moved.c.at, since) <= c.at)
    )
    return [RiderPin(*row) for row in connection.execute(query.order_by(c.at, c.sequence))]
