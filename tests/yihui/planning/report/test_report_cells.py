"""The cells of a printed map of a province, each of a few pixels."""

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from yihui.planning.report.pictures import draw_cells


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
