import math

import pytest

from maps import ColourClasses
from maps.classes import NO_DATA_COLOUR, YELLOW_TO_BLUE


def test_a_value_on_a_break_belongs_to_the_class_above_it() -> None:
    classes = ColourClasses()
    assert classes.colour(math.nextafter(0.03, 0)) == YELLOW_TO_BLUE[0]
    assert classes.colour(0.03) == YELLOW_TO_BLUE[1]


def test_the_last_class_holds_its_upper_end() -> None:
    assert ColourClasses().colour(1.0) == YELLOW_TO_BLUE[-1]


@pytest.mark.parametrize("missing", [None, math.nan])
def test_a_missing_figure_has_a_colour_of_its_own(missing: float | None) -> None:
    assert ColourClasses().colour(missing) == NO_DATA_COLOUR
    assert NO_DATA_COLOUR not in YELLOW_TO_BLUE


@pytest.mark.parametrize("value", [-0.01, 1.01, math.inf])
def test_a_value_outside_of_all_classes_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="is outside"):
        ColourClasses().colour(value)


def test_breaks_must_rise_and_match_the_colours() -> None:
    with pytest.raises(ValueError, match="must rise"):
        ColourClasses(breaks=(0.0, 0.5, 0.5, 0.6, 0.8, 1.0))
    with pytest.raises(ValueError, match="not 2"):
        ColourClasses(breaks=(0.0, 1.0), colours=("#000", "#fff"))
