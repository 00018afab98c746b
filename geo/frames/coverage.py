"""Which demand has an open station within reach, row by row, and connected ground that has none."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from math import inf

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.coverage.cells import FINEST_RESOLUTION
from geo.coverage.neighbours import find_neighbours
from geo.coverage.reach import Reach
from geo.coverage.served import coverage_at
from geo.coverage.tables import figures_by_group
from geo.districts import Districts
from geo.frames.arguments import check_instant, check_metres, check_whole
from geo.frames.demand import CRS, FrameDemand, read_demand
from geo.frames.stations import FrameStations, index_stations_at
from geo.gaps.finding import Gap, compute_gaps
from geo.nearest.index import StationIndex
from geo.nearest.point_tree import Indices

_FIGURES = ["demand", "served", "share", "median_m", "p90_m"]


def coverage(
    areas: gpd.GeoDataFrame | FrameDemand,
    stations: gpd.GeoDataFrame | StationIndex | FrameStations,
    at: datetime,
    *,
    weight: str | None = None,
    radius_m: float = 1_000.0,
    spacing_m: float | None = None,
) -> gpd.GeoDataFrame:
    """Return the areas, or points of demand, with the demand that has an open station within ``radius_m`` at an instant.

    A station serves if it is in service and surely open ``at``, and anybody may enter or nobody says who may. Unknown
    hours serve nobody: a warning counts the stations whose hours can't be read, or says that none has any. ``weight`` is
    the column with the number of people (see `geo.frames.demand.read_demand`); without it the demand of an area is its
    ground in square metres, that of a point 1.

    *Shape*: one row per row of ``areas``, in their order, with all their columns and then ``places`` (stations of the
    register in the area, or nearest to it within 2 km where they are in none; or within the radius of the point),
    ``usable`` (those that serve then), ``demand``, ``served``,
    ``share``, ``median_m`` and ``p90_m``, the distances within which half and nine tenths of the demand have a station
    that serves. An unplaced row has no figures; columns of the same names are replaced. *Units*: metres, shares 0..1.
    *CRS*: that of ``areas``. The circle's share of an area is computed exactly; only the distances are sampled,
    ``spacing_m`` apart, 1,000 m unless given. They are NaN where fewer have a station within 100 km, so that without any
    station all demand has ``served`` and ``share`` 0 and no distances.
    *Raises*: as `geo.frames.nearest`; FrameError also for areas that overlap.
    *Source*: Green's theorem on circles and outlines, see `geo.coverage.even_ground`.

    >>> from datetime import datetime, timezone
    >>> from shapely import box
    >>> town = gpd.GeoDataFrame({"人口": [900]}, geometry=[box(117.00, 36.60, 117.02, 36.62)], crs=4326)
    >>> place = gpd.points_from_xy([117.01], [36.61], crs=4326)
    >>> stations = gpd.GeoDataFrame({"name": ["甲站"], "kind": ["驿站"], "hours": ["8:00-18:00"]}, geometry=place)
    >>> noon = datetime(2026, 11, 20, 4, tzinfo=timezone.utc)
    >>> coverage(town, stations, noon, weight="人口", radius_m=500)[["places", "usable", "demand", "served"]]
       places  usable  demand  served
    0       1       1   900.0   178.0
    """
    check_metres(radius_m, spacing_m)
    check_instant(at)
    read, index = read_demand(areas, weight, spacing_m, name="areas"), index_stations_at(stations, at).index
    reach, count = Reach(radius_m), len(read.frame)
    served = coverage_at(read.demand, index, at, reach)
    row, station = _find_stations(read, index, reach)
    masks = {"places": index.in_register_mask(), "usable": index.passing_mask(reach.filters, at)}
    counts = {name: np.bincount(row[mask[station]], minlength=count) for name, mask in masks.items()}
    figures = figures_by_group(read.demand, served, read.row, pd.RangeIndex(count))
    figures = figures.replace(inf, np.nan)  # as `nearest` tells that there is none
    figures = figures.reindex(np.unique(read.row)).reindex(range(count))  # nothing for an unplaced row
    own = read.frame.drop(columns=[name for name in (*counts, *_FIGURES) if name in read.frame])
    return own.assign(**counts, **{name: figures[name].to_numpy() for name in _FIGURES})


def _find_stations(read: FrameDemand, index: StationIndex, reach: Reach) -> tuple[Indices, Indices]:
    """Return rows and stations that lie in their areas, or within the radius of their points. *Shape*: (pairs,) both."""
    if read.outlines is None:
        near = find_neighbours(read.demand.points, index.points, reach.radius_m)
        return read.row[near.row], near.station.astype(np.intp)
    codes = Districts.from_frame(read.outlines).assign(index.points).code
    station = np.flatnonzero(pd.notna(codes))
    return codes[station].astype(np.intp), station


_OF_A_GAP = ("district", "demand", "hours", "demand_hours", "area_m2", "lon", "lat")


def gaps(
    demand: gpd.GeoDataFrame | FrameDemand,
    stations: gpd.GeoDataFrame | StationIndex | FrameStations,
    at: datetime | Sequence[datetime],
    *,
    weight: str | None = None,
    radius_m: float = 1_000.0,
    spacing_m: float | None = None,
    resolution: int | None = None,
) -> gpd.GeoDataFrame:
    """Return connected ground without an open station within ``radius_m`` at some or all instants, most demand first.

    Which stations serve, and what ``weight`` says, is as in `geo.frames.coverage`; ``at`` may be several instants, such
    as the hours of a week. ``resolution`` is that of H3's cells, chosen from the radius and the spacing if None; the
    spacing of samples in polygons is 1,000 m unless given.

    *Shape*: one row per gap, indexed by an id that stays the same while the ground and the hours do, with ``rank``,
    ``index_right`` (the label of its area, None for points), ``demand``, ``hours`` (at how many of the instants),
    ``demand_hours``, ``area_m2``, ``lon``, ``lat`` (its middle, WGS84) and ``cells``. *Units*: square metres, geodesic.
    The geometry is the cells in which samples lack a station, each whole: it may reach into the circles and over the
    borders, and leave out open ground, by a cell's width. How much demand is served `coverage` says exactly; here it may
    differ by the samples at the edges. A smaller ``spacing_m`` makes both finer.
    *CRS*: the geometry has the name and the CRS of that of ``demand``.
    *Raises*: as `geo.frames.coverage`; ValueError for no instant.
    *Source*: H3's hexagons; neighbourhoods by GB 50180-2018, see `geo.gaps.finding`.

    >>> from datetime import datetime, timezone
    >>> homes = gpd.points_from_xy([117.010, 117.013, 117.05], [36.61, 36.61, 36.61], crs=4326)
    >>> homes = gpd.GeoDataFrame({"people": [60, 20, 5]}, geometry=homes)
    >>> place = gpd.points_from_xy([117.01], [36.61], crs=4326)
    >>> stations = gpd.GeoDataFrame({"name": ["甲站"], "kind": ["驿站"], "hours": ["8:00-18:00"]}, geometry=place)
    >>> day, night = (datetime(2026, 11, 20, hour, tzinfo=timezone.utc) for hour in (4, 15))
    >>> gaps(homes, stations, [day, night], weight="people", radius_m=500)[["rank", "demand", "hours"]].values.tolist()
    [[1.0, 80.0, 1.0], [2.0, 5.0, 2.0]]
    """
    check_metres(radius_m, spacing_m)
    check_whole("resolution", 0 if resolution is None else resolution, 0, FINEST_RESOLUTION)
    instants = [*at] if isinstance(at, Iterable) and not isinstance(at, str) else [at]
    for instant in instants:
        check_instant(instant)
    at_first = instants[0] if instants else None
    read, index = read_demand(demand, weight, spacing_m), index_stations_at(stations, at_first).index
    reach = Reach(radius_m)
    frame = gaps_to_frame(compute_gaps(read.demand, index, reach, instants, resolution=resolution))
    frame["district"] = [read.find_label(district) for district in frame["district"]]
    geometry = read.frame.geometry.name
    named = frame.rename(columns={"district": "index_right", "geometry": geometry}).set_geometry(geometry)
    return named.to_crs(read.frame.crs)


def gaps_to_frame(found: Sequence[Gap]) -> gpd.GeoDataFrame:
    """Return gaps as a frame in their order, with the ``district`` of each. *CRS*: WGS84."""
    columns: dict[str, list[object]] = {
        "rank": [*range(1, len(found) + 1)],
        **{name: [getattr(gap, name) for gap in found] for name in _OF_A_GAP},
        "cells": [len(gap.cells) for gap in found],
    }
    ids = pd.Index([gap.id for gap in found], dtype=object, name="id")
    return gpd.GeoDataFrame(columns, index=ids, geometry=[gap.geometry for gap in found], crs=CRS)
