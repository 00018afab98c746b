"""The areas of a printed map: their colours, and cells of a few pixels."""

import geopandas as gpd
import h3
import numpy as np
import pytest
import shapely
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from geo.coverage.cells import (
    cell_name_at,
    cell_names,
    cell_outlines,
    cells_from_names,
    neighbouring_cells,
)
from geo.formats.export_layers import StyledLayer
from geo.formats.styles import LayerStyle
from maps.classes import NO_DATA_COLOUR, YELLOW_TO_BLUE
from yihui.planning.report.pictures import CELL_CLASSES, draw_cells, fill_holes, find_colours
from yihui.planning.study.layers import gap_ranks_style, shares_style
from yihui.runtime.language import load_language

ENGLISH = load_language("en")


def layer_of(values: list[float], style: LayerStyle) -> StyledLayer:
    frame = gpd.GeoDataFrame({style.by: values}, geometry=[shapely.Point(0, 0)] * len(values), crs=4326)
    return StyledLayer("", "", frame, style)


def test_gaps_have_the_colour_of_their_rank() -> None:
    ranks = [1, 10, 11, 50, 51, 201, 1_001, 99_999, float("nan")]
    *colours, temporary = find_colours(layer_of(ranks, gap_ranks_style(ENGLISH, 99_999)))
    assert colours == ["#a63603"] * 2 + ["#d55e00"] * 2 + ["#f08a3c", "#f7b583"] + ["#fbdcc4"] * 2
    assert temporary == "#f0e442"
    assert find_colours(layer_of([1, 11], gap_ranks_style(ENGLISH, 11))) == ["#a63603", "#d55e00"]
    assert find_colours(layer_of([float("nan")], gap_ranks_style(ENGLISH, 0))) == [temporary]


def test_cells_have_the_colour_of_their_share() -> None:
    style = shares_style(ENGLISH, CELL_CLASSES)
    found = find_colours(layer_of([0.0, 0.05, 0.25, 1.0, float("nan")], style))
    assert found == [*YELLOW_TO_BLUE[:3], YELLOW_TO_BLUE[-1], NO_DATA_COLOUR]
    for outside in (-0.01, 1.01):
        with pytest.raises(ValueError, match="outside"):
            find_colours(layer_of([outside], style))


def test_a_cell_that_no_sample_point_hit_has_the_mean_of_those_around_it() -> None:
    middle = cell_name_at(117.05, 36.65, 9)
    hole, *kept = cells_from_names([middle, *sorted(set(h3.grid_disk(middle, 2)) - {middle})]).tolist()
    shares = [float(n % 2) for n in range(len(kept))]
    frame = gpd.GeoDataFrame(
        {"cell": cell_names(kept), "share": shares}, geometry=cell_outlines(kept), crs=4326
    )
    filled = fill_holes(frame)
    around = frame[frame["cell"].isin(cell_names(neighbouring_cells(hole)))]
    assert len(around) == 6 and len(filled) == len(kept) + 1
    assert filled["share"].iloc[-1] == around["share"].mean()
    assert filled.geometry.iloc[-1].equals(cell_outlines([hole])[0])


def test_each_colour_takes_as_much_of_the_map_as_its_cells() -> None:
    rng, dark, side = np.random.default_rng(3), (37, 52, 148), 100
    x, y = (corner.ravel() for corner in np.meshgrid(np.arange(side), np.arange(side)))
    is_dark = rng.random(side**2) < 0.1
    figure = Figure(figsize=(1.53, 1.53), dpi=100)  # a cell is of 1.53 pixels
    canvas, axes = FigureCanvasAgg(figure), figure.add_axes((0, 0, 1, 1), xlim=(0, side), ylim=(0, side))
    axes.set_axis_off()
    cells = gpd.GeoDataFrame(geometry=shapely.box(x, y, x + 1, y + 1), crs=3857)
    draw_cells(axes, cells, np.where(is_dark, "#253494", "#ffffcc").tolist())
    canvas.draw()
    found = (np.asarray(canvas.buffer_rgba())[..., :3] == dark).all(axis=-1).mean()
    assert abs(found - is_dark.mean()) < 0.015
