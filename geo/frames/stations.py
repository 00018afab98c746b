"""Stations in the rows of a frame: read as the import reads a file, and written without what is personal."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from core.faults import Fault
from core.sheets.table import Row, Table, read_cell
from geo.datum import Datum
from geo.formats.columns import HEADER_SYNONYMS, guess_columns
from geo.formats.features import POINT_HEADERS
from geo.formats.places import DistrictClues, Gazetteer
from geo.formats.rows import ImportContext, read_stations
from geo.frames.demand import CRS, find_points, name_row, raise_row_faults
from geo.hours import STATES_BY_CODE
from geo.nearest.index import StationIndex
from geo.nearest.opening_states import StationSchedules
from geo.nearest.point_tree import Indices
from geo.station import OpeningState, Station, Status

# Telephone numbers and keepers' notes are left out: maps need no personal data.
STATION_COLUMNS = tuple(
    name for name in Station.model_fields if name not in ("lon", "lat", "accepts", "phone", "note")
)
_OWN_NAMES = {"district": "district_code", "district_name": "district"}  # as files have them
_ID_DIGITS = 9


def stations_frame(
    stations: Sequence[Station], states: Mapping[str, OpeningState] | None = None
) -> gpd.GeoDataFrame:
    """Return stations as a frame of points, without phone numbers; unplaced stations have no geometry.

    With ``states`` (by id, see `states_at`) there is a column ``state``. *Shape*: one row per station,
    in their order. *CRS*: WGS84.

    >>> from geo.station import Kind
    >>> rest = Station(id="1", name="驿站", kind=Kind.OUTDOOR_STATION, lon=117.01, lat=36.61, facilities={"water"})
    >>> frame = stations_frame([rest])
    >>> frame.loc[0, ["name", "kind", "facilities"]].tolist(), frame.geometry[0].coords[0]
    (['驿站', 'outdoor_station', 'water'], (117.01, 36.61))
    """
    columns = {name: [_cell(getattr(one, name)) for one in stations] for name in STATION_COLUMNS}
    lonlat = [(one.lon, one.lat) for one in stations]
    points = [None if lon is None or lat is None else shapely.Point(lon, lat) for lon, lat in lonlat]
    frame = gpd.GeoDataFrame(pd.DataFrame(columns, columns=list(STATION_COLUMNS)), geometry=points, crs=CRS)
    frame = frame.astype({"area_m2": "float64", "sample": bool})
    if states is not None:
        frame.insert(3, "state", [states[one.id].value for one in stations])
    return frame


def _cell(value: object) -> object:
    if isinstance(value, frozenset):
        return "、".join(sorted(value))  # as in the registers' own files
    return value.value if isinstance(value, StrEnum) else value


class _AsWritten(Gazetteer):
    """Takes the district that a row states by its code, and its name as it stands: a frame needs no outlines."""

    def __init__(self) -> None:
        self._by_code = {}

    def find(self, stated: DistrictClues) -> str | None:
        return stated.code or None

    def find_stated(self, stated: DistrictClues) -> str | None:
        return stated.code or None

    def foreign_codes(self, stated: DistrictClues) -> list[Fault]:
        return []


def stations_from_frame(frame: gpd.GeoDataFrame) -> list[Station]:
    """Return the stations of a frame of points, one for each row; the frame has a name and a kind.

    Headers and words are those that the import of a register reads. Without a column of ids the rows' numbers are the
    ids. *CRS*: any that the frame names. *Raises*: ValueError for a frame without CRS, or without one of the two columns;
    FrameError for the rows that can't be used.
    """
    points, faults = find_points(frame)
    named = frame.rename(columns=_OWN_NAMES) if "district_name" in frame else frame
    columns = guess_columns([str(name) for name in named.columns if name != frame.geometry.name])
    if lacking := [name for name in ("name", "kind") if not columns.has_field(name)]:
        raise ValueError(
            f"the frame of stations has no column for {' and '.join(lacking)}; "
            + "; ".join(f"the {name} may stand under {', '.join(HEADER_SYNONYMS[name])}" for name in lacking)
            + "; or add one, such as .assign(kind='outdoor_station')"
        )
    headers = [header for several in columns.fields.values() for header in several]
    cells = {header: [read_cell(value) for value in _objects(named[header])] for header in headers}
    if not columns.has_field("id"):
        columns = replace(columns, fields={**columns.fields, "id": ("id",)})
        cells["id"] = [f"{row:0{_ID_DIGITS}}" for row in range(len(frame))]
    lonlat = [["" if degrees != degrees else repr(degrees) for degrees in axis] for axis in points.T.tolist()]
    cells |= dict(zip(POINT_HEADERS, lonlat, strict=True))
    rows = [
        Row(row, dict(zip(cells, texts, strict=True)))
        for row, texts in enumerate(zip(*cells.values(), strict=True))
    ]
    context = ImportContext("frame", _AsWritten(), lambda some: [None] * len(some), lambda _: True)
    read = read_stations(
        Table("", tuple(cells), tuple(rows), "", "records"),
        columns.with_geometry(POINT_HEADERS, Datum.WGS84), Datum.WGS84, context,
    )  # fmt: skip
    raise_row_faults([*faults, *_name_rows(read.errors, frame)])
    return list(read.stations)


def _objects(column: "pd.Series[Any]") -> list[object]:
    values = column.astype(object).where(column.notna(), None).tolist()
    return [value.item() if isinstance(value, np.generic) else value for value in values]


def _name_rows(faults: Sequence[Fault], frame: gpd.GeoDataFrame) -> Iterable[Fault]:
    """Yield faults with the labels of their rows; the fault of a repeated id also names the row that had the id first."""
    for fault in faults:
        first = fault.params.get("first")
        also = {} if first is None else {"first": str(frame.index[int(first)])}
        yield name_row(fault, frame, fault.row or 0, **also)


@dataclass(frozen=True, slots=True, eq=False)
class FrameStations:
    """The stations of a frame, read and indexed once: pass it in place of the frame to read it no more.

    ``row`` is the row of the frame of each station in the index, and ``labels`` are the labels of these rows; an index
    without a frame has ids for labels. *Shape*: (stations,) each.
    """

    index: StationIndex
    labels: pd.Index
    row: Indices
    frame: gpd.GeoDataFrame | None = None


def index_stations(stations: "gpd.GeoDataFrame | StationIndex | FrameStations") -> FrameStations:
    """Index the stations of a frame once for many questions; in an index of stations their ids are the labels.

    *Raises*: as `stations_from_frame`.
    """
    if isinstance(stations, FrameStations):
        return stations
    if isinstance(stations, StationIndex):
        ids = pd.Index([one.id for one in stations.stations], dtype=object)
        return FrameStations(stations, ids, np.arange(len(ids)))
    every = stations_from_frame(stations)
    index, row_of = StationIndex.build(every), {one.id: row for row, one in enumerate(every)}
    row = np.array([row_of[one.id] for one in index.stations], dtype=np.intp)
    return FrameStations(index, stations.index.take(row), row, stations)


def states_at(
    stations: Iterable[Station], when: datetime, index: StationIndex | None = None
) -> dict[str, OpeningState]:
    """Return the opening state of each station at an instant, by id; out of service counts as closed.

    The state follows from the hours alone or, for stations in an ``index``, from recent reports and
    notices too.
    *Raises*: ValueError for a time without offset.
    """
    every = list(stations)
    numbers = StationSchedules.from_stations(every).states(when).tolist() if every else []
    held = {
        one.id: STATES_BY_CODE[number] if one.status is Status.ACTIVE else OpeningState.CLOSED
        for one, number in zip(every, numbers, strict=True)
    }
    if index is not None:
        lately = zip(index.stations, index.states(when).tolist(), strict=True)
        held.update((one.id, STATES_BY_CODE[number]) for one, number in lately if one.id in held)
    return held
