"""Build the limits of a siting task: the sites that a plan may choose, and its constraints."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from geo.siting.problem import SiteGroup, SitingGoal, SitingLimits
from geo.siting.situation import SitingSituation
from geo.siting.spacing import nearest_other_m, pairs_too_near, weight_within
from yihui.planning.siting.inputs import SitingInputs
from yihui.planning.siting.request import SitingOrder

CLOSABLE_GROUP = "--at-most-close"  # name of the group of stations that the plan may close


SITING_LIMIT_FAULTS = FaultTable(
    "siting",
    {
        "too_near": (N_("candidates nearer than {metres} m to a station, left out: {count}"), ""),
        "too_far": (
            N_(
                "candidates in towns whose nearest station is farther than the rule allows, left out: {count}"
            ),
            "",
        ),
        "nothing_left": (
            N_("no candidate is left to choose from"),
            N_(
                "ask for less distance between stations ({option_apart}, {option_spacing}), or add candidates"
            ),
        ),
        "not_people": (
            N_("the rule of towns speaks of people, but the demand is in {value}"),
            N_("leave {option_spacing} out, or take a demand of people, such as {option_demand} census"),
        ),
        "too_few_candidates": (
            N_("{value} sites are to be built, but there are only {there} candidates"),
            N_(
                "ask for fewer ({option_p}), or add candidates ({option_candidates}, a narrower {option_grid})"
            ),
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
)


def narrow_candidates(ground: SitingInputs) -> SitingInputs:
    """Return the inputs with only the candidates that may be built and can be useful; note the others.

    *Raises*: FaultError if none remains, or if the spacing rule for towns can't be applied.
    """
    order, candidates = ground.order, ground.candidates
    kept = np.ones(len(candidates), dtype=bool)
    if order.candidates is None:
        kept &= _of_use(ground)
        if order.cost_fen is not None:
            candidates = candidates.with_cost(order.cost_fen)
    neighbour_m = nearest_other_m(candidates.points, ground.existing_points)
    spacing_m = ground.spacing_m(candidates.points) if order.spacing else np.array(np.nan)
    if spacing_m is None:
        raise FaultError(SITING_LIMIT_FAULTS.build("not_people", field="--spacing", value=ground.demand.unit))
    notes = []
    for code, mask in (("too_near", neighbour_m < order.apart_m), ("too_far", neighbour_m >= spacing_m)):
        if count := int((kept & mask).sum()):
            metres = f"{order.apart_m:g}"
            notes.append(SITING_LIMIT_FAULTS.build(code, severity="warning", count=count, metres=metres))
            kept &= ~mask
    if not kept.any():
        raise FaultError([*notes, SITING_LIMIT_FAULTS.build("nothing_left", field="--candidates")])
    return replace(ground, candidates=candidates.select(kept), notes=(*ground.notes, *notes))


def _of_use(ground: SitingInputs) -> NDArray[np.bool_]:
    """Mark grid sites with unserved demand within the radius; all sites if the goal does not depend on it."""
    order = ground.order
    every = np.ones(len(ground.candidates), dtype=bool)
    if not order.goal.is_cover or order.closable or ground.has_minima:
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
    points = np.concatenate((candidates.points, situation.standing[:standing]))
    pairs = pairs_too_near(points, np.full(len(points), order.apart_m))
    return SitingLimits(
        p=None if order.p is None else order.p + standing,
        cost=_costs(ground, standing),
        budget=None if order.budget_fen is None else float(order.budget_fen),
        groups=(*_groups(ground), *_kept(order, len(candidates), standing)),
        conflicts=pairs[pairs[:, 0] < len(candidates)].astype(np.int64),  # existing pairs may stay
        names=_names(ground, standing),
    )


def _costs(ground: SitingInputs, standing: int) -> NDArray[np.float64] | None:
    """Return the cost of each site in fen; existing stations cost 0. None if costs don't matter."""
    order, cost_fen = ground.order, ground.candidates.cost_fen
    if cost_fen is None or (order.budget_fen is None and order.goal is not SitingGoal.LSCP):
        return None
    return np.concatenate((cost_fen.astype(np.float64), np.zeros(standing)))


def _groups(ground: SitingInputs) -> Iterator[SiteGroup]:
    """Yield the new sites of each district that has a limit."""
    for code, limit in ground.per_district.items():
        members = np.flatnonzero(ground.candidates.district == code)
        if limit.least or (limit.most is not None and limit.most < len(members)):
            yield SiteGroup(ground.name_district(code), members, limit.least, limit.most)


def _kept(order: SitingOrder, candidates: int, standing: int) -> Iterator[SiteGroup]:
    """Yield the group of closable stations with the least number that must stay open."""
    if order.most_closed is not None and standing > order.most_closed:
        members = np.arange(candidates, candidates + standing)
        yield SiteGroup(CLOSABLE_GROUP, members, standing - order.most_closed)


def _names(ground: SitingInputs, standing: int) -> Sequence[str]:
    named = zip(ground.candidates.name, ground.candidates.points.tolist(), strict=True)
    stations = [one.name for one in ground.select_stations(ground.at_stake_mask)]
    return [*(str(name) or f"{lon:.5f},{lat:.5f}" for name, (lon, lat) in named), *stations[:standing]]


def _faults(ground: SitingInputs) -> Iterator[Fault]:
    order, build = ground.order, SITING_LIMIT_FAULTS.build
    if order.p is not None and order.p > len(ground.candidates):
        yield build("too_few_candidates", field="-p", value=order.p, there=f"{len(ground.candidates):,}")
    if order.budget_fen is not None and ground.candidates.cost_fen is None:
        yield build("no_costs", field="--budget")
    field = "--min-per-district" if order.district_limits is None else "--district-limits"
    for code, limit in ground.per_district.items():
        there, district = int((ground.candidates.district == code).sum()), ground.name_district(code)
        if limit.least > there:
            yield build("too_few_in_district", field=field, value=limit.least, district=district, there=there)
