"""Hexagonal cells of H3. The only place that calls the library, whose points have the latitude first.

What is asked of single cells (by events, by the web) loads nothing but the library; the arrays load numpy and
shapely when they are first asked for.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import h3.api.basic_int as h3

if TYPE_CHECKING:
    import numpy as np
    import shapely
    from numpy.typing import ArrayLike, NDArray

    from geo.geodesy import Floats

    Cells = NDArray[np.uint64]

FINEST = 15


def cells_of(points: "ArrayLike", resolution: int) -> "Cells":
    """The cell in which each point lies. *Shape*: (n, 2), lon, lat, to (n,). *CRS*: WGS84.

    *Raises*: ValueError for points off the Earth, or a resolution outside 0..15.
    """
    import numpy as np

    from geo.geodesy import checked_points

    if not 0 <= resolution <= FINEST:
        raise ValueError(f"resolution {resolution} is none of H3; give 0 to {FINEST}, such as 7 (5 km²)")
    lonlat = checked_points(points)
    found = (h3.latlng_to_cell(lat, lon, resolution) for lon, lat in lonlat.tolist())
    return np.fromiter(found, dtype=np.uint64, count=len(lonlat))


def outlines_of(cells: Iterable[int]) -> "NDArray[np.object_]":
    """The hexagon (twelve of all are pentagons) of each cell. *CRS*: WGS84, lon, lat."""
    import numpy as np
    import shapely

    rings = [[(lon, lat) for lat, lon in h3.cell_to_boundary(int(cell))] for cell in cells]
    return np.array([shapely.Polygon(ring) for ring in rings] + [None], dtype=object)[:-1]


def union_of(cells: Iterable[int]) -> "shapely.MultiPolygon":
    """The ground of cells of one resolution together: one polygon, holes and all, for those that touch. *CRS*: WGS84."""
    import shapely

    parts = h3.cells_to_geo(sorted({int(cell) for cell in cells}), tight=False)["coordinates"]
    return shapely.MultiPolygon([(outer, holes) for outer, *holes in parts])


def centres_of(cells: Iterable[int]) -> "Floats":
    """The middle of each cell. *Shape*: (n, 2), lon, lat. *CRS*: WGS84."""
    import numpy as np

    middles = [h3.cell_to_latlng(int(cell)) for cell in cells]
    return np.array([(lon, lat) for lat, lon in middles], dtype=np.float64).reshape(-1, 2)


def around(cell: int, rings: int = 1) -> tuple[int, ...]:
    """The cells within so many steps of one, without itself, in ascending order."""
    return tuple(sorted(set(h3.grid_disk(int(cell), rings)) - {int(cell)}))


def names_of(cells: Iterable[int]) -> list[str]:
    """As they are written: 15 hexadecimal digits."""
    return [h3.int_to_str(int(cell)) for cell in cells]


def numbers_of(names: Sequence[str]) -> "Cells":
    """Cells from their names. *Raises*: ValueError where one is none."""
    import numpy as np

    numbers = [h3.str_to_int(name) for name in names]
    if wrong := [name for name, number in zip(names, numbers, strict=True) if not h3.is_valid_cell(number)]:
        raise ValueError(f"{wrong[0]!r} names no cell of H3; give 15 hexadecimal digits")
    return np.array(numbers, dtype=np.uint64)


def cell_of(lon: float, lat: float, resolution: int) -> str:
    """The name of the cell in which one point lies; in microseconds. *CRS*: WGS84."""
    return str(h3.int_to_str(h3.latlng_to_cell(lat, lon, resolution)))


def is_cell(name: str) -> bool:
    """Whether a text of hexadecimal digits names a cell."""
    return bool(h3.is_valid_cell(h3.str_to_int(name)))


def resolution_of(name: str) -> int:
    """How fine a cell is, 0 to 15."""
    return int(h3.get_resolution(h3.str_to_int(name)))


def parent_of(name: str, resolution: int) -> str:
    """The name of the cell of a coarser resolution that holds a cell; its own at its own resolution."""
    return str(h3.int_to_str(h3.cell_to_parent(h3.str_to_int(name), resolution)))
