"""Nearest search for one point, with a few floats instead of arrays."""

from math import floor, inf

import numpy as np

from geo.geodesy import (
    ARC_ERROR_M,
    CHORD_LIMIT_M,
    Floats,
    arc_m,
    geocentric_vector,
    scalar_arc_m,
    scalar_min_arc_m,
)
from geo.nearest.criteria import SearchCriteria
from geo.nearest.point_tree import MISSING, Indices, SiteTree
from geo.nearest.query import SearchTooWide

_WIDER = 4
_TWICE_M = 2 * ARC_ERROR_M

DistanceRow = list[tuple[int, float]]  # stations and their distances, nearest first


def nearest_unfiltered_arrays(
    sites: SiteTree, point: tuple[float, float], k: int
) -> tuple[Indices, Floats] | None:
    """Return the k nearest of one point without filters where chords decide at once; else None.

    *Shape*: (2,) to twice (1, k). Two thirds of the time go into scipy's handling of one vector and two
    result arrays, which costs ten times the search itself.
    """
    if not sites.has_only_single_stations:
        return None
    chord_m, site = sites.query_one(geocentric_vector(*point), k + 1, inf)
    arcs_m = _plain_arcs(chord_m.tolist())
    if arcs_m is None:
        return None
    del arcs_m[-1]
    return sites.lead[site[None, :k]], np.array((arcs_m,))


def nearest_unfiltered(sites: SiteTree, point: tuple[float, float], k: int) -> list[int] | None:
    """Return the stations of `nearest_unfiltered_arrays` as a list.

    It also works where other places hold several stations.
    """
    chord_m, site = sites.query_one(geocentric_vector(*point), k + 1, inf)
    if _plain_arcs(chord_m.tolist()) is None or not sites.have_single_station(site[:k]):
        return None
    stations: list[int] = sites.lead[site[:k]].tolist()
    return stations


def _plain_arcs(chords_m: list[float]) -> list[float] | None:
    """Return the arcs above chords that are short enough and far enough apart; else None."""
    before_m, arcs_m = -inf, []
    for metres in chords_m:
        if metres <= before_m or metres > CHORD_LIMIT_M:
            return None
        before_m = metres + _TWICE_M
        arcs_m.append(scalar_arc_m(metres))
    return arcs_m


def nearest_from_chords(
    sites: SiteTree, points: Floats, wanted: SearchCriteria
) -> tuple[Indices, Floats] | None:
    """Return the result for one point if chords alone decide, in a first or a second query; else None.

    *Shape*: (1, 2) to twice (1, k + refused), as `search.nearest_stations`.
    """
    limit_m = inf if wanted.limit_m is None else float(wanted.limit_m[0])
    vector = geocentric_vector(*points[0].tolist())
    for width in (wanted.first_width, wanted.first_width * _WIDER):
        if wanted.max_places is not None and width > wanted.max_places:
            raise SearchTooWide
        chord_m, site = sites.query_one(vector, width, wanted.reach_m)
        chords_m: list[float] = chord_m.tolist()
        near = _settled(chords_m)
        if near is None:
            return None
        if near == width and wanted.is_plain and sites.have_single_station(site):
            return sites.lead[site[None, : wanted.k]], arc_m(chord_m[None, : wanted.k])
        row = _within(chords_m[:near], sites.members_of(site[:near]), limit_m, wanted.seconds_per_m)
        if row is None:
            return None
        found, refused = _picked(row, wanted)
        horizon_m = scalar_min_arc_m(chords_m[min(near, width - 1)])
        last_m = found[-1][1] if len(found) == wanted.k else inf
        if last_m + ARC_ERROR_M < horizon_m or limit_m < horizon_m or horizon_m == inf:
            return _as_arrays(found, wanted.k, refused, wanted.refused)
    return None


def _settled(chords_m: list[float]) -> int | None:
    """Return how many of the chords are short enough; None where two are too similar to order."""
    before_m = -inf
    for number, chord_m in enumerate(chords_m):
        if chord_m <= before_m:
            return None
        if chord_m > CHORD_LIMIT_M:
            return number
        before_m = chord_m + _TWICE_M
    return len(chords_m)


def _within(
    chords_m: list[float], members: list[list[int]], limit_m: float, seconds_per_m: float
) -> DistanceRow | None:
    """Return the stations within the limit; None where a geodesic has to decide about one."""
    row: DistanceRow = []
    for chord_m, stations in zip(chords_m, members, strict=True):
        distance_m = scalar_arc_m(chord_m)
        if _is_doubtful(distance_m, limit_m, seconds_per_m):
            return None
        if distance_m > limit_m:
            break
        row += [(station, distance_m) for station in stations]
    return row


def _is_doubtful(distance_m: float, limit_m: float, seconds_per_m: float) -> bool:
    """Return whether the limit or a whole second of arrival lies within the error of a distance."""
    early_m, late_m = distance_m - ARC_ERROR_M, distance_m + ARC_ERROR_M
    if early_m <= limit_m <= late_m:
        return True
    return bool(seconds_per_m) and floor(early_m * seconds_per_m) != floor(late_m * seconds_per_m)


def _picked(row: DistanceRow, wanted: SearchCriteria) -> tuple[DistanceRow, DistanceRow]:
    """Return the first k accepted stations, and the refused ones no farther than the last of them."""
    if wanted.accept is None or not row:
        return row[: wanted.k], []
    station = np.array([station for station, _ in row], dtype=np.intp)
    good = wanted.accept(station, np.array([metres for _, metres in row])).tolist()
    found = [one for one, will_do in zip(row, good, strict=True) if will_do][: wanted.k]
    if not wanted.refused:
        return found, []
    last_m = found[-1][1] if len(found) == wanted.k else inf
    counted = wanted.counted
    others = (one for one, will_do in zip(row, good, strict=True) if not will_do and one[1] <= last_m)
    return found, [one for one in others if counted is None or counted[one[0]]][: wanted.refused]


def _as_arrays(found: DistanceRow, k: int, refused: DistanceRow, n_refused: int) -> tuple[Indices, Floats]:
    nothing = (MISSING, inf)
    row = [*found, *[nothing] * (k - len(found)), *refused, *[nothing] * (n_refused - len(refused))]
    return np.array([[one for one, _ in row]], dtype=np.intp), np.array([[metres for _, metres in row]])
