"""Nearest search for one point, with a few floats instead of arrays."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from math import inf

import numpy as np

from geo.geodesy import ARC_ERROR_M, CHORD_LIMIT_M, Floats, geocentric_vector, scalar_arc_m
from geo.nearest.point_tree import SiteTree
from geo.nearest.vector_tree import Indices

TWICE_ARC_ERROR_M = 2 * ARC_ERROR_M


def nearest_unfiltered_arrays(
    sites: SiteTree, point: tuple[float, float], k: int
) -> tuple[Indices, Floats] | None:
    """Return the k nearest of one point without filters where chords decide at once; else None.

    *Shape*: (2,) to twice (1, k). Most of the time goes into arrays of one row, not into the search.
    """
    if not sites.has_only_single_stations:
        return None
    chord_m, site = sites.query_one(geocentric_vector(*point), k + 1, inf)
    arcs_m = _plain_arcs(chord_m.tolist())
    if arcs_m is None:
        return None
    del arcs_m[-1]
    return sites.lead[site[None, :k]], np.array((arcs_m,))


def _plain_arcs(chords_m: list[float]) -> list[float] | None:
    """Return the arcs above chords that are short enough and far enough apart; else None."""
    before_m, arcs_m = -inf, []
    for metres in chords_m:
        if metres <= before_m or metres > CHORD_LIMIT_M:
            return None
        before_m = metres + TWICE_ARC_ERROR_M
        arcs_m.append(scalar_arc_m(metres))
    return arcs_m


def nearest_places(
    sites: SiteTree, point: tuple[float, float], widths: Sequence[int], reach_m: float
) -> Iterable[tuple[float, list[float], Sequence[int]]]:
    """Return the chord, the point and the stations of each of the nearest places within reach, by their chords.

    There are as many as the first of ``widths``, and only whoever takes more of them searches the next width.
    They end before a width that has a crowded place. A chord is infinite where there is no other place.
    *CRS*: WGS84. *Units*: metres.
    """
    return chain.from_iterable(_batches(sites, geocentric_vector(*point), widths, reach_m))


def _batches(
    sites: SiteTree, vector: tuple[float, float, float], widths: Sequence[int], reach_m: float
) -> Iterator[Iterable[tuple[float, list[float], Sequence[int]]]]:
    given = 0
    for width in widths:
        chord_m, site = sites.query_one(vector, width, reach_m)
        chord_m, site = chord_m[given:], site[given:]
        stations = sites.members_of(site)
        if stations is None:
            return
        places = sites.points.take(site, axis=0, mode="clip").tolist()
        yield zip(chord_m.tolist(), places, stations, strict=True)
        given = width
