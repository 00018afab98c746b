"""Which stations gain most by opening longer."""

from datetime import datetime

import numpy as np

from core.civil_time import monday_of
from geo.coverage.demand import Demand
from geo.coverage.reach import Reach
from geo.nearest.index import StationIndex
from geo.register_comparison import compare_weeks
from geo.siting.alternatives import order_by_gain
from geo.siting.situation import CandidateSites, SitingSituation, build_situation_cover


def rank_openings(
    demand: Demand, sides: tuple[StationIndex, StationIndex], at: datetime, reach: Reach
) -> list[str]:
    """Return the stations that are open after and not before, in the hour in which most is gained: most gained first.

    ``sides`` are the registers before and after. Each station is measured at sample points, beside those before it;
    one that gains nothing is left out.
    """
    before, after = sides
    hour = compare_weeks(demand, *sides, monday_of(at), reach).find_best_hour(at)
    if hour is None:
        return []
    was_open, is_open = (side.passing_mask(reach.filters, hour) for side in sides)
    opened_before = [one.id for one, is_so in zip(before.stations, was_open, strict=True) if is_so]
    doors = np.flatnonzero(is_open & ~np.isin([one.id for one in after.stations], opened_before))
    nameless = np.full(len(doors), "", dtype=object)
    sites = CandidateSites(after.points[doors], nameless, nameless)
    situation = SitingSituation(demand.at(hour), sites, before.points[was_open], reach.radius_m)
    found = order_by_gain(build_situation_cover(situation), range(len(doors)))
    ranked = zip(found.sites.tolist(), found.gained, strict=True)
    return [after.stations[doors[site]].id for site, gain in ranked if gain > 0]
