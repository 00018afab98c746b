"""Stations for the officers' pages: a selection by filters, findings of the checks, and uploads."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, exists, or_

from core.civil_time import civil_date
from core.faults import FaultError
from core.sheets.listed_rows import HiddenRows
from core.simplified import simplify_characters
from geo.checks.checks import CheckCriteria, check_stations
from geo.checks.finding import StationFinding
from geo.datum import Datum
from geo.registry.photos import PHOTO_FAULTS, find_picture, list_photos
from geo.registry.records import present_stations_query, query_stations
from geo.registry.stations import find_station, load_stations
from geo.registry.tables import station_photos, stations
from geo.station import Station, Status
from yihui.access.actor import Actor
from yihui.bootstrap import Wiring
from yihui.operations.uploads import load_upload
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.stations.station_import import RegisterIntake, RegisterRequest, read_register
from yihui.services.stations.upkeep import STATION_FAULTS

STALE_DAYS = 365
_MOST_CHECKED_TOGETHER = 3_000  # stations of a district; a larger district is checked on the command line


@dataclass(frozen=True, slots=True)
class StationQuery:
    """What a list of stations shows; each given criterion must match."""

    text: str = ""
    district: str = ""
    kind: str = ""
    register: str = ""
    state: str = ""


def select_stations_of(scope: OfficerScope, query: StationQuery) -> Select[Any]:
    """Return a query of the stations of an officer's districts that match, by id."""
    one = stations.c
    found = present_stations_query().where(scope.station_condition()).order_by(one.id)
    if query.text:
        found = found.where(_contains(query.text))
    if query.district:
        prefix = re.sub(r"(?:00)+$", "", query.district)
        found = found.where(one.district.startswith(prefix, autoescape=True))
    if query.kind:
        found = found.where(one.kind == query.kind)
    if query.register:
        found = found.where(one.register == query.register)
    if query.state == "unplaced":
        found = found.where(one.lon.is_(None))
    elif query.state == "closed":
        found = found.where(one.status != Status.ACTIVE.value)
    elif query.state == "photos":
        photo = station_photos.c
        found = found.where(exists().where(photo.station_id == one.id, photo.shown_at.is_(None)))
    return found


def list_station_ids(wiring: Wiring, selected: Select[Any]) -> list[str]:
    """List the ids of selected stations."""
    with wiring.database.read() as connection:
        return list(connection.execute(selected.with_only_columns(stations.c.id)).scalars())


def _contains(text: str) -> ColumnElement[bool]:
    columns = (stations.c.id, stations.c.name, stations.c.address)
    return or_(
        *(c.contains(part, autoescape=True) for part in {text, simplify_characters(text)} for c in columns)
    )


def load_station_findings(wiring: Wiring, scope: OfficerScope, id: str) -> list[StationFinding]:
    """Check a station together with those of its district. *Raises*: FaultError as ``load_station_file``."""
    station = require_covered_station(wiring, scope, id)
    with wiring.database.read() as connection:
        checked = _list_checked_together(connection, station)
    criteria = CheckCriteria(wiring.outlines, civil_date(wiring.now()), STALE_DAYS)
    return list(check_stations(checked, criteria, about=station.id))


def require_covered_station(wiring: Wiring, scope: OfficerScope, id: str) -> Station:
    """Return a station. *Raises*: FaultError where there is none, or outside of the officer's districts."""
    with wiring.database.read() as connection:
        station = find_station(connection, id)
    if station is None or not scope.covers_district(station.district):
        raise FaultError(STATION_FAULTS.build("unknown", field="ID", value=id[:40]))
    return station


def load_covered_picture(wiring: Wiring, scope: OfficerScope, number: int) -> bytes:
    """Return a photo of a station in the officer's districts. *Raises*: FaultError if there is none."""
    with wiring.database.read() as connection:
        found = find_picture(connection, number)
    if found is None:
        raise FaultError(PHOTO_FAULTS.build("unknown", field="number", value=number))
    require_covered_station(wiring, scope, found[0].station)
    return found[1]


def load_shown_picture(wiring: Wiring, number: int) -> bytes | None:
    """Return a photo that an officer has shown to everybody; None if there is none, or no more such a station."""
    with wiring.database.read() as connection:
        found = find_picture(connection, number)
        is_shown = (
            found is not None
            and found[0].shown_at is not None
            and find_station(connection, found[0].station) is not None
        )
    return found[1] if found is not None and is_shown else None


def list_shown_photos(wiring: Wiring, station: str) -> list[int]:
    """List the numbers of a station's photos that everybody sees."""
    with wiring.database.read() as connection:
        return [one.number for one in list_photos(connection, station) if one.shown_at is not None]


def list_covered_districts(wiring: Wiring, scope: OfficerScope, ids: Sequence[str]) -> list[str | None]:
    """Return the districts of those of some stations that lie in the officer's districts."""
    with wiring.database.read() as connection:
        found = [find_station(connection, id_) for id_ in ids]
    districts = [station.district for station in found if station is not None]
    return [district for district in dict.fromkeys(districts) if scope.covers_district(district)]


def _list_checked_together(connection: Connection, station: Station) -> list[Station]:
    """Return the stations with which one is checked: those of its district, unless there are too many."""
    if not station.district:
        return [station]
    query = present_stations_query().where(stations.c.district == station.district)
    found = query_stations(connection, query.limit(_MOST_CHECKED_TOGETHER + 1))
    return found if len(found) <= _MOST_CHECKED_TOGETHER else [station]


def read_upload(wiring: Wiring, actor: Actor, id_: str) -> RegisterIntake:
    """Read an uploaded register without writing anything. *Raises*: FaultError."""
    upload = load_upload(wiring, actor, id_)
    datum = upload.options.get("datum")
    request = RegisterRequest(
        Path(upload.name),
        Datum(datum) if datum else None,
        upload.options.get("register") or None,
        hidden=HiddenRows(upload.options.get("hidden_rows", HiddenRows.TAKE)),
        content=upload.content,
    )
    return read_register(request, lambda: wiring.outlines, civil_date(wiring.now()))


def list_foreign_stations(wiring: Wiring, scope: OfficerScope, intake: RegisterIntake) -> list[str]:
    """Return the stations outside of the officer's districts that the file has, or that its register has now."""
    if scope.is_everywhere:
        return []
    with wiring.database.read() as connection:
        present = load_stations(connection, register=intake.register.name)
    every = {station.id: station for station in (*present, *intake.reading.stations)}
    return [station.id for station in every.values() if not scope.covers_district(station.district)]
