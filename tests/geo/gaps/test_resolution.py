"""How fine the cells of gaps are, and that their spacing is H3's."""

import h3
import numpy as np
import pytest

from geo.coverage.demand import Demand
from geo.gaps.finding import cell_spacing_m, choose_gap_resolution
from geo.geodesy import geodesic_m


@pytest.mark.parametrize("resolution", range(5, 13))
def test_the_spacing_of_cells_is_that_of_touching_cells_in_shandong(resolution: int) -> None:
    cell = h3.latlng_to_cell(36.5, 118.0, resolution)
    middle = np.array([h3.cell_to_latlng(cell)[::-1]])
    around = np.array([h3.cell_to_latlng(near)[::-1] for near in h3.grid_ring(cell, 1)])
    metres = geodesic_m(np.repeat(middle, len(around), axis=0), around)
    assert cell_spacing_m(resolution) == pytest.approx(metres.mean(), rel=0.2)


@pytest.mark.parametrize(
    ("radius_m", "spacing_m", "resolution"),
    [
        (1_000, 0, 9),  # half the radius holds a cell
        (1_000, 250, 9),
        (1_000, 1_000, 8),  # one cell a point, not four
        (500, 1_000, 8),
        (5_000, 1_000, 7),
        (2_000, 1_000, 8),
        (300, 0, 10),
        (1, 0, 12),  # no finer than that
        (500, 30_000, 8),  # villages far apart: islands, but not of 250 km² each
        (100_000, 0, 5),
    ],
)
def test_cells_are_fine_enough_for_the_radius_and_coarse_enough_for_the_demand(
    radius_m: float, spacing_m: float, resolution: int
) -> None:
    assert choose_gap_resolution(radius_m, spacing_m) == resolution


def test_the_spacing_of_a_grid_is_found_though_points_stand_there_twice() -> None:
    degrees = 1 / 111.0
    grid = np.array([(117 + x * degrees, 0.5 + y * degrees) for x in range(9) for y in range(9)])
    assert Demand.from_points(
        np.concatenate((grid, grid)), np.ones(2 * len(grid))
    ).spacing_m == pytest.approx(1_000, rel=0.02)
    assert Demand.from_points(grid[:1], [1]).spacing_m == 0
