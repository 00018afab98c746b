"""Where to build: the best of some candidate sites beside what stands."""

from datetime import datetime
from typing import Literal

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from geo.coverage.reach import OPEN_TO_ALL
from geo.coverage.served import radius_tolerance
from geo.frames.arguments import check_choice, check_instant, check_metres, check_whole
from geo.frames.demand import FrameDemand, read_demand, read_points
from geo.frames.stations import FrameStations, index_stations_at
from geo.geodesy import Floats
from geo.nearest.exact_search import nearest_of_others
from geo.nearest.index import StationIndex
from geo.siting.problem import InfeasibleLimits, SitingGoal, SitingLimits
from geo.siting.situation import CandidateSites, SitingSituation, build_situation_task


def sites(
    demand: gpd.GeoDataFrame | FrameDemand,
    candidates: gpd.GeoDataFrame,
    model: Literal["mclp", "lscp", "p_median", "p_centre"] = "mclp",
    *,
    p: int | None = None,
    stations: gpd.GeoDataFrame | StationIndex | FrameStations | None = None,
    at: datetime | None = None,
    weight: str | None = None,
    radius_m: float = 1_000.0,
    spacing_m: float | None = None,
    nodes: int | None = None,
) -> gpd.GeoDataFrame:
    """Return the candidates to build beside the stations that stand, by a proven optimum or the best found.

    The models are "mclp" (with ``p`` sites most demand within ``radius_m``), "lscp" (all demand within it that a
    candidate can reach, with the fewest sites), "p_median" (least sum of demand × metres) and "p_centre" (least metres of
    the worst-served demand). What ``stations`` serve already is no reason to build: those that are not closed
    for good or, with ``at``, those that are open then and for everybody. ``weight`` is the column with the number of
    people (see `geo.frames.coverage`). ``p`` also limits "lscp" where it is given. ``nodes`` bounds the search of HiGHS:
    without it the plan is proven, which may take long. Polygons are sampled ``spacing_m`` apart: unless given a quarter of
    the radius (1,000 m for p_median and p_centre), at most 1,000 m, and no finer than 100,000 samples are.

    *Shape*: the chosen rows of ``candidates``, in their order, with all their columns: fewer than ``p`` where mclp
    would have no use for more. The result's ``attrs`` are
    ``model``, ``value`` (mclp: demand newly served; lscp: sites; p_median: demand × metres; p_centre: metres), ``bound``
    (no plan has a better value), ``gap`` (their distance as a share of the value), ``unreachable`` (demand that no
    site can serve), ``spacing_m`` and, for mclp, ``tolerance``. All of them hold for the samples, ``spacing_m`` apart (None
    for points, which are exact): on the ground between, another plan may be better, and the demand that this one serves
    may be off by the tolerance, 19 times in 20; a smaller spacing makes it smaller.
    *Units*: metres along the ellipsoid. *CRS*: that of ``candidates``.
    *Raises*: as `geo.frames.coverage`; ValueError for a model without its ``p``, or where no plan has ``p`` sites;
    InfeasibleLimits where no plan can be.
    *Source*: Church & ReVelle, Papers of the Regional Science Association 32 (1974), 101-118 (MCLP); Toregas et al.,
    Operations Research 19 (1971), 1363-1373 (LSCP); Hakimi, Operations Research 12 (1964), 450-459 (medians, centres).

    >>> homes = gpd.points_from_xy([117.00, 117.01, 117.05], [36.61, 36.61, 36.61], crs=4326)
    >>> homes = gpd.GeoDataFrame({"people": [60, 40, 70]}, geometry=homes)
    >>> empty = gpd.points_from_xy([117.005, 117.05], [36.61, 36.61], crs=4326)
    >>> lots = gpd.GeoDataFrame({"lot": ["甲", "乙"]}, geometry=empty)
    >>> chosen = sites(homes, lots, "mclp", p=1, weight="people")
    >>> chosen["lot"].tolist(), chosen.attrs["value"], chosen.attrs["bound"]
    (['甲'], 100.0, 100.0)
    """
    from geo.siting.searching import SearchEffort  # the solver is of another extra than all the rest
    from geo.siting.solve import solve_siting_task

    check_choice("model", model, SitingGoal)
    goal = SitingGoal(model)
    if p is None and goal is not SitingGoal.LSCP:
        raise ValueError(f"{model} needs the number of sites; give p")
    check_metres(radius_m, spacing_m)
    check_whole("nodes", 1 if nodes is None else nodes)
    read = read_demand(demand, weight, spacing_m, radius_m=radius_m if goal.is_cover else None)
    lonlat = read_points(candidates, "candidates")
    placed = np.flatnonzero(np.isfinite(lonlat[:, 0]))
    if not len(placed):
        raise ValueError("candidates has no row with a place; give at least one point")
    if p is not None:
        check_whole("p", p, 1, len(placed))
    nameless = np.full(len(placed), "", dtype=object)
    sites_there = CandidateSites(lonlat[placed], nameless, np.full(len(placed), None, dtype=object))
    situation = SitingSituation(read.demand, sites_there, _standing(stations, at), radius_m)
    asked = build_situation_task(situation, goal, SitingLimits(p=p))
    try:
        plan = solve_siting_task(asked.task, SearchEffort(nodes=nodes))
    except InfeasibleLimits as error:
        if p is None or goal is not SitingGoal.LSCP:
            raise
        raise ValueError(
            f"p is {p}: so few sites can't reach all; give a larger p, or ask for mclp"
        ) from error
    chosen = candidates.take(placed[plan.sites[plan.sites < len(placed)]])
    chosen.attrs = {
        **candidates.attrs,
        "model": goal.value,
        "value": plan.objective,
        "bound": plan.bound,
        "gap": plan.gap,
        "unreachable": asked.unreachable,
        "spacing_m": read.spacing_m,
        "tolerance": _find_tolerance(situation, plan.sites) if goal is SitingGoal.MCLP else None,
    }
    return chosen


def _find_tolerance(situation: SitingSituation, opened: NDArray[np.int64]) -> float:
    """Return how far the demand that a plan serves may be off, 19 times in 20, since it is that of samples."""
    demand = situation.demand
    places = np.concatenate((situation.standing, situation.candidates.points[opened]))
    if demand.even_ground is None or not len(places):
        return 0.0
    beyond_m = nearest_of_others(demand.points, places)[1] - situation.radius_m
    return radius_tolerance(demand, demand.weight, beyond_m)


def _standing(
    stations: gpd.GeoDataFrame | StationIndex | FrameStations | None, at: datetime | None
) -> Floats:
    """Return the points of the stations that stand. *Shape*: (s, 2), lon, lat. *CRS*: WGS84."""
    if at is not None:
        check_instant(at)
    if stations is None:
        return np.empty((0, 2))
    index = index_stations_at(stations, at, stacklevel=4).index
    return index.points[index.in_register_mask() if at is None else index.passing_mask(OPEN_TO_ALL, at)]
