"""How much capacity each demand can reach, shared with all that can reach it too."""

from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise
from math import inf
from typing import Literal

import geopandas as gpd
import numpy as np

from geo.coverage.floating import Decay, DistanceDecay, FunctionDecay, two_step_access
from geo.coverage.neighbours import find_neighbours
from geo.coverage.reach import OPEN_TO_ALL
from geo.frames.arguments import check_choice, check_metres, check_number
from geo.frames.demand import FrameDemand, find_amounts, raise_row_faults, read_demand
from geo.frames.stations import FrameStations, index_stations_at
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
    radius, as without any station, and for an unplaced row; 0 where only demand of 0 reaches the stations (PySAL says
    inf). Of a polygon it is the mean of its samples, 0 for one without a station, whoever lives there; they lie
    ``spacing_m`` apart, which ``attrs`` tell: unless given a quarter of the radius, at most 1,000 m, and no finer than
    100,000 samples are. A polygon has NaN where none of its samples has a station within the radius.
    *Units*: capacity per unit of demand; metres. *CRS*: that of ``demand``.
    *Raises*: as `geo.frames.coverage`; ValueError for several decays at once, and for one that rises with the distance.
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
    check_metres(radius_m, spacing_m)
    decay = _decay(radius_m, step_fn, gaussian, gravity)
    read, found = read_demand(demand, weight, spacing_m, radius_m=radius_m), index_stations_at(stations, at)
    seats = np.ones(len(found.row))
    if capacity is not None:
        if found.frame is None:
            raise ValueError("an index has no column of capacities; give the frame of the stations")
        amounts, faults = find_amounts(found.frame, capacity, "stations")
        raise_row_faults(faults, "stations")
        seats = amounts[found.row]
    offers = found.index.in_register_mask() if at is None else found.index.passing_mask(OPEN_TO_ALL, at)
    weights, places = read.demand.weight, found.index.points[offers]
    pairs = find_neighbours(read.demand.points, places, decay.limit).pairs
    reached = two_step_access(pairs, weights, seats[offers], decay, stages=_STAGES[method])
    told = read.frame.assign(access=_mean_by_row(read, reached))
    told.attrs["spacing_m"] = read.spacing_m
    return told


def _decay(
    radius_m: float,
    step_fn: Mapping[float, float] | None,
    gaussian: float | None,
    gravity: tuple[float, float, float] | None,
) -> Decay:
    if sum(one is not None for one in (step_fn, gaussian, gravity)) > 1:
        raise ValueError("step_fn, gaussian and gravity are three decays; give one")
    if step_fn is not None:
        return FunctionDecay(radius_m, DistanceDecay(_read_steps(step_fn)).weigh)
    if gaussian is not None:
        sigma = check_number("gaussian", gaussian)
        return FunctionDecay(radius_m, lambda metres: np.exp(-(metres**2) / (2 * sigma**2)))
    if gravity is not None:
        if not isinstance(gravity, tuple | list) or len(gravity) != 3:
            raise ValueError(f"gravity is {gravity!r}; give (scale, alpha, min_dist), such as (500, -2, 100)")
        scale = check_number("scale of gravity", gravity[0])
        alpha = check_number("alpha of gravity", gravity[1], above=-inf, most=0)
        min_dist = check_number("min_dist of gravity", gravity[2], above=-inf)
        return FunctionDecay(radius_m, lambda metres: (np.maximum(metres, min_dist) / scale) ** alpha)
    return DistanceDecay.binary(radius_m)


def _read_steps(step_fn: Mapping[float, float]) -> list[tuple[float, float]]:
    """Return distances and weights, outwards. *Raises*: ValueError for what is no number, or a weight that rises."""
    if not isinstance(step_fn, Mapping):
        raise ValueError(f"step_fn is {step_fn!r}; give metres and weights, such as {{500: 1, 1_000: 0.5}}")
    steps = sorted(
        (check_number("a distance of step_fn", end), check_number(f"step_fn at {end}", weight, above=-inf))
        for end, weight in step_fn.items()
    )
    for (_, nearer), (end, weight) in pairwise(steps):
        if weight > nearer:
            raise ValueError(f"step_fn rises at {end:g} m to {weight:g}; give weights that fall outwards")
    return steps


def _mean_by_row(read: FrameDemand, access: Floats) -> Floats:
    """Return the mean access of each row's points, which stand for equal ground; NaN where none of them has a place."""
    count = len(read.frame)
    held, points, reaching = (
        np.bincount(read.row, weights=values, minlength=count)
        for values in (np.nan_to_num(access), np.ones(len(access)), ~np.isnan(access))
    )
    mean: Floats = np.divide(held, points, out=np.full(count, np.nan), where=reaching > 0)
    return mean
