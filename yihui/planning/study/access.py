"""Access: what of the open places falls to those who can reach them."""

from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from yihui.planning.study.study import ZONE_WEIGHTS, per, zone_ends_m

if TYPE_CHECKING:
    from geo.coverage import Demand, Reach
    from geo.geodesy import Floats
    from geo.nearest.index import StationIndex


def access_at(demand: "Demand", index: "StationIndex", at: datetime, reach: "Reach") -> "Floats":
    """Open places per `per` of the demand, each place shared by all who reach it; 0 where none is in reach.

    E2SFCA with the zones of `zone_ends_m` and their weights; a place counts as one. *Shape*: (n,).
    """
    from geo.coverage.floating import Decay, Pairs, two_step
    from geo.coverage.neighbours import neighbours

    ends = zone_ends_m(reach.radius_m)
    places = np.flatnonzero(index.passing(reach.filters, at))
    near = neighbours(demand.points, index.points[places], ends[-1])
    pairs = Pairs.of_rows(near.start, near.station.astype(np.intp), near.distance_m)
    decay = Decay.zones(list(zip(ends, ZONE_WEIGHTS, strict=False)))
    found = two_step(pairs, demand.weight, np.ones(len(places)), decay)
    return np.asarray(np.nan_to_num(found, nan=0.0) * per(demand.unit))
