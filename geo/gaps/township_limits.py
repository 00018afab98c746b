"""The most ground of one gap: a township of its county, so that each gap is a task for one office."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf

import numpy as np
from numpy.typing import NDArray

from geo.coverage.townships import COUNTY_DIGITS, TOWNSHIP_DIGITS, rest_code
from geo.geodesy import Floats

# An assumption of ours for counties whose townships nobody knows: few townships of Shandong are larger.
UNKNOWN_TOWNSHIP_M2 = 250e6


@dataclass(frozen=True, slots=True)
class TownshipLimits:
    """The largest township of each county whose townships are known, by the county's code.

    A gap in another county has at most ``otherwise_m2``. A gap in a known township has no limit of its own: it lies in
    that township, and only its outermost cells reach beyond the border. *Units*: m².
    """

    largest_m2: Mapping[str, float] = field(default_factory=dict)
    otherwise_m2: float = UNKNOWN_TOWNSHIP_M2

    def limit_area_m2(self, district: str | None) -> float:
        """Return the most ground of one gap in a district: a county, a township, or the rest of a county."""
        if district is None:
            return self.otherwise_m2
        if len(district) >= TOWNSHIP_DIGITS and district != rest_code(district):
            return inf
        return self.largest_m2.get(district[:COUNTY_DIGITS], self.otherwise_m2)

    def limit_areas_m2(self, districts: NDArray[np.object_]) -> Floats:
        """Return the most ground of one gap for each district. *Shape*: (n,) to (n,)."""
        known = {code: self.limit_area_m2(code) for code in set(districts.tolist())}
        return np.array([known[code] for code in districts.tolist()], dtype=np.float64)
