"""Place stations by hand if their register lists no coordinates; an import does not undo this."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, func, insert, select, update

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from geo.messages import Inspected
from geo.registry import records
from geo.registry.tables import station_changes, station_inspections, stations
from geo.station import Station
from geo.status.statements import report_from_event
from store import lock_exclusive

_FAULTS = FaultTable(
    "placing",
    {
        "unknown": (
            N_("there is no station {value}"),
            N_("`yihui stations unplaced` shows those that wait for a place"),
        ),
        "placed_by_register": (
            N_("the register itself says where {value} is: {point}"),
            N_("correct the point in the register's file and import it again"),
        ),
        "nobody": (N_("nobody is named who places it"), N_("say who: --as NAME")),
    },
)

PLACED_BY_CAUSE = N_("placed by {by}")  # as the history stores it


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
    """Place a station, or move its placing, record by whom, and return the station as placed.

    The same placing by the same person again changes nothing. Runs in the caller's transaction.
    *Raises*: FaultError if there is no such station, if its register gives the point, or if ``by`` is
    empty.
    """
    lock_exclusive(connection, "import of stations")  # so that changes are numbered in the order of commits
    found = records.query_stations(connection, records.present_stations_query().where(stations.c.id == id))
    if not found:
        raise FaultError(_FAULTS.build("unknown", field="ID", value=id))
    (before,) = found
    by = connection.execute(select(stations.c.placed_by).where(stations.c.id == id)).scalar_one()
    if not placing.by.strip():
        raise FaultError(_FAULTS.build("nobody", field="--as", value=placing.by))
    if before.is_placed and by is None:
        raise FaultError(
            _FAULTS.build(
                "placed_by_register", field="ID", value=before.id, point=f"{before.lon:.6f}, {before.lat:.6f}"
            )
        )
    after = placing.apply_to(before)
    if (after, placing.by) != (before, by):
        _record(connection, before, after, placing, at)
    return after


def load_placings(connection: Connection, register: str) -> Mapping[str, Placing]:
    """Return the placings by hand of a register's stations, including gone ones."""
    c = stations.c
    query = select(c.id, c.lon, c.lat, c.placed_by, c.district, c.district_name)
    rows = connection.execute(query.where(c.register == register, c.placed_by.is_not(None)))
    return {id: Placing(*values) for id, *values in rows}


def apply_placing(station: Station, placings: Mapping[str, Placing]) -> Station:
    """Return an imported station at its place by hand if its file still gives no coordinates."""
    placing = placings.get(station.id)
    return station if placing is None or station.is_placed else placing.apply_to(station)


def current_placer(station: Station, placings: Mapping[str, Placing]) -> str | None:
    """Return who placed the station if it is still at that point."""
    placing = placings.get(station.id)
    stands = placing is not None and (placing.lon, placing.lat) == (station.lon, station.lat)
    return placing.by if placing is not None and stands else None


def _record(connection: Connection, before: Station, after: Station, placing: Placing, at: datetime) -> None:
    fields = ("lon", "lat", "district", "district_name")
    values = {name: getattr(after, name) for name in fields}
    connection.execute(
        update(stations).where(stations.c.id == after.id).values(**values, placed_by=placing.by)
    )
    connection.execute(
        insert(station_changes).values(
            station_id=after.id,
            at=at,
            change="placed",
            before=records.station_fields_json(before, fields),
            after=records.station_fields_json(after, fields),
            cause=PLACED_BY_CAUSE.format(by=placing.by),
        )
    )


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
