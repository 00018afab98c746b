"""Labels of printed maps: none hides another, and every gap is drawn and ranked."""

import geopandas as gpd
import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.gaps import Gap
from yihui.planning.report.gap_layers import (
    RANK_CLASSES,
    draw_gaps,
    draw_ranks,
    rank_colour,
    rank_legend_keys,
)
from yihui.planning.report.map_image import MapProjection
from yihui.planning.report.map_labels import LabelBoxes, label_size, metres_a_point
from yihui.runtime.language import load_language

at = st.tuples(st.floats(0, 100), st.floats(0, 100))


@settings(deadline=None, derandomize=True, max_examples=80)
@given(st.lists(at, max_size=40))
def test_labels_never_overlap_however_many_want_the_same_room(points: list[tuple[float, float]]) -> None:
    boxes = LabelBoxes()
    spots = [spot for point in points if (spot := boxes.place_beside(point, (12.0, 6.0))) is not None]
    for n, (x, y) in enumerate(spots):
        for other_x, other_y in spots[:n]:
            assert abs(x - other_x) >= 12 - 1e-9 or abs(y - other_y) >= 6 - 1e-9
    assert spots[:1] == points[:1]


def test_a_number_stays_on_its_ground_or_is_not_placed_there() -> None:
    ground, boxes = shapely.box(0, 0, 20, 10), LabelBoxes()
    assert boxes.place_inside([(10, 5)], (8.0, 4.0), ground) == (10, 5)
    assert boxes.place_inside([(10, 5), (10, 9)], (8.0, 4.0), ground) is None  # taken, and half outside
    assert boxes.place_inside([(10, 5), (3.5, 5)], (5.0, 4.0), ground) == (3.5, 5)
    assert boxes.place_inside([(40, 5)], (5.0, 4.0), ground) is None


def test_a_label_without_any_free_place_is_left_out() -> None:
    boxes = LabelBoxes()
    boxes.reserve((0, 0), (1_000, 1_000))
    assert boxes.place_beside((0, 0), (8.0, 4.0)) is None


def test_every_rank_has_a_colour_and_the_legend_names_exactly_the_ranks_there_are() -> None:
    language = load_language("en")
    assert [rank_colour(rank) for rank in (1, 10, 11, 50, 51, 201, 1_001, 99_999)] == [
        RANK_CLASSES[n][1] for n in (0, 0, 1, 1, 2, 3, 4, 4)
    ]
    assert [key.text for key in rank_legend_keys(88, language)] == [
        "rank 1 to 10",
        "rank 11 to 50",
        "rank 51 to 88",
    ]
    assert [key.text for key in rank_legend_keys(11, language)] == ["rank 1 to 10", "rank 11"]
    assert [key.text for key in rank_legend_keys(1, language)] == ["rank 1"]
    assert [*rank_legend_keys(0, language)] == []


def squares(side: int) -> list[Gap]:
    """A county of gaps, five kilometres each: nobody has a place anywhere."""
    corners = [(117 + 0.055 * x, 35 + 0.045 * y) for x in range(side) for y in range(side)]
    grounds = [shapely.MultiPolygon([shapely.box(x, y, x + 0.055, y + 0.045)]) for x, y in corners]
    return [
        Gap(str(n), "371326", np.array([n]), ("",), ground, 25e6, *ground.centroid.coords[0], 1.0, np.ones(1, bool), np.ones(1))
        for n, ground in enumerate(grounds)
    ]  # fmt: skip


def test_every_gap_of_a_county_is_filled_and_numbered_and_no_number_hides_the_name() -> None:
    from matplotlib.figure import Figure

    gaps = squares(9)
    flat = MapProjection(gpd.GeoDataFrame(geometry=[gap.geometry for gap in gaps], crs="EPSG:4326"))
    figure = Figure(figsize=(5, 5))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(flat.bounds[0], flat.bounds[2])
    axes.set_ylim(flat.bounds[1], flat.bounds[3])
    axes.set_aspect("equal", adjustable="box")
    boxes, metre = LabelBoxes(), metres_a_point(axes)
    boxes.reserve((0, 0), (name := label_size("平邑县", 6, metre)))
    draw_gaps(axes, flat, gaps, [])
    assert draw_ranks(axes, flat, gaps, boxes, metre) == 81
    filled = [colour for drawn in axes.collections for colour in drawn.get_facecolor().tolist()]
    assert len(filled) == 81
    assert len({tuple(colour) for colour in filled}) == 3  # the first ten, to the fiftieth, the others
    assert sorted(int(text.get_text()) for text in axes.texts) == [*range(1, 82)]
    size = label_size("81", 4.6, metre, padding_em=0.15)
    for text in axes.texts:
        x, y = text.get_position()
        assert abs(x) >= (name[0] + size[0] * len(text.get_text()) / 2) / 2 - 1e-6 or abs(y) >= name[1] / 2
