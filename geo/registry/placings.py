"""Place stations by hand, and record what inspections found."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, func, insert, select, update

from geo.messages import Inspected
from geo.registry import records
from geo.registry.hand_changes import PLACED, change_by_hand
from geo.registry.tables import station_changes, station_inspections, stations
from geo.station import Station
from geo.status.statements import report_from_event


@dataclass(frozen=True, slots=True)
class Placing:
    """A station's point as a person determined it. *CRS*: WGS84.

    ``district`` and its name are used if the station has none.
    """

    lon: float
    lat: float
    by: str
    district: str | None = None
    district_name: str = ""

    def apply_to(self, station: Station) -> Station:
        """Return the station as placed. *Raises*: pydantic.ValidationError for a point off the Earth."""
        district = {} if station.district else {"district": self.district}
        named = {} if station.district_name else {"district_name": self.district_name}
        return Station.model_validate(
            {**station.model_dump(), "lon": self.lon, "lat": self.lat, **district, **named}
        )


def place_station(connection: Connection, id: str, placing: Placing, at: datetime) -> Station:
    """Place a station, or move it, record by whom, and return the station as placed.

    Runs in the caller's transaction. *Raises*: FaultError if there is no such station; pydantic.ValidationError for
    a point off the Earth.
    """
    found = records.query_stations(connection, records.present_stations_query().where(stations.c.id == id))
    fields = ("lon", "lat", "district", "district_name")
    values = {name: getattr(placing.apply_to(found[0]), name) for name in fields} if found else {}
    return change_by_hand(connection, id, values, placing.by, at, PLACED)


def record_inspection(
    connection: Connection, found: Inspected, at: datetime, event: tuple[str, str], now: datetime
) -> None:
    """Store the result of an inspection; ``event`` is the source and the id of its event."""
    connection.execute(
        insert(station_inspections).values(
            station_id=found.station,
            inspected_on=found.on,
            meets_standard=found.meets_standard,
            missing=json.dumps(found.missing, ensure_ascii=False),
            voice=report_from_event("", at, found).voice.value,
            source=event[0],
            event_id=event[1],
            recorded_at=now,
        )
    )
    _verify(connection, found, " ".join(event), now)


def _verify(connection: Connection, found: Inspected, cause: str, now: datetime) -> None:
    """Set the register's date of verification, unless a later one is stored."""
    query = select(stations.c.verified_on).where(stations.c.id == found.station)
    before = connection.execute(query).scalar_one()
    if before is not None and before >= found.on:
        return
    changed = update(stations).where(stations.c.id == found.station).values(verified_on=found.on)
    connection.execute(changed)
    connection.execute(
        insert(station_changes).values(
            station_id=found.station,
            at=now,
            change="inspected",
            before=json.dumps({"verified_on": None if before is None else str(before)}),
            after=json.dumps({"verified_on": str(found.on)}),
            cause=cause,
        )
    )


def last_inspection_dates(connection: Connection, register: str) -> Mapping[str, date]:
    """Return the date of the last inspection of each station of a register."""
    c = station_inspections.c
    query = select(c.station_id, func.max(c.inspected_on)).group_by(c.station_id)
    of_register = query.join(stations, stations.c.id == c.station_id).where(stations.c.register == register)
    return {row[0]: row[1] for row in connection.execute(of_register)}


def apply_inspection_date(station: Station, inspections: Mapping[str, date]) -> Station:
    """Return an imported station, verified on the day of its inspection if that is later."""
    day = inspections.get(station.id)
    if day is None or (station.verified_on is not None and station.verified_on >= day):
        return station
    return station.model_copy(update={"verified_on": day})


@dataclass(frozen=True, slots=True)
class Inspection:
    """The result of an inspection. ``missing`` is as the officer wrote it."""

    on: date
    meets_standard: bool
    missing: tuple[str, ...]


def last_inspection(connection: Connection, station: str) -> Inspection | None:
    """Return the result of the last inspection of a station; None if it was never inspected."""
    c = station_inspections.c
    query = select(c.inspected_on, c.meets_standard, c.missing).where(c.station_id == station)
    row = connection.execute(query.order_by(c.inspected_on.desc(), c.sequence.desc()).limit(1)).one_or_none()
    return None if row is None else Inspection(row[0], row[1], tuple(json.loads(row[2])))
