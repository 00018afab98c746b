"""A box around a point holds all within a reach of it, and bounds of chords enclose the geodesics at any length."""

from random import Random

import numpy as np

from geo.geodesy import arc_uncertainty_m, box_around, geocentric_vectors, geodesic_m, min_arc_m


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


def test_the_bounds_of_a_chord_enclose_the_geodesic_at_any_length() -> None:
    rng = np.random.default_rng(5)
    start = np.column_stack([rng.uniform(-180, 180, 2_000), rng.uniform(-89, 89, 2_000)])
    step = rng.normal(0, 1, start.shape) * 10 ** rng.uniform(-4, 2.2, (len(start), 1))
    end = np.column_stack([start[:, 0] + step[:, 0], np.clip(start[:, 1] + step[:, 1], -90, 90)])
    chord_m = np.linalg.norm(geocentric_vectors(start) - geocentric_vectors(end), axis=1)
    least_m, true_m = min_arc_m(chord_m), geodesic_m(start, end)
    wide_m = np.array([arc_uncertainty_m(metres) for metres in chord_m.tolist()])
    assert chord_m.max() > 12_000_000
    assert (least_m <= true_m).all()
    assert (true_m <= least_m + wide_m).all()
