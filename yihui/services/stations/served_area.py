"""The area whose stations a site shows, and what a rider near its border is told."""

from dataclasses import dataclass

from geo.districts import Districts, is_code_within, level_of_code
from geo.formats.outlines import read_outlines


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
