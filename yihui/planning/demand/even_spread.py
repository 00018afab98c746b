"""Whether the residents of a demand are spread evenly over each county."""

from yihui.planning.demand.mixture import first_demand
from yihui.planning.demand.request import CENSUS_DEMAND, DemandQuery


def is_spread_evenly(demand: str) -> bool:
    """Return whether ``--demand`` names the census, also beside riders' demand."""
    return DemandQuery(first_demand(demand), None).built_in == CENSUS_DEMAND
