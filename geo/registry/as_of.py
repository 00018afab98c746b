"""The register as it was: what is there now, with everything undone that has changed since."""

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, func, select

from geo.registry import records
from geo.registry.tables import station_changes, stations
from geo.station import Station


def stations_as_of(connection: Connection, at: datetime, *, register: str | None = None) -> list[Station]:
    """The stations that were there at an instant, as they were then, in the order of their ids."""
    rows = select(*(stations.c[name] for name in records.FIELDS))
    if register is not None:
        rows = rows.where(stations.c.register == register)
    every = {station.id: station for station in records.read(connection, rows)}
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


def first_import(connection: Connection) -> datetime | None:
    """When the history begins; None where there is none."""
    found: datetime | None = connection.execute(select(func.min(station_changes.c.at))).scalar()
    return found


def _with(station: Station, fields: Mapping[str, object]) -> Station:
    if not fields:
        return station
    return Station.model_validate({**station.model_dump(mode="json"), **fields})
