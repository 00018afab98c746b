"""The engine for users of GeoPandas: frames in, frames out.

A frame of stations is what `stations_frame` gives, or any frame of points with the columns ``id``, ``name``
and ``kind``. All frames are in WGS84 (EPSG:4326).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.station import Access, Calendar, Entry, Kind, State, Station, Status

if TYPE_CHECKING:
    from geo.index import StationIndex

CRS = "EPSG:4326"
_LISTED = "、"  # parts the members of a set in one cell, as the registers' own files do
_TEXTS = ("address", "district_name", "hours_text", "employer", "source")

# Telephone numbers and keepers' notes stay out: who draws a map needs no persons.
COLUMNS = (
    *(
        "id",
        "name",
        "kind",
        "address",
        "district",
        "district_name",
        "hours_text",
        "calendar",
        "entry",
        "access",
    ),
    *("employer", "facilities", "area_m2", "status", "verified_on", "source", "sample"),
)


def stations_frame(
    stations: Sequence[Station], states: Mapping[str, State] | None = None
) -> gpd.GeoDataFrame:
    """Stations as a frame of points; who is not placed has none, and nobody's phone number is in it.

    With ``states`` (by id, see `states_at`) there is a column ``state``. *Shape*: one row per station, in
    their order. *CRS*: WGS84.

    >>> rest = Station(id="1", name="驿站", kind=Kind.OUTDOOR_STATION, lon=117.01, lat=36.61, facilities={"water"})
    >>> frame = stations_frame([rest])
    >>> frame.loc[0, ["name", "kind", "facilities"]].tolist(), frame.geometry[0].coords[0]
    (['驿站', 'outdoor_station', 'water'], (117.01, 36.61))
    """
    columns = {name: [_cell(getattr(one, name)) for one in stations] for name in COLUMNS}
    points = [
        None if one.lon is None or one.lat is None else shapely.Point(one.lon, one.lat) for one in stations
    ]
    frame = gpd.GeoDataFrame(pd.DataFrame(columns, columns=list(COLUMNS)), geometry=points, crs=CRS)
    frame["area_m2"] = frame["area_m2"].astype("float64")
    frame["sample"] = frame["sample"].astype(bool)
    if states is not None:
        frame.insert(3, "state", [states[one.id].value for one in stations])
    return frame


def _cell(value: object) -> object:
    if isinstance(value, frozenset):
        return _LISTED.join(sorted(value))
    return value.value if isinstance(value, Kind | Calendar | Entry | Access | Status) else value


def stations_of(frame: gpd.GeoDataFrame) -> list[Station]:
    """The stations of a frame; columns that it lacks are left at what a register says by default.

    *CRS*: WGS84, or any that the frame names. *Raises*: ValueError for a frame without CRS or without id,
    name and kind, and pydantic's ValidationError for a value that can't be.
    """
    if missing := {"id", "name", "kind"} - set(frame.columns):
        raise ValueError(f"the frame of stations lacks the columns {', '.join(sorted(missing))}")
    placed = _in_wgs84(frame)
    known = [name for name in COLUMNS if name in frame.columns]
    rows = zip(*(placed[name].tolist() for name in known), strict=True)
    return [
        _station(dict(zip(known, row, strict=True)), point)
        for row, point in zip(rows, placed.geometry.tolist(), strict=True)
    ]


def _station(given: Mapping[str, object], point: shapely.Point | None) -> Station:
    said = {name: value for name, value in given.items() if not _is_missing(value)}
    if "facilities" in said:
        said["facilities"] = frozenset(part for part in str(said["facilities"]).split(_LISTED) if part)
    if isinstance(verified := said.get("verified_on"), datetime):  # pandas' own type is one
        said["verified_on"] = date(verified.year, verified.month, verified.day)
    where = {} if point is None or point.is_empty else {"lon": point.x, "lat": point.y}
    return Station.model_validate({**said, **where})


def _is_missing(value: object) -> bool:
    return value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value))


def _in_wgs84(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    if frame.crs is None:
        raise ValueError("the frame has no CRS; set it to what its coordinates are in, such as EPSG:4326")
    return frame.to_crs(CRS)


def states_at(
    stations: Iterable[Station], when: datetime, index: "StationIndex | None" = None
) -> dict[str, State]:
    """What holds at each station at an instant, by id; out of service counts as closed.

    The hours alone say it, or, for those in an ``index``, what was said of them lately too.
    *Raises*: ValueError for a time without offset.
    """
    from geo.hours import STATES, Schedules

    every = list(stations)
    hours = Schedules.compile([(one.hours_text, one.calendar) for one in every])
    numbers = hours.states(hours.ids, when).tolist() if every else []
    held = {
        one.id: STATES[number] if one.status is Status.ACTIVE else State.CLOSED
        for one, number in zip(every, numbers, strict=True)
    }
    if index is not None:
        lately = zip(index.stations, index.states(when).tolist(), strict=True)
        held.update((one.id, STATES[number]) for one, number in lately if one.id in held)
    return held
