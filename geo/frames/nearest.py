"""The nearest stations of points, and whether they are open on arrival."""

from datetime import datetime
from math import inf
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.frames.arguments import check_choice, check_number, check_whole
from geo.frames.demand import read_points
from geo.frames.stations import FrameStations, index_stations_at
from geo.geodesy import Floats
from geo.hours import STATES_BY_CODE
from geo.nearest.filters import NO_FILTERS, Filters
from geo.nearest.index import StationIndex
from geo.nearest.opening_states import seconds_after
from geo.nearest.point_tree import MISSING, Indices
from geo.nearest.query import NearestOrder, NearestQuery
from geo.nearest.travel import TRAVEL_MODES, Travel
from geo.station import OpeningState

_STATES = [state.value for state in STATES_BY_CODE]
_COLUMNS = ("index_right", "distance_m", "state", "minutes")


def nearest(
    points: gpd.GeoDataFrame,
    stations: gpd.GeoDataFrame | StationIndex | FrameStations,
    k: int = 1,
    *,
    at: datetime | None = None,
    order: Literal["distance", "open_first"] = "distance",
    open_only: bool = False,
    travel: Literal["walk", "ebike"] = "walk",
    within_m: float | None = None,
) -> gpd.GeoDataFrame:
    """Return the k nearest stations of each point, as `geopandas.sjoin_nearest` does, with the geodesic and the hours.

    ``at`` is when the seeker leaves, with its offset; then ``state`` is open, closed or unknown on arrival, and
    ``open_only`` leaves out what isn't open then, and at night puts those with a form's unverified 24 hours last of the
    k. ``order`` "open_first" counts the way to a station that is not surely open twice. ``stations`` may be what
    `geo.frames.stations.index_stations` made of a frame, once for many calls.

    *Shape*: k rows a point under its repeated index, in the asked order, with the columns of ``points``; fewer where
    fewer stations are ``within_m``; an unplaced point, and one without a station, keeps one row with nothing in it.
    The new columns are ``index_right`` (the station's label, by which `join` brings what else is known of it),
    ``distance_m``, ``state`` (empty without ``at``) and ``minutes`` of the way; columns of the same names are replaced,
    and all are empty without any station. *Units*: metres along the ellipsoid, minutes on
    foot or by e-bike with a detour of 1.3. *CRS*: that of ``points``; the two frames may differ.
    *Raises*: ValueError for a frame without CRS or a time without offset; FrameError for rows that can't be used.
    *Source*: geodesics of Karney, Journal of Geodesy 87 (2013), 43-55.

    >>> from datetime import datetime, timezone
    >>> place = gpd.points_from_xy([117.010, 117.016], [36.61, 36.61], crs=4326)
    >>> stations = gpd.GeoDataFrame(
    ...     {"名称": ["甲站", "乙站"], "类型": "户外劳动者驿站", "开放时间": ["8:00-18:00", "24小时"]}, index=["a", "b"], geometry=place
    ... )
    >>> riders = gpd.GeoDataFrame({"rider": ["王"]}, geometry=gpd.points_from_xy([117.012], [36.61], crs=4326))
    >>> night = datetime(2026, 11, 20, 15, tzinfo=timezone.utc)
    >>> found = nearest(riders, stations, k=2, at=night)
    >>> found[["index_right", "distance_m", "state", "minutes"]].round(1)
      index_right  distance_m   state  minutes
    0           a       178.9  closed      3.0
    0           b       357.9    open      6.0
    >>> found.join(stations["名称"], on="index_right")[["rider", "名称"]].values.tolist()
    [['王', '甲站'], ['王', '乙站']]
    """
    check_choice("order", order, NearestOrder)
    check_choice("travel", travel, TRAVEL_MODES)
    check_choice("open_only", str(open_only), ("True", "False"))
    check_whole("k", k)
    check_number("within_m", inf if within_m is None else within_m, above=-inf)
    found, lonlat = index_stations_at(stations, at), read_points(points, "points")
    k, way = max(1, min(k, len(found.row))), Travel.by_mode(travel)
    filters = Filters(open_only=True) if open_only else NO_FILTERS
    query = NearestQuery(at, k, filters, way, within_m, order=NearestOrder(order))
    placed = np.flatnonzero(np.isfinite(lonlat[:, 0]))
    position, distance_m = found.index.nearest_arrays(lonlat[placed], query)
    kept = position != MISSING
    if len(placed) == len(points) and kept.all():
        row, station, metres = np.repeat(placed, k), position.ravel(), distance_m.ravel()
    else:
        table, far_m = np.full((len(points), k), MISSING), np.full((len(points), k), np.nan)
        table[placed], far_m[placed] = position, np.where(kept, distance_m, np.nan)
        kept = table != MISSING
        kept[:, 0] = True
        row, station, metres = np.nonzero(kept)[0], table[kept], far_m[kept]
    seconds = metres * query.seconds_per_m
    own = points.drop(columns=[name for name in _COLUMNS if name in points])
    return (own if k == 1 else own.take(row)).assign(
        index_right=pd.Series(found.labels).reindex(station).array,
        distance_m=metres,
        state=_states_on_arrival(found.index, station, query, seconds),
        minutes=seconds / 60,
    )


def _states_on_arrival(
    index: StationIndex, station: Indices, query: NearestQuery, seconds: Floats
) -> "pd.Categorical[str]":
    """Return the state of each station so many seconds after the query's instant; empty without one."""
    codes = np.full(len(station), MISSING, dtype=np.int8)
    if query.at is not None:
        rows = np.flatnonzero(station != MISSING)
        chosen, doors = station[rows], index.snapshot.doors
        arrival = seconds_after(query.start, seconds[rows])
        codes[rows] = 0
        for code, state in enumerate(STATES_BY_CODE):
            if state is not OpeningState.CLOSED:
                accepted = np.arange(len(_STATES)) == code
                codes[rows[doors.accepting_mask(chosen, arrival, accepted, 0)]] = code
        codes[rows[~index.snapshot.ground.in_service[chosen]]] = 0
    return pd.Categorical.from_codes(codes, pd.Index(_STATES))
