"""Where demand has no open station within reach."""

from collections.abc import Sequence
from datetime import datetime

import geopandas as gpd
import pandas as pd

from geo.coverage.reach import Reach
from geo.frames.demand import CRS, FrameDemand, read_demand
from geo.frames.stations import FrameStations, index_stations
from geo.gaps.finding import Gap, compute_gaps
from geo.nearest.index import StationIndex

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
    as the hours of a week. ``resolution`` is that of H3's cells, chosen from the radius and the spacing if None.

    *Shape*: one row per gap, indexed by an id that stays the same while the ground and the hours do, with ``rank``,
    ``index_right`` (the label of its area, None for points), ``demand``, ``hours`` (at how many of the instants),
    ``demand_hours``, ``area_m2``, ``lon``, ``lat`` (its middle, WGS84) and ``cells``. *Units*: square metres, geodesic.
    *CRS*: the geometry has that of ``demand``.
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
    read, index = read_demand(demand, weight, spacing_m), index_stations(stations).index
    instants, reach = [at] if isinstance(at, datetime) else [*at], Reach(radius_m)
    frame = gaps_to_frame(compute_gaps(read.demand, index, reach, instants, resolution=resolution))
    frame["district"] = [read.find_label(district) for district in frame["district"]]
    return frame.rename(columns={"district": "index_right"}).to_crs(read.frame.crs)


def gaps_to_frame(found: Sequence[Gap]) -> gpd.GeoDataFrame:
    """Return gaps as a frame in their order, with the ``district`` of each. *CRS*: WGS84."""
    columns: dict[str, list[object]] = {
        "rank": [*range(1, len(found) + 1)],
        **{name: [getattr(gap, name) for gap in found] for name in _OF_A_GAP},
        "cells": [len(gap.cells) for gap in found],
    }
    ids = pd.Index([gap.id for gap in found], dtype=object, name="id")
    return gpd.GeoDataFrame(columns, index=ids, geometry=[gap.geometry for gap in found], crs=CRS)
