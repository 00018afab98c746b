"""Stations in the rows of a frame: read as the import reads a file, and written without what is personal."""

import warnings
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
from geo.formats.columns import HEADER_SYNONYMS, ColumnMapping, find_known_header, guess_columns
from geo.formats.features import POINT_HEADERS
from geo.formats.places import DistrictClues, Gazetteer
from geo.formats.rows import ImportContext, ParsedRegister, read_stations
from geo.frames.arguments import check_instant
from geo.frames.demand import CRS, build_row_fault, find_points, name_row, raise_row_faults
from geo.hours import STATES_BY_CODE, parse_hours
from geo.hours.phrase import HOURS_NOT_UNDERSTOOD, OSM_REFUSED, TOO_LONG
from geo.nearest.index import StationIndex
from geo.nearest.opening_states import StationSchedules
from geo.nearest.point_tree import Indices
from geo.station import Kind, OpeningState, Station, Status

# Telephone numbers and keepers' notes are left out: maps need no personal data.
STATION_COLUMNS = tuple(
    name for name in Station.model_fields if name not in ("lon", "lat", "accepts", "phone", "note")
)
_EXAMPLES = {"name": "驿站", "kind": "户外劳动者驿站"}
_KIND_WORDS = (
    *("户外劳动者驿站", "母婴室", "文化宫", "职工服务中心", "职工书屋", "创业园", "疗养院", "展览馆"),
    *("创新工作室", "托管班", *Kind),
)
_OWN_NAMES = {"district": "district_code", "district_name": "district"}  # as files have them
_ID_DIGITS = 9
_NOT_FOLLOWED = (HOURS_NOT_UNDERSTOOD, OSM_REFUSED, TOO_LONG)
_SERVE_NOBODY = "Hours that aren't known serve nobody, and their state is unknown"


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
    FrameError for the rows that can't be used, and for those in which two columns of one field make another station.
    """
    points, faults = find_points(frame, "stations")
    named = frame.rename(columns=_OWN_NAMES) if "district_name" in frame else frame
    columns = guess_columns([str(name) for name in named.columns if name != frame.geometry.name])
    if lacking := [name for name in ("name", "kind") if not columns.has_field(name)]:
        raise ValueError(
            f"stations has no column for {' and '.join(lacking)}; "
            + "; ".join(f"the {name} may stand under {', '.join(HEADER_SYNONYMS[name])}" for name in lacking)
            + f"; or add one, such as .assign({', '.join(f'{name}={_EXAMPLES[name]!r}' for name in lacking)})"
        )
    rivals = {
        header: name
        for header in columns.unused
        if (name := _find_field(header)) is not None and name in columns.fields
    }
    headers = [*(header for several in columns.fields.values() for header in several), *rivals]
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
    read = _read_rows(rows, columns)
    faults += _name_rows(read.errors, frame)
    for header, name in rivals.items():
        faults += _compare_columns(frame, rows, columns, read, name, header)
    raise_row_faults(faults, "stations")
    return list(read.stations)


def _find_field(header: str) -> str | None:
    return next((name for name, known in HEADER_SYNONYMS.items() if find_known_header([header], known)), None)


def _read_rows(rows: Sequence[Row], columns: ColumnMapping) -> ParsedRegister:
    context = ImportContext("frame", _AsWritten(), lambda some: [None] * len(some), lambda _: True)
    headers = tuple(rows[0].cells) if rows else ()
    return read_stations(
        Table("", headers, tuple(rows), "", "records"),
        columns.with_geometry(POINT_HEADERS, Datum.WGS84), Datum.WGS84, context,
    )  # fmt: skip


def _compare_columns(
    frame: gpd.GeoDataFrame,
    rows: Sequence[Row],
    columns: ColumnMapping,
    read: ParsedRegister,
    name: str,
    header: str,
) -> Iterable[Fault]:
    """Yield a fault for each row that is another station, or none, where another column of a field is read."""
    used, *others = columns.headers(name)
    differing = [row for row in rows if row.text([used]) != row.text([header])]
    again = _read_rows(differing, replace(columns, fields={**columns.fields, name: (header, *others)}))
    first, second = (dict(zip(one.row_numbers, one.stations, strict=True)) for one in (read, again))
    for row in differing:
        if row.number in first and first[row.number] != second.get(row.number):
            yield build_row_fault(
                frame, row.number, f"{used} and {header}", f"{row.text([used])!r} and {row.text([header])!r}",
                "both columns are read as one field, and differ", "merge them, or drop or rename one",
            )  # fmt: skip


def _objects(column: "pd.Series[Any]") -> list[object]:
    values = column.astype(object).where(column.notna(), None).tolist()
    return [value.item() if isinstance(value, np.generic) else value for value in values]


def _name_rows(faults: Sequence[Fault], frame: gpd.GeoDataFrame) -> Iterable[Fault]:
    """Yield faults with the labels of their rows; the fault of a repeated id also names the row that had the id first."""
    for fault in faults:
        first = fault.params.get("first")
        also = {} if first is None else {"first": str(frame.index[int(first)])}
        if fault.short_code == "no_kind":
            also["known"] = "、".join(_KIND_WORDS)
        yield name_row(fault, frame, fault.row or 0, **also)


@dataclass(frozen=True, slots=True, eq=False)
class FrameStations:
    """The stations of a frame, read and indexed once: pass it in place of the frame to read it no more.

    ``row`` is the row of the frame of each station in the index, and ``labels`` are the labels of these rows; an index
    without a frame has ids for labels. ``unread`` says how many stations have hours that can't be read, if any do.
    *Shape*: (stations,) each.
    """

    index: StationIndex
    labels: pd.Index
    row: Indices
    frame: gpd.GeoDataFrame | None = None
    unread: str = ""


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
    return FrameStations(index, stations.index.to_flat_index().take(row), row, stations, _tell_unread(every))


def _tell_unread(stations: Sequence[Station]) -> str:
    """Return a sentence on hours that can't be followed; texts such as 以门口公告为准, which name none, are no fault."""
    texts = [one.hours_text for one in stations if one.hours_text]
    if stations and not texts:
        return f"no station has hours; give them in a column such as 开放时间 or hours_text. {_SERVE_NOBODY}"
    phrases = [parse_hours(text) for text in texts]
    none = not any(phrase.understood for phrase in phrases)
    unread = [one.text for one in phrases if not one.understood and (none or one.reason in _NOT_FOLLOWED)]
    if not unread:
        return ""
    return (
        f"the hours of {len(unread)} of {len(stations)} stations can't be read, the first are {unread[0]!r}; write them as "
        f"周一至周五 9:00-18:00 or 24小时. {_SERVE_NOBODY}"
    )


def index_stations_at(
    stations: "gpd.GeoDataFrame | StationIndex | FrameStations", at: object, stacklevel: int = 3
) -> FrameStations:
    """Index stations for a question at an instant, or at none; its asker is warned of hours that can't be read.

    *Raises*: as `index_stations` and `check_instant`.
    """
    if at is not None:
        check_instant(at)
    found = index_stations(stations)
    if at is not None and found.unread:
        warnings.warn(found.unread, stacklevel=stacklevel)
    return found


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
