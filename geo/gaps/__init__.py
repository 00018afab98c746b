"""Gaps: where, and at which hours, demand has no usable place within reach."""

from typing import TYPE_CHECKING

from lazy_loader import attach

if TYPE_CHECKING:
    from geo.gaps.finding import Gap, compute_gaps, default_gap_resolution
    from geo.gaps.locations import NamedPlaces, Whereabouts, locate_gaps, locate_points
    from geo.gaps.neighbourhoods import NeighbourhoodSize, TownshipLimits, choose_neighbourhood_size
    from geo.gaps.week import HourSpan, weekly_spans
else:
    __getattr__, __dir__, __all__ = attach(
        __name__,
        submod_attrs={
            "finding": ["Gap", "compute_gaps", "default_gap_resolution"],
            "locations": ["NamedPlaces", "Whereabouts", "locate_gaps", "locate_points"],
            "neighbourhoods": ["NeighbourhoodSize", "TownshipLimits", "choose_neighbourhood_size"],
            "week": ["HourSpan", "weekly_spans"],
        },
    )  # fmt: skip
