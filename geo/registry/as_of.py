"""Reconstruct the register at an earlier instant by undoing the changes made since."""

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, select

from geo.registry import records
from geo.registry.tables import station_changes, stations
from geo.station import Station


def load_stations_as_of(
    connection: Connection, at: datetime, *, register: str | None = None
) -> list[Station]:
    """Return the stations that were present at an instant, as they were then, ordered by id."""
    rows = select(*(stations.c[name] for name in records.STATION_FIELDS))
    if register is not None:
        rows = rows.where(stations.c.register == register)
    every = {station.id: station for station in records.query_stations(connection, rows)}
    gone = {id for (id,) in connection.execute(select(stations.c.id).where(stations.c.gone_at.is_not(None)))}
    there = every.keys() - gone
    c = station_changes.c
    since = select(c.station_id, c.change, c.before).where(c.at > at).order_by(c.sequence.desc())
    undone: dict[str, dict[str, object]] = {}
    for id, change, before in connection.execute(since):
        if id not in every:
            continue
        if change in ("added", "returned"):
            there.discard(id)
        else:
            if change == "gone":
                there.add(id)
            undone.setdefault(id, {}).update(json.loads(before))
    return [_with(every[id], undone.get(id, {})) for id in sorted(there)]


def _with(station: Station, fields: Mapping[str, object]) -> Station:
    if not fields:
        return station
    return Station.model_validate({**station.model_dump(mode="json"), **fields})
