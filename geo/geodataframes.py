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
    from numpy.typing import NDArray

    from geo.coverage import Demand, Reach
    from geo.gaps import Gap
    from geo.nearest.index import StationIndex

CRS = "EPSG:4326"
_DIGITS = 6  # of a county's code
_OF_A_GAP = ("district", "demand", "hours", "demand_hours", "area_m2", "lon", "lat")
_LISTED = "、"  # parts the members of a set in one cell, as the registers' own files do

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


# Coverage ------------------------------------------------------------------------------------------------


def demand_of(areas: gpd.GeoDataFrame, people: str | None = None, spacing_m: float = 1_000.0) -> "Demand":
    """The people of each area, spread evenly over its ground; without a column ``people`` the ground itself.

    *Shape*: ``areas`` has the columns code, name, city, province. *CRS*: WGS84, or any that the frame names.
    *Raises*: InputFaults for outlines that can't be used, ValueError for people that are no number of people.
    """
    from geo.coverage import area_demand, population_demand

    placed = _in_wgs84(areas)
    if people is None:
        return area_demand(placed, spacing_m)
    return population_demand(placed, dict(zip(placed["code"], placed[people], strict=True)), spacing_m)


def coverage_frame(
    areas: gpd.GeoDataFrame,
    stations: "gpd.GeoDataFrame | StationIndex",
    when: datetime,
    *,
    people: str | None = None,
    reach: "Reach | None" = None,
    demand: "Demand | None" = None,
) -> gpd.GeoDataFrame:
    """The areas with ``places``, ``usable``, ``demand``, ``served``, ``share``, ``median_m`` and ``p90_m``.

    ``places`` are those in the area that aren't closed for good, ``usable`` those of them that would do then.
    ``demand`` is what `demand_of` gives for the areas, made anew where it is not given. *Shape*: one row per
    area, in their order. *CRS*: WGS84. *Units*: metres, shares 0..1. *Raises*: as `demand_of`.

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
    from geo.coverage import Reach, by_area, coverage_at

    wanted, index, placed = reach or Reach(), _index(stations), _in_wgs84(areas)
    asked = demand or demand_of(placed, people, wanted.spacing_m)
    table = by_area(asked, coverage_at(asked, index, when, wanted), _DIGITS)
    figures = table.drop(columns="points").reindex(placed["code"]).set_index(placed.index)
    there = _in_area(placed, index)
    counts = {
        "places": _count(there[index.in_register()], len(placed)),
        "usable": _count(there[index.passing(wanted.filters, when)], len(placed)),
    }
    kept = placed.drop(columns=[*figures.columns, *counts], errors="ignore")
    return kept.assign(**counts, **{str(name): figures[name] for name in figures})


def cells_frame(
    demand: "Demand",
    stations: "gpd.GeoDataFrame | StationIndex",
    when: datetime,
    *,
    reach: "Reach | None" = None,
    resolution: int = 7,
) -> gpd.GeoDataFrame:
    """The hexagons of H3 in which there is demand, with the figures of `coverage_frame`.

    *Shape*: one row per cell, indexed by its name. *CRS*: WGS84. *Raises*: ValueError for a resolution outside
    0..15.
    """
    from geo.coverage import by_cell, coverage_at

    return by_cell(demand, coverage_at(demand, _index(stations), when, reach), resolution)


def hours_frame(
    demand: "Demand", stations: "gpd.GeoDataFrame | StationIndex", monday: date, reach: "Reach | None" = None
) -> pd.DataFrame:
    """The share that is served at each hour of a civil week, by the hour of the day and the day of the week.

    *Shape*: (24, 7), rows 0..23, columns 0 (Monday) to 6. *Units*: shares 0..1. *Raises*: ValueError for a day
    that is no Monday.
    """
    from geo.coverage import by_hour

    share = by_hour(demand, _index(stations), monday, reach).share
    return pd.DataFrame(np.asarray(share).reshape(7, 24).T)


def gaps_frame(
    demand: "Demand",
    stations: "gpd.GeoDataFrame | StationIndex",
    instants: Sequence[datetime],
    *,
    reach: "Reach | None" = None,
    resolution: int | None = None,
) -> gpd.GeoDataFrame:
    """Connected areas without a place that will do at all or some of the instants, most unmet demand first.

    ``hours`` is at how many of the instants, ``demand_hours`` the demand times these; ``lon`` and ``lat`` are
    its middle. ``resolution`` is of H3's cells, chosen from the reach where it is not given. *Shape*: one row per gap, indexed by its id. *CRS*: WGS84. *Units*: ``area_m2`` geodesic.
    """
    from geo.coverage import Reach
    from geo.gaps import gaps

    return gaps_as_frame(gaps(demand, _index(stations), reach or Reach(), instants, resolution=resolution))


def gaps_as_frame(found: "Sequence[Gap]") -> gpd.GeoDataFrame:
    """What `geo.gaps.gaps` found, as a frame, in its order. *CRS*: WGS84."""
    columns: dict[str, list[object]] = {
        "rank": [*range(1, len(found) + 1)],
        **{name: [getattr(gap, name) for gap in found] for name in _OF_A_GAP},
        "cells": [len(gap.cells) for gap in found],
    }
    ids = pd.Index([gap.id for gap in found], dtype=object, name="id")
    return gpd.GeoDataFrame(columns, index=ids, geometry=[gap.geometry for gap in found], crs=CRS)


def _index(stations: "gpd.GeoDataFrame | StationIndex") -> "StationIndex":
    from geo.nearest.index import StationIndex

    return stations if isinstance(stations, StationIndex) else StationIndex.build(stations_of(stations))


def _in_area(areas: gpd.GeoDataFrame, index: "StationIndex") -> "NDArray[np.intp]":
    """The row of the area in which each station lies; the number of areas where it is in none."""
    from geo.districts import Districts

    row_of = {code: row for row, code in enumerate(areas["code"])}
    codes = Districts(areas).assign(index.points).code
    return np.array([row_of.get(code, len(areas)) for code in codes], dtype=np.intp)


def _count(rows: "NDArray[np.intp]", n: int) -> "NDArray[np.intp]":
    return np.bincount(rows, minlength=n + 1)[:n]
