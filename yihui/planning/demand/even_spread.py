"""Whether the residents of a demand are spread evenly over each county."""

from collections.abc import Sequence

from core.faults import Fault
from yihui.planning.demand.land_notes import is_mostly_by_land
from yihui.planning.demand.mixture import first_demand
from yihui.planning.demand.request import CENSUS_DEMAND, DemandQuery


def is_spread_evenly(demand: str, notes: Sequence[Fault]) -> bool:
    """Return whether ``--demand`` names the census, also beside riders' demand, and no note says that most of it
    was spread over the streets' land.
    """
    return DemandQuery(first_demand(demand), None).built_in == CENSUS_DEMAND and not is_mostly_by_land(notes)
