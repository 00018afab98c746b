"""Load the inputs of a siting order: the demand of an area, its stations, the candidate sites, and ways by street."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from geo.coverage.pairs import RouteTally, StreetPairs, collect_street_pairs
from geo.coverage.reach import OPEN_TO_ALL, Reach
from geo.coverage.served import street_tolerance
from geo.geodesy import Floats
from geo.hours import CLOSED
from geo.siting.proposing import PlanChanges
from geo.siting.situation import CandidateSites, SitingSituation, check_pair_count, grid_candidates
from geo.siting.spacing import nearest_other_m
from geo.siting.street_ways import SitePairs, SiteWays, collect_site_ways
from store import StoreError
from yihui.bootstrap import Wiring
from yihui.planning.demand.mixture import first_demand, is_spread_evenly
from yihui.planning.demand.query import DemandQuery
from yihui.planning.demand.request import GROUND_DEMAND
from yihui.planning.demand.run import demand_in_hour, load_some_demand
from yihui.planning.run import counties_by_station, load_study_area
from yihui.planning.siting.files import CandidateFile, DistrictLimit, read_candidates, read_district_limits
from yihui.planning.siting.request import SitingOrder
from yihui.planning.street_reach import StreetReach

if TYPE_CHECKING:
    from geo.coverage.demand import Demand
    from geo.districts import Districts
    from geo.nearest.index import StationIndex


T = TypeVar("T")
SAME_PLACE_M = 20.0
PEOPLE_UNIT = "people"
_GRID_M = {2: 2_000.0, 4: 1_000.0, 6: 500.0}  # by number of digits of the area's code
_NAMED = 3
_CORRECT_LIST = N_("nothing needs to be done where that is meant; else correct the list")
SITING_INPUT_FAULTS = FaultTable(
    "siting",
    {
        "outside": (N_("lie outside the area and are left out: {count}, such as {names}"), _CORRECT_LIST),
        "stands_already": (
            N_("stand already, within 20 m of a station, and are left out: {count}, such as {names}"),
            _CORRECT_LIST,
        ),
        "repeated": (
            N_("lie within 20 m of another candidate and are left out: {count}, such as {names}"),
            _CORRECT_LIST,
        ),
        "none_left": (
            N_("of {value} candidates none is left to choose from"),
            N_("check the area ({option_area}), the datum ({option_datum}) and the list"),
        ),
    },
)


@dataclass(frozen=True, slots=True, eq=False)
class SitingInputs:
    """The inputs of a siting order.

    ``index`` contains every placed station, those beyond the border too; the masks are over its stations.
    ``open_mask`` marks stations that are open at that hour and usable by all, ``closed_mask`` stations of the
    area that are usable but closed at that hour, and ``inside_mask`` stations in the area.
    """

    order: SitingOrder
    area_name: str
    region: "Districts"
    demand: "Demand"
    demand_title: str
    index: "StationIndex"
    open_mask: NDArray[np.bool_]
    closed_mask: NDArray[np.bool_]
    inside_mask: NDArray[np.bool_]
    candidates: CandidateSites
    per_district: Mapping[str, DistrictLimit]
    notes: tuple[Fault, ...]

    @property
    def existing_points(self) -> NDArray[np.float64]:
        """The places of the register in service, open or not; none if existing stations don't count."""
        return find_existing_points(self.order, self.index)

    @property
    def is_spread_evenly(self) -> bool:
        """Whether the demand is spread evenly over each county or over the ground, so that sites are alike."""
        is_ground = DemandQuery(first_demand(self.order.demand), None).built_in == GROUND_DEMAND
        return is_ground or is_spread_evenly(self.order.demand)

    @property
    def at_stake_mask(self) -> NDArray[np.bool_]:
        """The open stations that the plan may close, all in the area; all open stations if it may close none."""
        return self.open_mask & self.inside_mask if self.order.closable else self.open_mask


def load_siting_inputs(wiring: Wiring, order: SitingOrder) -> SitingInputs:
    """Load all inputs of an order. *Raises*: FaultError with the faults of all files together; OSError."""
    from geo.districts import Districts

    area = load_study_area(wiring, order.area)
    region, digits = Districts.from_frame(area.outlines), len(area.prefix)
    faults: list[Fault] = []
    chosen = _or_faults(faults, lambda: load_some_demand(wiring, order.query))
    index = _or_faults(faults, lambda: _index(wiring, order))
    limits = _or_faults(faults, lambda: _limits(order, region))
    listed = _or_faults(faults, lambda: _listed(wiring, order))
    if faults or chosen is None or index is None or limits is None or listed is None:
        raise FaultError(faults)
    demand = demand_in_hour(chosen.demand, order.at)
    if chosen.demand.hour is not None:
        demand = demand.select(demand.weight > 0)
    candidates, told = listed
    counties = counties_by_station(area, index.stations)
    inside = np.array([station.id in counties for station in index.stations], dtype=bool)
    if candidates is None:
        candidates = grid_candidates(demand, order.grid_m or _GRID_M[digits])
    else:
        candidates, more = _sifted(candidates, order, region, index)
        told = (*told, *more)
    usable = index.passing_mask(OPEN_TO_ALL, order.at)
    standing = usable if order.counts_standing else np.zeros(len(index), dtype=bool)
    return SitingInputs(
        order=order.model_copy(update={"grid_m": order.grid_m or _GRID_M[digits]}),
        area_name=area.name,
        region=region,
        demand=demand,
        demand_title=chosen.title,
        index=index,
        open_mask=standing,
        closed_mask=_shut(index, order) & inside,
        inside_mask=inside,
        candidates=candidates,
        per_district=limits[0],
        notes=(*chosen.notes, *limits[1], *told),
    )


def build_situation(ground: SitingInputs) -> SitingSituation:
    """Return the demand, the candidates and the open places as the solver's input."""
    order, points = ground.order, ground.index.points
    at_stake, beyond = points[ground.at_stake_mask], points[ground.open_mask & ~ground.at_stake_mask]
    return SitingSituation(ground.demand, ground.candidates, at_stake, order.radius_m, order.closable, beyond)


def _or_faults(faults: list[Fault], read: Callable[[], T]) -> T | None:
    """Return the result of ``read``, or None after adding its faults to ``faults``.

    The faults of all inputs are reported together.
    """
    try:
        return read()
    except StoreError:
        raise
    except FaultError as error:
        faults.extend(error.faults)
        return None


def _index(wiring: Wiring, order: SitingOrder) -> "StationIndex":
    from yihui.services.stations.selection import check_register

    check_register(wiring, order.register)
    return wiring.stations(order.register)


def _limits(order: SitingOrder, region: "Districts") -> tuple[Mapping[str, DistrictLimit], tuple[Fault, ...]]:
    """Return the limits of each district, its own, else the limits for all districts; and the notes of their file."""
    every = {d.code: DistrictLimit(order.least, order.most) for d in region.districts}
    if order.district_limits is None:
        return every, ()
    own, notes = read_district_limits(order.district_limits, order.area, region)
    return every | dict(own), notes


def _listed(wiring: Wiring, order: SitingOrder) -> tuple[CandidateSites | None, tuple[Fault, ...]]:
    if order.candidates is None:
        return None, ()
    given = CandidateFile(order.candidates, order.datum, order.mapping, order.cost_fen, partial=order.partial)
    return read_candidates(given, lambda: wiring.outlines)


def find_existing_points(order: SitingOrder, index: "StationIndex") -> NDArray[np.float64]:
    """Return the places of the register in service, open or not; none if existing stations don't count."""
    points: NDArray[np.float64] = (
        index.points[index.in_register_mask()] if order.counts_standing else index.points[:0]
    )
    return points


def _shut(index: "StationIndex", order: SitingOrder) -> NDArray[np.bool_]:
    """Mark stations that are usable by all and in service, but known to be closed at that hour."""
    at_any_hour = replace(OPEN_TO_ALL, open_only=False)
    shut: NDArray[np.bool_] = index.passing_mask(at_any_hour, order.at) & (index.states(order.at) == CLOSED)
    return shut


def _sifted(
    candidates: CandidateSites, order: SitingOrder, region: "Districts", index: "StationIndex"
) -> tuple[CandidateSites, tuple[Fault, ...]]:
    """Drop listed candidates outside the area, at an existing station, or repeated; return notes on them.

    *Raises*: FaultError if none remains.
    """
    code = region.assign(candidates.points).code
    outside = np.array([one is None for one in code], dtype=bool)
    standing = find_existing_points(order, index)
    there = nearest_other_m(candidates.points, standing) <= SAME_PLACE_M
    again = _repeated(candidates.points)
    reasons = (
        (outside, "outside"),
        (there & ~outside, "stands_already"),
        (again & ~there & ~outside, "repeated"),
    )
    left = tuple(_left_out(order, candidates, mask, code) for mask, code in reasons if mask.any())
    kept = ~(outside | there | again)
    if not kept.any():
        raise FaultError(
            [
                *left,
                SITING_INPUT_FAULTS.build(
                    "none_left",
                    file=order.candidates.name if order.candidates else None,
                    field="--candidates",
                    value=len(candidates),
                ),
            ]
        )
    located = CandidateSites(candidates.points, candidates.name, code, candidates.cost_fen, candidates.row)
    return located.select(kept), left


def _repeated(points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Mark points that have an earlier point at the same place."""
    from geo.siting.spacing import pairs_too_near

    pairs = pairs_too_near(points, np.full(len(points), SAME_PLACE_M))
    again = np.zeros(len(points), dtype=bool)
    for one, other in pairs.tolist():
        again[other] |= not again[one]
    return again


def _left_out(order: SitingOrder, candidates: CandidateSites, mask: NDArray[np.bool_], code: str) -> Fault:
    named = [str(name) for name in candidates.name[mask][:_NAMED]]
    return SITING_INPUT_FAULTS.build(
        code,
        file=order.candidates.name if order.candidates else None,
        severity="warning",
        count=int(mask.sum()),
        names="、".join(named),
    )


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
        # what is reported is within the radius
        matrix = replace(network, limit_s=limit_s, tally=RouteTally())
        return collect_street_pairs(points, places, Reach(limit_m, network=matrix, street_m=limit_m))

    rows = np.flatnonzero(demand.weight > 0)
    sites = situation.site_points
    found = collect_site_ways(demand.points[rows], sites, situation.remaining_places, ask)
    remaining_m = np.full(len(demand), np.inf)
    remaining_m[rows] = found.remaining_m
    pairs = replace(found.pairs, demand=rows[found.pairs.demand], demands=len(demand))
    return replace(situation, ways=SiteWays(pairs, remaining_m))


def measure_street_served(
    situation: SitingSituation, changes: PlanChanges
) -> tuple[tuple[float, float], float] | None:
    """Return the demand served by street before and after a plan, and the tolerance; None where there are no routes."""
    routes = situation.routes
    if routes is None:
        return None
    candidates, demand = len(situation.candidates), situation.demand
    is_open = np.arange(routes.sites) >= candidates
    before = routes.served_mask(is_open)
    is_open[candidates + changes.closed] = False
    is_open[changes.sites] = True
    after = routes.served_mask(is_open)
    tolerance = max(street_tolerance(demand, before), street_tolerance(demand, after))
    return (float(demand.weight[before].sum()), float(demand.weight[after].sum())), tolerance
