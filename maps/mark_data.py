"""Gaps and proposed sites as the JSON data that marks.js draws."""

import numpy as np

from geo.crs import from_wgs84
from maps.packing import OUTLINE_SCALE, encode_outline, pack_bits
from maps.view import HOURS_PER_WEEK, MapView


def gap_data(view: MapView) -> dict[str, object]:
    """Return the outlines and facts of the gaps, and the hours of the week at which each is a gap."""
    always = np.ones(HOURS_PER_WEEK, dtype=bool)
    is_timed = view.week is not None and any(gap.hours is not None for gap in view.gaps)
    hours = np.array([always if gap.hours is None else gap.hours for gap in view.gaps])
    return {
        "scale": OUTLINE_SCALE,
        "rows": [
            {
                "name": gap.name,
                "facts": [list(fact) for fact in gap.facts],
                "outline": encode_outline(gap.geometry, view.tiles.datum),
            }
            for gap in view.gaps
        ],
        "hours": pack_bits(hours) if is_timed else None,
    }


def proposal_data(view: MapView) -> dict[str, object]:
    """Return the points, ranks and facts of the proposed sites."""
    points = from_wgs84([(pin.lon, pin.lat) for pin in view.proposals], view.tiles.datum).round(6).tolist()
    return {
        "rows": [
            {
                "rank": pin.rank,
                "name": pin.name,
                "lon": lon,
                "lat": lat,
                "facts": [list(fact) for fact in pin.facts],
            }
            for pin, (lon, lat) in zip(view.proposals, points, strict=True)
        ]
    }
