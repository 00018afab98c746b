"""Gaps: where, and at which hours, demand has no usable place within reach."""

from typing import TYPE_CHECKING

from core.lazy_door import build_door

if TYPE_CHECKING:
    from geo.gaps.finding import Gap, choose_gap_resolution, compute_gaps, default_gap_resolution
    from geo.gaps.locations import NamedPlaces, Whereabouts, locate_gaps, locate_points
    from geo.gaps.neighbourhoods import (
        UNKNOWN_TOWNSHIP_M2,
        NeighbourhoodSize,
        TownshipLimits,
        choose_neighbourhood_size,
    )
    from geo.gaps.week import HourSpan, weekly_spans
else:
    __getattr__ = build_door(__name__)
