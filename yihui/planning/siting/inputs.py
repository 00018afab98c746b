"""Load the inputs of a siting order: demand, stations, candidate sites, ways by street, and the limits of its plan."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from geo.coverage.demand import PEOPLE_UNIT, Demand
from geo.coverage.neighbours import Pairs
from geo.coverage.pairs import RouteTally, collect_street_pairs
from geo.coverage.reach import OPEN_TO_ALL, Reach
from geo.districts import Districts
from geo.geodesy import Floats
from geo.hours import CLOSED
from geo.nearest.index import StationIndex
from geo.siting.problem import SiteGroup, SitingGoal, SitingLimits
from geo.siting.situation import (
    CandidateSites,
    SitingSituation,
    add_street_routes,
    add_street_ways,
    check_pair_count,
    grid_candidates,
)
from geo.siting.spacing import nearest_other_m, pairs_too_near, repeated_mask, weight_within
from geo.station import Station
from store import StoreError
from yihui.bootstrap import Wiring
from yihui.planning.demand.request import CENSUS_DEMAND, GROUND_DEMAND, DemandQuery
from yihui.planning.demand.run import demand_in_hour, load_some_demand
from yihui.planning.run import counties_by_station, load_study_area
from yihui.planning.siting.files import DistrictLimit, read_candidates, read_district_limits
from yihui.planning.siting.request import SitingOrder
from yihui.planning.street_reach import StreetReach
from yihui.services.stations.selection import check_register

T = TypeVar("T")
SAME_PLACE_M = 20.0
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
        "too_near": (N_("candidates nearer than {metres} m to a station, left out: {count}"), ""),
        "too_far": (
            N_("candidates in towns whose nearest station is farther than the rule allows, left out: {count}"),
            "",
        ),
        "nothing_left": (
            N_("no candidate is left to choose from"),
            N_("ask for less distance between stations ({option_apart}, {option_spacing}), or add candidates"),
        ),
        "not_people": (
            N_("the rule of towns speaks of people, but the demand is in {value}"),
            N_("leave {option_spacing} out, or take a demand of people, such as {option_demand} census"),
        ),
        "too_few_candidates": (
            N_("{value} sites are to be built, but there are only {there} candidates"),
            N_("ask for fewer ({option_p}), or add candidates to the list"),
        ),
        "fewer_candidates": (
            N_("only {there} places can be chosen from, so no more than {there} are proposed ({value} were asked for)"),
            N_("for more, give a list of possible sites ({option_candidates})"),
        ),
        "no_costs": (
            N_("there is a budget, but no site has a cost"),
            N_("say {option_cost} YUAN for all, or give the list a column such as 费用（元）"),
        ),
        "too_few_in_district": (
            N_("{district} is to get at least {value} sites, but only {there} candidates lie there"),
            N_("lower the minimum, or add candidates ({option_candidates}, a narrower {option_grid})"),
        ),
    },
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class SitingInputs:
    """The inputs of a siting order. ``index`` has every placed station, beyond the border too; the masks are over them.

    ``open_mask`` marks stations that are open at that hour and usable by all, ``closed_mask`` stations of the
    area that are usable but closed at that hour, and ``inside_mask`` stations in the area.
    """

    order: SitingOrder
    area_name: str
    region: Districts
    demand: Demand
    demand_title: str
    index: StationIndex
    open_mask: NDArray[np.bool_]
    closed_mask: NDArray[np.bool_]
    inside_mask: NDArray[np.bool_]
    candidates: CandidateSites
    per_district: Mapping[str, DistrictLimit]
    notes: tuple[Fault, ...]

    @property
    def existing_points(self) -> NDArray[np.float64]:
        """The places of the register in service, open or not; none if existing stations don't count."""
        points: Floats = self.index.points[self.index.in_register_mask() & self.order.counts_standing]
        return points

    @property
    def is_spread_evenly(self) -> bool:
        """Whether all of the demand is spread evenly over each county or over the ground, so that sites are alike."""
        return DemandQuery(self.order.demand, None).built_in in (CENSUS_DEMAND, GROUND_DEMAND)

    @property
    def has_minima(self) -> bool:
        """Whether a district must get new sites."""
        return any(limit.least for limit in self.per_district.values())

    def name_district(self, code: str) -> str:
        """Return the name of a district of the area, else its code."""
        district = self.region.find_by_code(code)
        return district.name if district else code

    def select_stations(self, mask: NDArray[np.bool_]) -> list[Station]:
        """Return some of the stations."""
        return [self.index.stations[row] for row in np.flatnonzero(mask)]

    def spacing_m(self, points: Floats) -> Floats | None:
        """Return how near the neighbour of each point must be by the rule for towns; None unless demand is people."""
        rule, demand = self.order.rule, self.demand
        if demand.unit != PEOPLE_UNIT:
            return None
        return rule.limit_m(rule.density_per_km2(points, demand.points, demand.weight))

    @property
    def at_stake_mask(self) -> NDArray[np.bool_]:
        """The open stations that the plan may close, all in the area; all open stations if it may close none."""
        return self.open_mask & self.inside_mask if self.order.closable else self.open_mask


def load_siting_inputs(wiring: Wiring, order: SitingOrder) -> SitingInputs:
    """Load all inputs of an order. *Raises*: FaultError with the faults of all files together; OSError."""
    area = load_study_area(wiring, order.area)
    region = Districts.from_frame(area.outlines)
    order = order.model_copy(update={"grid_m": order.grid_m or _GRID_M[len(area.prefix)]})
    faults: list[Fault] = []
    chosen = _or_faults(faults, lambda: load_some_demand(wiring, order.query))
    index = _or_faults(faults, lambda: _index(wiring, order))
    limits = _or_faults(faults, lambda: _limits(order, region))
    listed = None
    if order.candidates is not None:
        listed = _or_faults(faults, lambda: read_candidates(order, lambda: wiring.outlines))
    candidates, told = listed or (None, ())
    if faults or chosen is None or index is None or limits is None:
        raise FaultError(faults)
    demand = demand_in_hour(chosen.demand, order.at)
    if chosen.demand.hour is not None:
        demand = demand.select(demand.weight > 0)
    counties = counties_by_station(area, index.stations)
    inside = np.array([station.id in counties for station in index.stations], dtype=bool)
    usable = index.passing_mask(OPEN_TO_ALL, order.at)
    at_any_hour = index.passing_mask(replace(OPEN_TO_ALL, open_only=False), order.at)
    ground = SitingInputs(
        order=order,
        area_name=area.name,
        region=region,
        demand=demand,
        demand_title=chosen.title,
        index=index,
        open_mask=usable & order.counts_standing,
        closed_mask=at_any_hour & (index.states(order.at) == CLOSED) & inside,
        inside_mask=inside,
        candidates=grid_candidates(demand, order.grid_m or 0.0) if candidates is None else candidates,
        per_district=limits[0],
        notes=(*chosen.notes, *limits[1], *told),
    )
    return ground if candidates is None else _select_candidates(ground)


def build_situation(ground: SitingInputs) -> SitingSituation:
    """Return the demand, the candidates and the open places as the solver's input."""
    order, points = ground.order, ground.index.points
    at_stake, beyond = points[ground.at_stake_mask], points[ground.open_mask & ~ground.at_stake_mask]
    return SitingSituation(ground.demand, ground.candidates, at_stake, order.radius_m, order.closable, beyond)


def _or_faults(faults: list[Fault], read: Callable[[], T]) -> T | None:
    """Return what ``read`` returns; where it raises faults, keep them for all inputs together and return None."""
    try:
        return read()
    except StoreError:
        raise
    except FaultError as error:
        faults.extend(error.faults)
        return None


def _index(wiring: Wiring, order: SitingOrder) -> StationIndex:
    check_register(wiring, order.register)
    return wiring.stations(order.register)


def _limits(order: SitingOrder, region: Districts) -> tuple[Mapping[str, DistrictLimit], tuple[Fault, ...]]:
    """Return the limits of each district, its own, else the limits for all districts; and the notes of their file."""
    every = {d.code: DistrictLimit(order.least, order.most) for d in region.districts}
    if order.district_limits is None:
        return every, ()
    own, notes = read_district_limits(order.district_limits, order.area, region)
    return every | dict(own), notes


def _select_candidates(ground: SitingInputs) -> SitingInputs:
    """Drop listed candidates outside the area, at an existing station, or repeated, with notes on them. *Raises*: FaultError if none remains."""
    candidates, file = ground.candidates, ground.order.candidates
    code = ground.region.assign(candidates.points).code
    outside = np.array([one is None for one in code], dtype=bool)
    there = nearest_other_m(candidates.points, ground.existing_points) <= SAME_PLACE_M
    again = repeated_mask(candidates.points, SAME_PLACE_M)
    reasons = {"outside": outside, "stands_already": there & ~outside, "repeated": again & ~there & ~outside}
    build = partial(SITING_INPUT_FAULTS.build, file=file.name if file else None)
    left = []
    for reason, mask in reasons.items():
        if count := int(mask.sum()):
            names = "、".join(map(str, candidates.name[mask][:_NAMED]))
            left.append(build(reason, severity="warning", count=count, names=names))
    kept = ~(outside | there | again)
    if not kept.any():
        raise FaultError([*left, build("none_left", field="--candidates", value=len(candidates))])
    chosen = replace(candidates, district=code).select(kept)
    return replace(ground, candidates=chosen, notes=(*ground.notes, *left))


def add_routes(situation: SitingSituation, streets: StreetReach | None) -> SitingSituation:
    """Return the situation with its pairs by street, unchanged without streets. *Raises*: as `add_ways`."""
    return situation if streets is None else add_street_routes(situation, streets.build_reach())


def add_ways(situation: SitingSituation, streets: StreetReach | None) -> SitingSituation:
    """Return the situation with the ways that a distance model compares; unchanged without streets.

    *Raises*: TooManyPairs before Valhalla is asked, RoutingUnavailable if it fails.
    """
    if streets is None:
        return situation
    network = streets.network

    def ask(points: Floats, places: Floats, limit_m: float) -> tuple[Pairs, NDArray[np.bool_]]:
        check_pair_count(points, places, limit_m)
        limit_s = limit_m / network.top_speed_m_per_s
        # what is reported is within the radius
        matrix = replace(network, limit_s=limit_s, tally=RouteTally())
        return collect_street_pairs(points, places, Reach(limit_m, network=matrix, street_m=limit_m))

    return add_street_ways(situation, ask)


CLOSABLE_GROUP = "--at-most-close"  # name of the group of stations that the plan may close


def narrow_candidates(ground: SitingInputs) -> SitingInputs:
    """Return the inputs with only the candidates that may be built and can be useful; note the others.

    Where those of a grid are fewer than the order asks for, it asks for all of them, with a note.
    *Raises*: FaultError if none remains, or if the spacing rule for towns can't be applied.
    """
    order, candidates, build = ground.order, ground.candidates, SITING_INPUT_FAULTS.build
    kept = _of_use(ground)
    if order.candidates is None and order.cost_fen is not None:
        candidates = candidates.with_cost(order.cost_fen)
    neighbour_m = nearest_other_m(candidates.points, ground.existing_points)
    spacing_m = ground.spacing_m(candidates.points) if order.spacing else np.array(np.nan)
    if spacing_m is None:
        raise FaultError(build("not_people", field="--spacing", value=ground.demand.unit))
    notes = []
    for code, mask in (("too_near", neighbour_m < order.apart_m), ("too_far", neighbour_m >= spacing_m)):
        if count := int((kept & mask).sum()):
            notes.append(build(code, severity="warning", count=count, metres=f"{order.apart_m:g}"))
            kept &= ~mask
    if not (there := int(kept.sum())):
        raise FaultError([*notes, build("nothing_left", field="--candidates")])
    if order.candidates is None and order.p is not None and order.p > there:
        less = build("fewer_candidates", field="-p", value=order.p, there=f"{there:,}", severity="warning")
        notes, order = [*notes, less], order.model_copy(update={"p": there})
    return replace(ground, order=order, candidates=candidates.select(kept), notes=(*ground.notes, *notes))


def _of_use(ground: SitingInputs) -> NDArray[np.bool_]:
    """Mark grid sites with unserved demand within the radius; all sites of a list, or if the goal does not depend on it."""
    order = ground.order
    every = np.ones(len(ground.candidates), dtype=bool)
    if order.candidates is not None or not order.goal.is_cover or order.closable or ground.has_minima:
        return every
    served = np.zeros(len(ground.demand), dtype=bool)
    standing = ground.index.points[ground.open_mask]
    if len(standing) and order.streets is None:  # by street, fewer are served than within the radius
        served = SitingSituation(ground.demand, ground.candidates, standing, order.radius_m).served_mask()
    left = np.flatnonzero(~served & (ground.demand.weight > 0))
    points, weight = ground.demand.points[left], ground.demand.weight[left]
    useful = weight_within(ground.candidates.points, points, weight, order.radius_m) > 0
    return useful if useful.any() else every


def build_siting_limits(ground: SitingInputs, situation: SitingSituation) -> SitingLimits:
    """Build the limits of the plan. *Raises*: FaultError with every limit that is obviously impossible."""
    order, candidates = ground.order, ground.candidates
    if faults := [*_faults(ground)]:
        raise FaultError([*ground.notes, *faults])  # the notes on dropped candidates may explain the faults
    standing = len(situation.standing) if order.closable else 0
    points, cost = np.concatenate((candidates.points, situation.standing[:standing])), None
    if candidates.cost_fen is not None and (order.budget_fen is not None or order.goal is SitingGoal.LSCP):
        cost = np.concatenate(
            (candidates.cost_fen.astype(np.float64), np.zeros(standing))
        )  # what stands costs 0
    groups = [*_groups(ground)]
    if order.most_closed is not None and standing > order.most_closed:  # the least number that must stay open
        members = np.arange(len(candidates), len(candidates) + standing)
        groups.append(SiteGroup(CLOSABLE_GROUP, members, standing - order.most_closed))
    pairs = pairs_too_near(points, np.full(len(points), order.apart_m))
    return SitingLimits(
        p=None if order.p is None else order.p + standing,
        cost=cost,
        budget=None if order.budget_fen is None else float(order.budget_fen),
        groups=tuple(groups),
        conflicts=pairs[pairs[:, 0] < len(candidates)].astype(np.int64),  # existing pairs may stay
        names=_names(ground, standing),
    )


def _groups(ground: SitingInputs) -> Iterator[SiteGroup]:
    """Yield the new sites of each district that has a limit."""
    for code, limit in ground.per_district.items():
        members = np.flatnonzero(ground.candidates.district == code)
        if limit.least or (limit.most is not None and limit.most < len(members)):
            yield SiteGroup(ground.name_district(code), members, limit.least, limit.most)


def _names(ground: SitingInputs, standing: int) -> Sequence[str]:
    named = zip(ground.candidates.name, ground.candidates.points.tolist(), strict=True)
    stations = [one.name for one in ground.select_stations(ground.at_stake_mask)]
    return [*(str(name) or f"{lon:.5f},{lat:.5f}" for name, (lon, lat) in named), *stations[:standing]]


def _faults(ground: SitingInputs) -> Iterator[Fault]:
    order, build = ground.order, SITING_INPUT_FAULTS.build
    if order.p is not None and order.p > len(ground.candidates):
        yield build("too_few_candidates", field="-p", value=order.p, there=f"{len(ground.candidates):,}")
    if order.budget_fen is not None and ground.candidates.cost_fen is None:
        yield build("no_costs", field="--budget")
    field = "--min-per-district" if order.district_limits is None else "--district-limits"
    for code, limit in ground.per_district.items():
        there, district = int((ground.candidates.district == code).sum()), ground.name_district(code)
        if limit.least > there:
            yield build("too_few_in_district", field=field, value=limit.least, district=district, there=there)
