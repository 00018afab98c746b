"""Access in a study: open places per demand, shared by all demand within reach."""

from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from yihui.planning.study.study import ZONE_WEIGHTS, access_denominator, zone_ends_m

if TYPE_CHECKING:
    from geo.coverage import Demand, Reach
    from geo.geodesy import Floats
    from geo.nearest.index import StationIndex


def access_at(demand: "Demand", index: "StationIndex", at: datetime, reach: "Reach") -> "Floats":
    """Return open places per `access_denominator` of the demand at an instant; 0 where none is within reach.

    The method is E2SFCA with the zones of `zone_ends_m` and their weights; each place has capacity 1, shared by
    all demand within reach. *Shape*: (n,).
    """
    from geo.coverage.floating import CatchmentPairs, DistanceDecay, two_step_access
    from geo.coverage.neighbours import find_neighbours

    ends = zone_ends_m(reach.radius_m)
    places = np.flatnonzero(index.passing_mask(reach.filters, at))
    near = find_neighbours(demand.points, index.points[places], ends[-1])
    pairs = CatchmentPairs.from_compressed_rows(near.start, near.station.astype(np.intp), near.distance_m)
    decay = DistanceDecay.from_zones(list(zip(ends, ZONE_WEIGHTS, strict=False)))
    found = two_step_access(pairs, demand.weight, np.ones(len(places)), decay)
    return np.asarray(np.nan_to_num(found, nan=0.0) * access_denominator(demand.unit))
