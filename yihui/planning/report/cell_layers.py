"""Draw the cells of a printed map: many polygons at once, opaque, or translucent above streets."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_cells(axes: "Axes", cells: gpd.GeoDataFrame, colours: Sequence[str], order: float = 1) -> None:
    """Fill polygons without holes; geopandas needs a second for every few thousand. ``order`` is matplotlib's zorder."""
    from matplotlib.collections import PolyCollection

    coordinates, owner = shapely.get_coordinates(cells.geometry.values, return_index=True)
    rings = np.split(coordinates, np.flatnonzero(np.diff(owner)) + 1)
    axes.add_collection(
        PolyCollection(rings, facecolors=colours, edgecolors="none", antialiaseds=False, zorder=order)
    )


def draw_translucent_cells(
    axes: "Axes", cells: gpd.GeoDataFrame, colours: Sequence[str], opacity: float
) -> None:
    """Fill the cells of each colour as one shape: pixels that neighbours share would be darker otherwise.

    Corners are rounded to metres first, so that neighbours share them exactly, as `shapely.coverage_union_all` needs.
    """
    named = np.array(colours)
    shades = sorted(set(colours))
    whole = shapely.transform(cells.geometry.values, np.round)
    shapes = [shapely.coverage_union_all(whole[named == shade]) for shade in shades]
    gpd.GeoDataFrame(geometry=shapes, crs=cells.crs).plot(
        ax=axes, color=shades, edgecolor="none", antialiased=False, aspect=None, alpha=opacity
    )
