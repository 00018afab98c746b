"""Ways of one name become roads, and shared nodes crossings: against the obvious way of finding both."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.place_names.roads import RoadVertices, find_crossings, merge_roads
from tests.profile import searched

STEP = 0.004  # degrees, so that neighbours on the grid share or touch a cell
Way = tuple[int, list[tuple[int, int]]]  # its name, and its vertices on a grid


def vertices_of(ways: list[Way]) -> RoadVertices:
    rows = [
        (number, name, x * 1000 + y, 117 + x * STEP, 36 + y * STEP)
        for number, (name, points) in enumerate(ways)
        for x, y in points
    ]
    columns = [np.array(column) for column in zip(*rows, strict=True)] if rows else [np.empty(0)] * 5
    way, name, node = (column.astype(np.int64) for column in columns[:3])
    return RoadVertices(way, name, node, columns[3].astype(float), columns[4].astype(float))


def walk(start: tuple[int, int], steps: list[tuple[int, int]]) -> list[tuple[int, int]]:
    points = [start]
    for east, north in steps:
        points.append((points[-1][0] + east, points[-1][1] + north))
    return points


STEPS = st.lists(st.sampled_from([(1, 0), (0, 1), (-1, 0), (0, -1)]), min_size=1, max_size=5)
STARTS = st.tuples(st.integers(10, 40), st.integers(10, 40))
WAYS = st.lists(st.tuples(st.integers(0, 3), st.builds(walk, STARTS, STEPS)), min_size=1, max_size=12)


def cell(point: tuple[float, float]) -> tuple[int, int]:
    return int(np.floor((point[0] + 180) / 0.01)), int(np.floor((point[1] + 90) / 0.01))


def count_roads(ways: list[Way]) -> int:
    """Join ways of one name until no two of different groups have vertices in the same or neighbouring cells."""
    groups = [(name, {cell((117 + x * STEP, 36 + y * STEP)) for x, y in points}) for name, points in ways]
    while True:
        joined = next(
            (
                (one, other)
                for one, other in combinations(range(len(groups)), 2)
                if groups[one][0] == groups[other][0]
                and any(
                    max(abs(a - c), abs(b - d)) <= 1 for a, b in groups[one][1] for c, d in groups[other][1]
                )
            ),
            None,
        )
        if joined is None:
            return len(groups)
        one, other = joined
        groups[one][1].update(groups[other][1])
        del groups[other]


@searched(100, anew=True)
@given(WAYS)
def test_pieces_of_one_name_that_come_close_are_one_road(ways: list[Way]) -> None:
    roads = merge_roads(vertices_of(ways))
    assert len(roads) == count_roads(ways)
    points = {(round(117 + x * STEP, 6), round(36 + y * STEP, 6)) for _, way in ways for x, y in way}
    for road in roads:
        assert (round(road.point[0], 6), round(road.point[1], 6)) in points
        assert len(road.samples) >= 1


def test_a_long_stretch_without_vertices_cuts_no_road() -> None:
    (road,) = merge_roads(vertices_of([(0, [(0, 0), (100, 0), (101, 0)])]))
    assert len(road.samples) >= 2


def test_the_same_name_in_another_town_is_another_road() -> None:
    assert len(merge_roads(vertices_of([(0, [(0, 0), (1, 0)]), (0, [(90, 0), (91, 0)])]))) == 2


@pytest.mark.parametrize("find", [merge_roads, find_crossings])
def test_nothing_comes_of_nothing(find: object) -> None:
    assert callable(find)
    assert find(vertices_of([])) == []


@searched(100, anew=True)
@given(WAYS)
def test_two_names_cross_where_they_share_a_node(ways: list[Way]) -> None:
    at_node: dict[tuple[int, int], set[int]] = {}
    for name, points in ways:
        for point in points:
            at_node.setdefault(point, set()).add(name)
    expected = {(*pair, *node) for node, names in at_node.items() for pair in combinations(sorted(names), 2)}
    found = find_crossings(vertices_of(ways))
    # Nodes of this grid lie 400 m apart, so that no two crossings are merged.
    assert {
        (one.first, one.second, round((one.lon - 117) / STEP), round((one.lat - 36) / STEP)) for one in found
    } == expected
    assert len(found) == len(expected)


def test_the_four_nodes_of_two_dual_carriageways_are_one_crossing() -> None:
    lines = [(0, 0.0), (0, 0.0003), (1, 0.0), (1, 0.0003)]
    rows = []
    for way, (name, offset) in enumerate(lines):
        for at in (0.0, 0.0003):
            lon, lat = (at, offset) if name == 0 else (offset, at)
            rows.append((way, name, round(lon * 1e4) * 10 + round(lat * 1e4), 117 + lon, 36 + lat))
    way, name, node, lon, lat = (np.array(column) for column in zip(*rows, strict=True))
    (found,) = find_crossings(RoadVertices(way, name, node, lon.astype(float), lat.astype(float)))
    assert (found.lon, found.lat) == pytest.approx((117.00015, 36.00015))
