"""Classes of a choropleth: breaks for the legend, and colours that colour-blind readers can distinguish."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

# ColorBrewer 2.0 “YlGnBu”, five classes: sequential, safe for colour-blind readers and in grey print.
YELLOW_TO_BLUE = ("#ffffcc", "#a1dab4", "#41b6c4", "#2c7fb8", "#253494")
NO_DATA_COLOUR = "#d9d9d9"
# Shares of a county's ground within 1 km of a place: small at night, most of a city by day. They are
# the same for every hour, so that two maps can be compared side by side.
SERVED_GROUND_BREAKS = (0.0, 0.03, 0.06, 0.1, 0.25, 1.0)


@dataclass(frozen=True, slots=True)
class ColourClasses:
    """Colours between breaks: class i holds ``breaks[i] <= value < breaks[i + 1]``.

    The last class includes its upper break.
    *Raises*: ValueError if the breaks do not rise, or there is not one colour for each class.
    """

    breaks: tuple[float, ...] = SERVED_GROUND_BREAKS
    colours: tuple[str, ...] = YELLOW_TO_BLUE

    def __post_init__(self) -> None:
        if any(low >= high for low, high in zip(self.breaks, self.breaks[1:], strict=False)):
            raise ValueError(f"breaks must rise: {self.breaks}")
        if len(self.colours) != len(self.breaks) - 1:
            raise ValueError(
                f"{len(self.breaks)} breaks make {len(self.breaks) - 1} classes, not {len(self.colours)}"
            )

    @classmethod
    def even(cls, colours: Sequence[str] = YELLOW_TO_BLUE) -> "ColourClasses":
        """Return classes of equal width between 0 and 1."""
        return cls(tuple(n / len(colours) for n in range(len(colours) + 1)), tuple(colours))

    def colour(self, value: float | None) -> str:
        """Return the colour of a value, or NO_DATA_COLOUR for None and NaN.

        *Raises*: ValueError if the value is outside all classes.
        """
        if value is None or value != value:
            return NO_DATA_COLOUR
        if not self.breaks[0] <= value <= self.breaks[-1]:
            raise ValueError(f"value {value} is outside {self.breaks[0]}..{self.breaks[-1]}")
        return self.colours[min(bisect_right(self.breaks, value), len(self.colours)) - 1]

    def bands(self) -> Sequence[tuple[str, float, float]]:
        """Return the colour, lower break and upper break of each class, for the legend."""
        return tuple(zip(self.colours, self.breaks, self.breaks[1:], strict=False))
