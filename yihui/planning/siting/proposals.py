"""Build the proposals that a planner reads from a solver's plan."""

import numpy as np

from geo.siting.plan import SitingPlan
from geo.siting.problem import SitingGoal
from geo.siting.proposal import AffectedStation, Landmark, SiteProposal, SitingProposals
from geo.siting.proposing import PlanChanges, compute_plan_changes, compute_service_distances, find_landmarks
from geo.siting.situation import SitingSituation, SituationTask
from geo.siting.spacing import nearest_other_m
from yihui.planning.siting.ground import EVENLY_SPREAD_DEMANDS, PEOPLE_UNIT, SitingInputs


def build_proposals(
    ground: SitingInputs, situation: SitingSituation, asked: SituationTask, plan: SitingPlan
) -> SitingProposals:
    """Build the proposals of a plan, without the extras, which are added later."""
    order = ground.order
    found = compute_plan_changes(situation, asked, plan, order.p)
    before = compute_service_distances(situation, situation.places)
    kept = np.delete(situation.standing, found.closed, axis=0)
    after = compute_service_distances(
        situation, np.concatenate((kept, situation.beyond, ground.candidates.points[found.sites]))
    )
    return SitingProposals(
        goal=order.goal,
        area=order.area,
        area_name=ground.area_name,
        at=order.at,
        radius_m=order.radius_m,
        unit=ground.demand.unit,
        demand_title=ground.demand_title,
        total=ground.demand.total,
        before=before.served,
        after=after.served,
        proposals=_proposals(ground, found),
        objective=plan.objective,
        bound=plan.bound,
        gap=plan.gap,
        is_proven=plan.is_proven,
        seconds=plan.seconds,
        ended=plan.ended,
        time_limit_s=order.time_limit_s,
        candidates=len(ground.candidates),
        stations=int((ground.open_mask & ground.inside_mask).sum()),
        closed=_closed(ground, found),
        most_closed=order.most_closed,
        mean_m=(before.mean_m, after.mean_m),
        farthest_m=(before.farthest_m, after.farthest_m),
        unreachable=asked.unreachable,
        notes=ground.notes,
        is_even=order.demand in EVENLY_SPREAD_DEMANDS,
        is_sample=any(
            s.sample for s, inside in zip(ground.index.stations, ground.inside_mask, strict=True) if inside
        ),
        interrupted=plan.ended == "interrupted",
    )


def _proposals(ground: SitingInputs, found: PlanChanges) -> tuple[SiteProposal, ...]:
    """Build the proposals in order of gain.

    Sites that gain nothing are left out, unless a district's minimum requires them or the goal is about
    distances.
    """
    useful = found.gained > 0
    if ground.order.goal not in (SitingGoal.MCLP, SitingGoal.LSCP) or any(
        limit.least for limit in ground.per_district.values()
    ):
        useful = np.ones(len(found.sites), dtype=bool)
    sites, gained = found.sites[useful], found.gained[useful]
    chosen = ground.candidates.select(sites.astype(np.intp))
    near, neighbour_m, spacing_m = (
        _landmarks(ground, sites),
        _neighbours(ground, sites),
        _spacing(ground, sites),
    )
    names = {d.code: d.name for d in ground.region.districts}
    return tuple(
        SiteProposal(
            rank=turn + 1,
            name=str(chosen.name[turn]),
            lon=lon,
            lat=lat,
            district=chosen.district[turn],
            district_name=names.get(chosen.district[turn] or "", ""),
            gained=float(gained[turn]),
            cumulative=float(gained[: turn + 1].sum()),
            cost_fen=None if chosen.cost_fen is None else int(chosen.cost_fen[turn]),
            neighbour_m=float(neighbour_m[turn]),
            spacing_m=None if spacing_m is None else float(spacing_m[turn]),
            near=near[turn],
            row=None if chosen.row is None else int(chosen.row[turn]),
            site=int(sites[turn]),
        )
        for turn, (lon, lat) in enumerate(chosen.points.tolist())
    )


def _landmarks(ground: SitingInputs, sites: np.ndarray) -> list[Landmark | None]:
    """Return the nearest station for sites without a name, because local people know it."""
    points = ground.candidates.points[sites]
    if not len(sites) or all(ground.candidates.name[sites]):
        return [None] * len(sites)
    return find_landmarks(points, ground.index.points, [station.name for station in ground.index.stations])


def _neighbours(ground: SitingInputs, sites: np.ndarray) -> np.ndarray:
    """Return the distance to the nearest other station, existing or proposed."""
    points = ground.candidates.points[sites]
    alive = (
        ground.index.points[ground.index.in_register_mask()] if ground.order.keep else ground.index.points[:0]
    )
    others = np.concatenate((points, alive))
    return nearest_other_m(points, others, np.arange(len(points)))


def _spacing(ground: SitingInputs, sites: np.ndarray) -> np.ndarray | None:
    if ground.demand.unit != PEOPLE_UNIT:
        return None
    rule, demand = ground.order.rule, ground.demand
    return rule.limit_m(rule.density_per_km2(ground.candidates.points[sites], demand.points, demand.weight))


def _closed(ground: SitingInputs, found: PlanChanges) -> tuple[AffectedStation, ...]:
    stations = [s for s, stands in zip(ground.index.stations, ground.at_stake_mask, strict=True) if stands]
    doors = [stations[place] for place in found.closed.tolist()]
    return tuple(AffectedStation(s.id, s.name, s.lon or 0.0, s.lat or 0.0, s.district) for s in doors)
