"""H3 cells. This is the only module that calls the h3 library, which puts latitude first.

The functions for single cells (for events and the web) load only h3; the array functions load numpy and
shapely when they are first called.
"""

from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import TYPE_CHECKING

import h3.api.basic_int as h3

if TYPE_CHECKING:
    import numpy as np
    import shapely
    from numpy.typing import ArrayLike, NDArray

    from geo.geodesy import Floats

    Cells = NDArray[np.uint64]

FINEST_RESOLUTION = 15


def cells_at_points(points: "ArrayLike", resolution: int) -> "Cells":
    """Return the cell in which each point lies. *Shape*: (n, 2), lon, lat, to (n,). *CRS*: WGS84.

    *Raises*: ValueError for points off the Earth, or a resolution outside 0..15.
    """
    import numpy as np

    from geo.geodesy import checked_points

    if not 0 <= resolution <= FINEST_RESOLUTION:
        raise ValueError(
            f"resolution {resolution} is none of H3; give 0 to {FINEST_RESOLUTION}, such as 7 (5 km²)"
        )
    lonlat = checked_points(points)
    # Two flat lists: a list for each point would cost more than the look-up.
    found = map(h3.latlng_to_cell, lonlat[:, 1].tolist(), lonlat[:, 0].tolist(), repeat(resolution))
    return np.fromiter(found, dtype=np.uint64, count=len(lonlat))


def cell_outlines(cells: Iterable[int]) -> "NDArray[np.object_]":
    """Return the polygon of each cell: a hexagon, or one of H3's twelve pentagons. *CRS*: WGS84, lon, lat."""
    import numpy as np
    import shapely

    rings = [[(lon, lat) for lat, lon in h3.cell_to_boundary(int(cell))] for cell in cells]
    return np.array([shapely.Polygon(ring) for ring in rings] + [None], dtype=object)[:-1]


def cell_union(cells: Iterable[int]) -> "shapely.MultiPolygon":
    """Return the union of cells of one resolution.

    Touching cells form one polygon, with its holes. *CRS*: WGS84.
    """
    import shapely

    parts = h3.cells_to_geo(sorted({int(cell) for cell in cells}), tight=False)["coordinates"]
    return shapely.MultiPolygon([(outer, holes) for outer, *holes in parts])


def cell_centres(cells: Iterable[int]) -> "Floats":
    """Return the centre of each cell. *Shape*: (n, 2), lon, lat. *CRS*: WGS84."""
    import numpy as np

    middles = [h3.cell_to_latlng(int(cell)) for cell in cells]
    return np.array([(lon, lat) for lat, lon in middles], dtype=np.float64).reshape(-1, 2)


def cell_reach_m(cell: int) -> float:
    """Return the distance from the centre of a cell to its farthest corner."""
    import numpy as np
    import shapely

    from geo.geodesy import geodesic_m

    corners = shapely.get_coordinates(cell_outlines([cell]))
    return float(geodesic_m(np.broadcast_to(cell_centres([cell]), corners.shape), corners).max())


def cell_areas_m2(cells: Iterable[int]) -> "Floats":
    """Return the area of each cell on the sphere of the Earth's area; within 0.5 % of the geodesic one."""
    import numpy as np

    return np.array([h3.cell_area(int(cell), unit="m^2") for cell in cells], dtype=np.float64)


def neighbouring_cells(cell: int) -> tuple[int, ...]:
    """Return the cells that touch a cell, in ascending order."""
    return tuple(sorted(set(h3.grid_disk(int(cell), 1)) - {int(cell)}))


def cell_names(cells: Iterable[int]) -> list[str]:
    """Return the name of each cell: 15 hexadecimal digits."""
    return [h3.int_to_str(int(cell)) for cell in cells]


def cells_from_names(names: Sequence[str]) -> "Cells":
    """Return the cells with the given names. *Raises*: ValueError for an invalid name."""
    import numpy as np

    numbers = [h3.str_to_int(name) for name in names]
    if wrong := [name for name, number in zip(names, numbers, strict=True) if not h3.is_valid_cell(number)]:
        raise ValueError(f"{wrong[0]!r} names no cell of H3; give 15 hexadecimal digits")
    return np.array(numbers, dtype=np.uint64)


def cell_name_at(lon: float, lat: float, resolution: int) -> str:
    """Return the name of the cell in which one point lies, in microseconds. *CRS*: WGS84."""
    return str(h3.int_to_str(h3.latlng_to_cell(lat, lon, resolution)))


def is_cell_name(name: str) -> bool:
    """Return whether a hexadecimal text names a cell."""
    return bool(h3.is_valid_cell(h3.str_to_int(name)))


def cell_resolution(name: str) -> int:
    """Return the resolution of a cell, 0 to 15."""
    return int(h3.get_resolution(h3.str_to_int(name)))


def parent_cell_name(name: str, resolution: int) -> str:
    """Return the name of the coarser cell that contains a cell.

    At the cell's own resolution this is the cell itself.
    """
    return str(h3.int_to_str(h3.cell_to_parent(h3.str_to_int(name), resolution)))
