"""Coverage by street: the questions to Valhalla, and the coverage by the straight line beside it."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.text_marks import N_
from geo.coverage.reach import Reach
from geo.coverage.street_pairs import StreetTerms
from yihui.bootstrap import Wiring
from yihui.planning.coverage.request import CoverageOrder
from yihui.services.stations.routing import StreetNetwork
from yihui.services.stations.travel_times import StreetMatrix

if TYPE_CHECKING:
    from geo.coverage.demand import Demand
    from geo.coverage.served import ServedDemand


@dataclass(frozen=True, slots=True)
class StraightCoverage:
    """The demand that is served by the straight line, and what the figures by street beside it mean."""

    terms: StreetTerms
    served: float


def build_coverage_reach(wiring: Wiring, order: CoverageOrder, spacing_m: float) -> Reach:
    """Build the reach of an order; the streets of a tiles folder are asked about whole neighbourhoods."""
    network = order.network
    if isinstance(network, StreetNetwork) and order.within_s is not None:
        network = StreetMatrix(network, order.within_s, wiring.render(N_("asking for ways")))
    return Reach(order.radius_m, spacing_m, order.filters, network, order.within_s)


def measure_straight_coverage(
    reach: Reach, demand: "Demand", served: "ServedDemand"
) -> StraightCoverage | None:
    """Measure who is served as far as one gets in that time by the straight line; None where that is the reach."""
    matrix, within_s = reach.network, reach.within_s
    if not isinstance(matrix, StreetMatrix) or within_s is None:
        return None
    straight_m = within_s * matrix.top_speed_m_per_s
    terms = StreetTerms(matrix.streets.travel.mode, within_s, None, straight_m, replace(matrix.tally))
    return StraightCoverage(terms, float(demand.weight[served.nearest_m <= straight_m].sum()))
