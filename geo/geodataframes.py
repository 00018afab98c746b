"""The engine for users of GeoPandas: frames in, frames out.

A frame of stations is the result of `stations_frame`, or any frame of points with the columns ``id``,
``name`` and ``kind``; areas are any polygons. All frames are in WGS84 (EPSG:4326).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.calendars import Calendar
from geo.station import Access, Entry, Kind, OpeningState, Station, Status

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo.coverage.demand import Demand
    from geo.coverage.reach import Reach
    from geo.coverage.served import ServedDemand
    from geo.gaps import Gap
    from geo.nearest.index import StationIndex

CRS = "EPSG:4326"
_DIGITS = 6  # digits of a row's number, where it stands for a code
_CODES = frozenset({"id", "district", "name"})  # texts that a frame may hold as numbers
_OF_A_GAP = ("district", "demand", "hours", "demand_hours", "area_m2", "lon", "lat")
_LISTED = "、"  # separates the members of a set in one cell, as in the registers' own files

# Telephone numbers and keepers' notes are left out: maps need no personal data.
STATION_COLUMNS = (
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
    stations: Sequence[Station], states: Mapping[str, OpeningState] | None = None
) -> gpd.GeoDataFrame:
    """Return stations as a frame of points, without phone numbers; unplaced stations have no geometry.

    With ``states`` (by id, see `states_at`) there is a column ``state``. *Shape*: one row per station,
    in their order. *CRS*: WGS84.

    >>> rest = Station(id="1", name="驿站", kind=Kind.OUTDOOR_STATION, lon=117.01, lat=36.61, facilities={"water"})
    >>> frame = stations_frame([rest])
    >>> frame.loc[0, ["name", "kind", "facilities"]].tolist(), frame.geometry[0].coords[0]
    (['驿站', 'outdoor_station', 'water'], (117.01, 36.61))
    """
    columns = {name: [_cell(getattr(one, name)) for one in stations] for name in STATION_COLUMNS}
    points = [
        None if one.lon is None or one.lat is None else shapely.Point(one.lon, one.lat) for one in stations
    ]
    frame = gpd.GeoDataFrame(pd.DataFrame(columns, columns=list(STATION_COLUMNS)), geometry=points, crs=CRS)
    frame["area_m2"] = frame["area_m2"].astype("float64")
    frame["sample"] = frame["sample"].astype(bool)
    if states is not None:
        frame.insert(3, "state", [states[one.id].value for one in stations])
    return frame


def _cell(value: object) -> object:
    if isinstance(value, frozenset):
        return _LISTED.join(sorted(value))
    return value.value if isinstance(value, Kind | Calendar | Entry | Access | Status) else value


def stations_from_frame(frame: gpd.GeoDataFrame) -> list[Station]:
    """Return the stations of a frame; missing columns take the defaults of `Station`.

    *CRS*: WGS84, or any that the frame names. *Raises*: ValueError for a frame without CRS or without
    id, name and kind, and pydantic's ValidationError for an invalid value.
    """
    if missing := {"id", "name", "kind"} - set(frame.columns):
        raise ValueError(f"the frame of stations lacks the columns {', '.join(sorted(missing))}")
    placed = _in_wgs84(frame)
    known = [name for name in STATION_COLUMNS if name in frame.columns]
    rows = zip(*(placed[name].tolist() for name in known), strict=True)
    return [
        _station(dict(zip(known, row, strict=True)), point)
        for row, point in zip(rows, placed.geometry.tolist(), strict=True)
    ]


def _station(given: Mapping[str, object], point: shapely.Point | None) -> Station:
    said = {
        name: _code_text(value) if name in _CODES else value
        for name, value in given.items()
        if not _is_missing(value)
    }
    if "facilities" in said:
        said["facilities"] = frozenset(part for part in str(said["facilities"]).split(_LISTED) if part)
    if isinstance(verified := said.get("verified_on"), datetime):  # pandas' own type is one
        said["verified_on"] = date(verified.year, verified.month, verified.day)
    where = {} if point is None or point.is_empty else {"lon": point.x, "lat": point.y}
    return Station.model_validate({**said, **where})


def _code_text(value: object) -> object:
    """Return an id or a code that a frame holds as a number as its text: 370102 and 370102.0 are 370102."""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        value = int(value)
    is_number = isinstance(value, int | np.integer) and not isinstance(value, bool | np.bool_)
    return str(value) if is_number else value


def _is_missing(value: object) -> bool:
    return (
        value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and np.isnan(value))
    )


def _in_wgs84(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    if frame.crs is None:
        raise ValueError("the frame has no CRS; set it to what its coordinates are in, such as EPSG:4326")
    return frame.to_crs(CRS)


def states_at(
    stations: Iterable[Station], when: datetime, index: "StationIndex | None" = None
) -> dict[str, OpeningState]:
    """Return the opening state of each station at an instant, by id; out of service counts as closed.

    The state follows from the hours alone or, for stations in an ``index``, from recent reports and
    notices too.
    *Raises*: ValueError for a time without offset.
    """
    from geo.hours import STATES_BY_CODE, Schedules

    every = list(stations)
    hours = Schedules.compile([(one.hours_text, one.calendar) for one in every])
    numbers = hours.states(hours.ids, when).tolist() if every else []
    held = {
        one.id: STATES_BY_CODE[number] if one.status is Status.ACTIVE else OpeningState.CLOSED
        for one, number in zip(every, numbers, strict=True)
    }
    if index is not None:
        lately = zip(index.stations, index.states(when).tolist(), strict=True)
        held.update((one.id, STATES_BY_CODE[number]) for one, number in lately if one.id in held)
    return held


# Coverage ------------------------------------------------------------------------------------------------


def demand_from_areas(
    areas: gpd.GeoDataFrame, people: str | None = None, spacing_m: float = 1_000.0
) -> "Demand":
    """Return the people of each area as demand, spread evenly over its ground; by default the ground itself.

    *Shape*: any polygons; the demand's districts are the column ``code`` (texts or numbers) or, without one,
    the rows' numbers from 0. *CRS*: WGS84, or any that the frame names.
    *Raises*: FaultError for outlines that can't be used, ValueError for an area without a code, or for people
    that are no number of people.
    """
    from geo.coverage.population import area_demand, population_demand

    placed = _coded(_in_wgs84(areas))
    if people is None:
        return area_demand(placed, spacing_m)
    if people not in placed:
        raise ValueError(f"the areas have no column {people!r}; name the one with the number of people")
    return population_demand(placed, dict(zip(placed["code"], placed[people], strict=True)), spacing_m)


def _coded(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the areas with the columns code, name, city and province, all texts; rows without codes are numbered.

    *Raises*: ValueError for a column of codes with an empty one.
    """
    if "code" not in areas:
        codes = [f"{row:0{_DIGITS}}" for row in range(len(areas))]
    else:
        given = areas["code"].tolist()
        if lacking := [str(row) for row, code in enumerate(given) if _is_missing(code) or code == ""]:
            raise ValueError(
                f"the areas of the rows {', '.join(lacking[:10])} (counted from 0) have no code; "
                "give one, or leave the column out"
            )
        codes = [str(_code_text(code)) for code in given]
    names = {name: areas[name].astype(str) if name in areas else "" for name in ("name", "city", "province")}
    return areas.assign(code=codes, **names)


def coverage_frame(
    areas: gpd.GeoDataFrame,
    stations: "gpd.GeoDataFrame | StationIndex",
    when: datetime,
    *,
    people: str | None = None,
    reach: "Reach | None" = None,
    demand: "Demand | None" = None,
) -> gpd.GeoDataFrame:
    """Return the areas with figures of coverage.

    The columns are ``places``, ``usable``, ``demand``, ``served``, ``share``, ``median_m`` and
    ``p90_m``. ``places`` counts the stations in the area that aren't closed for good, ``usable`` those
    of them that pass then. ``demand`` is the result of `demand_from_areas` for the areas, computed here
    if None. *Shape*: one row per area, in their order, with all their own columns; a geometry is enough (see
    `demand_from_areas`). Where polygons and multipolygons are mixed, all become multipolygons, so that a file
    declares one type. *CRS*: WGS84. *Units*: metres, shares 0..1.
    *Raises*: as `demand_from_areas`.

    >>> from datetime import UTC
    >>> box = shapely.box(117.00, 36.60, 117.02, 36.62)
    >>> named = {"code": ["370102"], "name": ["历下区"], "city": ["济南市"], "province": ["山东省"], "people": [900]}
    >>> rest = Station(id="1", name="驿站", kind=Kind.OUTDOOR_STATION, lon=117.01, lat=36.61, hours_text="24小时")
    >>> table = coverage_frame(
    ...     gpd.GeoDataFrame(named, geometry=[box], crs=CRS), stations_frame([rest]),
    ...     datetime(2026, 10, 3, tzinfo=UTC), people="people",
    ... )
    >>> table[["places", "usable", "demand", "share"]].values.tolist()
    [[1.0, 1.0, 900.0, 1.0]]
    """
    from geo.coverage.reach import Reach
    from geo.coverage.served import coverage_at
    from geo.coverage.tables import coverage_by_area

    wanted, index, placed = reach or Reach(), _index(stations), _in_wgs84(areas)
    coded = _coded(placed)
    asked = demand or demand_from_areas(placed, people, wanted.spacing_m)
    table = coverage_by_area(
        *_by_row(asked, coverage_at(asked, index, when, wanted), coded["code"].tolist()), _DIGITS
    )
    rows = [f"{row:0{_DIGITS}}" for row in range(len(placed))]
    figures = table.drop(columns="points").reindex(rows).set_index(placed.index)
    there = _in_area(coded, index)
    counts = {
        "places": _count(there[index.in_register_mask()], len(placed)),
        "usable": _count(there[index.passing_mask(wanted.filters, when)], len(placed)),
    }
    kept = _of_one_type(placed.drop(columns=[*figures.columns, *counts], errors="ignore"))
    return kept.assign(**counts, **{str(name): figures[name].to_numpy() for name in figures})


def _of_one_type(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the areas as multipolygons if some are: a layer of a file then declares one type of geometry."""
    if areas.geom_type.nunique() <= 1:
        return areas
    parts = [
        shapely.MultiPolygon([shape]) if isinstance(shape, shapely.Polygon) else shape
        for shape in areas.geometry
    ]
    return areas.set_geometry(gpd.GeoSeries(parts, index=areas.index, crs=areas.crs))


def _by_row(demand: "Demand", served: "ServedDemand", codes: Sequence[str]) -> "tuple[Demand, ServedDemand]":
    """Return both with the number of its area's row as district: that of the longest code that fits.

    The ground's share holds where a point and its outline are of one row; elsewhere the point itself counts.
    """
    row_of = {code: f"{row:0{_DIGITS}}" for row, code in enumerate(codes)}
    lengths, ground = sorted({len(code) for code in codes}, reverse=True), demand.even_ground
    found = {
        code: next((row_of[code[:length]] for length in lengths if code[:length] in row_of), None)
        for code in {*demand.district.tolist(), *(ground.codes if ground else ())} - {None}
    }
    district = np.array([*map(found.get, demand.district), None], dtype=object)[:-1]
    if ground is not None and served.ground_share is not None:
        of_outline = np.array([*map(found.get, ground.codes), ""], dtype=object)
        is_even = of_outline[ground.find_rows(demand.district)] == district
        served = replace(served, ground_share=np.where(is_even, served.ground_share, served.mask))
        ground = replace(ground, codes=("0" * _DIGITS,) * len(ground.codes))
    return replace(demand, district=district, even_ground=ground), served


def cells_frame(
    demand: "Demand",
    stations: "gpd.GeoDataFrame | StationIndex",
    when: datetime,
    *,
    reach: "Reach | None" = None,
    resolution: int = 7,
) -> gpd.GeoDataFrame:
    """Return the H3 hexagons in which there is demand, with the figures of `coverage_frame`.

    *Shape*: one row per cell, indexed by its name. *CRS*: WGS84. *Raises*: ValueError for a resolution
    outside 0..15.
    """
    from geo.coverage.served import coverage_at
    from geo.coverage.tables import coverage_by_cell

    return coverage_by_cell(demand, coverage_at(demand, _index(stations), when, reach), resolution)


def hours_frame(
    demand: "Demand", stations: "gpd.GeoDataFrame | StationIndex", monday: date, reach: "Reach | None" = None
) -> pd.DataFrame:
    """Return the share of demand served at each hour of a civil week.

    *Shape*: (24, 7), rows 0..23 (hour of the day), columns 0 (Monday) to 6. *Units*: shares 0..1.
    *Raises*: ValueError for a day that is no Monday.
    """
    from geo.coverage.hours import coverage_by_hour

    share = coverage_by_hour(demand, _index(stations), monday, reach).share
    return pd.DataFrame(np.asarray(share).reshape(7, 24).T)


def gaps_frame(
    demand: "Demand",
    stations: "gpd.GeoDataFrame | StationIndex",
    instants: Sequence[datetime],
    *,
    reach: "Reach | None" = None,
    resolution: int | None = None,
) -> gpd.GeoDataFrame:
    """Return connected areas without a usable station at some or all instants, most unmet demand first.

    ``hours`` is at how many of the instants, ``demand_hours`` the demand times these; ``lon`` and
    ``lat`` are the area's middle. ``resolution`` is of H3's cells, chosen from the reach if None.
    *Shape*: one row per gap, indexed by its id. *CRS*: WGS84. *Units*: ``area_m2`` geodesic.
    """
    from geo.coverage.reach import Reach
    from geo.gaps import compute_gaps

    return gaps_to_frame(
        compute_gaps(demand, _index(stations), reach or Reach(), instants, resolution=resolution)
    )


def gaps_to_frame(found: "Sequence[Gap]") -> gpd.GeoDataFrame:
    """Return the result of `geo.gaps.gaps` as a frame, in its order. *CRS*: WGS84."""
    columns: dict[str, list[object]] = {
        "rank": [*range(1, len(found) + 1)],
        **{name: [getattr(gap, name) for gap in found] for name in _OF_A_GAP},
        "cells": [len(gap.cells) for gap in found],
    }
    ids = pd.Index([gap.id for gap in found], dtype=object, name="id")
    return gpd.GeoDataFrame(columns, index=ids, geometry=[gap.geometry for gap in found], crs=CRS)


def _index(stations: "gpd.GeoDataFrame | StationIndex") -> "StationIndex":
    from geo.nearest.index import StationIndex

    return (
        stations if isinstance(stations, StationIndex) else StationIndex.build(stations_from_frame(stations))
    )


def _in_area(areas: gpd.GeoDataFrame, index: "StationIndex") -> "NDArray[np.intp]":
    """Return the row of the area in which each station lies; the number of areas where it is in none."""
    from geo.districts import Districts

    row_of = {code: row for row, code in enumerate(areas["code"])}
    codes = Districts.from_frame(areas).assign(index.points).code
    return np.array([row_of.get(code, len(areas)) for code in codes], dtype=np.intp)


def _count(rows: "NDArray[np.intp]", n: int) -> "NDArray[np.intp]":
    return np.bincount(rows, minlength=n + 1)[:n]
