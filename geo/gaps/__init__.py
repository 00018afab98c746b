"""geo.gaps: where, and at which hours, demand has no place within reach."""

from geo.gaps.finding import chosen_resolution, gaps
from geo.gaps.gap import Gap
from geo.gaps.locations import NamedPlaces, Whereabouts, whereabouts
from geo.gaps.resolution import resolution_for
from geo.gaps.week import Span, spans

__all__ = [
    "Gap",
    "NamedPlaces",
    "Span",
    "Whereabouts",
    "chosen_resolution",
    "gaps",
    "resolution_for",
    "spans",
    "whereabouts",
]
