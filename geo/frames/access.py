"""How much capacity each demand can reach, shared with all that can reach it too."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import geopandas as gpd
import numpy as np

from geo.coverage.floating import CatchmentPairs, Decay, DistanceDecay, FunctionDecay, two_step_access
from geo.coverage.neighbours import find_neighbours
from geo.coverage.reach import OPEN_TO_ALL
from geo.frames.demand import FrameDemand, check_choice, find_amounts, raise_row_faults, read_demand
from geo.frames.stations import FrameStations, index_stations
from geo.geodesy import Floats
from geo.nearest.index import StationIndex

_STAGES = {"two_stage_fca": 2, "three_stage_fca": 3}


def access(
    demand: gpd.GeoDataFrame | FrameDemand,
    stations: gpd.GeoDataFrame | StationIndex | FrameStations,
    radius_m: float = 1_000.0,
    *,
    weight: str | None = None,
    capacity: str | None = None,
    at: datetime | None = None,
    method: Literal["two_stage_fca", "three_stage_fca"] = "two_stage_fca",
    step_fn: Mapping[float, float] | None = None,
    gaussian: float | None = None,
    gravity: tuple[float, float, float] | None = None,
    spacing_m: float | None = None,
) -> gpd.GeoDataFrame:
    """Return the demand with the capacity per unit of demand that it can reach: 2SFCA, E2SFCA or 3SFCA.

    ``weight`` is the column with the number of people (see `geo.frames.coverage`), ``capacity`` that of the seats of
    a station, 1 each without it. Stations that are closed for good have none; with ``at`` only those that are open then
    and for everybody have any. Methods and decays are called as in PySAL's `access`: plain within ``radius_m``, or
    ``step_fn`` {metres: weight}, ``gaussian`` sigma, or ``gravity`` (scale, alpha, min_dist), each cut there.

    *Shape*: one row per row of ``demand`` with all its columns and ``access``: NaN where no station is within the
    radius and for an unplaced row; of a polygon the mean of its ground, whoever lives there. *Units*: capacity per unit
    of demand; metres. *CRS*: that of ``demand``. *Raises*: as `geo.frames.coverage`; ValueError for several decays at once.
    *Source*: Luo & Wang, Environment and Planning B 30 (2003), 865-884; Luo & Qi, Health & Place 15 (2009), 1100-1107;
    three stages: Wan, Zou & Sternberg, International Journal of Geographical Information Science 26 (2012), 1073-1089.

    >>> homes = gpd.points_from_xy([117.010, 117.016, 117.05], [36.61, 36.61, 36.61], crs=4326)
    >>> homes = gpd.GeoDataFrame({"people": [60, 40, 5]}, geometry=homes)
    >>> place = gpd.points_from_xy([117.01], [36.61], crs=4326)
    >>> stations = gpd.GeoDataFrame({"name": ["甲站"], "kind": ["驿站"], "seats": [10]}, geometry=place)
    >>> access(homes, stations, weight="people", capacity="seats")["access"].tolist()
    [0.1, 0.1, nan]
    >>> access(homes, stations, weight="people", capacity="seats", step_fn={500: 1, 1_000: 0.5})["access"].tolist()
    [0.125, 0.0625, nan]
    """
    check_choice("method", method, _STAGES)
    read, found = read_demand(demand, weight, spacing_m), index_stations(stations)
    decay = _decay(radius_m, step_fn, gaussian, gravity)
    seats = np.ones(len(found.row))
    if capacity is not None:
        if found.frame is None:
            raise ValueError("an index has no column of capacities; give the frame of the stations")
        amounts, faults = find_amounts(found.frame, capacity)
        raise_row_faults(faults)
        seats = amounts[found.row]
    offers = found.index.in_register_mask() if at is None else found.index.passing_mask(OPEN_TO_ALL, at)
    weights, places = read.demand.weight, found.index.points[offers]
    near = find_neighbours(read.demand.points, places, decay.limit)
    pairs = CatchmentPairs.from_compressed_rows(near.start, near.station, near.distance_m)
    reached = two_step_access(pairs, weights, seats[offers], decay, stages=_STAGES[method])
    return read.frame.assign(access=_mean_by_row(read, reached))


def _decay(
    radius_m: float,
    step_fn: Mapping[float, float] | None,
    gaussian: float | None,
    gravity: tuple[float, float, float] | None,
) -> Decay:
    if sum(one is not None for one in (step_fn, gaussian, gravity)) > 1:
        raise ValueError("step_fn, gaussian and gravity are three decays; give one")
    if step_fn is not None:
        return FunctionDecay(radius_m, DistanceDecay(sorted(step_fn.items())).weigh)
    if gaussian is not None:
        sigma = float(gaussian)
        return FunctionDecay(radius_m, lambda metres: np.exp(-(metres**2) / (2 * sigma**2)))
    if gravity is not None:
        scale, alpha, min_dist = gravity
        return FunctionDecay(radius_m, lambda metres: (np.maximum(metres, min_dist) / scale) ** alpha)
    return DistanceDecay.binary(radius_m)


def _mean_by_row(read: FrameDemand, access: Floats) -> Floats:
    """Return the mean access of each row's points, which stand for equal ground; NaN where none of them has a place."""
    count = len(read.frame)
    held, points, reaching = (
        np.bincount(read.row, weights=values, minlength=count)
        for values in (np.nan_to_num(access), np.ones(len(access)), ~np.isnan(access))
    )
    mean: Floats = np.divide(held, points, out=np.full(count, np.nan), where=reaching > 0)
    return mean
