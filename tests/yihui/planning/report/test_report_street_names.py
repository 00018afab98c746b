"""The report writes names of streets along their lines, upright and clear of other labels, also strange names."""

import math
from collections.abc import Iterator

import geopandas as gpd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from tests.street_map_town import build_town_map, make_mapped_town
from tests.street_town import Extract
from tests.tiers import budget
from yihui.planning.report.map_image import DPI, MapProjection
from yihui.planning.report.map_labels import LabelBoxes, label_size
from yihui.planning.report.pdf import find_chinese_font
from yihui.planning.report.streets import ReportStreets, draw_street_names, iter_name_spots

pytestmark = pytest.mark.endure
WEST, SOUTH, EAST, NORTH = 116.99, 36.64, 117.05, 36.68
STRANGE = "<b>$\\frac{1$\u202e山路"


@pytest.fixture(scope="module")
def streets(tmp_path_factory: pytest.TempPathFactory) -> ReportStreets:
    town = make_mapped_town()
    add_long_road(town, 36.6655, name=STRANGE)
    add_long_road(town, 36.6665, name="བོད་ལམ་ཆེན་མོ")  # the font has no Tibetan
    folder = build_town_map(tmp_path_factory.mktemp("town"), town)
    return ReportStreets(folder / "map.mbtiles", (6, 14))


def add_long_road(town: Extract, lat: float, **tags: str) -> None:
    town.add_way([town.add_node(WEST, lat), town.add_node(EAST, lat)], highway="primary", **tags)


@pytest.fixture
def axes() -> Iterator[Axes]:
    with rc_context({"font.family": find_chinese_font()}):
        figure = Figure(figsize=(6, 6), dpi=DPI)
        FigureCanvasAgg(figure)
        drawn = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        west, south, east, north = projection().bounds
        drawn.set(xlim=(west, east), ylim=(south, north), aspect="equal")
        yield drawn


def projection() -> MapProjection:
    return MapProjection(ground(EAST))


def ground(east: float) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=[shapely.box(WEST, SOUTH, east, NORTH)], crs=4326)


def draw(axes: Axes, streets: ReportStreets, boxes: LabelBoxes, east: float = EAST) -> list[str]:
    flat = projection()
    draw_street_names(axes, flat, ground(east).to_crs(flat.crs), streets, boxes)
    return [one.get_text() for one in axes.texts]


@pytest.mark.needs("tilemaker")
def test_main_roads_are_named_once_upright_and_clear_of_each_other(
    axes: Axes, streets: ReportStreets
) -> None:
    boxes = LabelBoxes()
    names = draw(axes, streets, boxes)
    assert {"泉城路", "经十路", "山大路"} <= set(names)
    assert len(names) == len(set(names))
    turns = [(one.get_rotation() + 180) % 360 - 180 for one in axes.texts]
    assert all(-90 <= turn <= 90 for turn in turns)
    assert min(map(abs, turns)) < 10 < 80 < max(map(abs, turns))  # streets to the east, and to the north
    shapes = [shapely.box(*box) for box in boxes.taken]
    assert not any(
        shapely.intersects(one, other) and not shapely.touches(one, other)
        for at, one in enumerate(shapes)
        for other in shapes[:at]
    )
    axes.figure.canvas.draw()


@pytest.mark.needs("tilemaker")
@pytest.mark.filterwarnings("error")
def test_strange_names_are_text_or_left_out(axes: Axes, streets: ReportStreets) -> None:
    names = draw(axes, streets, LabelBoxes())
    assert "<b>$\\frac{1$山路" in names
    assert not any("བ" in name for name in names)
    axes.figure.canvas.draw()


@pytest.mark.deeper
@settings(max_examples=budget(100))
@given(
    turns=st.lists(st.floats(-0.7, 0.7), min_size=1, max_size=8),
    first=st.floats(-math.pi, math.pi),
    length=st.floats(50, 900),
)
def test_a_name_lies_on_its_line(turns: list[float], first: float, length: float) -> None:
    """The middle of each place lies by the line, and nothing is wider than the line is long."""
    points, way = [(0.0, 0.0)], first
    for turn in turns:
        way += turn
        x, y = points[-1]
        points.append((x + 100 * math.cos(way), y + 100 * math.sin(way)))
    line = shapely.LineString(points)
    for spot in iter_name_spots(line, length):
        assert line.length >= length
        assert -90 <= spot.turn <= 90
        # The chord is at least 97 % of the arc: its middle is at most an eighth of the length away.
        assert line.distance(shapely.Point(spot.middle)) <= length / 8 + 1e-6


def test_a_line_shorter_than_its_name_has_no_place() -> None:
    width, _ = label_size("经十路", 4.6, 10)
    line = gpd.GeoSeries([shapely.LineString([(0, 0), (width * 0.9, 0)])])
    assert [*iter_name_spots(line, width)] == []
    assert (
        len([*iter_name_spots(gpd.GeoSeries([shapely.LineString([(0, 0), (width * 1.1, 0)])]), width)]) == 1
    )
