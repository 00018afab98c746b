"""Patches against a flood that spreads from each cell to those that touch it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geo.gaps.finding import label_patches
from tests.profile import searched

SIDE = 5


def touching() -> np.ndarray:
    """The cells of a small honeycomb that touch, each pair once."""
    pairs = []
    for x in range(SIDE):
        for y in range(SIDE):
            for dx, dy in ((1, 0), (0, 1), (1, -1)):
                if 0 <= x + dx < SIDE and 0 <= y + dy < SIDE:
                    pairs.append((x * SIDE + y, (x + dx) * SIDE + y + dy))
    return np.array(pairs)


rows = st.lists(st.tuples(st.integers(0, SIDE**2 - 1), st.integers(0, 2)), max_size=30)


@searched(200)
@given(rows)
def test_rows_are_in_one_patch_if_and_only_if_a_flood_reaches_one_from_the_other(
    rows: list[tuple[int, int]],
) -> None:
    cell, kind = (np.array([row[i] for row in rows], dtype=np.intp) for i in (0, 1))
    label = label_patches(cell, kind, touching())
    near = np.eye(SIDE**2, dtype=bool)
    near[tuple(touching().T)] = True
    near |= near.T
    flooded = near[cell[:, None], cell] & (kind[:, None] == kind)
    for _ in rows:
        flooded = flooded @ flooded
    assert ((label[:, None] == label) == flooded).all()
