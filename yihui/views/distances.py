"""Distances for readers."""

from core.text_marks import N_
from yihui.runtime.language import Language


def format_distance(distance_m: float, language: Language) -> str:
    """Format a distance for a rider: in metres, from 10 km in kilometres."""
    if distance_m < 10_000:
        return language.render(N_("{metres} m"), metres=f"{distance_m:,.0f}")
    return language.render(N_("{kilometres} km"), kilometres=f"{distance_m / 1000:,.1f}")
