"""A box around a point holds all that lies within a reach of it."""

from random import Random

import numpy as np

from geo.geodesy import box_around, geodesic_m


def test_all_within_reach_is_in_the_box() -> None:
    chance = Random(3)
    for _ in range(400):
        lon, lat = chance.uniform(-179, 179), chance.uniform(-88, 88)
        reach_m = 10 ** chance.uniform(1, 5)
        box = box_around(lon, lat, reach_m)
        if box is None:
            continue
        west, south, east, north = box
        height, width = north - south, east - west
        around = np.array(
            [
                (west - width / 500, lat),
                (east + width / 500, lat),
                (lon, south - height / 500),
                (lon, north + height / 500),
            ]
        )
        edges = (
            np.linspace((west, south), (west, north), 50).tolist()
            + np.linspace((east, south), (east, north), 50).tolist()
        )
        outside = np.vstack([around, edges])
        assert (geodesic_m(np.broadcast_to([lon, lat], outside.shape), outside) >= reach_m).all(), (
            lon,
            lat,
            reach_m,
        )


def test_there_is_no_box_over_a_pole_or_the_180th_meridian() -> None:
    assert box_around(0.0, 88.9, 50_000) is None
    assert box_around(0.0, -89.9, 5_000) is None
    assert box_around(179.99, 10.0, 5_000) is None
    assert box_around(-179.99, 10.0, 5_000) is None
    assert box_around(179.0, 10.0, 5_000) is not None
