"""Siting by street: ask for the ways between demand and sites, and count who is served by them."""

from dataclasses import replace

import numpy as np

from geo.coverage.pairs import RouteTally, StreetPairs, collect_street_pairs
from geo.coverage.reach import Reach
from geo.geodesy import Floats
from geo.siting.proposing import PlanChanges
from geo.siting.situation import SitingSituation, check_pair_count
from geo.siting.street_ways import SitePairs, SiteWays, collect_site_ways
from yihui.planning.street_reach import StreetReach


def add_street_routes(situation: SitingSituation, streets: StreetReach | None) -> SitingSituation:
    """Return the situation with its pairs by street; unchanged without streets.

    *Raises*: TooManyPairs before Valhalla is asked, RoutingUnavailable if it fails.
    """
    if streets is None:
        return situation
    demand, places = situation.demand, situation.places
    sites = np.concatenate((situation.candidates.points, places))
    rows = np.flatnonzero(demand.weight > 0)
    check_pair_count(demand.points[rows], sites, streets.straight_m)
    reach = streets.build_reach()
    found = collect_street_pairs(demand.points[rows], sites, reach)
    demand_of, costs = rows[found.point].astype(np.int64), found.costs(reach)
    place = found.place.astype(np.int64)
    routes = SitePairs(demand_of, place, costs, streets.limit, len(demand), len(sites))
    return replace(situation, routes=routes)


def add_street_ways(situation: SitingSituation, streets: StreetReach | None) -> SitingSituation:
    """Return the situation with the ways that a distance model compares; unchanged without streets.

    *Raises*: TooManyPairs before Valhalla is asked, RoutingUnavailable if it fails.
    """
    if streets is None:
        return situation
    network, demand = streets.network, situation.demand

    def ask(points: Floats, places: Floats, limit_m: float) -> StreetPairs:
        check_pair_count(points, places, limit_m)
        limit_s = limit_m / network.top_speed_m_per_s
        matrix = replace(
            network, limit_s=limit_s, tally=RouteTally()
        )  # what is reported is within the radius
        return collect_street_pairs(points, places, Reach(limit_m, network=matrix, street_m=limit_m))

    rows = np.flatnonzero(demand.weight > 0)
    sites = situation.site_points
    found = collect_site_ways(demand.points[rows], sites, situation.remaining_places, ask)
    remaining_m = np.full(len(demand), np.inf)
    remaining_m[rows] = found.remaining_m
    pairs = replace(found.pairs, demand=rows[found.pairs.demand], demands=len(demand))
    return replace(situation, ways=SiteWays(pairs, remaining_m))


def count_street_served(situation: SitingSituation, changes: PlanChanges) -> tuple[float, float] | None:
    """Return the demand served by street before and after a plan; None where the situation has no routes."""
    routes = situation.routes
    if routes is None:
        return None
    candidates, weight = len(situation.candidates), situation.demand.weight
    is_open = np.arange(routes.sites) >= candidates
    before = float(weight[routes.served_mask(is_open)].sum())
    is_open[candidates + changes.closed] = False
    is_open[changes.sites] = True
    return before, float(weight[routes.served_mask(is_open)].sum())
