from collections import defaultdict
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.nearest.listing import Box, count_by_grid_cell, grid_cell_deg
from tests.profile import searched

LON = st.floats(-180, 180)
LAT = st.floats(-90, 90)
POINTS = st.lists(st.tuples(LON, LAT, st.integers(0, 2)), min_size=1, max_size=40)
BOXES = st.builds(
    lambda w, s, e, n: Box(w, min(s, n), e, max(s, n)), LON, LAT, LON, LAT
)  # half of them across the 180th meridian


def _holds(box: Box, lon: float, lat: float) -> bool:
    around = box.west <= lon <= box.east if box.west <= box.east else lon >= box.west or lon <= box.east
    return around and box.south <= lat <= box.north


@searched(100, anew=True)
@given(BOXES, POINTS)
def test_a_box_holds_what_lies_between_its_edges(box: Box, points: list[tuple[float, float, int]]) -> None:
    array = np.array([point[:2] for point in points])
    assert box.contains(array).tolist() == [_holds(box, lon, lat) for lon, lat, _ in points]


@searched(100, anew=True)
@given(BOXES, POINTS)
def test_cells_count_every_station_once_where_it_stands(
    box: Box, points: list[tuple[float, float, int]]
) -> None:
    inside = [point for point in points if _holds(box, *point[:2])]
    side = grid_cell_deg(box)
    by_cell: dict[tuple[int, int], list[tuple[float, float, int]]] = defaultdict(list)
    for lon, lat, state in inside:
        east = lon + 360 if lon < box.west else lon
        by_cell[floor(east / side), floor(lat / side)].append((east, lat, state))
    slow = [
        (len(some), sum(state == 1 for _, _, state in some), np.mean([lon for lon, _, _ in some]))
        for _, some in sorted(by_cell.items())
    ]
    array = np.array([point[:2] for point in inside], dtype=float).reshape(-1, 2)
    found = count_by_grid_cell(array, np.array([state for *_, state in inside], dtype=np.int8), box)
    assert [(one.count, one.open) for one in found] == [(count, is_open) for count, is_open, _ in slow]
    for one, (_, _, lon) in zip(found, slow, strict=True):
        assert (one.lon - lon) % 360 == pytest.approx(0, abs=1e-5) or (one.lon - lon) % 360 > 359.9999
    assert len(found) <= 17 * 17


@searched(100, anew=True)
@given(BOXES, st.floats(0.001, 0.2), POINTS)
def test_a_widened_box_holds_all_that_the_box_holds(
    box: Box, margin: float, points: list[tuple[float, float, int]]
) -> None:
    array = np.array([point[:2] for point in points])
    assert not (box.contains(array) & ~box.with_margin(margin).contains(array)).any()


def test_a_map_that_is_moved_keeps_its_cells() -> None:
    here, moved = Box(117.0, 36.0, 117.5, 36.4), Box(117.11, 36.05, 117.61, 36.45)
    assert grid_cell_deg(here) == grid_cell_deg(moved)
    point, state = np.array([(117.30001, 36.2)]), np.array([1], dtype=np.int8)
    assert count_by_grid_cell(point, state, here) == count_by_grid_cell(point, state, moved)
