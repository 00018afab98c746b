"""Cells of a printed map above streets: neighbours of one colour have no seam between them."""

import geopandas as gpd
import h3
import numpy as np
import shapely
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from yihui.planning.report.cell_layers import draw_translucent_cells
from yihui.planning.report.map_image import DPI, MapProjection

OPACITY = 0.5


def draw_cells_alone(cells: gpd.GeoDataFrame, colours: list[str]) -> np.ndarray:
    """The pixels of a square with the cells on white."""
    figure = Figure(figsize=(3, 3), dpi=DPI, facecolor="white")
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    west, south, east, north = cells.total_bounds
    axes.set(xlim=(west, east), ylim=(south, north))
    draw_translucent_cells(axes, cells, colours, OPACITY)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def hexagons(rings: int) -> gpd.GeoDataFrame:
    middle = h3.latlng_to_cell(36.65, 117.0, 9)
    shapes = [
        shapely.Polygon([(lon, lat) for lat, lon in h3.cell_to_boundary(cell)])
        for cell in sorted(h3.grid_disk(middle, rings))
    ]
    frame = gpd.GeoDataFrame(geometry=shapes, crs=4326)
    return MapProjection(frame).project_frame(frame)


def test_cells_of_one_colour_have_no_seams() -> None:
    cells = hexagons(8)
    pixels = draw_cells_alone(cells, ["#000000"] * len(cells))
    assert {tuple(colour) for colour in pixels[200:400, 200:400].reshape(-1, 3).tolist()} == {(127, 127, 127)}


def test_each_colour_covers_as_much_as_its_cells() -> None:
    cells = hexagons(8)
    colours = ["#ff0000" if number % 3 else "#0000ff" for number in range(len(cells))]
    pixels = draw_cells_alone(cells, colours).astype(int)
    west, south, east, north = cells.total_bounds
    pixel_m2 = (east - west) * (north - south) / (pixels.shape[0] * pixels.shape[1])
    for colour, channel in (("#ff0000", 0), ("#0000ff", 2)):
        others = [other for other in range(3) if other != channel]
        seen = (pixels[..., channel] > 250) & (pixels[..., others] < 200).all(axis=-1)
        expected = cells.geometry[[one == colour for one in colours]].area.sum()
        assert abs(seen.sum() * pixel_m2 / expected - 1) < 0.05
