"""Labels of printed maps: none hides another, and every gap is ranked."""

import geopandas as gpd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from yihui.planning.report.map_image import MapProjection
from yihui.planning.report.map_labels import LabelBoxes, draw_ranks, label_size, metres_a_point
from yihui.planning.study.layers import gap_ranks_style
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


@pytest.mark.parametrize(
    ("count", "labels"),
    [
        (88, ["rank 1 to 10", "rank 11 to 50", "rank 51 to 88"]),
        (11, ["rank 1 to 10", "rank 11"]),
        (1, ["rank 1"]),
        (0, []),
    ],
)
def test_the_legend_names_exactly_the_ranks_there_are(count: int, labels: list[str]) -> None:
    assert [one.label for one in gap_ranks_style(load_language("en"), count).classes] == labels


def test_every_gap_of_a_county_is_numbered_and_no_number_hides_the_name() -> None:
    from matplotlib.figure import Figure

    corners = [(117 + 0.055 * x, 35 + 0.045 * y) for x in range(9) for y in range(9)]
    squares = gpd.GeoSeries([shapely.box(x, y, x + 0.055, y + 0.045) for x, y in corners], crs="EPSG:4326")
    flat = MapProjection(squares.to_frame("geometry"))
    figure = Figure(figsize=(5, 5))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(flat.bounds[0], flat.bounds[2])
    axes.set_ylim(flat.bounds[1], flat.bounds[3])
    axes.set_aspect("equal", adjustable="box")
    boxes, metre = LabelBoxes(), metres_a_point(axes)
    boxes.reserve((0, 0), (name := label_size("平邑县", 6, metre)))
    draw_ranks(axes, squares.to_crs(flat.crs), boxes, metre)
    assert sorted(int(text.get_text()) for text in axes.texts) == [*range(1, 82)]
    size = label_size("81", 4.6, metre, padding_em=0.15)
    for text in axes.texts:
        x, y = text.get_position()
        assert abs(x) >= (name[0] + size[0] * len(text.get_text()) / 2) / 2 - 1e-6 or abs(y) >= name[1] / 2
