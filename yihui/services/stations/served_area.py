"""The area whose stations a site shows, and what a rider near its border is told."""

from dataclasses import dataclass

import shapely

from geo.districts import Districts, is_code_within, level_of_code
from geo.formats.outlines import read_outlines

_STEP_DEG = 0.01  # 1 km
_SHARED_DEG = 0.02  # outlines of neighbours are drawn so near each other


@dataclass(frozen=True, slots=True)
class ServedArea:
    """The area of the installation. ``outlines`` are all areas of its level."""

    code: str
    name: str
    outlines: Districts

    @classmethod
    def load(cls, code: str) -> "ServedArea":
        """Read the outlines. *Raises*: OSError if they are missing."""
        outlines = Districts(read_outlines(level=level_of_code(code)))
        (name,) = (area.name for area in outlines.districts if area.code == code)
        return cls(code, name, outlines)

    def narrow(self, code: str | None) -> str | None:
        """Return the code of what lies both in the area and in another one, if one is given; None if nothing does."""
        if code is None or is_code_within(self.code, code):
            return self.code
        return code if is_code_within(code, self.code) else None

    def may_miss(self, point: tuple[float, float], within_m: float) -> bool:
        """Return whether stations of other areas, which the site does not show, may be within a distance of a point.

        The sea belongs to no area. *CRS*: WGS84. *Units*: metres.
        """
        return any(area.code != self.code for area in self.outlines.find_within(point, within_m))

    def border_points(self, box: tuple[float, float, float, float]) -> list[tuple[float, float]]:
        """Return points 1 km apart along the border to other areas, within a box. *CRS*: WGS84, in whole hundredths."""
        districts, shapes = self.outlines.districts, self.outlines.geometries
        own = next(shape for area, shape in zip(districts, shapes, strict=True) if area.code == self.code)
        others = [shape for area, shape in zip(districts, shapes, strict=True) if area.code != self.code]
        lines = shapely.segmentize(shapely.clip_by_rect(shapely.boundary(others), *box), _STEP_DEG)
        points = shapely.get_coordinates(lines)
        is_shared = shapely.dwithin(shapely.clip_by_rect(own, *box), shapely.points(points), _SHARED_DEG)
        return sorted({(x, y) for x, y in points[is_shared].round(2).tolist()})
